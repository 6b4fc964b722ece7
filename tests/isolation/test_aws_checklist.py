"""AWS's items of the isolation checklist, each where it blocks and where it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from isolation.addresses import addresses
from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.resources import UNKNOWN, Resource
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    OTHER,
    PLACES,
    SCOPE,
    acl,
    allow,
    gateway,
    group,
    line,
    machine,
    made,
    nat,
    never,
    opened,
    reaches,
    report,
    route,
    subnet,
    vpc,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

PUBLIC: dict[str, Any] = {"associatePublicIpAddress": True}
CORPORATE = "172.16.0.0/16"


def without(resources: Sequence[Resource], *names: str) -> list[Resource]:
    return [one for one in resources if one.name not in names]


def vpn(*static: str, **properties: Any) -> list[Resource]:
    """A VPN gateway of the VPC whose connection has these static routes; by BGP where there are none."""
    asked = {"vpnGatewayId": "vgw", "staticRoutesOnly": bool(static)}
    return [
        made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc", **properties}),
        made(types.VPN, "vpn", asked),
        *[
            made(types.VPN_ROUTE, f"to-{each}", {"vpnConnectionId": "vpn", "destinationCidrBlock": each})
            for each in static
        ],
        made(types.PROPAGATION, "propagated", {"vpnGatewayId": "vgw", "routeTableId": "training-table"}),
    ]


def peered(**properties: Any) -> Resource:
    return made(types.PEERING, "peer", {"vpcId": "vpc", "peerVpcId": "other", **properties})


PRIVATE = Scope(SCOPE.segments)


def test_15_longest_prefix_then_static_then_prefix_list_then_propagated() -> None:
    # Each plan leads to the enterprise network, unless what comes first leads to the other VPC.
    base = [*BASE, *OTHER, peered(), route("back", "far", "10.0.0.0/16", vpcPeeringConnectionId="peer")]
    listed = made(types.PREFIX_LIST, "pl-1", {"entries": [{"cidr": "10.9.0.0/16"}]})
    by_list = made(
        types.ROUTE,
        "listed",
        {
            "routeTableId": "training-table",
            "destinationPrefixListId": "pl-1",
            "vpcPeeringConnectionId": "peer",
        },
    )

    def to_other(*first: Resource) -> bool:
        found = never([*base, *first], "training", "inference", scope=PRIVATE)
        assert violated(found) or proven(found), told(found)
        return violated(found)

    static = route("static", "training", "10.9.0.0/16", vpcPeeringConnectionId="peer")
    assert to_other(static, *vpn("10.9.0.0/16")), "static before propagated"
    assert not to_other(static, *vpn("10.9.0.0/24")), "a longer propagated one first"
    assert to_other(listed, by_list, *vpn("10.9.0.0/16")), "a prefix list's before propagated"
    away = route("away", "training", "10.9.0.0/16", gatewayId="vgw")
    assert not to_other(listed, by_list, away, *vpn("10.1.0.0/16")), "static before a prefix list's"
    assert to_other(listed, by_list)


def test_16_local_beats_a_more_specific_propagated_route() -> None:
    plan = [*BASE, *vpn("10.0.1.0/25")]
    assert proven(
        never(plan, "training", "enterprise", scope=Scope(SCOPE.segments, addresses("10.0.1.0/25")))
    )
    assert violated(never(plan, "training", "edge!"))
    beyond = Scope(SCOPE.segments, addresses("10.8.0.0/16"))
    assert violated(never([*BASE, *vpn("10.8.0.0/16")], "training", "enterprise", scope=beyond))
    appliance = route("taken", "training", "10.0.1.0/25", networkInterfaceId="eni-1")
    diverted = never([*BASE, appliance], "training!", "edge!")
    assert unproven(diverted), "a static one may be more specific, and what it leads to does as it pleases"
    assert any("eni-1" in missing for missing in diverted.missing)


def test_17_groups_are_a_union_and_an_omitted_one_is_the_default_group() -> None:
    closed = [group("sg-shut"), group("sg-in"), allow("in", "sg-in", "ingress", "10.0.1.0/24")]

    def plan(*groups: str, more: Sequence[Resource] = ()) -> list[Resource]:
        return [
            *without(BASE, "trainer"),
            *closed,
            machine("trainer", "training", "10.0.0.5", *groups),
            *more,
        ]

    assert proven(never(plan("sg-shut"), "edge!", "training!"))
    assert violated(never(plan("sg-shut", "sg-in"), "edge!", "training!"))
    web = without(plan(), "web")
    alone = [*web, machine("web", "edge", "10.0.1.5")]
    assert violated(never(alone, "edge!", "training!")), "both have the default group"
    assert proven(never(plan(), "edge!", "training!")), "its members only"
    emptied = made(types.DEFAULT_GROUP, "default", {"vpcId": "vpc"})
    assert proven(never([*alone, emptied], "edge!", "training!"))


def test_18_a_group_reference_means_members_by_private_addresses() -> None:
    member = [group("sg-gpu"), allow("members", "sg-gpu", "ingress", "sg-web"), *opened("sg-web")]

    def plan(web: str, **public: Any) -> list[Resource]:
        return [
            *PLACES,
            *member,
            *opened("sg-other"),
            machine("trainer", "training", "10.0.0.5", "sg-gpu", **public),
            machine("web", "edge", "10.0.1.5", web, **public),
        ]

    assert violated(never(plan("sg-web"), "edge!", "training!"))
    assert proven(never(plan("sg-other"), "edge!", "training!"))
    # Two VPCs whose members meet over the internet only: there they are strangers.
    apart = [
        *plan("sg-other", **PUBLIC),
        *OTHER[:3],
        route("out", "training", gatewayId="igw-vpc"),
        route("out-far", "far", gatewayId="igw-other"),
        gateway(),
        gateway("other"),
        made(types.TABLE_ASSOCIATION, "far-far", {"routeTableId": "far-table", "subnetId": "far"}),
        machine("client", "far", "10.9.0.5", "sg-web", **PUBLIC),
    ]
    assert proven(never(apart, "inference!", "training!"))
    wide = allow("wide", "sg-gpu", "ingress", ANY)
    assert violated(never([*apart, wide], "inference!", "training!"))


def transit(
    *, groups: str = "disable", back: bool = True, propagates: bool = True, **properties: Any
) -> list[Resource]:
    """A transit gateway with both VPCs, and routes to it there and, with `back`, back."""
    asked = {"securityGroupReferencingSupport": groups, **properties}
    found = [made(types.TRANSIT, "tgw", asked)]
    for name, sub in (("vpc", "training"), ("other", "far")):
        attached = {
            "transitGatewayId": "tgw",
            "vpcId": name,
            "subnetIds": [sub],
            "transitGatewayDefaultRouteTablePropagation": propagates,
        }
        found.append(made(types.TRANSIT_ATTACHMENT, f"at-{name}", attached))
    found.append(route("there", "training", "10.9.0.0/16", transitGatewayId="tgw"))
    return [*found, route("back", "far", "10.0.0.0/16", transitGatewayId="tgw")] if back else found


def test_19_group_references_over_peering_and_transit_gateways_follow_their_flags() -> None:
    receiver = [group("sg-gpu"), allow("members", "sg-gpu", "ingress", "sg-far")]
    base = [
        *without(BASE, "trainer"),
        *OTHER,
        *receiver,
        machine("trainer", "training", "10.0.0.5", "sg-gpu"),
    ]
    way = route("to-vpc", "far", "10.0.0.0/16", vpcPeeringConnectionId="peer")
    assert violated(never([*base, peered(), way], "inference!", "training!"))
    assert proven(never([*base, peered(peerRegion="us-east-1"), way], "inference!", "training!"))
    assert violated(never([*base, *transit(groups="enable")], "inference!", "training!"))
    assert proven(never([*base, *transit(groups="disable")], "inference!", "training!"))
    # A rule about where packets go never knows members beyond a transit gateway.
    sender = [group("sg-out"), allow("to-members", "sg-out", "egress", "sg-gpu")]
    outward = [
        *without(base, "client"),
        *sender,
        allow("all-in", "sg-gpu", "ingress"),
        machine("client", "far", "10.9.0.5", "sg-out"),
    ]
    assert proven(never([*outward, *transit(groups="enable")], "inference!", "training!"))
    assert violated(never([*outward, peered(), way], "inference!", "training!"))


INLINE = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.1.0/24"]}


def test_20_inline_and_standalone_rules_of_one_group_conflict() -> None:
    def plan(inline: bool, standalone: bool) -> list[Resource]:
        own = group("sg-gpu", ingress=[INLINE]) if inline else group("sg-gpu")
        more = [allow("alone", "sg-gpu", "ingress", "10.0.1.0/24")] if standalone else []
        return [
            *without(BASE, "trainer"),
            own,
            *more,
            machine("trainer", "training", "10.0.0.5", "sg-gpu"),
        ]

    assert violated(never(plan(True, False), "edge!", "training!"))
    assert violated(never(plan(False, True), "edge!", "training!"))
    both = never(plan(True, True), "edge!", "training!")
    assert unproven(both)
    assert any("undo each other" in missing for missing in both.missing)
    assert unproven(reaches(plan(True, True), "edge!", "training!"))
    assert proven(reaches(plan(False, True), "edge!", "training!"))


def test_20_acls_and_route_tables_conflict_likewise() -> None:
    inline = {"ruleNo": 1, "action": "allow", "protocol": "-1", "cidrBlock": ANY, "fromPort": 0, "toPort": 0}
    shut = [made(types.ACL, "acl", {"vpcId": "vpc", "subnetIds": ["training"], "ingress": [inline]})]
    assert violated(never([*BASE, *shut], "edge!", "training!"))
    assert unproven(never([*BASE, *shut, line("deny", "acl", 2, "deny")], "edge!", "training!"))
    places = without(BASE, "training-table")
    routed = made(
        types.ROUTE_TABLE,
        "training-table",
        {"vpcId": "vpc", "routes": [{"cidrBlock": ANY, "natGatewayId": "nat"}]},
    )
    assert violated(never([*places, routed, *nat()], "training", "internet"))
    more = route("more", "training", "198.51.100.0/24", natGatewayId="nat")
    assert unproven(never([*places, routed, more, *nat()], "training", "internet"))


def test_21_the_provider_strips_the_default_egress_allow() -> None:
    plan = [*without(BASE, "trainer"), machine("trainer", "training", "10.0.0.5", "sg-gpu")]
    assert proven(never([*plan, group("sg-gpu")], "training!", "edge!"))
    assert violated(
        never([*plan, group("sg-gpu", egress=[{**INLINE, "cidrBlocks": [ANY]}])], "training!", "edge!")
    )
    assert violated(never([*plan, group("sg-gpu"), allow("e", "sg-gpu", "egress")], "training!", "edge!"))
    untouched = [*without(plan, "trainer"), machine("trainer", "training", "10.0.0.5")]
    assert violated(never(untouched, "training!", "edge!")), "a VPC's own default group still has it"


def test_21_what_a_provider_reports_of_a_group_is_no_inline_rule() -> None:
    """A refreshed state lists standalone rules among the group's outputs."""
    own = group("sg-gpu")
    reported = Resource.of(
        own.urn, own.type, {"vpcId": "vpc"}, outputs={"vpcId": "vpc", "ingress": [INLINE]}, id_="sg-gpu"
    )
    plan = [*without(BASE, "trainer"), reported, machine("trainer", "training", "10.0.0.5", "sg-gpu")]
    assert proven(never(plan, "edge!", "training!"))
    assert violated(never([*plan, allow("alone", "sg-gpu", "ingress", "10.0.1.0/24")], "edge!", "training!"))


