"""The rule record, the checks that decide it, and what they may answer.

A *rule* is one guarantee with one id in every cloud; its record is data (`policies/rules/<concern>.yaml`). A
*check* is one small function that decides a rule on raw resource types of one cloud, either on one resource
or on the whole stack. A check yields a `Finding` per breach, yields nothing when all is well, raises
`NotApplicable` when the resource is none of its business, and lets `Undecided` pass when it needs a value
that is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policies.framework.resource import Resource, Stack


class Severity(StrEnum):
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


class Phase(StrEnum):
    """The roadmap's phases, in order."""

    FOUNDATION = "foundation"
    ADVANCED = "advanced"
    CONTINUOUS = "continuous"

    def reached(self, by: Phase) -> bool:
        """Whether a platform in phase `by` has come this far."""
        order = list(Phase)
        return order.index(by) >= order.index(self)


@dataclass(frozen=True)
class Rule:
    """One guarantee: what must hold, why, and what to write when it does not.

    `mandatory_from` raises an advisory rule to mandatory from that phase on. `controls` maps a framework
    (`gdpr`, `hipaa`, `iso27001`) to the ids of the controls that the rule is evidence for.
    `waived_by_teardown` marks rules that an approved teardown suspends. `forbids` marks rules that a stack
    keeps by having no resource of their types at all. `remedies` says by cloud what to write where `remedy`
    speaks of another's arguments.
    """

    id: str
    concern: str
    title: str
    why: str
    remedy: str
    severity: Severity
    controls: Mapping[str, tuple[str, ...]]
    mandatory_from: Phase | None = None
    waived_by_teardown: bool = False
    forbids: bool = False
    unknown: str = ""
    remedies: Mapping[str, str] = field(default_factory=dict[str, str])

    def remedy_on(self, cloud: str) -> str:
        """What to write on a cloud."""
        return self.remedies.get(cloud, self.remedy)

    def level(self, phase: Phase, raised: frozenset[str] = frozenset()) -> Severity:
        """The severity in force in a phase, with the ids that a pack configuration raises."""
        by_phase = self.mandatory_from is not None and self.mandatory_from.reached(phase)
        return Severity.MANDATORY if by_phase or self.id in raised else self.severity


def names(types: Iterable[str], type_: str) -> bool:
    """Whether a list of types, some of them patterns such as `gcp:*I[Aa][Mm]Member`, names this one."""
    return any(type_ == name or ("*" in name and fnmatchcase(type_, name)) for name in types)


class NotApplicable(Exception):
    """The rule says nothing about this resource; the message is why."""


@dataclass(frozen=True)
class Finding:
    """One breach. `problem` says where and what, without any value that might be secret.

    `remedy` says what to write when the record's remedy can be made more exact. `urn` names the resource in a
    finding of a stack check; a resource check leaves it empty.
    """

    problem: str
    remedy: str = ""
    urn: str = ""


ResourceCheck = Callable[["Resource"], Iterator[Finding]]
StackCheck = Callable[["Stack"], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """How one rule is decided in one cloud. Exactly one of `on_resource` and `on_stack` is set.

    A type with `*` is a pattern.
    """

    rule: str
    types: frozenset[str]
    on_resource: ResourceCheck | None = None
    on_stack: StackCheck | None = None
    module: str = field(default="", compare=False)

    @property
    def cloud(self) -> str:
        """The folder the check lives in: `policies.rules.<cloud>.<concern>`."""
        return self.module.split(".")[-2]


def check(rule: str, *types: str) -> Callable[[ResourceCheck], Check]:
    """Decide `rule` on each resource of the given types, before it is created."""

    def wrap(function: ResourceCheck) -> Check:
        return Check(rule, frozenset(types), on_resource=function, module=function.__module__)

    return wrap


def stack_check(rule: str, *types: str) -> Callable[[StackCheck], Check]:
    """Decide `rule` on the whole stack, when it holds a resource of any of the given types.

    The engine runs stack checks at preview, and again after an update: the preview is the gate.
    """

    def wrap(function: StackCheck) -> Check:
        return Check(rule, frozenset(types), on_stack=function, module=function.__module__)

    return wrap
