"""What an insecure change does to the claims of isolation, seen in the plan alone.

A preview tells which rule refuses a change, and takes long; the proof needs no engine. So each change is made
to a copy of the stack's plan by itself, and what no longer holds has it as its only cause.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from isolation.exports import parse
from isolation.proof import prove
from isolation.table import Question
from isolation.verdicts import Outcome, Verdict
from tests.engine.changes import change

Record = dict[str, Any]


def broken(
    plan: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], question: Question
) -> list[Verdict]:
    """The claims that are not proven once the changes are made to a plan (a preview's JSON)."""
    verdicts = prove(parse({"steps": list(_changed(plan["steps"], changes))}), question).verdicts
    return [one for one in verdicts if one.outcome is not Outcome.PROVEN]


def _changed(steps: Sequence[Record], changes: Sequence[Mapping[str, Any]]) -> Iterator[Record]:
    gone = {
        str(step["urn"]) for step in steps if any("remove" in one and _is_meant(step, one) for one in changes)
    }
    for step in steps:
        if step["urn"] not in gone:
            meant = [one for one in changes if _is_meant(step, one)]
            yield _with(step, meant, gone) if meant or gone & set(_named(step)) else step
    for one in changes:
        if "add" in one:
            urn = f"urn:pulumi:mutated::mutated::{one['add']}::{one['name']}"
            state = {"urn": urn, "type": one["add"], "inputs": one["inputs"], "custom": True}
            yield {"op": "create", "urn": urn, "newState": state}


def _with(step: Record, meant: Sequence[Mapping[str, Any]], gone: set[str]) -> Record:
    """A step with changes made to its inputs, and without references to what is gone."""
    made = copy.deepcopy(step)
    state = _state(made)
    links = _links(state)
    for one in meant:
        if "path" not in one:
            continue
        change(state["inputs"], one)
        first = str(one["path"][0])
        # What the cloud would answer is not known of an input that is another now.
        state.get("outputs", {}).pop(first, None)
        # What is written out waits for nothing.
        if len(one["path"]) == 1:
            links.pop(first, None)
    state["propertyDependencies"] = {
        name: [urn for urn in urns if urn not in gone] for name, urns in links.items()
    }
    return made


def _is_meant(step: Record, one: Mapping[str, Any]) -> bool:
    return (
        "type" in one
        and str(step["urn"]).endswith(f"::{one['name']}")
        and _state(step)["type"] == one["type"]
    )


def _named(step: Record) -> Iterator[str]:
    for urns in _links(_state(step)).values():
        yield from urns


def _links(state: Record) -> dict[str, list[str]]:
    return cast("dict[str, list[str]]", state.get("propertyDependencies") or {})


def _state(step: Record) -> Record:
    return cast("Record", step.get("newState") or step["oldState"])
