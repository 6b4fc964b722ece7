"""What is claimed of a network, as data.

A claim is about two ends. *Never* and *only* are kept when no packet passes in one direction that no opening
allows: data can leave without an answer. *Reaches* is kept when every declared machine of the source reaches
the destination with all of the traffic, and the answer comes back: a network so closed that it cannot work is
broken, too. Leaves out where claims come from; `isolation.table` reads the stack's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Kind
from isolation.traffic import ALL_TRAFFIC


class Expect(Enum):
    """What a claim expects of the packets from its source to its destination."""

    NEVER = "never reaches"
    ONLY = "reaches only as listed"
    REACHES = "reaches"


@dataclass(frozen=True, slots=True)
class End:
    """The endpoints of a segment, of some kinds or of all; or those of one name; or some addresses.

    Attributes:
        text: what people call it.
        segment: a segment, `internet` or `enterprise`; empty to choose by `names`.
        kinds: empty for all.
        within: only these addresses of the endpoints; None for all.
    """

    text: str
    segment: str = ""
    kinds: frozenset[Kind] = frozenset()
    names: frozenset[str] = frozenset()
    within: IntervalSet | None = None

    @staticmethod
    def of(segment: str, *kinds: Kind) -> End:
        """A segment's endpoints."""
        return End(segment, segment, frozenset(kinds))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Opening:
    """What a claim lets pass: a flow of the table, or an entry of the allow-list.

    Attributes:
        source_addresses: packets from these only; None for all of the source.
        destination_addresses: likewise.
    """

    name: str
    traffic: IntervalSet
    source_kinds: frozenset[Kind] = frozenset()
    destination_kinds: frozenset[Kind] = frozenset()
    source_addresses: IntervalSet | None = None
    destination_addresses: IntervalSet | None = None

    def boundaries(self) -> list[IntervalSet]:
        """The address sets it tells apart."""
        return [one for one in (self.source_addresses, self.destination_addresses) if one is not None]

    def admits(self, source: tuple[Kind, IntervalSet], destination: tuple[Kind, IntervalSet]) -> bool:
        """Whether it lets packets pass between two ends that its boundaries do not cut."""
        return _admits(self.source_kinds, self.source_addresses, *source) and _admits(
            self.destination_kinds, self.destination_addresses, *destination
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Attributes:
        reason: why it is claimed, a sentence.
        traffic: of *never* and *only* what is looked at, of *reaches* what must get there.
        through_gateway: of *reaches*, that it does so through an inspected proxy and by no other way.
    """

    name: str
    expect: Expect
    source: End
    destination: End
    reason: str = ""
    traffic: IntervalSet = ALL_TRAFFIC
    openings: tuple[Opening, ...] = ()
    through_gateway: bool = False

    def __str__(self) -> str:
        how = " through the gateway" if self.through_gateway else ""
        return f"{self.source} {self.expect.value} {self.destination}{how}"


def _admits(kinds: frozenset[Kind], wanted: IntervalSet | None, kind: Kind, addresses: IntervalSet) -> bool:
    if kinds and kind not in kinds:
        return False
    return wanted is None or (addresses != EMPTY and wanted.covers(addresses))
