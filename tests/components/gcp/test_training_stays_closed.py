"""No argument of the network opens training to the internet, to the enterprise, or to another segment."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from components.contracts import Carrier, Flow, Outside, SegmentName
from components.gcp.firewall_rules import plan
from tests.components.gcp.packets import FLOWS, MACHINES, OUTSIDE, PLACES, RANGES, TRAFFIC, entry, say_rules
from tests.components.gcp.samples import ENTERPRISE


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
