"""Documented provider limits as data, and what is said when an input breaks one.

A limit is a mapping with `path`, `source` (where it is documented) and one or more rules:

    - path: rules[*].priority          # [*]: every item
      min: 0                           # see RULES and RELATIONS for all of them
      max: 65535
      when: {direction: INGRESS}       # other paths: a value, a list of values, null for absent
      expected: a number from 0 to 65535   # optional: the remedy in better words
      source: https://…

An unknown value breaks nothing; an absent one breaks only `required`, `exactly_one_of` and `at_least_one_of`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from rehearsal import paths
from rehearsal.model import UNKNOWN, Refusal

Finding = tuple[str, str] | None
"""(what is wrong, what would be right), or nothing."""


def check(limits: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> list[Refusal]:
    """Every limit that these inputs break."""
    return [
        refusal for limit in limits if applies(limit.get("when"), inputs) for refusal in _one(limit, inputs)
    ]


def applies(when: Mapping[str, Any] | None, inputs: Mapping[str, Any]) -> bool:
    """Whether all conditions hold for certain; one on an unknown value does not."""
    for path, wanted in (when or {}).items():
        value = paths.get(inputs, path)
        if value is UNKNOWN:
            return False
        choices = cast("list[Any]", wanted) if isinstance(wanted, list) else [wanted]
        if value not in choices:
            return False
    return True


def _one(limit: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    path = str(limit["path"])
    for name, relation in RELATIONS.items():
        if name in limit:
            finding = relation(inputs, path, limit[name])
            if finding:
                yield _refusal(limit, path, finding)
    rules = [(RULES[name], limit[name]) for name in RULES if name in limit]
    for exact, value in paths.find(inputs, path):
        if value is None or value is UNKNOWN:
            continue
        for rule, argument in rules:
            finding = rule(value, argument)
            if finding:
                yield _refusal(limit, exact, finding)


def _refusal(limit: Mapping[str, Any], path: str, finding: tuple[str, str]) -> Refusal:
    problem, remedy = finding
    expected = limit.get("expected")
    return Refusal(
        path,
        str(limit.get("problem", problem)),
        f"write {expected}" if expected else remedy,
        str(limit.get("source", "")),
    )


def _pattern(value: Any, argument: Any) -> Finding:
    if re.fullmatch(str(argument), str(value)):
        return None
    return f'"{value}" has a form that is refused', f"write one that matches {argument}"


def _not_pattern(value: Any, argument: Any) -> Finding:
    found = re.search(str(argument), str(value))
    return (f'"{value}" may not contain "{found.group(0)}"', "leave that out") if found else None


def _minimum(value: Any, argument: Any) -> Finding:
    return (f"{value} is too small", f"write {argument} or more") if float(value) < float(argument) else None


def _maximum(value: Any, argument: Any) -> Finding:
    return (f"{value} is too large", f"write {argument} or less") if float(value) > float(argument) else None


def _min_length(value: Any, argument: Any) -> Finding:
    if len(value) >= int(argument):
        return None
    return f'"{value}" has {len(value)} characters', f"write at least {argument}"


def _max_length(value: Any, argument: Any) -> Finding:
    if len(value) <= int(argument):
        return None
    return f'"{value}" has {len(value)} characters', f"write at most {argument}"


def _min_items(value: Any, argument: Any) -> Finding:
    count = _items(value)
    return (f"{count} items are too few", f"give at least {argument}") if count < int(argument) else None


def _max_items(value: Any, argument: Any) -> Finding:
    count = _items(value)
    return (f"{count} items are too many", f"give at most {argument}") if count > int(argument) else None


def _items(value: Any) -> int:
    """Number of items; an SDK that knows a list to have one item takes that item alone."""
    return len(cast("list[Any]", value)) if isinstance(value, (list, Mapping)) else 1


def _one_of(value: Any, argument: Any) -> Finding:
    if value in argument:
        return None
    return f'"{value}" is not a value it takes', f"write one of {', '.join(map(str, argument))}"


def _multiple_of(value: Any, argument: Any) -> Finding:
    return (
        (f"{value} is refused", f"write a multiple of {argument}") if float(value) % float(argument) else None
    )


def _unique_items(value: Any, _argument: Any) -> Finding:
    items = [repr(item) for item in value]
    twice = sorted({item for item in items if items.count(item) > 1})
    return (f"{twice[0]} is there twice", "give each item once") if twice else None


def _cidr(value: Any, argument: Any) -> Finding:
    """`cidr: {min_prefix: 8, max_prefix: 29, version: 4}`; host bits are refused unless `host_bits: true`."""
    options = cast("dict[str, Any]", argument) if isinstance(argument, dict) else {}
    try:
        block = ipaddress.ip_network(str(value), strict=not options.get("host_bits", False))
    except ValueError as error:
        return f'"{value}" is no address range ({error})', "write a range such as 10.0.0.0/16"
    if "version" in options and block.version != options["version"]:
        return f'"{value}" is IPv{block.version}', f"write an IPv{options['version']} range"
    low, high = int(options.get("min_prefix", 0)), int(options.get("max_prefix", 128))
    if not low <= block.prefixlen <= high:
        return f'"{value}" has a /{block.prefixlen} prefix', f"write a prefix from /{low} to /{high}"
    return None


RULES: dict[str, Callable[[Any, Any], Finding]] = {
    "pattern": _pattern,
    "not_pattern": _not_pattern,
    "min": _minimum,
    "max": _maximum,
    "min_length": _min_length,
    "max_length": _max_length,
    "min_items": _min_items,
    "max_items": _max_items,
    "one_of": _one_of,
    "multiple_of": _multiple_of,
    "unique_items": _unique_items,
    "cidr": _cidr,
}


def _present(inputs: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Those that are certainly given: they may have an unknown value, but no unknown parent."""
    return [name for name in names if paths.get(inputs, name) is not None and not _hidden(inputs, name)]


