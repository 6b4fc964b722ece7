"""Insecure changes that open a path, or close one that is needed, are seen by a claim, not only by a rule.

Each is made to the stack's plan by itself, and what is no longer proven must be what the change names.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from isolation.exports import parse
from isolation.proof import prove
from isolation.table import question
from isolation.verdicts import Outcome
from rehearsal.session import Session
from stacks.proof import data_of_file
from tests.engine.mutations import PROOF, load
from tests.engine.planned import broken
from tools.stack import Stack, stack_settings

STACKS = ("gcp-dev", "gcp-prod", "aws-dev", "aws-prod", "azure-dev", "azure-prod")


@pytest.mark.parametrize("name", STACKS)
def test_every_change_names_the_claim_that_it_breaks(name: str, own_rehearsal: Session) -> None:
    stack = Stack(name, own_rehearsal)
    stack.configure(stack_settings(name))
    told = stack.run("preview", "--json", "--show-sames", capture=True).stdout
    plan: dict[str, Any] = json.JSONDecoder().raw_decode(told[told.index("{") :])[0]
    asked = question(data_of_file(stack_settings(name)))
    assert not [one for one in prove(parse(plan), asked).verdicts if one.outcome is not Outcome.PROVEN]
    wrong: list[str] = []
    for mutation in load(name):
        found = [str(one.claim) for one in broken(plan, mutation.changes, asked)]
        if mutation.claim and mutation.claim not in found:
            wrong.append(f"{mutation.title}: {mutation.claim!r} holds all the same; broken are {found}")
        if found and not mutation.claim:
            wrong.append(f"{mutation.title}: it breaks {found}; name one as its `claim`")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", STACKS)
def test_what_only_the_proof_refuses_names_its_claim(name: str) -> None:
    unnamed = [one.title for one in load(name) if one.rule == PROOF and not one.claim]
    assert not unnamed
