"""The firewall's plan against the flow table, packet by packet, and the plans it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.gcp.firewall_rules import plan
from tests.components.gcp.packets import FLOWS, PLACES, RANGES, TRAFFIC, entry, say_rules, says_table
from tests.components.gcp.samples import ENTERPRISE


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
