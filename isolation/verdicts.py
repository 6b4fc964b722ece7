"""What is said about a claim: proven, violated with the path, or unproven with what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from isolation.claims import Claim
from isolation.model import Exit


class Outcome(Enum):
    """The three answers."""

    PROVEN = "proven"
    VIOLATED = "violated"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Path:
    """A packet and how it gets through.

    Attributes:
        packet: who sends what to whom.
        steps: each hop with the rule or route that allowed it.
        blockers: each thing that was expected to stop it and why it did not.
        shadowed: denies that match the packet and come too late.
    """

    packet: str
    steps: tuple[str, ...]
    blockers: tuple[str, ...] = ()
    shadowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one claim.

    Attributes:
        path: what violates it, or what might.
        because: what keeps it, or why the destination is not reached.
        missing: values and resources that would decide it.
    """

    claim: Claim
    outcome: Outcome
    path: Path | None = None
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts, and what is told beside them.

    Attributes:
        exits: ways out for data that are no packets.
        notes: sentences about what was taken for granted.
    """

    verdicts: tuple[Verdict, ...]
    exits: tuple[Exit, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, outcome: Outcome) -> list[Verdict]:
        """The verdicts of one outcome."""
        return [one for one in self.verdicts if one.outcome is outcome]

    @property
    def summary(self) -> str:
        """`N proven, N violated, N unproven`."""
        return ", ".join(f"{len(self.of(outcome))} {outcome.value}" for outcome in Outcome)

    @property
    def status(self) -> int:
        """The exit status: 0 all proven, 1 any violated, 2 else."""
        return status(self.verdicts)


def status(verdicts: Sequence[Verdict]) -> int:
    """The exit status of verdicts: 0 all proven, 1 any violated, 2 else."""
    outcomes = {one.outcome for one in verdicts}
    if Outcome.VIOLATED in outcomes:
        return 1
    return 2 if Outcome.UNPROVEN in outcomes else 0
