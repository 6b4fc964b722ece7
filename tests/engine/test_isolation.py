"""The proof over a plan and over what stands after `up` say the same, and all is proven.

That `make up` of the other stacks prints a whole proof is part of their lives (test_lifecycle.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from isolation.exports import parse
from isolation.proof import prove
from isolation.table import question
from isolation.verdicts import Outcome, Report
from rehearsal.session import Session
from stacks.proof import data_of_file
from tools.proofs import of_preview
from tools.stack import Stack, stack_settings

STACKS = ("gcp-dev", "aws-dev", "azure-dev")


def verdicts(report: Report) -> Mapping[str, str]:
    return {one.claim.name: one.outcome.value for one in report.verdicts}


@pytest.mark.parametrize("name", STACKS)
def test_plan_and_state_are_proven_alike(name: str, own_rehearsal: Session) -> None:
    stack = Stack(name, own_rehearsal)
    stack.configure(stack_settings(name))
    told = stack.run("preview", "--json", "--show-sames", capture=True).stdout
    planned = of_preview(name, told, own_rehearsal.folder / "isolation")
    assert stack.run("up", "--yes", "--skip-preview", capture=True).returncode == 0
    state: Mapping[str, Any] = json.loads(json.dumps(stack.export()))
    standing = prove(parse(state), question(data_of_file(stack_settings(name))))
    assert verdicts(planned) == verdicts(standing)
    assert not [one.claim.name for one in standing.verdicts if one.outcome is not Outcome.PROVEN]
    again = stack.run("preview", "--json", "--show-sames", capture=True).stdout
    unchanged = of_preview(name, again, own_rehearsal.folder / "isolation")
    assert verdicts(unchanged) == verdicts(standing), "a preview of what stands says the same"
