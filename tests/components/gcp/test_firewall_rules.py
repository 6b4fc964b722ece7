"""The firewall's plan against the flow table, packet by packet.

The oracle reads the table itself: for every pair of places, protocol and port of interest it says whether the
table lets a connection open. The rules say it by matching, best priority first, at each end that is a machine
of ours. Both must agree, for the real table and for any part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.gcp.firewall_rules import Rule, plan
from stacks.flows import table
from tests.components.gcp.samples import ENTERPRISE, ranges

FLOWS = table().flows
RANGES = ranges()


@dataclass(frozen=True)
class Place:
    """An address, whose side it is on, and whether a machine of ours (with a firewall) has it."""

    name: str
    address: IPv4Address
    side: SegmentName | Outside | str
    machine: bool


def _machines() -> list[Place]:
    places: list[Place] = []
    for segment, given_ranges in RANGES.items():
        for kind, text in (("node", given_ranges.nodes), ("pod", given_ranges.pods)):
            if text:
                places.append(Place(f"{segment} {kind}", IPv4Network(text)[5], segment, machine=True))
    return places


MACHINES = _machines()
# A cluster's private endpoint has an address of its segment's subnet, and is no machine.
ENDPOINTS = [
    Place(f"{segment} control plane", IPv4Network(RANGES[segment].nodes)[9], segment, machine=False)
    for segment in (SegmentName.TRAINING, SegmentName.INFERENCE)
]
OUTSIDE = [
    Place("internet", IPv4Address("8.8.8.8"), Outside.INTERNET, machine=False),
    Place("enterprise", IPv4Address("10.1.2.3"), Outside.ENTERPRISE, machine=False),
    Place("other private network", IPv4Address("172.20.1.1"), "elsewhere", machine=False),
    Place("restricted APIs", IPv4Address("199.36.153.6"), "apis", machine=False),
    Place("front end", IPv4Address("35.191.7.7"), "front-end", machine=False),
    Place("health check", IPv4Address("130.211.1.1"), "front-end", machine=False),
]
PLACES = [*MACHINES, *ENDPOINTS, *OUTSIDE]
PORTS = sorted({int(port) for flow in FLOWS for port in flow.ports} | {22, 80, 3389, 65535})
TRAFFIC = [(protocol, port) for protocol in ("tcp", "udp") for port in PORTS]


def says_table(flows: Sequence[Flow], source: Place, destination: Place, protocol: str, port: int) -> bool:
    """Whether the flow table lets the connection open."""
    return any(
        (flow.protocol == "all" or (flow.protocol == protocol and str(port) in flow.ports))
        and _carries(flow, source, destination)
        for flow in flows
    )


def _carries(flow: Flow, source: Place, destination: Place) -> bool:
    ends = (source.side, destination.side)
    match flow.carrier:
        case Carrier.MACHINES:
            return ends == (flow.source, flow.destination)
        case Carrier.GATEWAY:
            # What comes from outside is received by Google's front ends, not by the network.
            inner = isinstance(flow.source, SegmentName)
            return (
                inner and destination.side == flow.destination and source.side in (flow.source, "front-end")
            )
        case Carrier.PRIVATE_APIS:
            return ends == (flow.source, "apis")
        case Carrier.CONTROL_PLANE:
            if flow.source != flow.destination:
                return ends == (flow.source, "apis")
            return ends == (flow.source, flow.destination) and not destination.machine


def say_rules(rules: Sequence[Rule], source: Place, destination: Place, protocol: str, port: int) -> bool:
    """Whether the rules let the connection open, at each end that has a firewall of ours."""

    def lets(machine: Place, direction: str, other: Place) -> bool:
        for rule in rules:
            if (
                rule.direction == direction
                and rule.segment in (None, machine.side)
                and any(other.address in network for network in networks(rule))
                and rule.protocol in ("all", protocol)
                and (not rule.ports or str(port) in rule.ports)
            ):
                return rule.action == "allow"
        raise AssertionError(f"no rule decides {machine.name} {direction} {other.name}: the denies are gone")

    leaves = not source.machine or lets(source, "EGRESS", destination)
    return leaves and (not destination.machine or lets(destination, "INGRESS", source))


@cache
def networks(rule: Rule) -> list[IPv4Network]:
    return [IPv4Network(each) for each in rule.ranges]


def disagreements(flows: Sequence[Flow]) -> list[str]:
    rules = plan(RANGES, flows, ENTERPRISE)
    return [
        f"{source.name} -> {destination.name} {protocol}/{port}: rules {ruled}, table {tabled}"
        for source, destination in product(PLACES, PLACES)
        if (source.machine or destination.machine) and destination.side != SegmentName.DATA
        for protocol, port in TRAFFIC
        if (ruled := say_rules(rules, source, destination, protocol, port))
        != (tabled := says_table(flows, source, destination, protocol, port))
    ]


def test_the_rules_say_exactly_the_table() -> None:
    assert disagreements(FLOWS) == []


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(FLOWS)))
def test_each_flow_brings_its_rules_and_nothing_else(flows: set[Flow]) -> None:
    assert disagreements([flow for flow in FLOWS if flow in flows]) == []


def test_private_apis_reach_the_data_segment_but_nobody_opens_a_machine_there() -> None:
    rules = plan(RANGES, FLOWS, ENTERPRISE)
    assert not [rule for rule in rules if rule.segment is SegmentName.DATA]
    outward = [rule for rule in rules if RANGES[SegmentName.DATA].nodes in rule.ranges]
    assert {rule.direction for rule in outward} == {"EGRESS"}
    assert {rule.ports for rule in outward} == {("443",)}


def test_every_flow_has_the_rules_of_its_carrier() -> None:
    """Which rules each flow makes, by name; a flow without one is received outside of the network."""
    names = {rule.name for rule in plan(RANGES, FLOWS, ENTERPRISE)}
    fixed = {
        "deny-all-ingress",
        "deny-all-egress",
        "training-never-to-enterprise",
        "training-never-from-enterprise",
    }
    both, ingress, egress, none = ("-ingress", "-egress"), ("-ingress",), ("-egress",), ()
    ends = {
        "clients-to-edge": none,
        "enterprise-to-edge": none,
        "edge-to-inference": both,
        "training-collectives": both,
        "inference-cluster": both,
        "inference-names": both,
        "training-nodes-to-control-plane": egress,
        "inference-nodes-to-control-plane": egress,
        "operations-to-training-control-plane": egress,
        "operations-to-inference-control-plane": egress,
        "training-to-private-apis": egress,
        "inference-to-private-apis": egress,
        "operations-to-private-apis": egress,
        "operators": ingress,
    }
    assert set(ends) == {flow.name for flow in FLOWS}
    assert names == fixed | {name + end for name, directions in ends.items() for end in directions}


def test_denies_are_logged_and_come_last_and_first() -> None:
    rules = plan(RANGES, FLOWS, ENTERPRISE)
    denies = [rule for rule in rules if rule.action == "deny"]
    assert all(rule.logged and rule.protocol == "all" and not rule.ports for rule in denies)
    assert [rule.name for rule in rules[:2]] == [
        "training-never-from-enterprise",
        "training-never-to-enterprise",
    ]
    assert [(rule.name, rule.priority) for rule in rules[-2:]] == [
        ("deny-all-ingress", 65000),
        ("deny-all-egress", 65001),
    ]


def test_a_stack_without_an_enterprise_network_has_no_rule_about_it() -> None:
    names = {rule.name for rule in plan(RANGES, FLOWS)}
    assert not {name for name in names if name.startswith(("training-never", "operators"))}


def test_another_flow_moves_no_rule() -> None:
    """Priorities follow from names, so that a new flow replaces nobody else's rules."""
    before = {rule.name: rule.priority for rule in plan(RANGES, FLOWS[3:], ENTERPRISE)}
    after = {rule.name: rule.priority for rule in plan(RANGES, FLOWS, ENTERPRISE)}
    assert before.items() <= after.items()