@pytest.mark.parametrize("protocol", ["-1", "all", "tcp"])
def test_22_protocol_minus_one_ignores_ports(protocol: str) -> None:
    rule = {"protocol": protocol, "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.1.0/24"]}
    own = group("sg-gpu", ingress=[rule])
    plan = [*without(BASE, "trainer"), own, machine("trainer", "training", "10.0.0.5", "sg-gpu")]
    by_udp = never(plan, "edge!", "training!", with_="udp 53")
    assert proven(by_udp) if protocol == "tcp" else violated(by_udp)
    assert violated(never(plan, "edge!", "training!", with_="tcp 443"))


def test_23_acls_go_by_number_deny_the_rest_and_need_the_answers_ports() -> None:
    def plan(*lines: Resource) -> list[Resource]:
        return [*BASE, acl("acl", "training"), *lines]

    first = line("deny", "acl", 10, "deny", "10.0.1.0/24"), line("allow", "acl", 20, "allow")
    assert proven(never(plan(*first), "edge!", "training!"))
    later = line("deny", "acl", 30, "deny", "10.0.1.0/24"), line("allow", "acl", 20, "allow")
    found = never(plan(*later), "edge!", "training!")
    assert violated(found)
    assert found.path and any("deny (deny, priority 30)" in one for one in found.path.shadowed)
    assert proven(never(plan(), "edge!", "training!")), "what no rule names is denied"
    way = line("in", "acl", 1, "allow", protocol="6", fromPort=443, toPort=443)
    answers = line("answers", "acl", 1, "allow", egress=True, protocol="6", fromPort=1024, toPort=65535)
    some = line("some", "acl", 1, "allow", egress=True, protocol="6", fromPort=1024, toPort=2048)
    assert proven(reaches(plan(way, answers), "edge!", "training!"))
    assert not proven(reaches(plan(way, some), "edge!", "training!"))
    assert not proven(reaches(plan(way), "edge!", "training!"))
    assert violated(never(plan(way), "edge!", "training!")), "one way is a way"


