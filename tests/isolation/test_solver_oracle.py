"""The matcher against an SMT solver: for random rule sets, no packet exists that the two judge differently.

The solver sees a filter as a chain of if-then-else over a symbolic source, destination and kind of traffic,
in the order that priorities and actions give; it knows nothing of atoms or masks.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isolation.addresses import ALL_IPV4, ALL_IPV6, addresses
from isolation.intervals import IntervalSet
from isolation.matching import Matcher, Side
from isolation.rules import Action, Filter, Match, Rule
from isolation.traffic import ALL_TRAFFIC, traffic

# It ships no types.
z3 = cast("Any", import_module("z3"))


def four(first: int, second: int, length: int) -> IntervalSet:
    return addresses(f"10.{first}.{second}.0/{length}")


def six(part: int, length: int) -> IntervalSet:
    return addresses(f"2001:db8:{part:x}::/{length}")


def ports(name: str, first: int, last: int) -> IntervalSet:
    return traffic(name, min(first, last), max(first, last))


BYTES, PORTS = st.integers(0, 255), st.integers(1, 65535)
FOUR = st.builds(four, BYTES, BYTES, st.integers(6, 32))
SIX = st.builds(six, BYTES, st.integers(20, 128))
RANGES = st.lists(FOUR | FOUR | SIX, min_size=1, max_size=3).map(IntervalSet.union)
MATCHES = st.just(Match(anyone=True)) | st.builds(Match, RANGES)
TRAFFIC = (
    st.just(ALL_TRAFFIC)
    | st.just(traffic("ICMP"))
    | st.builds(ports, st.sampled_from(("TCP", "UDP")), PORTS, PORTS)
)
RULES = st.builds(
    Rule,
    st.just("rule"),
    st.sampled_from((Action.ALLOW, Action.DENY)),
    MATCHES,
    MATCHES,
    TRAFFIC,
    st.integers(0, 3),
)
FILTERS = st.builds(
    Filter,
    st.just("filter"),
    st.lists(RULES, min_size=1, max_size=8).map(tuple),
    st.sampled_from((Action.ALLOW, Action.DENY)),
)


def held(variable: Any, members: IntervalSet) -> Any:
    """That a variable lies in a set."""
    return z3.Or(*(z3.And(variable >= first, variable <= last) for first, last in members.spans))


def decision(one: Filter, source: Any, destination: Any, kind: Any) -> Any:
    """Whether a filter allows a symbolic packet."""
    result = z3.BoolVal(one.default is Action.ALLOW)
    for rule in sorted(
        one.rules, key=lambda rule: (rule.priority, rule.action is Action.ALLOW), reverse=True
    ):
        sides = [
            z3.BoolVal(True) if match.anyone else held(variable, match.addresses)
            for match, variable in ((rule.source, source), (rule.destination, destination))
        ]
        fits = z3.And(*sides, held(kind, rule.traffic))
        result = z3.If(fits, z3.BoolVal(rule.action is Action.ALLOW), result)
    return result


def differences(one: Filter, judged: Callable[[Matcher, Side, Side], int]) -> int:
    """Over how many pairs of address classes a packet exists that the two judge differently."""
    matcher = Matcher([one])
    classes = matcher.signatures.classes(ALL_IPV4 | ALL_IPV6)
    source, destination, kind = (z3.Int(name) for name in ("source", "destination", "kind"))
    solver = z3.Solver()
    allowed = decision(one, source, destination, kind)
    found = 0
    for mine, senders in classes.items():
        for its, receivers in classes.items():
            passing = matcher.cuts.members(judged(matcher, Side(mine), Side(its)))
            solver.push()
            solver.add(held(source, senders), held(destination, receivers), held(kind, ALL_TRAFFIC))
            solver.add(allowed != (held(kind, passing) if passing else z3.BoolVal(False)))
            found += solver.check() != z3.unsat
            solver.pop()
    return found


@settings(max_examples=40, deadline=None)
@given(FILTERS)
def test_no_packet_is_judged_differently(one: Filter) -> None:
    def judged(matcher: Matcher, source: Side, destination: Side) -> int:
        return matcher.passed(one, source, destination, frozenset()).must

    assert differences(one, judged) == 0


@pytest.mark.parametrize("flaw", ["everything", "nothing"])
def test_the_solver_would_see_a_flaw(flaw: str) -> None:
    rules = (
        Rule("deny", Action.DENY, Match(addresses("10.0.0.0/8")), priority=1),
        Rule("allow", Action.ALLOW, traffic=traffic("TCP", 443), priority=2),
    )
    one = Filter("filter", rules, Action.DENY)
    assert differences(one, lambda matcher, _source, _to: matcher.cuts.all if flaw == "everything" else 0) > 0
