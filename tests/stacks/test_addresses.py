"""The address plan, for every size it may have."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import SegmentName
from stacks.addresses import derive, node_capacity, overlaps, ranges
from stacks.model.sections import NetworkSection, SegmentRanges

CLUSTERS = {SegmentName.TRAINING, SegmentName.INFERENCE}


@st.composite
def plans(draw: st.DrawFn) -> IPv4Network:
    prefix = draw(st.integers(12, 18))
    return IPv4Network((draw(st.integers(0, 2**32 - 1)) >> (32 - prefix) << (32 - prefix), prefix))


@given(plans())
def test_ranges_lie_in_the_plan_and_apart(plan: IPv4Network) -> None:
    named = {f"{name}.{field}": net for name, cut in derive(plan).items() for field, net in cut.named()}
    assert all(network.subnet_of(plan) for network in named.values())
    assert not list(overlaps(named))


@given(plans())
def test_only_clusters_have_pods_and_services(plan: IPv4Network) -> None:
    for name, cut in derive(plan).items():
        assert (cut.pods is not None) == (cut.services is not None) == (name in CLUSTERS)
        # A cluster's Services take a /16 at most on Google Cloud, and a /24 at least here.
        assert cut.services is None or 16 <= cut.services.prefixlen <= 24


def test_the_plan_in_the_docstring() -> None:
    cut = derive(IPv4Network("10.64.0.0/14"))
    shown = {name.value: [str(network) for _, network in each.named()] for name, each in cut.items()}
    assert shown == {
        "training": ["10.66.0.0/18", "10.64.0.0/16", "10.66.128.0/18"],
        "inference": ["10.66.64.0/18", "10.65.0.0/16", "10.66.192.0/18"],
        "edge": ["10.67.0.0/19"],
        "data": ["10.67.32.0/19"],
        "operations": ["10.67.64.0/19"],
    }


@pytest.mark.parametrize("plan", ["10.0.0.0/11", "10.0.0.0/19"])
def test_a_plan_of_another_size_is_an_error(plan: str) -> None:
    with pytest.raises(ValueError, match=r"an address plan is /12 to /18"):
        derive(IPv4Network(plan))


def test_own_ranges_replace_the_plans_and_the_rest_stays() -> None:
    own = {SegmentName.TRAINING: SegmentRanges(nodes="10.200.0.0/20")}
    used = ranges(NetworkSection(address_plan="10.64.0.0/14", ranges=own))
    assert str(used[SegmentName.TRAINING].nodes) == "10.200.0.0/20"
    assert str(used[SegmentName.TRAINING].pods) == "10.64.0.0/16"
    assert used[SegmentName.EDGE] == derive(IPv4Network("10.64.0.0/14"))[SegmentName.EDGE]


def test_every_segment_may_have_ranges_of_its_own() -> None:
    own = {
        segment: SegmentRanges(
            nodes=f"10.200.{index}.0/24",
            pods=f"10.{210 + index}.0.0/16" if segment in CLUSTERS else None,
            services=f"10.201.{index * 16}.0/20" if segment in CLUSTERS else None,
        )
        for index, segment in enumerate(SegmentName)
    }
    assert set(ranges(NetworkSection(ranges=own))) == set(SegmentName)
    del own[SegmentName.EDGE]
    with pytest.raises(ValueError, match="neither the address plan nor"):
        ranges(NetworkSection(ranges=own))


@pytest.mark.parametrize(("pods", "nodes"), [("10.0.0.0/16", 256), ("10.0.0.0/20", 16), ("10.0.0.0/25", 1)])
def test_node_capacity(pods: str, nodes: int) -> None:
    assert node_capacity(IPv4Network(pods)) == nodes


@given(st.lists(plans(), max_size=6))
def test_overlaps_finds_every_pair(networks: list[IPv4Network]) -> None:
    named = {str(index): network for index, network in enumerate(networks)}
    expected = {
        (str(first), str(second))
        for second in range(len(networks))
        for first in range(second)
        if set_of_ends(networks[first], networks[second])
    }
    assert set(overlaps(named)) == expected


def set_of_ends(one: IPv4Network, other: IPv4Network) -> bool:
    """Whether two ranges share an address, by their first and last addresses."""
    return one[0] <= other[-1] and other[0] <= one[-1]