def test_24_an_acl_does_not_see_what_stays_within_its_subnet() -> None:
    other = machine("web", "training", "10.0.0.6", "sg-open")
    plan = [*without(BASE, "web"), other, acl("acl", "training")]
    assert violated(never(plan, "edge!", "training!"))
    assert proven(never([*BASE, acl("acl", "training")], "edge!", "training!"))


def test_25_a_nat_gateway_drops_what_nobody_asked_for() -> None:
    plan = [*BASE, *nat("edge", "training")]
    assert violated(never(plan, "training", "internet"))
    assert proven(never(plan, "internet", "training"))
    exposed = [
        *without(plan, "trainer"),
        machine("trainer", "training", "10.0.0.5", "sg-open", **PUBLIC),
    ]
    assert violated(never(exposed, "internet", "training"))
    assert proven(reaches(plan, "training!", "internet", Kind.OUTSIDE)), "answers come back by it"


def test_25_a_nat_gateway_leads_where_its_own_subnet_leads() -> None:
    plan = [*BASE, *nat("edge", "training")]
    assert proven(never(without(plan, "out"), "training", "internet")), "its subnet has no way out"
    assert proven(never([*plan, acl("acl", "edge")], "training", "internet")), "nor past its subnet's ACL"
    private = [*BASE, *nat("edge", "training", connectivityType="private")]
    assert proven(never(private, "training!", "internet"))


