"""A package's schema, as far as the engine asks a provider for one: to write a program for what it imports.

Holds the resource types that are in the record, because only those can be imported; a schema of all types
would take a minute to read from the SDK. Nested objects are maps of anything, as they are written in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal.shape import Field, ResourceShape, Type

_ANY = {"$ref": "pulumi.json#/Any"}


def package_schema(name: str, version: str, shapes: Mapping[str, ResourceShape]) -> dict[str, Any]:
    """The schema of a package with these resource types."""
    return {
        "name": name,
        "version": version,
        "language": {"python": {"readme": ""}},
        "resources": {token: _resource(shape) for token, shape in shapes.items()},
    }


def _resource(shape: ResourceShape) -> dict[str, Any]:
    return {
        "inputProperties": _properties(shape.inputs.values()),
        "requiredInputs": [field.name for field in shape.inputs.values() if field.required],
        "properties": _properties(shape.outputs.values()),
        "required": [field.name for field in shape.outputs.values() if field.required],
    }


def _properties(fields: Iterable[Field]) -> dict[str, Any]:
    # The engine itself gives every resource an id and a URN.
    return {field.name: _type(field.type) for field in fields if field.name not in ("id", "urn")}


def _type(type: Type) -> dict[str, Any]:
    match type.kind:
        case "string" | "integer" | "number" | "boolean":
            return {"type": type.kind}
        case "enum":
            return {"type": "string"}
        case "array":
            return {"type": "array", "items": _type(type.item) if type.item else _ANY}
        case "map":
            return {"type": "object", "additionalProperties": _type(type.item) if type.item else _ANY}
        case "object":
            return {"type": "object", "additionalProperties": _ANY}
        case _:
            return _ANY
