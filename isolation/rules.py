"""Packet filters, cloud-neutral: rules in priority order, filters that pass on, chains that decide.

One semantics carries every filter of the clouds. Rules are read by priority, and among equals a deny comes
before an allow and an allow before a hand-over. Security groups and NetworkPolicies (a union of allows) are
filters whose rules share one priority; network ACLs, NSGs and VPC firewalls differ in their priorities only.
A chain is filters that hand over to the next (`Action.NEXT`), as hierarchical policies do; where a network
asks several chains, all must allow. Leaves out rate limits and anything that looks into the payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from isolation.intervals import EMPTY, IntervalSet
from isolation.traffic import ALL_TRAFFIC


class Action(Enum):
    """What a rule, or a filter's default, does with a packet; the value is its order among equal
    priorities."""

    DENY = 0
    ALLOW = 1
    NEXT = 2


@dataclass(frozen=True, slots=True)
class Match:
    """One side of a packet: matched by address, or by membership in a group (security group, tag, service
    account, selector). Either is enough; `anyone` matches every side, whatever its address."""

    addresses: IntervalSet = EMPTY
    groups: frozenset[str] = frozenset()
    anyone: bool = False


ANYONE = Match(anyone=True)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a filter.

    Attributes:
        name: how a person finds it, for example the resource's name and the index of the rule.
        target: groups of which the machine that the filter guards must have one; None for every machine.
        unknown: the values that are not known yet, each by its path. Such a rule stands with the widest match
            that is possible; whether it matches is open.
    """

    name: str
    action: Action
    source: Match = ANYONE
    destination: Match = ANYONE
    traffic: IntervalSet = ALL_TRAFFIC
    priority: int = 0
    target: frozenset[str] | None = None
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.action.name.lower()}, priority {self.priority})"


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Rules and what happens to a packet that none of them matches. Filters are compared by identity.

    Attributes:
        stateful: whether an answer passes by itself; False for network ACLs.
    """

    name: str
    rules: tuple[Rule, ...]
    default: Action
    stateful: bool = True

    def ordered(self) -> tuple[Rule, ...]:
        """The rules as they are read: by priority, then deny, allow, hand-over; stable beyond that."""
        return tuple(sorted(self.rules, key=lambda rule: (rule.priority, rule.action.value)))


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Filters in the order in which they are asked; what the last hands over is denied."""

    name: str
    filters: tuple[Filter, ...]