def s3(**properties: Any) -> Resource:
    asked = {
        "vpcId": "vpc",
        "serviceName": "com.amazonaws.eu-central-1.s3",
        "routeTableIds": ["training-table"],
    }
    return made(types.ENDPOINT, "s3", {**asked, **properties})


def test_26_a_gateway_endpoint_covers_only_its_prefixes() -> None:
    plan = [*BASE, s3()]
    assert proven(never(plan, "training", "internet"))
    assert proven(reaches(plan, "training!", "data", Kind.PRIVATE_API))
    assert violated(never(plan, "training", "data"))
    assert violated(reaches(plan, "edge!", "data", Kind.PRIVATE_API)), "only for tables that have it"
    assert violated(never([*plan, *nat("edge", "training")], "training", "internet"))
    shut = [*without(plan, "trainer"), group("sg-s3"), machine("trainer", "training", "10.0.0.5", "sg-s3")]
    assert violated(reaches(shut, "training!", "data", Kind.PRIVATE_API))
    known = [
        *without(shut, "s3"),
        s3(prefixListId="pl-s3"),
        allow("to-s3", "sg-s3", "egress", "pl-s3", ipProtocol="tcp", fromPort=443, toPort=443),
    ]
    assert proven(reaches(known, "training!", "data", Kind.PRIVATE_API))


