"""AWS's items of the isolation checklist on groups and ACLs (17 to 24)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from isolation.aws import types
from isolation.resources import Resource
from tests.isolation.aws_joins import (
    INLINE,
    PUBLIC,
    peered,
    transit,
    without,
)
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    OTHER,
    PLACES,
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
    route,
)
from tests.isolation.gcp_plan import proven, unproven, violated


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
