"""The tables themselves: what they name exists in the SDK, and every type of the package can be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from rehearsal import paths
from rehearsal.gcp import PACKAGE
from rehearsal.model import UNKNOWN, Context, Resource
from rehearsal.packages import Served
from rehearsal.shape import Field, Fields, Type

SERVED = Served("gcp", ())
TYPES = sorted(PACKAGE.known.types)
# Maps of free keys, and one place where several types share a table row.
PLACE = Context("gcp", {"project": "acme-dev", "region": "europe-west4", "zone": "europe-west4-a"})


def named(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(input or output, property path) of everything a type's table names."""
    yield from (("input", path) for path in [*known.get("immutable", []), *known.get("defaults", {})])
    yield from (("output", path) for path in known.get("outputs", {}))
    for limit in known.get("limits", []):
        yield "input", limit["path"]
        for relation in ("conflicts_with", "requires", "exactly_one_of", "at_least_one_of"):
            yield from (("input", path) for path in limit.get(relation, []))
        yield from (("input", path) for path in limit.get("when", {}))


def exists(path: str, fields: Fields) -> bool:
    """Whether a property path leads somewhere in a shape."""
    type: Type | None = None
    for step in paths.parse(path):
        if step == "*" or isinstance(step, int):
            if type is None or type.item is None:
                return False
            type = type.item
            continue
        if type is not None:
            if type.kind == "map":
                return True
            fields = SERVED.shapes.fields(type.ref) if type.kind == "object" else {}
        if step not in fields:
            return False
        type = fields[step].type
    return True


@pytest.mark.parametrize("type", TYPES)
def test_what_a_table_names_exists(type: str) -> None:
    shape = SERVED.shape(type)
    assert shape is not None, f"the SDK has no type {type}"
    known = PACKAGE.known.types[type]
    wrong = [
        path
        for kind, path in named(known)
        if not exists(path, shape.inputs if kind == "input" else shape.outputs)
    ]
    assert not wrong
    for user in known.get("in_use_by", []):
        users = SERVED.shape(user["type"])
        assert users is not None, f"in_use_by names {user['type']}, which the SDK does not have"
        assert exists(user["path"], users.inputs), f"{user['type']} has no {user['path']}"


def sample(type: Type, name: str, depth: int = 0) -> Any:
    """A value of a type, deep enough to have what is required."""
    if type.kind == "object":
        fields = SERVED.shapes.fields(type.ref).values() if depth < 6 else ()
        return {field.name: sample(field.type, field.name, depth + 1) for field in fields if field.required}
    if type.kind == "array":
        return [sample(type.item, name, depth + 1)] if type.item and depth < 6 else []
    if type.kind == "union":
        return sample(type.options[0], name, depth + 1)
    simple: dict[str, Any] = {
        "integer": 5,
        "number": 5,
        "boolean": True,
        "map": {},
        "asset": None,
        "any": None,
    }
    if type.kind in simple:
        return simple[type.kind]
    return PLACE.config.get(name, {"location": "europe-west4"}.get(name, "sample"))


def resource(type: str) -> tuple[Resource, Fields]:
    """A resource with what it requires and no more."""
    shape = SERVED.shape(type)
    assert shape is not None
    inputs = {field.name: sample(field.type, field.name) for field in required(shape.inputs)}
    urn = f"urn:pulumi:dev::tables::{type}::made"
    made = Resource(urn, type, "made", inputs, PLACE, input_names=frozenset(shape.inputs))
    return made, shape.outputs


def required(fields: Fields) -> list[Field]:
    return [field for field in fields.values() if field.required]


# Every type with a table, and of the 1,400 others enough to meet each form of documentation.
OTHERS = [token for token in sorted(SERVED.sdk.resources) if token not in PACKAGE.known.types][::15]


@pytest.mark.parametrize("type", [*TYPES, *OTHERS])
def test_every_type_has_an_id_and_outputs(type: str, empty_record: Any) -> None:
    made, declared = resource(type)
    checked = replace(made, inputs=PACKAGE.check(made, None, empty_record).inputs)
    id = PACKAGE.identify(checked)
    assert id
    assert "{" not in id
    assert "None" not in id
    outputs = SERVED.filler.outputs(checked, SERVED.shape(type), id)
    assert set(outputs) <= set(declared)
    assert "UNKNOWN" not in repr(outputs)
    assert PACKAGE.identify(checked) == id, "the same resource has the same id in every run"


@pytest.mark.parametrize("type", TYPES)
def test_a_preview_with_unknown_inputs_is_no_defect(type: str, empty_record: Any) -> None:
    made, _ = resource(type)
    shape = SERVED.shape(type)
    assert shape is not None
    unknown = replace(made, inputs=dict.fromkeys(shape.inputs, UNKNOWN), preview=True)
    checked = replace(unknown, inputs=PACKAGE.check(unknown, None, empty_record).inputs)
    assert PACKAGE.outputs(checked, "")
    assert PACKAGE.outputs(checked, "projects/p/there-already") is not None
