"""Outputs of an object: what the program gave, what the package computes, and the rest by shape.

At `up` every output that the SDK's types declare has a value of its shape, nested ones too, because programs
fail on absent ones long before anything else. During a preview of a creation those the provider computes are
unknown, as on a real cloud.

The rules for what neither program nor package says:
- an output that is no input is made: objects with all their properties, lists with one item;
- an optional input that was not given stays absent;
- an input that the provider fills when absent is neutral: empty list, false, zero. Nothing is invented that a
  policy could take for a setting.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, cast

from rehearsal import paths
from rehearsal.filters import to_text
from rehearsal.model import UNKNOWN, Context, Package, Resource
from rehearsal.shape import Field, Fields, ResourceShape, Shapes, Type

_DEPTH = 2
"""How many made objects deep lists still get an item."""
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "map": dict,
    "object": dict,
}
_GENERIC = {"integer": 0, "number": 0, "boolean": False, "any": None, "asset": None}


class Filler:
    """Makes the outputs of one package's resources."""

    def __init__(self, shapes: Shapes, package: Package) -> None:
        self._shapes = shapes
        self._package = package

    def outputs(self, resource: Resource, shape: ResourceShape | None, id: str) -> dict[str, Any]:
        """All outputs of a resource. An empty `id` in a preview means that the object is not there yet."""
        planned = resource.preview and not id
        outputs = _echo(resource.inputs, shape)
        for path, computed in self._package.outputs(resource, id).items():
            name = str(paths.parse(path)[0])
            value = (
                _conform(shape.outputs[name].type, computed) if shape and path in shape.outputs else computed
            )
            if value is not None and (shape is None or name in shape.outputs):
                # A plan shows what the program wrote, not what the cloud will make of it.
                replace = "[*]" not in path and not (planned and value is UNKNOWN)
                paths.put(outputs, path, value, replace=replace)
        if shape is None:
            return outputs
        maker = _Maker(self._shapes, self._package, resource, id, planned=planned)
        for name, field in shape.outputs.items():
            value = maker.complete(field, outputs.get(name), shape.inputs.get(name), name)
            if value is not None:
                outputs[name] = value
        return outputs

    def updated(
        self, before: Resource, after: Resource, shape: ResourceShape | None, id: str, olds: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Outputs after an update: what the change does not touch stays as it was.

        In a preview, an output that the provider computes anew is unknown.
        """
        old_made = self.outputs(before, shape, id)
        new_made = self.outputs(after, shape, id)
        outputs: dict[str, Any] = {}
        for name, value in new_made.items():
            if name in after.inputs:
                outputs[name] = value
            elif _same(old_made.get(name), value):
                outputs[name] = olds.get(name, value)
            else:
                outputs[name] = UNKNOWN if after.preview and name not in after.inputs else value
        return outputs

    def results(
        self, token: str, args: Mapping[str, Any], context: Context, answer: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a data source answers: what the package says, the arguments echoed, the rest neutral."""
        declared = self._shapes.function(token)
        if declared is None:
            return dict(answer)
        asked = json.dumps(args, sort_keys=True, default=repr)
        resource = Resource(f"{token}::{asked}", token, token, args, context)
        maker = _Maker(self._shapes, self._package, resource, "", planned=False)
        results: dict[str, Any] = {}
        for name, field in declared.items():
            given = answer.get(name, args.get(name))
            value = maker.complete(field, given, field, name)
            if value is not None:
                results[name] = value
        return results


def _echo(inputs: Mapping[str, Any], shape: ResourceShape | None) -> dict[str, Any]:
    """The inputs that are outputs too."""
    echoed: dict[str, Any] = {}
    for name, value in inputs.items():
        if name.startswith("__") or (shape is not None and name not in shape.outputs):
            continue
        # Azure has a few names that mean a text in the request and an object in the answer.
        fitting = value if shape is None else _conform(shape.outputs[name].type, value)
        if fitting is not None:
            echoed[name] = copy.deepcopy(fitting)
    return echoed


def _conform(type: Type, value: Any) -> Any:
    """The value in the type that the SDK declares; `None` where it cannot be."""
    python = _PYTHON.get(type.kind)
    if value is None or value is UNKNOWN or python is None or isinstance(value, python):
        return value
    if type.kind == "string" and isinstance(value, (int, float)):
        return to_text(value)
    if type.kind in ("integer", "number") and isinstance(value, str) and value.isdigit():
        return int(value)
    if type.kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return None


class _Maker:
    """Completes values by their types."""

    def __init__(
        self, shapes: Shapes, package: Package, resource: Resource, id: str, *, planned: bool
    ) -> None:
        self._shapes = shapes
        self._package = package
        self._resource = resource
        self._id = id
        self._planned = planned

    def complete(self, field: Field, value: Any, source: Field | None, path: str) -> Any:
        """A value for an output; `source` is the input of the same name, if there is one."""
        if value is UNKNOWN:
            return UNKNOWN
        if value is not None:
            return self._inside(field.type, value, source, path)
        is_input = source is not None and not (field.computed or source.computed)
        if is_input and not field.required:
            return None
        if self._planned:
            return UNKNOWN
        return self._neutral(field.type, path) if is_input else self._made(field.type, path, ())

    def _inside(self, type: Type, value: Any, source: Field | None, path: str) -> Any:
        """Complete the objects inside a given value."""
        inner = _inner(source)
        if type.kind == "array" and type.item and isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            return [self._item(type.item, item, inner, f"{path}[{index}]") for index, item in items]
        if type.kind == "map" and type.item and isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {key: self._item(type.item, item, inner, f"{path}.{key}") for key, item in items}
        if type.kind == "object" and isinstance(value, dict):
            return self._item(type, value, source.type if source else None, path)
        return value

    def _item(self, type: Type, value: Any, source: Type | None, path: str) -> Any:
        if type.kind != "object" or not isinstance(value, dict):
            return value
        given = cast("dict[str, Any]", value)
        declared: Fields = {}
        if source is not None and source.kind == "object":
            declared = self._shapes.fields(source.ref)
        result = dict(given)
        for name, field in self._shapes.fields(type.ref).items():
            # A nested object that came from the package, not the program, has no declared inputs.
            child = declared.get(name) or (None if declared else Field(name, field.type, required=False))
            completed = self.complete(field, given.get(name), child, f"{path}.{name}")
            if completed is not None:
                result[name] = completed
        return result

    def _neutral(self, type: Type, path: str) -> Any:
        if type.kind == "array":
            return []
        if type.kind == "map":
            return {}
        if type.kind == "object":
            fields = self._shapes.fields(type.ref).values()
            required = {f.name: self._neutral(f.type, f"{path}.{f.name}") for f in fields if f.required}
            return {name: value for name, value in required.items() if value is not None}
        if type.kind == "string":
            guess = self._guess(path, "string")
            return "" if guess is None else guess
        return self._scalar(type, path)

    def _made(self, type: Type, path: str, above: tuple[str, ...]) -> Any:
        if type.kind == "array":
            # Azure's network types name each other in circles: whole items there are thousands of them.
            if len(above) >= _DEPTH:
                return []
            item = self._made(type.item, f"{path}[0]", above) if type.item else None
            return [] if item is None else [item]
        if type.kind == "map":
            return {}
        if type.kind == "object":
            if type.ref in above:
                return None
            fields = self._shapes.fields(type.ref).values()
            made = {f.name: self._made(f.type, f"{path}.{f.name}", (*above, type.ref)) for f in fields}
            return {name: value for name, value in made.items() if value is not None}
        return self._scalar(type, path)

    def _scalar(self, type: Type, path: str) -> Any:
        if type.kind == "enum":
            return type.values[0] if type.values else ""
        if type.kind == "union":
            return self._scalar(type.options[0], path) if type.options else None
        guess = self._guess(path, type.kind)
        if guess is not None:
            return guess
        if type.kind == "string":
            return f"{path.rsplit('.', 1)[-1].split('[', 1)[0]}-{self._resource.seed(path)[:8]}"
        return _GENERIC.get(type.kind)

    def _guess(self, path: str, kind: str) -> Any:
        guess = self._package.guess(self._resource, self._id, path, kind)
        return None if guess is UNKNOWN else guess


def _inner(source: Field | None) -> Type | None:
    return source.type.item if source else None


def _same(one: Any, other: Any) -> bool:
    """Equality that takes an unknown for different from everything, itself too."""
    return (
        one is not UNKNOWN
        and other is not UNKNOWN
        and repr(one) == repr(other)
        and "UNKNOWN" not in repr(one)
    )