def _statement(**more: Any) -> str:
    asked = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [asked]})


OWN_ACCOUNT = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ({}, False),
        ({"policy": _statement()}, False),
        ({"policy": _statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})}, False),
        ({"policy": _statement(Condition=OWN_ACCOUNT)}, True),
        ({"policy": _statement(Resource="arn:aws:s3:::ours/*")}, True),
        ({"policy": _statement(Resource="arn:aws:s3:::*")}, False),
        ({"policy": "no policy"}, False),
        ({"policy": UNKNOWN}, False),
    ],
)
def test_27_an_endpoint_policy_limits_principals_not_packets(policy: Mapping[str, Any], held: bool) -> None:
    claim = Claim("claim", Expect.NEVER, End.of("training"), End.of("data"))
    found = report([*BASE, s3(**policy)], claim)
    assert violated(found.verdicts[0]), "whatever the policy says, packets pass"
    (told_of,) = [one for one in found.exits if one.name == "endpoint s3"]
    assert bool(told_of.limited_by) is held


def test_28_association_is_not_propagation_and_one_way_reach_exists() -> None:
    base = [*BASE, *OTHER]
    assert violated(never([*base, *transit()], "training", "inference"))
    assert proven(reaches([*base, *transit()], "training!", "inference!"))
    assert proven(never([*base, *transit(propagates=False)], "training", "inference"))
    one_way = [*base, *transit(back=False)]
    assert violated(never(one_way, "training", "inference")), "it gets there"
    assert not proven(reaches(one_way, "training!", "inference!")), "and no answer comes back"
    # Only the far VPC's routes are in the near one's table.
    tables = [
        made(types.TRANSIT_TABLE, f"rt-{each}", {"transitGatewayId": "tgw"}) for each in ("vpc", "other")
    ]
    joined = [
        made(
            kind,
            f"{kind[-5:]}-{attachment}",
            {
                "transitGatewayAttachmentId": attachment,
                "transitGatewayRouteTableId": of,
            },
        )
        for kind, attachment, of in (
            (types.TRANSIT_ASSOCIATION, "at-vpc", "rt-vpc"),
            (types.TRANSIT_ASSOCIATION, "at-other", "rt-other"),
            (types.TRANSIT_PROPAGATION, "at-other", "rt-vpc"),
        )
    ]
    manual = transit(defaultRouteTableAssociation="disable", defaultRouteTablePropagation="disable")
    split = [*base, *manual, *tables, *joined]
    assert violated(never(split, "training", "inference"))
    assert proven(never(split, "inference", "training"))


