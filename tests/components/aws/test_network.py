"""The network on AWS: exact children, what groups and ACLs let pass, and what no argument opens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws import acl_rules, group_rules
from components.aws.acl_rules import AclRule
from components.aws.endpoints import endpoint_policy, services
from components.aws.group_rules import CLUSTER_SEGMENTS, EVERYWHERE, GROUPS, GroupRule
from components.aws.log_groups import PERIODS, kept
from components.aws.network import Network
from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from stacks.flows import table
from tests.components.aws.platform import NAME, PLACE, RANGES, network_args
from tests.components.recorder import Made, build, differences, value

MACHINES = {segment: ranges.pods or ranges.nodes for segment, ranges in RANGES.items()}
ENTERPRISE = ("172.16.0.0/12",)


def made(**changes: Any) -> list[Made]:
    return build(lambda: Network(NAME, network_args(**changes)))


def group_plan(*allow: AllowEntry) -> list[GroupRule]:
    return group_rules.plan(table().flows, ENTERPRISE, allow)


def acl_plan(*allow: AllowEntry) -> list[AclRule]:
    return acl_rules.plan(MACHINES, table().flows, ENTERPRISE, allow)


def entry(source: SegmentName | str, destination: SegmentName | str) -> AllowEntry:
    return AllowEntry(
        "partner", "owner@example.com", "A reason.", source, destination, "tcp", ("443",), date(2030, 1, 1)
    )


def test_inventory() -> None:
    assert differences(made(), "aws-network") == []


def test_without_clients_there_is_no_way_to_the_internet() -> None:
    kinds = {each.type for each in made(serves=False)}
    assert not kinds & {"aws:ec2/internetGateway:InternetGateway", "aws:ec2/route:Route"}
    assert not kinds & {"aws:ec2/natGateway:NatGateway", "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"}


def test_the_only_route_is_the_edges() -> None:
    routes = [each for each in made() if each.type == "aws:ec2/route:Route"]
    assert [value(each, "routeTableId") for each in routes] == [f"{NAME}-edge-id"]


def test_training_meets_itself_private_apis_and_operations_only() -> None:
    peers = {rule.peer for rule in group_plan() if rule.group == "training"}
    assert peers == {"training", "data", "training-control"}
    addresses = {rule.peer for rule in acl_plan() if rule.segment is SegmentName.TRAINING}
    allowed = (SegmentName.TRAINING, SegmentName.DATA, SegmentName.OPERATIONS)
    assert addresses == {MACHINES[segment] for segment in allowed}


def test_whoever_reaches_an_api_server_reaches_no_node_by_it() -> None:
    from_operations = {
        (rule.peer, rule.ports)
        for rule in group_plan()
        if (rule.group, rule.direction) == ("operations", "egress")
    }
    assert from_operations == {
        ("training-control", (443, 443)),
        ("inference-control", (443, 443)),
        ("data", (443, 443)),
    }


def test_only_the_edge_is_open_to_the_internet_and_on_one_port() -> None:
    open_ = [rule for rule in group_plan() if rule.peer == EVERYWHERE]
    assert [(rule.group, rule.direction, rule.ports) for rule in open_] == [("edge", "ingress", (443, 443))]
    acls = {(rule.segment, rule.egress, rule.ports) for rule in acl_plan() if rule.peer == EVERYWHERE}
    assert acls == {(SegmentName.EDGE, False, (443, 443)), (SegmentName.EDGE, True, acl_rules.ANSWERS)}


def test_whatever_groups_let_pass_acls_let_pass_too() -> None:
    """Both walls come from one table: a flow that one refused would never work."""
    segment_of = {group: SegmentName(group.removesuffix("-control")) for group in GROUPS}
    for rule in group_plan():
        segment = segment_of[rule.group]
        peer = MACHINES[segment_of[rule.peer]] if rule.peer in segment_of else rule.peer
        if peer == MACHINES[segment]:
            continue
        ways = [
            each
            for each in acl_plan()
            if (each.segment, each.egress, each.peer) == (segment, rule.direction == "egress", peer)
        ]
        assert any(_covers(each, rule) for each in ways), rule


def _covers(acl: AclRule, rule: GroupRule) -> bool:
    if acl.protocol not in ("all", rule.protocol):
        return False
    if acl.ports is None or rule.ports is None:
        return acl.ports is None
    return acl.ports[0] <= rule.ports[0] and rule.ports[1] <= acl.ports[1]


@pytest.mark.parametrize("outside", ["8.8.8.8/32", "172.16.9.0/24"])
@pytest.mark.parametrize("outward", [True, False])
def test_no_exception_joins_training_to_the_internet_or_the_enterprise(outside: str, outward: bool) -> None:
    ends = (SegmentName.TRAINING, outside) if outward else (outside, SegmentName.TRAINING)
    with pytest.raises(ValueError, match=r"partner: .* training never reaches"):
        group_plan(entry(*ends))


def test_a_flow_may_not_leave_to_the_internet() -> None:
    flow = Flow("out", SegmentName.OPERATIONS, Outside.INTERNET, Carrier.MACHINES, "tcp", ("443",), "Why.")
    with pytest.raises(ValueError, match="flow out: this network has no way to the internet"):
        group_rules.plan([flow])


def test_too_many_ranges_for_an_acl_are_refused() -> None:
    many = tuple(f"172.16.{index}.0/24" for index in range(30))
    with pytest.raises(ValueError, match="more than 20 rules in one direction"):
        acl_rules.plan(MACHINES, table().flows, many)


def test_subnets_of_a_segment_share_no_address_and_stay_in_their_range() -> None:
    cidrs = [IPv4Network(value(each, "cidrBlock")) for each in made() if each.type == "aws:ec2/subnet:Subnet"]
    assert len(cidrs) == (len(RANGES) + len(CLUSTER_SEGMENTS)) * len(PLACE.zones)
    assert not [(one, two) for one in cidrs for two in cidrs if one < two and one.overlaps(two)]
    assert all(any(cidr.subnet_of(IPv4Network(own)) for own in MACHINES.values()) for cidr in cidrs)


def statements(service: str, organization: str | None) -> Iterator[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def program() -> None:
        endpoint_policy(PLACE, service, organization).apply(
            lambda text: found.extend(json.loads(text)["Statement"])
        )

    build(program)
    yield from found


@pytest.mark.parametrize("organization", [None, "o-exampleorgid"])
@pytest.mark.parametrize("service", services())
def test_an_endpoint_carries_nothing_to_a_stranger(service: str, organization: str | None) -> None:
    own, *amazons = statements(service, organization)
    ends = {**own["Condition"]["StringEquals"], **own["Condition"]["StringEqualsIfExists"]}
    assert set(ends.values()) == {organization or PLACE.account}
    for each in amazons:
        reads = ("s3:GetObject", "ecr:BatchCheck", "ecr:BatchGet", "ecr:GetDownloadUrl")
        assert all(action.startswith(reads) for action in each["Action"])
        assert "*" not in each["Resource"]


@given(st.integers(1, PERIODS[-1]))
def test_logs_are_never_kept_shorter_than_asked(days: int) -> None:
    assert kept(days) >= days
    assert kept(days) in PERIODS


def test_logs_that_cannot_be_kept_that_long_are_refused() -> None:
    with pytest.raises(ValueError, match="3653 days at the most, not 4000"):
        kept(4000)
