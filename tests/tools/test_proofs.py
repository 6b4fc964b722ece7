"""What `make up` says of a proof: the sums, and why something is not proven."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isolation.proof import prove
from isolation.resources import Graph
from isolation.table import question
from isolation.verdicts import Outcome
from stacks.proof import data_of_file
from tools.proofs import in_short
from tools.stack import stack_settings

REPORT = prove(Graph(()), question(data_of_file(stack_settings("gcp-dev"))))


def test_a_plan_that_is_not_modelled_is_told_once(tmp_path: Path) -> None:
    sums, why, page = in_short(REPORT, "some", tmp_path)
    assert sums == f"  0 proven, 0 violated, {len(REPORT.verdicts)} unproven"
    assert "no resource of a cloud that is modelled" in why
    assert page.endswith("some.html")


def test_each_claim_that_is_not_proven_is_named(tmp_path: Path) -> None:
    first, second, *others = REPORT.verdicts
    mixed = (
        replace(first, outcome=Outcome.VIOLATED),
        replace(second, missing=("route: destination",)),
        *(replace(each, outcome=Outcome.PROVEN) for each in others),
    )
    told = in_short(replace(REPORT, verdicts=mixed), "some", tmp_path)
    assert told[1:3] == [f"  violated: {first.claim}", f"  unproven: {second.claim}"]
    assert len(told) == 4