def test_29_transit_gateway_peering_needs_static_routes() -> None:
    def plan(*static: Resource) -> list[Resource]:
        far = made(types.TRANSIT, "far-tgw", {})
        near = made(types.TRANSIT, "tgw", {})
        attached = [
            made(
                types.TRANSIT_ATTACHMENT,
                f"at-{name}",
                {
                    "transitGatewayId": gateway_,
                    "vpcId": name,
                    "subnetIds": [sub],
                },
            )
            for name, sub, gateway_ in (("vpc", "training", "tgw"), ("other", "far", "far-tgw"))
        ]
        between = made(
            types.TRANSIT_PEERING,
            "between",
            {
                "transitGatewayId": "tgw",
                "peerTransitGatewayId": "far-tgw",
                "peerRegion": "eu-west-1",
            },
        )
        there = route("there", "training", "10.9.0.0/16", transitGatewayId="tgw")
        return [*BASE, *OTHER, far, near, *attached, between, there, *static]

    default = made(types.TRANSIT, "tgw", {"associationDefaultRouteTableId": "rtb-near"})
    static = made(
        types.TRANSIT_ROUTE,
        "static",
        {
            "destinationCidrBlock": "10.9.0.0/16",
            "transitGatewayAttachmentId": "between",
            "transitGatewayRouteTableId": "rtb-near",
        },
    )
    with_default = [*without(plan(), "tgw"), default]
    assert proven(never(with_default, "training", "inference"))
    assert violated(never([*with_default, static], "training", "inference"))
    hole = made(types.TRANSIT_ROUTE, "static", {**static.properties, "blackhole": True})
    assert proven(never([*with_default, hole], "training", "inference"))


SIX = [
    vpc(ipv6CidrBlock="2600:1f00:0:a00::/56"),
    subnet("training", "10.0.0.0/24", ipv6CidrBlock="2600:1f00:0:a00::/64"),
    subnet("edge", "10.0.1.0/24", ipv6CidrBlock="2600:1f00:0:a01::/64"),
]


def test_30_ipv6_leaves_by_an_egress_only_gateway() -> None:
    base = [*SIX, *without(BASE, "vpc", "training", "edge")]
    only = made(types.EGRESS_ONLY, "eigw", {"vpcId": "vpc"})
    plan = [*base, only, route("six", "training", "::/0", egressOnlyGatewayId="eigw")]
    assert proven(never(base, "training", "internet"))
    leak = never(plan, "training", "internet")
    assert violated(leak)
    assert "egress-only internet gateway" in told(leak)
    assert proven(never(plan, "internet", "training")), "nothing comes in by it"
    both_ways = [*base, gateway(), route("six", "training", "::/0", gatewayId="igw-vpc")]
    assert violated(never(both_ways, "internet", "training"))
    assert violated(never(both_ways, "training", "internet"))
    four = never([*plan, gateway()], "edge", "internet")
    assert proven(four), "a gateway without a route takes nothing out"


def test_31_resolver_and_metadata_address_bypass_groups_and_acls() -> None:
    shut = [group("sg-shut"), acl("acl", "training")]
    plan = [*without(BASE, "trainer"), *shut, machine("trainer", "training", "10.0.0.5", "sg-shut")]
    claims = [
        Claim("claim", Expect.NEVER, End.of("training"), End(text, within=addresses(text)))
        for text in ("169.254.169.253", "169.254.169.254", "10.0.2.9")
    ]
    found = report(plan, *claims).verdicts
    assert violated(found[0])
    assert violated(found[1])
    assert proven(found[2]), "groups and ACL hold everything else"


def test_31_names_are_a_way_out_unless_a_firewall_for_names_ends_in_a_refusal() -> None:
    def held(action: str, *domains: str, **more: Any) -> bool:
        firewall = [
            made(types.NAME_GROUP, "names", {}),
            made(types.NAME_LIST, "list", {"domains": list(domains)}),
            made(
                types.NAME_RULE,
                "rule",
                {
                    "action": action,
                    "firewallRuleGroupId": "names",
                    "firewallDomainListId": "list",
                    **more,
                },
            ),
            made(types.NAME_ASSOCIATION, "at", {"vpcId": "vpc", "firewallRuleGroupId": "names"}),
        ]
        claim = Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))
        (told_of,) = [
            one for one in report([*BASE, *firewall], claim).exits if one.name.startswith("name resolution")
        ]
        return bool(told_of.limited_by)

    assert held("BLOCK", "*.")
    assert not held("ALERT", "*")
    assert not held("BLOCK", "evil.example.")


