"""What every cloud's network is told of a stack file: the segments' ranges and the exceptions."""

from __future__ import annotations

from components.contracts import AllowEntry, SegmentName
from components.segments import SegmentRanges
from stacks.settings import Settings


def segment_ranges(settings: Settings) -> dict[SegmentName, SegmentRanges]:
    """The ranges of all segments as text."""
    return {
        segment: SegmentRanges(**{name: str(network) for name, network in ranges.named()})
        for segment, ranges in settings.segment_ranges.items()
    }


def allowed_flows(settings: Settings) -> tuple[AllowEntry, ...]:
    """The exceptions of `allow`, with segments told from ranges."""
    return tuple(
        AllowEntry(
            name=entry.name,
            owner=entry.owner,
            reason=entry.reason,
            source=_end(entry.source),
            destination=_end(entry.destination),
            protocol=entry.protocol,
            ports=entry.ports,
            expires=entry.expires,
        )
        for entry in settings.allow
    )


def _end(text: str) -> SegmentName | str:
    return SegmentName(text) if text in set(SegmentName) else text