def entry(source: SegmentName | str, destination: SegmentName | str, name: str = "exception") -> AllowEntry:
    return AllowEntry(
        name=name,
        owner="platform@example.com",
        reason="A licence server that only lives there.",
        source=source,
        destination=destination,
        protocol="tcp",
        ports=("443",),
        expires=date(2027, 1, 31),
    )


def network(of: tuple[int, int]) -> str:
    """CIDR text from an address and a prefix length."""
    return str(IPv4Network(of, strict=False))


SIDES = st.one_of(
    st.sampled_from(list(SegmentName)),
    st.sampled_from(
        ["0.0.0.0/0", "8.8.8.0/24", "10.1.0.0/16", "10.0.0.0/8", "172.20.0.0/16", "100.64.0.0/10"]
    ),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(network),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(SIDES, SIDES), max_size=3))
def test_no_allow_entry_joins_training_to_the_internet_or_the_enterprise(
    ends: list[tuple[SegmentName | str, SegmentName | str]],
) -> None:
    entries = [entry(source, destination, f"entry-{n}") for n, (source, destination) in enumerate(ends)]
    try:
        rules = plan(RANGES, FLOWS, ENTERPRISE, entries)
    except ValueError:
        return
    training = [place for place in MACHINES if place.side is SegmentName.TRAINING]
    outside = [place for place in OUTSIDE if place.side in (Outside.INTERNET, Outside.ENTERPRISE)]
    for inner, outer in product(training, outside):
        assert not say_rules(rules, inner, outer, "tcp", 443)
        assert not say_rules(rules, outer, inner, "tcp", 443)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*SegmentName, *Outside]),
    st.sampled_from([*SegmentName, *Outside]),
    st.sampled_from(list(Carrier)),
)
def test_no_flow_joins_training_to_anything_new(
    source: SegmentName | Outside, destination: SegmentName | Outside, carrier: Carrier
) -> None:
    flow = Flow("added", source, destination, carrier, "all", (), "A flow that somebody adds.")
    try:
        rules = plan(RANGES, [*FLOWS, flow], ENTERPRISE)
    except ValueError:
        return
    known = plan(RANGES, FLOWS, ENTERPRISE)
    for inner, other in product(MACHINES, PLACES):
        if inner.side is SegmentName.TRAINING:
            for protocol, port in TRAFFIC:
                for first, second in ((inner, other), (other, inner)):
                    if say_rules(rules, first, second, protocol, port):
                        new = not say_rules(known, first, second, protocol, port)
                        assert not new or second.side in ("apis", SegmentName.TRAINING, SegmentName.DATA)