def test_an_internet_gateway_takes_machines_with_public_addresses() -> None:
    plan = [*BASE, gateway(), route("out", "training", gatewayId="igw-vpc")]
    assert proven(never(plan, "training!", "internet"))
    started = never(plan, "training", "internet")
    assert violated(started), "whoever starts a machine there may ask for one"
    assert "any machine in subnet training" in told(started)
    elastic = made(types.EIP, "eip", {"instance": "trainer", "domain": "vpc"})
    assert violated(never([*plan, elastic], "training!", "internet"))
    assert violated(never([*plan, elastic], "internet", "training!"))
    assert proven(never([*BASE, elastic], "internet", "training")), "there is no gateway"
    given = [
        *without(plan, "training"),
        subnet("training", "10.0.0.0/24", mapPublicIpOnLaunch=True),
        made(types.TABLE_ASSOCIATION, "given", {"routeTableId": "training-table", "subnetId": "training"}),
    ]
    assert violated(never(given, "training!", "internet"))


def test_what_comes_in_by_an_internet_gateway_needs_a_route_for_its_answer() -> None:
    exposed = [*without(BASE, "web"), machine("web", "edge", "10.0.1.5", "sg-open", **PUBLIC), gateway()]
    assert violated(never(exposed, "internet", "edge!")), "it arrives all the same"
    assert not proven(reaches(exposed, "internet", "edge!"))
    assert proven(reaches([*exposed, route("out", "edge", gatewayId="igw-vpc")], "internet", "edge!"))


def test_peering_is_not_transitive() -> None:
    base = [
        *BASE,
        *OTHER,
        vpc("hub", "10.8.0.0/16"),
        made(types.PEERING, "near", {"vpcId": "vpc", "peerVpcId": "hub"}),
        made(types.PEERING, "far-peer", {"vpcId": "hub", "peerVpcId": "other"}),
        route("there", "training", "10.9.0.0/16", vpcPeeringConnectionId="near"),
    ]
    assert proven(never(base, "training", "inference"))
    direct = [*base, peered(), route("direct", "training", "10.9.0.0/24", vpcPeeringConnectionId="peer")]
    assert violated(never(direct, "training", "inference"))


def balanced(*, waf: bool, kind: str = "application", groups: Sequence[str] = ("sg-open",)) -> list[Resource]:
    """A load balancer in edge with the training machine behind it."""
    balancer, target = types.BALANCERS[0], types.TARGET_GROUPS[0]
    found = [
        gateway(),
        route("out", "edge", gatewayId="igw-vpc"),
        made(
            balancer,
            "lb",
            {
                "loadBalancerType": kind,
                "subnets": ["edge"],
                "securityGroups": list(groups),
            },
        ),
        made(target, "tg", {"port": 8443, "protocol": "HTTPS"}),
        made(
            types.LISTENERS[0],
            "listener",
            {
                "loadBalancerArn": "lb",
                "port": 443,
                "protocol": "HTTPS",
                "defaultActions": [{"type": "forward", "targetGroupArn": "tg"}],
            },
        ),
        made(types.TARGETS[0], "target", {"targetGroupArn": "tg", "targetId": "trainer"}),
    ]
    if waf:
        found.append(made(types.FIREWALL_ASSOCIATIONS[0], "waf", {"resourceArn": "lb", "webAclArn": "acl"}))
    return found


def test_a_load_balancer_without_a_web_acl_is_a_way_to_its_targets() -> None:
    assert proven(never([*BASE, *balanced(waf=True)], "internet", "training"))
    leak = never([*BASE, *balanced(waf=False)], "internet", "training")
    assert violated(leak)
    assert "load balancer lb" in told(leak)
    shut = [
        *without(BASE, "trainer"),
        group("sg-shut"),
        machine("trainer", "training", "10.0.0.5", "sg-shut"),
    ]
    assert proven(never([*shut, *balanced(waf=False)], "internet", "training"))


