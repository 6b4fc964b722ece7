"""What the segments' route tables say, as plain routes.

Guarantees: every segment but the edge drops what leads nowhere in the network, so that no route that comes
to be known leads to the internet; a segment of which another one reaches the API server only is dropped whole
there, since AKS puts that server's endpoint among its nodes and no rule tells the two apart: the endpoint's
own route, to its one address, is longer and stays. An exception of the stack opens the way that it names.

Leaves out the data segment, whose endpoints are told apart by their application security group (`nsgs.py`).
Sources: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview (longest prefix, next hop
None), learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy (which routes win).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.contracts import AllowEntry, Carrier, Flow, SegmentName
from components.segments import SegmentRanges

EVERYWHERE = "0.0.0.0/0"
# An application gateway takes no default route but to the internet.
# Source: learn.microsoft.com/azure/application-gateway/configuration-infrastructure (user-defined routes).
UNROUTED = frozenset({SegmentName.EDGE})


@dataclass(frozen=True)
class PlannedRoute:
    """One route of a segment's table: to nowhere (`None`) or, where that is dropped, within the network."""

    name: str
    prefix: str
    hop: str = "None"


def planned(
    segment: SegmentName,
    ranges: Mapping[SegmentName, SegmentRanges],
    flows: Sequence[Flow],
    allow: Sequence[AllowEntry] = (),
) -> Iterator[PlannedRoute]:
    """The routes of one segment's table."""
    if segment in UNROUTED:
        return
    yield PlannedRoute("nowhere", EVERYWHERE)
    for other, given in ranges.items():
        between = [one for one in flows if {one.source, one.destination} == {segment, other}]
        named = any({one.source, one.destination} == {segment, other} for one in allow)
        if segment == other or named or {one.carrier for one in between} != {Carrier.CONTROL_PLANE}:
            continue
        if all(one.source == other for one in between):
            continue
        yield PlannedRoute(f"nodes-of-{other}", given.nodes)
        for entry in allow:
            for end in _beyond(segment, entry):
                if IPv4Network(end).subnet_of(IPv4Network(given.nodes)):
                    yield PlannedRoute(entry.name, end, "VnetLocal")


def _beyond(segment: SegmentName, entry: AllowEntry) -> list[str]:
    """The range at the other end of an exception, if it has one and this segment is at the first."""
    ends = (entry.source, entry.destination)
    return [end for end in ends if segment in ends and not isinstance(end, SegmentName)]