def _hidden(inputs: Mapping[str, Any], name: str) -> bool:
    steps = paths.parse(name)
    return any(paths.get(inputs, paths.join(steps[:count])) is UNKNOWN for count in range(1, len(steps)))


def _required(inputs: Mapping[str, Any], path: str, argument: Any) -> Finding:
    absent = [exact for exact, value in paths.find(inputs, path) if value is None]
    return ("it is missing here", "give it a value") if argument and absent else None


def _forbidden(inputs: Mapping[str, Any], path: str, argument: Any) -> Finding:
    return ("it is not taken here", "leave it out") if argument and _present(inputs, [path]) else None


def _conflicts_with(inputs: Mapping[str, Any], path: str, argument: Any) -> Finding:
    others = _present(inputs, argument) if _present(inputs, [path]) else []
    return (f"it cannot be given together with {others[0]}", "give one of the two") if others else None


def _requires(inputs: Mapping[str, Any], path: str, argument: Any) -> Finding:
    if not _present(inputs, [path]):
        return None
    absent = [name for name in argument if paths.get(inputs, name) is None]
    return (f"it needs {absent[0]} beside it", f"give {absent[0]} too") if absent else None


def _exactly_one_of(inputs: Mapping[str, Any], _path: str, argument: Any) -> Finding:
    given = _present(inputs, argument)
    if len(given) == 1 or (not given and any(_hidden(inputs, name) for name in argument)):
        return None
    problem = (
        f"{' and '.join(given)} are given together" if given else f"none of {', '.join(argument)} is given"
    )
    return problem, f"give exactly one of {', '.join(argument)}"


def _at_least_one_of(inputs: Mapping[str, Any], _path: str, argument: Any) -> Finding:
    if _present(inputs, argument) or any(_hidden(inputs, name) for name in argument):
        return None
    names = ", ".join(argument)
    return f"none of {names} is given", f"give at least one of {names}"


RELATIONS: dict[str, Callable[[Mapping[str, Any], str, Any], Finding]] = {
    "required": _required,
    "forbidden": _forbidden,
    "conflicts_with": _conflicts_with,
    "requires": _requires,
    "exactly_one_of": _exactly_one_of,
    "at_least_one_of": _at_least_one_of,
}
"""Rules about several properties; the paths in them start at the resource's inputs."""

KEYS = frozenset({"path", "source", "when", "problem", "expected", *RULES, *RELATIONS})
"""Every key that a limit may have."""
