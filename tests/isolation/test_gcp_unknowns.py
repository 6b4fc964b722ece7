"""An unknown value of Google Cloud never proves what a known one breaks: whatever place of a plan becomes
unknown, a claim that is violated stays violated or becomes unproven, and so does one whose broken value is
replaced. Every place of every plan is tried; a property that a plan leaves out stands in it as None."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from isolation.claims import Claim, End, Expect
from isolation.gcp import types
from isolation.model import Kind, Scope
from isolation.proof import prove
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.table import Question
from isolation.values import texts_in
from isolation.verdicts import Outcome, Verdict
from tests.isolation import gcp_broken_filters, gcp_broken_ways
from tests.isolation.gcp_broken_parts import ALONE, PLACES, Plan
from tests.isolation.gcp_plan import (
    BASE,
    HTTPS,
    SCOPE,
    made,
)
from tests.isolation.unknowns import BROKEN, Path, places, replaced, waiting

PLANS: dict[str, Plan] = {**gcp_broken_filters.PLANS, **gcp_broken_ways.PLANS}
# A machine whose subnet is not known stands in each that it may have.
SEVERAL = ("", " in subnet training", " in subnet edge")
WHOLE = frozenset({"VPC rule by tags", "route", "line", "proxy"})
MACHINES = {"training!": "machine trainer", "edge!": "machine web"}


def end(text: str) -> End:
    """A segment; with an exclamation mark its declared machine only; `=name` an endpoint by its name."""
    if text in MACHINES or text.startswith("="):
        name = MACHINES.get(text) or text[1:]
        return End(text, names=frozenset(f"{name}{place}" for place in SEVERAL))
    return End.of(text)


def claim(asked: tuple[str, str] | str) -> Claim:
    if isinstance(asked, str):
        source, _, destination = asked.partition(" -> ")
        return Claim(asked, Expect.REACHES, end(source), End.of(destination, Kind.PRIVATE_API), traffic=HTTPS)
    return Claim(" never ".join(asked), Expect.NEVER, end(asked[0]), end(asked[1]))


def judged(plan: Sequence[Resource], pairs: Sequence[tuple[str, str] | str], scope: Scope) -> list[Verdict]:
    return list(prove(Graph(plan), Question(scope, tuple(map(claim, pairs)))).verdicts)


def scopes(pairs: Sequence[tuple[str, str] | str]) -> Iterator[Scope]:
    """With and without ranges of the enterprise network, where a claim is about it."""
    yield SCOPE
    if any("enterprise" in each for each in pairs):
        yield ALONE


def tried(name: str) -> Iterator[tuple[int, Path]]:
    """The places of a plan; those of the two machines and their subnets in some plans only."""
    plan = PLANS[name][0]
    for index, path in places(plan):
        if name in WHOLE or plan[index] not in BASE:
            yield index, path


def ways_to_wait(plan: Sequence[Resource], index: int, path: Path) -> Iterator[list[Resource]]:
    """The plan with an unknown value: that may hang on any resource, and where it names one, on that one and
    on none."""
    yield waiting(plan, index, path)
    value: Any = plan[index].properties
    for step in path:
        value = value[step]
    texts = set(texts_in(value))
    named = [one.urn for one in plan if texts & {one.id, one.properties.get("email")}]
    for urns in ((), tuple(named)) if named else ():
        changed = replaced(plan, index, path, UNKNOWN)
        changed[index] = replace(changed[index], references={str(path[0]): urns})
        yield changed


@pytest.mark.parametrize("name", PLANS)
def test_an_unknown_value_never_proves_what_a_known_one_breaks(name: str) -> None:
    plan, pairs = PLANS[name]
    for scope in scopes(pairs):
        known = judged(plan, pairs, scope)
        assert [one.claim.name for one in known if one.outcome is not Outcome.VIOLATED] == []
        for index, path in tried(name):
            for later in ways_to_wait(plan, index, path):
                for verdict in judged(later, pairs, scope):
                    place = (plan[index].label, path, verdict.claim.name, verdict.because)
                    assert verdict.outcome is not Outcome.PROVEN, place
                    assert verdict.outcome is Outcome.VIOLATED or verdict.missing, place


@pytest.mark.parametrize("name", PLANS)
def test_broken_values_end_in_a_verdict(name: str) -> None:
    plan, pairs = PLANS[name]
    for number, (index, path) in enumerate(list(tried(name))[::2]):
        # Every other place gets one of the broken values, and each value many places.
        (verdict,) = judged(replaced(plan, index, path, BROKEN[number % len(BROKEN)]), pairs[:1], SCOPE)
        assert verdict.outcome in Outcome
        assert all("invalid literal" not in missing for missing in verdict.missing), verdict.missing


# Ways out that are no packets, and what holds them: none is hidden or held by what is not known.
EXITS: Sequence[Resource] = [
    *PLACES,
    made(types.DNS_POLICY, "dns", {"enableLogging": False, "networks": [{"networkUrl": "vpc"}]}),
    made(
        types.DNS_POLICY,
        "servers",
        {"alternativeNameServerConfig": {"targetNameServers": [{"ipv4Address": "10.0.0.53"}]}},
    ),
    made(
        types.DNS_ZONE,
        "zone",
        {"dnsName": "x.", "forwardingConfig": {"targetNameServers": [{"ipv4Address": "10.0.0.53"}]}},
    ),
    made(types.PERIMETER, "perimeter", {"status": None}),
]


def test_an_unknown_value_neither_hides_nor_holds_a_way_out() -> None:
    def exits(plan: Sequence[Resource]) -> dict[str, str]:
        return {one.name: one.limited_by for one in prove(Graph(plan), Question(SCOPE, ())).exits}

    known = exits(EXITS)
    assert {"name resolution in vpc", "name servers of servers", "forwarding zone zone"} <= set(known)
    assert set(known.values()) == {""}
    for index, path in places(EXITS):
        later = exits(waiting(EXITS, index, path))
        assert set(known) <= set(later), (EXITS[index].label, path)
        assert {later[name] for name in known} == {""}, (EXITS[index].label, path)
