"""One check on one subject, and the verdicts it ends in.

A check that raises is a breach of its own rule, not the end of the run: the other checks go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from policies.framework.resource import Resource, Stack
from policies.framework.rule import Check, Finding, NotApplicable, Severity
from policies.framework.values import Undecided


class Outcome(StrEnum):
    """What a rule says about a resource, the worst last."""

    NOT_APPLICABLE = "not applicable"
    PASSED = "passed"
    EXEMPTED = "exempted"
    UNPROVEN = "unproven"
    VIOLATED = "violated"
    FAILED = "failed"


BREACHES = frozenset({Outcome.UNPROVEN, Outcome.VIOLATED, Outcome.FAILED})


@dataclass(frozen=True)
class Verdict:
    """What one rule says about one resource; `urn` is empty for the stack as a whole.

    `problem` is a sentence without its full stop; `note` is why a rule does not apply or is exempted.
    """

    rule: str
    urn: str
    outcome: Outcome
    level: Severity
    problem: str = ""
    remedy: str = ""
    note: str = ""

    @property
    def message(self) -> str:
        """The line a person reads: `[rule-id] what is wrong. Remedy: what to write.`"""
        head = f"[{self.rule}] {self.problem}."
        if self.outcome is Outcome.EXEMPTED:
            return f"{head} It is {self.note}."
        return f"{head} Remedy: {self.remedy.rstrip('.')}." if self.remedy else head


@dataclass(frozen=True)
class Answer:
    """What a check said: its findings, then at most one reason why it stopped."""

    findings: tuple[Finding, ...] = ()
    undecided: str = ""
    not_applicable: str | None = None
    error: str = ""


def ask(check: Check, subject: Resource | Stack) -> Answer:
    """Run one check. Whatever it raises becomes part of the answer."""
    findings: list[Finding] = []
    try:
        # `extend` keeps what a generator gave before it raised, so no finding is lost.
        findings.extend(_run(check, subject))
    except Undecided as undecided:
        return Answer(tuple(findings), undecided=undecided.path)
    except NotApplicable as reason:
        return Answer(tuple(findings), not_applicable=str(reason))
    except Exception as error:  # noqa: BLE001 any fault of a rule must become a breach of that rule
        return Answer(tuple(findings), error=_where(error))
    return Answer(tuple(findings))


def _run(check: Check, subject: Resource | Stack) -> Iterator[Finding]:
    if isinstance(subject, Stack):
        return check.on_stack(subject) if check.on_stack is not None else iter(())
    return check.on_resource(subject) if check.on_resource is not None else iter(())


def _where(error: Exception) -> str:
    """The kind of an error and its line, without its text: that could carry a property's value."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
