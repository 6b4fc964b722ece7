"""The plans that the isolation benchmark measures: as many resources as said, and every claim proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.plans import amazon, asked, google
from isolation.model import Kind
from isolation.proof import model_of, prove
from isolation.resources import Graph
from isolation.verdicts import Outcome

SIZE = 1000
CLOUDS = [(google.plan, google.CONTROL_PLANE_PORTS), (amazon.plan, amazon.CONTROL_PLANE_PORTS)]


@pytest.mark.parametrize(("plan", "ports"), CLOUDS, ids=["google", "amazon"])
def test_all_claims_of_a_plan_are_proven(plan: Callable[[int], Graph], ports: tuple[str, ...]) -> None:
    graph, question = plan(SIZE), asked(ports)
    assert len(graph.resources) == SIZE
    report = prove(graph, question)
    assert not [one.claim.name for one in report.verdicts if one.outcome is not Outcome.PROVEN]
    assert not [
        one.claim for one in report.verdicts if any("nothing in the plan" in why for why in one.because)
    ]
    kinds = Counter(one.kind for one in model_of(graph, question.scope).endpoints)
    assert kinds[Kind.POD] >= SIZE // 10, "pods are judged, and not taken for their nodes"


@pytest.mark.parametrize(("plan", "ports"), CLOUDS, ids=["google", "amazon"])
def test_half_of_what_makes_claims_proven_does_not(
    plan: Callable[[int], Graph], ports: tuple[str, ...]
) -> None:
    rules = ("FirewallPolicyRule", "GroupIngressRule", "GroupEgressRule")
    kept = [one for one in plan(SIZE).resources if not one.type.endswith(rules)]
    assert any(one.outcome is not Outcome.PROVEN for one in prove(Graph(kept), asked(ports)).verdicts)
