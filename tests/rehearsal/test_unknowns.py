"""Previews of AWS and Azure with unknown inputs, one at a time and all together, refuse and break nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal import aws, azure
from rehearsal.knowledge import Knowledge
from rehearsal.model import UNKNOWN, Context
from tests.rehearsal.clouds import EMPTY, Caller
from tests.rehearsal.sdk_shapes import served


def walk(caller: Caller, token: str, inputs: Mapping[str, Any]) -> None:
    """A preview of a creation, and one of an update."""
    knowledge = caller.package.knowledge
    planned = caller.resource(token, "thing", inputs, preview=True)
    checked = knowledge.check(planned, None, EMPTY)
    named = caller.resource(token, "thing", checked.inputs, preview=True)
    for id in ("", "the-id"):
        knowledge.outputs(named, id)
        knowledge.unique(named, id)
    knowledge.delete_before_replace(named, checked.inputs)
    for refusal in checked.refusals:
        # That an input is there, with another or without it, may be refused; an unknown's value may not.
        presence = any(word in refusal.problem for word in ("together", "beside it"))
        if presence or refusal.remedy == "leave it out":
            continue
        assert inputs.get(refusal.path.split(".")[0].split("[")[0]) is not UNKNOWN, (
            token,
            refusal.sentence(),
        )


SAMPLES: Mapping[str, Any] = {
    "array": [],
    "map": {},
    "object": {},
    "integer": 1,
    "number": 1,
    "boolean": True,
}


@pytest.mark.parametrize(
    ("name", "known"), [("aws", aws.PACKAGE.known), ("azure-native", azure.PACKAGE.known)]
)
def test_unknown_inputs_break_nothing(name: str, known: Knowledge) -> None:
    caller = Caller(served(name), Context(name, {"region": UNKNOWN, "location": UNKNOWN}))
    for token in known.types:
        shape = caller.package.shape(token)
        assert shape is not None, token
        walk(caller, token, dict.fromkeys(shape.inputs, UNKNOWN))
        some = {key: SAMPLES.get(field.type.kind, "value") for key, field in shape.inputs.items()}
        for key in shape.inputs:
            walk(caller, token, {**some, key: UNKNOWN})
