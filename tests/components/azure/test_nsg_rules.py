"""What security groups say: the flow table, both ways, and nothing that Azure would allow besides."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network

import pytest

from components.azure.nsg_rules import ANYTHING, ENDPOINTS, MODEL_ENDPOINTS, NsgRule, plan
from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from stacks.flows import table
from tests.components.azure.platform import RANGES

ENTERPRISE = ("172.16.0.0/12",)
# Azure's own rules begin here, and allow the network and, outwards, the internet.
# Source: learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules.
AZURES_OWN = 65000


def rules(*more: Flow, allow: tuple[AllowEntry, ...] = ()) -> list[NsgRule]:
    return plan(RANGES, (*table().flows, *more), ENTERPRISE, allow)


def of(segment: SegmentName, direction: str, *, allow: bool = True) -> list[NsgRule]:
    return [
        each
        for each in rules()
        if each.segment is segment and each.direction == direction and each.allow is allow
    ]


def entry(source: SegmentName | str, destination: SegmentName | str) -> AllowEntry:
    until = date(2027, 1, 1)
    return AllowEntry("extra", "o@example.com", "a test", source, destination, "tcp", ("8080",), until)


@pytest.mark.parametrize("segment", SegmentName)
@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_each_group_denies_what_azure_would_allow(segment: SegmentName, direction: str) -> None:
    denied = of(segment, direction, allow=False)
    peers = {(each.sources if direction == "Inbound" else each.destinations) for each in denied}
    assert peers == {("Internet",), ("VirtualNetwork",), ("*",)}
    last = max(each.priority for each in of(segment, direction)) if of(segment, direction) else 0
    assert last < min(each.priority for each in denied) < max(each.priority for each in denied) < AZURES_OWN
    assert {(each.protocol, each.ports) for each in denied} == {("*", ANYTHING)}


def test_priorities_are_given_once_and_inside_azures_bounds() -> None:
    places = [(each.segment, each.direction, each.priority) for each in rules()]
    assert len(set(places)) == len(places)
    assert all(100 <= priority <= 4096 for *_, priority in places)


def test_a_new_flow_moves_no_rule_whose_place_it_does_not_take() -> None:
    new = Flow(
        "a-new-one",
        SegmentName.OPERATIONS,
        SegmentName.INFERENCE,
        Carrier.MACHINES,
        "tcp",
        ("9",),
        "Because.",
    )
    before, after = set(rules()), set(rules(new))
    assert {each.name for each in after - before} == {"a-new-one-in", "a-new-one-out"}
    assert not before - after


def test_only_the_edge_meets_the_internet_on_one_port_from_outside() -> None:
    open_ = [each for each in rules() if each.allow and "Internet" in (*each.sources, *each.destinations)]
    assert [(each.segment, each.direction, each.ports) for each in open_] == [
        (SegmentName.EDGE, "Inbound", ("443",))
    ]


def test_training_opens_connections_to_itself_and_private_apis_only() -> None:
    data, own = RANGES[SegmentName.DATA].nodes, RANGES[SegmentName.TRAINING]
    reached = {peer for each in of(SegmentName.TRAINING, "Outbound") for peer in each.destinations}
    assert reached == {data, own.nodes, own.pods}
    reaching = {peer for each in of(SegmentName.TRAINING, "Inbound") for peer in each.sources}
    assert reaching == {own.nodes, own.pods, RANGES[SegmentName.OPERATIONS].nodes}


def test_only_private_endpoints_of_the_data_segment_are_reached() -> None:
    inbound = of(SegmentName.DATA, "Inbound")
    assert {each.name: each.destinations for each in inbound} == {
        "inference-to-private-apis-in": (ENDPOINTS, MODEL_ENDPOINTS),
        "operations-to-private-apis-in": (ENDPOINTS,),
        "training-to-private-apis-in": (ENDPOINTS,),
    }


def test_all_of_a_cluster_is_open_to_itself_as_aks_asks() -> None:
    for segment in (SegmentName.TRAINING, SegmentName.INFERENCE):
        for direction in ("Inbound", "Outbound"):
            (inside,) = [each for each in of(segment, direction) if each.name.startswith("cluster-")]
            assert (inside.protocol, inside.ports) == ("*", ANYTHING)
            assert set(inside.sources) == set(inside.destinations) == set(RANGES[segment].machines)


def test_operations_reach_api_servers_on_their_port_only() -> None:
    inbound = of(SegmentName.TRAINING, "Inbound")
    from_operations = [each for each in inbound if RANGES[SegmentName.OPERATIONS].nodes in each.sources]
    assert [each.ports for each in from_operations] == [("443",)]


def test_every_flow_between_segments_is_allowed_at_both_ends() -> None:
    made = {(each.segment, each.name) for each in rules()}
    for flow in table().flows:
        if flow.source == flow.destination:
            continue
        for end, way in ((flow.source, "out"), (flow.destination, "in")):
            assert not isinstance(end, SegmentName) or (end, f"{flow.name}-{way}") in made


def test_a_tag_never_stands_beside_a_range() -> None:
    for each in rules():
        for side in (each.sources, each.destinations):
            ranges = [text for text in side if "/" in text]
            if set(side) <= {ENDPOINTS, MODEL_ENDPOINTS}:
                continue
            assert len(side) == 1 or ranges == list(side)
            assert all(IPv4Network(text) for text in ranges)


def test_an_exception_is_opened_at_its_segment_only() -> None:
    extra = [
        each for each in rules(allow=(entry(SegmentName.OPERATIONS, "10.9.0.0/24"),)) if "extra" in each.name
    ]
    assert [(each.segment, each.name, each.destinations) for each in extra] == [
        (SegmentName.OPERATIONS, "extra-out", ("10.9.0.0/24",))
    ]
    assert "o@example.com" in extra[0].description


def test_without_an_enterprise_network_nothing_is_open_for_one() -> None:
    made = plan(RANGES, table().flows)
    assert not [each for each in made if each.name in {"operators-in", "enterprise-to-edge-in"}]


@pytest.mark.parametrize("end", ["8.8.8.8/32", "172.16.0.0/16"])
def test_no_exception_joins_training_to_outside(end: str) -> None:
    with pytest.raises(ValueError, match="which training never reaches nor is reached by; remove the entry"):
        rules(allow=(entry(SegmentName.TRAINING, end),))


def test_no_flow_leads_to_the_internet_but_through_the_gateway() -> None:
    out = Flow("out", SegmentName.OPERATIONS, Outside.INTERNET, Carrier.MACHINES, "tcp", ("443",), "Because.")
    with pytest.raises(ValueError, match="flow out: this network has no way to the internet"):
        rules(out)