REFUSALS: Mapping[str, tuple[Sequence[Flow], Sequence[AllowEntry], str]] = {
    "internet-to-a-segment": (
        [Flow("direct", Outside.INTERNET, SegmentName.EDGE, Carrier.MACHINES, "tcp", ("443",), "x")],
        [],
        "flow direct: this network has no way to the internet; use carrier gateway",
    ),
    "training-to-inference": (
        [
            Flow(
                "weights", SegmentName.TRAINING, SegmentName.INFERENCE, Carrier.MACHINES, "tcp", ("443",), "x"
            )
        ],
        [],
        "flow weights: training may not be joined to training -> inference by machines; remove the flow",
    ),
    "training-to-the-internet": (
        [],
        [entry(SegmentName.TRAINING, "8.8.8.0/24")],
        "allow entry exception: 8.8.8.0/24 lies on the internet or in the enterprise network",
    ),
    "enterprise-to-training": (
        [],
        [entry("10.1.0.0/16", SegmentName.TRAINING)],
        "allow entry exception: 10.1.0.0/16 lies on the internet or in the enterprise network",
    ),
    "no-segment": ([], [entry("10.1.0.0/16", "8.8.8.0/24")], "write a segment on one side"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_what_to_write(case: str) -> None:
    flows, entries, sentence = REFUSALS[case]
    with pytest.raises(ValueError, match=re.escape(sentence)):
        plan(RANGES, flows, ENTERPRISE, entries)


def test_two_names_with_one_priority_are_refused() -> None:
    first, second = _colliding_names()
    with pytest.raises(ValueError, match="share the priority"):
        plan(RANGES, [replace(FLOWS[2], name=first), replace(FLOWS[2], name=second)], ENTERPRISE)


def _colliding_names() -> tuple[str, str]:
    seen: dict[int, str] = {}
    for number in range(10_000):
        name = f"flow-{number}"
        priority = plan(RANGES, [replace(FLOWS[2], name=name)])[0].priority
        if priority in seen:
            return seen[priority], name
        seen[priority] = name
    raise AssertionError("no two of 10,000 names share a priority")
