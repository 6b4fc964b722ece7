"""Automatic names: what a provider calls an object whose program gives it no name.

Bridged providers append a separator and random hex digits to the logical name
(https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming). Here the digits come from the seed, so
a run can be repeated. The name of an object stays as long as the object does.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import UNKNOWN, Resource

Rule = Mapping[str, Any]
"""`property` (path, default `name`), `max_length` (255), `separator` (`-`), `digits` (7), `lower` (false)."""


def fill(
    rule: Rule | None, resource: Resource, olds: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[str]]:
    """A deep copy of the inputs with the automatic name in place, and the names of the properties filled."""
    inputs = copy.deepcopy(dict(resource.inputs))
    if not rule:
        return inputs, []
    path = str(rule.get("property", "name"))
    top = str(paths.parse(path)[0])
    if top not in resource.input_names or paths.get(inputs, path) is not None:
        return inputs, []
    old = paths.get(olds, path) if olds and was_automatic(rule, resource, olds) else None
    paths.put(inputs, path, old or resource.proposed_name or automatic(rule, resource))
    return inputs, [path]


def automatic(rule: Rule, resource: Resource) -> str:
    """The name for a new object: at most `max_length` characters, the logical part is cut."""
    separator = str(rule.get("separator", "-"))
    suffix = separator + resource.seed("auto_name")[: int(rule.get("digits", 7))]
    stem = resource.name[: int(rule.get("max_length", 255)) - len(suffix)]
    name = stem + suffix
    return name.lower() if rule.get("lower") else name


def was_automatic(rule: Rule, resource: Resource, olds: Mapping[str, Any]) -> bool:
    """Whether the last run's name was made here or proposed by the engine, not written in the program."""
    path = str(rule.get("property", "name"))
    if "__defaults" in olds:
        return path in olds["__defaults"]
    name = paths.get(olds, path)
    stem = resource.name[: max(int(rule.get("max_length", 255)) - 16, 1)]
    return isinstance(name, str) and name.lower().startswith(stem.lower())


def is_fixed(rule: Rule | None, resource: Resource, olds: Mapping[str, Any]) -> bool:
    """Whether the program itself gives the name, and the same one as before."""
    if not rule:
        return False
    path = str(rule.get("property", "name"))
    name = paths.get(resource.inputs, path)
    filled: Any = resource.inputs.get("__defaults")
    if name is None or name is UNKNOWN or name != paths.get(olds, path):
        return False
    automatic_now = path in filled if filled is not None else name == automatic(rule, resource)
    return not automatic_now
