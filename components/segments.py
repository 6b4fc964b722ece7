"""Segments on every cloud: the ranges each has, and the flows and exceptions that no argument may open."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from pydantic import BaseModel, ConfigDict

from components.contracts import AllowEntry, Carrier, Flow, SegmentName

# The only flows that may touch training (DESIGN, section 4).
TRAINING_FLOWS = {
    (SegmentName.TRAINING, SegmentName.TRAINING, Carrier.MACHINES),
    (SegmentName.TRAINING, SegmentName.TRAINING, Carrier.CONTROL_PLANE),
    (SegmentName.TRAINING, SegmentName.DATA, Carrier.PRIVATE_APIS),
    (SegmentName.OPERATIONS, SegmentName.TRAINING, Carrier.CONTROL_PLANE),
}


class SegmentRanges(BaseModel):
    """The address ranges of one segment, as CIDR text. Pods and Services exist where a cluster runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: str
    pods: str | None = None
    services: str | None = None

    @property
    def machines(self) -> tuple[str, ...]:
        """What packets of this segment carry as their address. A Service's is translated on the node."""
        return (self.nodes, self.pods) if self.pods else (self.nodes,)


def refuse_flow(flow: Flow) -> None:
    """Raises ValueError: the flow would join training to more than itself, private APIs and operations."""
    ends = (flow.source, flow.destination)
    if SegmentName.TRAINING in ends and (*ends, flow.carrier) not in TRAINING_FLOWS:
        raise ValueError(
            f"flow {flow.name}: training may not be joined to {flow.source} -> {flow.destination} "
            f"by {flow.carrier}; remove the flow"
        )


def refuse_entry(entry: AllowEntry, enterprise: Sequence[str]) -> None:
    """Raises ValueError: no end is a segment, or training would meet the internet or the enterprise."""
    ends = (entry.source, entry.destination)
    if not any(isinstance(end, SegmentName) for end in ends):
        raise ValueError(f"allow entry {entry.name}: neither end is a segment; write a segment on one side")
    if SegmentName.TRAINING not in ends:
        return
    for end in ends:
        outside = None if isinstance(end, SegmentName) else IPv4Network(end)
        if outside and (outside.is_global or any(outside.overlaps(IPv4Network(own)) for own in enterprise)):
            raise ValueError(
                f"allow entry {entry.name}: {end} lies on the internet or in the enterprise network, which "
                "training never reaches nor is reached by; remove the entry"
            )