def test_a_network_load_balancer_puts_the_internet_before_its_targets() -> None:
    inner = [group("sg-world"), allow("world", "sg-world", "ingress", "8.0.0.0/8")]
    plan = [*without(BASE, "trainer"), *inner, machine("trainer", "training", "10.0.0.5", "sg-world")]
    assert violated(never([*plan, *balanced(waf=False, kind="network", groups=())], "internet", "training"))
    assert proven(never([*plan, *balanced(waf=False)], "internet", "training"))


def cluster(**config: Any) -> list[Resource]:
    asked = {
        "subnetIds": ["training"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        **config,
    }
    nodes = {"clusterName": "eks", "subnetIds": ["training"]}
    return [
        made(types.CLUSTER, "eks", {"name": "eks", "vpcConfig": asked}),
        made(types.NODE_GROUP, "pool", nodes),
    ]


def test_eks_nodes_have_the_groups_of_their_template_or_the_clusters() -> None:
    base = [*PLACES, *opened("sg-open"), machine("web", "edge", "10.0.1.5", "sg-open")]
    assert proven(never([*base, *cluster()], "edge!", "training"))
    template = made(types.TEMPLATE, "lt", {"networkInterfaces": [{"securityGroups": ["sg-open"]}]})
    nodes = made(
        types.NODE_GROUP,
        "pool",
        {
            "clusterName": "eks",
            "subnetIds": ["training"],
            "launchTemplate": {"id": "lt", "version": "1"},
        },
    )
    assert violated(never([*base, *cluster()[:1], template, nodes], "edge!", "training"))
    assert proven(reaches([*base, *cluster()], "training", "training", Kind.CONTROL_PLANE)), "nodes join"
    off = cluster(endpointPrivateAccess=False)
    assert violated(reaches([*base, *off], "training", "training", Kind.CONTROL_PLANE))
    leak = never([*base, *cluster(), *nat("edge", "training")], "training", "internet")
    assert violated(leak), "the group that EKS makes lets everything out"


def test_a_public_api_server_is_a_way_in() -> None:
    assert proven(never([*PLACES, *cluster()], "internet", "training"))
    assert violated(never([*PLACES, *cluster(endpointPublicAccess=True)], "internet", "training"))
    inner = cluster(endpointPublicAccess=True, publicAccessCidrs=["10.0.0.0/8"])
    assert proven(never([*PLACES, *inner], "internet", "training"))


def test_unknown_references_are_resolved_by_dependencies_or_left_open() -> None:
    own = [group("sg-gpu"), group("sg-b")]
    for candidates, certain in (([own[0]], True), (own, False)):
        trainer = Resource.of(
            "urn:pulumi:test::test::x::trainer",
            types.INSTANCE,
            {"subnetId": "training", "privateIp": "10.0.0.5", "vpcSecurityGroupIds": [UNKNOWN]},
            references={"vpcSecurityGroupIds": [one.urn for one in candidates]},
        )
        plan = [*without(BASE, "trainer"), *own, trainer, allow("in", "sg-b", "ingress")]
        found = never(plan, "edge!", "training!")
        assert proven(found) if certain else unproven(found), told(found)


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("aws:networkmanager/vpcAttachment:VpcAttachment", {}),
        ("aws:cloudfront/vpcOrigin:VpcOrigin", {}),
        ("aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions", {}),
        ("aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation", {}),
    ],
)
def test_a_type_that_is_not_known_leaves_claims_unproven(type_: str, properties: Mapping[str, Any]) -> None:
    verdict = never([*BASE, made(type_, "it", properties)], "training", "internet")
    assert unproven(verdict)
    assert "it is not modelled" in told(verdict)
    quiet = made("aws:ec2/placementGroup:PlacementGroup", "it", {})
    assert proven(never([*BASE, quiet], "training", "internet"))
