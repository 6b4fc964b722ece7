"""What is wrong with a stack file, one sentence per problem: where, what, and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import ErrorDetails

NAMESPACE = "palisade"

TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a section with fields",
}


@dataclass(frozen=True)
class Problem:
    """One refusal. `path` is the place in the stack file below `config`, without the namespace."""

    path: str
    problem: str
    write: str

    def __str__(self) -> str:
        return f"{NAMESPACE}:{self.path}: {self.problem}; write {self.write}."


class SettingsError(Exception):
    """A stack file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def without(self, secrets: Iterable[str]) -> SettingsError:
        """The same problems with every secret text taken out of their sentences."""
        hidden = sorted((text for text in secrets if text), key=len, reverse=True)

        def clean(text: str) -> str:
            for secret in hidden:
                text = text.replace(secret, "[secret]")
            return text

        return SettingsError(Problem(p.path, clean(p.problem), clean(p.write)) for p in self.problems)


def path_of(location: Sequence[str | int]) -> str:
    """`("allow", 0, "from")` as `allow[0].from`."""
    path = ""
    for part in location:
        if part == "[key]":
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def from_pydantic(error: ErrorDetails, schema: Mapping[str, Any]) -> Problem:
    """One error of the model in our own words, with what to write taken from the model's JSON Schema."""
    location, kind = error["loc"], error["type"]
    path, context = path_of(location), error.get("ctx", {})
    if kind == "refusal":
        return Problem(path, str(context["problem"]), str(context["write"]))
    if kind == "extra_forbidden" or location[-1] == "[key]":
        return _unknown(location, schema)
    node = _node(schema, location)
    about = str(node.get("description", "")).rstrip(".")
    explained = f"{_wanted(node)} ({about[:1].lower()}{about[1:]})" if about else _wanted(node)
    if kind == "missing":
        return Problem(path, "it is missing", explained)
    wrong = f"{_shown(error['input'])} does not fit"
    return Problem(path, wrong, explained if kind == "string_pattern_mismatch" else _wanted(node))


def all_from_pydantic(errors: Sequence[ErrorDetails], schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Every error once: a list that only looks short because an item of it was refused is left out."""
    for error in errors:
        inner = any(each["loc"][: len(error["loc"])] == error["loc"] != each["loc"] for each in errors)
        if not (inner and error["type"] == "too_short"):
            yield from_pydantic(error, schema)


def _unknown(location: Sequence[str | int], schema: Mapping[str, Any]) -> Problem:
    """A field, or a key of a map, that the model does not know, with the nearest one it does."""
    *outer, name = [part for part in location if part != "[key]"]
    node = _node(schema, outer)
    keys = _resolve(schema, node.get("propertyNames", {}))
    known = list(node.get("properties", keys.get("enum", [])))
    if not known:
        wanted = "a key that matches " + " or ".join(node.get("patternProperties", {}))
        return Problem(path_of(location), "this key does not fit", wanted)
    close = difflib.get_close_matches(str(name), known, n=1)
    write = f"`{close[0]}`" if close else "one of " + ", ".join(f"`{field}`" for field in known)
    return Problem(path_of(location), "there is no such field", write)


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return f"`{'null' if value is None else str(value).lower()}`"
    if isinstance(value, Mapping):
        return "a section with fields"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list" if value else "an empty list"
    return f"`{value}`" if value != "" else "an empty text"


def _resolve(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node itself: through references, and through the part of a union that is not null."""
    while True:
        outer = {key: node[key] for key in ("description", "examples") if key in node}
        if "$ref" in node:
            inner = schema["$defs"][str(node["$ref"]).rsplit("/", 1)[1]]
        elif "anyOf" in node:
            inner = next(part for part in node["anyOf"] if part.get("type") != "null")
        elif "allOf" in node:
            inner = node["allOf"][0]
        else:
            return node
        node = {**inner, **outer}


def _node(schema: Mapping[str, Any], location: Sequence[str | int]) -> Mapping[str, Any]:
    """The schema of one place. A place the schema does not know has an empty one."""
    node = _resolve(schema, schema)
    for part in location:
        if isinstance(part, int):
            child = node.get("items", {})
        else:
            child = node.get("properties", {}).get(part) or node.get("additionalProperties")
            for pattern in node.get("patternProperties", {}).values():
                child = pattern
        node = _resolve(schema, cast("Mapping[str, Any]", child if isinstance(child, Mapping) else {}))
    return node


def _wanted(node: Mapping[str, Any]) -> str:
    """What a place takes, in words."""
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    words = TYPE_WORDS.get(str(node.get("type")), "a value")
    if node.get("pattern") and not node.get("examples"):
        words += f" that matches {node['pattern']}"
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        words += f" from {low} to {high}"
    elif low is not None:
        words += f" of at least {low}"
    if node.get("minLength") and node.get("maxLength"):
        words += f" of {node['minLength']} to {node['maxLength']} characters"
    elif node.get("minLength"):
        words += f" of at least {node['minLength']} characters"
    if node.get("minItems"):
        words += f" of at least {node['minItems']}"
    if node.get("maxItems"):
        words += f" and at most {node['maxItems']}"
    if node.get("examples"):
        words += f", for example `{_example(node['examples'][0])}`"
    return words


def _example(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(str(item) for item in cast("list[object]", value)) + "]"
    return str(value)
