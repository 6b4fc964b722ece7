"""Where the tables of a package and the installed SDK disagree: tokens and properties it does not declare."""

import importlib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from rehearsal import knowledge, paths
from rehearsal.packages import FOLDERS, Served, serve
from rehearsal.shape import Fields, Type


def served(name: str) -> Served:
    """One package as the rehearsal serves it."""
    return serve()[name]


def strangers(name: str) -> Iterator[str]:
    """A sentence for every type, function and property in the tables that the SDK does not have."""
    package = served(name)
    known: knowledge.Knowledge = importlib.import_module(f"rehearsal.{FOLDERS[name]}").PACKAGE.known
    for token, entry in known.types.items():
        yield from _type(package, token, entry)
    for pattern in known.patterns:
        matched = [token for token in package.sdk.resources if fnmatchcase(token, str(pattern["match"]))]
        if not matched:
            yield f"the pattern {pattern['match']} matches no type"
        for token in matched[:1]:
            yield from _type(package, token, {key: pattern[key] for key in pattern if key != "match"})
    for token, entry in known.functions.items():
        fields = package.shapes.function(token)
        if fields is None:
            yield f"{token} is no function"
            continue
        yield from (
            f"{token}: there is no result {key}" for key in entry.get("outputs", {}) if key not in fields
        )


def _type(package: Served, token: str, entry: Mapping[str, Any]) -> Iterator[str]:
    shape = package.shape(token)
    if shape is None:
        yield f"{token} is no type"
        return
    both = {**shape.outputs, **shape.inputs}
    named = [(path, shape.inputs) for path in entry.get("defaults", {})]
    named += [(path, both) for path in entry.get("immutable", []) if path != "*"]
    named += [(path, shape.outputs) for path in entry.get("outputs", {})]
    for limit in entry.get("limits", []):
        others = [*limit.get("exactly_one_of", []), *limit.get("at_least_one_of", []), *limit.get("when", {})]
        named += [(path, shape.inputs) for path in [limit["path"], *others]]
    for path, fields in named:
        if not _leads(package, fields, path):
            yield f"{token}: nothing is at {path}"


def _leads(package: Served, fields: Fields, path: str) -> bool:
    """Whether a path is one of the shape's; below maps and unions anything goes."""
    current: Type = Type("object")
    inside: Fields = fields
    for step in paths.parse(path):
        if current.kind in ("map", "any", "union"):
            return True
        if step == paths.EACH or isinstance(step, int):
            current = current.item or current
        elif step in inside:
            current = inside[step].type
        else:
            return False
        inside = package.shapes.fields(current.ref) if current.ref else {}
    return True
