"""AWS's items of the isolation checklist on routes and ways out (15, 16, 25 to 31)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from isolation.addresses import addresses
from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.resources import UNKNOWN, Resource
from tests.isolation.aws_joins import (
    OWN_ACCOUNT,
    PUBLIC,
    SIX,
    peered,
    s3,
    transit,
    vpn,
    without,
)
from tests.isolation.aws_plan import (
    BASE,
    OTHER,
    SCOPE,
    acl,
    allow,
    gateway,
    group,
    machine,
    made,
    nat,
    never,
    reaches,
    report,
    route,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

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
