"""Inputs against the shape of their type: unknown property, missing required, wrong type, bad enum.

Every finding is a `Refusal` with the exact property path. Unknown values fit everywhere. Texts that are
numbers or booleans (and the other way round) are taken where the real provider takes them: the bridged ones
convert, Kubernetes and Azure do not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from rehearsal.model import UNKNOWN, Asset, Refusal
from rehearsal.paths import Step, join
from rehearsal.shape import Field, Fields, Shapes, Type

STRICT = frozenset({"kubernetes", "azure-native"})
"""Packages whose providers convert no scalar."""

_WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "map": "an object",
    "object": "an object",
    "asset": "an asset or archive",
}
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "map": Mapping,
    "object": Mapping,
    "asset": Asset,
}
_NUMBER = {"integer": re.compile(r"-?\d+"), "number": re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")}
_HUMP = re.compile(r"_([a-z0-9])")

Path = tuple[Step, ...]


class Checker:
    """Checks inputs of one package's types."""

    def __init__(self, shapes: Shapes, *, strict: bool) -> None:
        self._shapes = shapes
        self._strict = strict

    def check(self, fields: Fields, inputs: Mapping[str, Any], path: Path = ()) -> Iterator[Refusal]:
        """Everything in an object that does not fit its declared properties."""
        misspelled: set[str] = set()
        for name, value in inputs.items():
            field = fields.get(name)
            if field is None:
                if not name.startswith("__"):
                    nearest = _nearest(name, fields)
                    misspelled.update(nearest)
                    yield _unexpected(name, nearest, fields, path)
            elif value is not None:
                yield from self._value(field.type, value, (*path, name))
                yield from _documented(field, value, (*path, name))
        for name, field in fields.items():
            if field.required and inputs.get(name) is None and name not in misspelled:
                yield Refusal(
                    join((*path, name)), "it is required and missing", f"give {_expected(field.type)}"
                )

    def _value(self, type: Type, value: Any, path: Path) -> Iterator[Refusal]:
        if value is UNKNOWN or value is None or type.kind == "any":
            return
        if type.kind == "union":
            yield from self._union(type, value, path)
        elif type.kind == "enum":
            if not isinstance(value, (dict, list, Asset)) and value not in type.values:
                yield _bad_value(value, type.values, path)
            elif isinstance(value, (dict, list, Asset)):
                yield _wrong_type(Type("string"), value, path)
        elif not self._fits(type.kind, value):
            yield _wrong_type(type, value, path)
        elif type.kind == "array" and type.item:
            for index, item in enumerate(cast("Sequence[Any]", value)):
                yield from self._value(type.item, item, (*path, index))
        elif type.kind == "map" and type.item:
            for key, item in cast("Mapping[str, Any]", value).items():
                yield from self._value(type.item, item, (*path, key))
        elif type.kind == "object":
            yield from self.check(self._shapes.fields(type.ref), cast("Mapping[str, Any]", value), path)

    def _union(self, type: Type, value: Any, path: Path) -> Iterator[Refusal]:
        """One fitting option is enough; otherwise the option nearest to the value explains."""
        findings = [list(self._value(option, value, path)) for option in type.options]
        if all(findings):
            inside = [found for found in findings if all(item.path != join(path) for item in found)]
            yield from min(inside, key=len) if inside else [_wrong_type(type, value, path)]

    def _fits(self, kind: str, value: Any) -> bool:
        if isinstance(value, _PYTHON[kind]) and not (
            isinstance(value, bool) and kind in ("integer", "number")
        ):
            return True
        return not self._strict and _converts(kind, value)


def _documented(field: Field, value: Any, path: Path) -> Iterator[Refusal]:
    """Strings against the values that the documentation lists, one by one in a list."""
    if field.values and isinstance(value, str) and value not in ("", *field.values):
        yield _bad_value(value, field.values, path)
    if field.values and isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            if isinstance(item, str) and item not in field.values:
                yield _bad_value(item, field.values, (*path, index))


def _nearest(name: str, fields: Fields) -> list[str]:
    """The declared property that was probably meant, if one is near."""
    camel = _HUMP.sub(lambda match: match.group(1).upper(), name)
    return [camel] if camel in fields else difflib.get_close_matches(name, fields, n=1, cutoff=0.6)


def _unexpected(name: str, nearest: Sequence[str], fields: Fields, path: Path) -> Refusal:
    if nearest:
        remedy = f"did you mean {nearest[0]}?"
    elif fields:
        remedy = f"there are {', '.join(sorted(fields))}" if len(fields) <= 12 else "leave it out"
    else:
        remedy = "leave it out: this object has no properties"
    return Refusal(join((*path, name)), "there is no such property", remedy)


def _converts(kind: str, value: Any) -> bool:
    """Whether a bridged provider makes the type of this scalar without a loss."""
    if kind not in ("string", "integer", "number", "boolean") or isinstance(value, (Mapping, list, Asset)):
        return False
    if kind == "string":
        return True
    if kind == "boolean":
        return str(value).lower() in ("true", "false")
    return isinstance(value, str) and bool(_NUMBER[kind].fullmatch(value))


def _expected(type: Type) -> str:
    if type.kind == "enum":
        return f"one of {', '.join(map(str, type.values))}"
    if type.kind == "union":
        return " or ".join(dict.fromkeys(_expected(option) for option in type.options))
    return _WORDS.get(type.kind, "a value")


def _wrong_type(type: Type, value: Any, path: Path) -> Refusal:
    return Refusal(
        join(path), f"{_describe(value)} stands where {_expected(type)} belongs", "change the type"
    )


def _bad_value(value: Any, values: Sequence[Any], path: Path) -> Refusal:
    nearest = difflib.get_close_matches(str(value), [str(item) for item in values], n=1)
    hint = f"write {nearest[0]}, or another of " if nearest else "write one of "
    return Refusal(join(path), f'"{value}" is not a value it takes', hint + ", ".join(map(str, values)))


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the string "{value if len(value) <= 60 else value[:57] + "..."}"'
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "an asset" if isinstance(value, Asset) else "an object"
