"""The flow table says what the design says, and its loader refuses contradictions."""

from __future__ import annotations

from itertools import product

import pytest
from pydantic import ValidationError

from components.contracts import Carrier, Outside, SegmentName
from stacks.flows import parse, table

# DESIGN section 4, cell by cell: every pair that is not "no" or "never".
ALLOWED = {
    ("internet", "edge"),
    ("enterprise", "edge"),
    ("enterprise", "operations"),
    ("edge", "inference"),
    ("inference", "inference"),
    ("inference", "data"),
    ("training", "training"),
    ("training", "data"),
    ("operations", "inference"),
    ("operations", "training"),
    ("operations", "data"),
}


def test_exactly_the_pairs_of_the_design_may_talk() -> None:
    assert {(flow.source.value, flow.destination.value) for flow in table().flows} == ALLOWED


def test_clients_come_through_the_gateway_only() -> None:
    for flow in table().flows:
        if isinstance(flow.source, Outside) and flow.destination is SegmentName.EDGE:
            assert (flow.carrier, flow.protocol, flow.ports) == (Carrier.GATEWAY, "tcp", ("443",))


def test_operations_reaches_clusters_by_their_control_plane_only() -> None:
    reached = [flow for flow in table().flows if flow.source is SegmentName.OPERATIONS]
    assert {flow.carrier for flow in reached} == {Carrier.CONTROL_PLANE, Carrier.PRIVATE_APIS}


def test_only_collectives_take_every_port() -> None:
    assert [flow.name for flow in table().flows if not flow.ports] == ["training-collectives"]


def test_only_model_servers_are_led_to_what_answers_prompts() -> None:
    assert [flow.name for flow in table().flows if flow.models] == ["inference-to-private-apis"]


def test_never_covers_internet_and_enterprise_for_training() -> None:
    never = {(each.source, each.destination) for each in table().never}
    for one, other in product([SegmentName.TRAINING], Outside):
        assert {(one, other), (other, one)} <= never


@pytest.mark.parametrize(
    ("flows", "never", "wrong"),
    [
        (
            "{name: ab, from: edge, to: data, carrier: machines, protocol: tcp, why: it is used}",
            "",
            "has some",
        ),
        (
            "{name: ab, from: edge, to: data, carrier: machines, protocol: all, ports: [1], why: it is used}",
            "",
            "has no ports",
        ),
        (
            "{name: ab, from: edge, to: data, carrier: machines, protocol: all, models: true, "
            "why: it is used}",
            "",
            "models are private APIs",
        ),
        (
            "{name: ab, from: edge, to: data, carrier: machines, protocol: tcp, ports: [0], why: it is used}",
            "",
            "1 to 65535",
        ),
        (
            "{name: ab, from: edge, to: data, carrier: machines, protocol: all, why: it is used}",
            "{from: edge, to: data, why: it is used}",
            "must never be",
        ),
        (
            "{name: ab, from: edge, to: lake, carrier: machines, protocol: all, why: it is used}",
            "",
            "Input should be",
        ),
    ],
)
def test_a_bad_table_is_refused(flows: str, never: str, wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        parse(f"flows: [{flows}]\nnever: [{never}]")


def test_two_flows_of_one_name_are_refused() -> None:
    flow = "{name: ab, from: edge, to: data, carrier: machines, protocol: all, why: it is used}"
    with pytest.raises(ValidationError, match="same name"):
        parse(f"flows: [{flow}, {flow}]\nnever: []")
