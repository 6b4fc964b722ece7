"""Property paths over plain data: `bucket`, `rules[0].port`, `rules[*].port`, `metadata.labels["a.b/c"]`.

Guarantees that a path printed by `join` is read back by `parse`. Left out: wildcards other than `[*]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, cast

from rehearsal.model import UNKNOWN

Step = str | int
EACH = "*"
"""The step written `[*]`: every item of a list, or every value of a map."""

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\[(\*)\]|\["((?:[^"\\]|\\.)*)"\]')
_PLAIN = re.compile(r'[^.\[\]"]+')


@lru_cache(maxsize=4096)
def parse(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError for one that cannot be read."""
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"the property path {path!r} cannot be read at {path[position:]!r}")
        name, index, each, quoted = match.groups()
        if index is not None:
            steps.append(int(index))
        elif each is not None:
            steps.append(EACH)
        else:
            steps.append(name if name is not None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return tuple(steps)


def join(steps: tuple[Step, ...]) -> str:
    """The path as a person writes it; the inverse of `parse`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step == EACH:
            text += "[*]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def get(data: Any, path: str) -> Any:
    """The value at a path without wildcards: `None` where it is absent, `UNKNOWN` below an unknown."""
    for step in parse(path):
        if data is UNKNOWN:
            return UNKNOWN
        data = _child(data, step)
        if data is None:
            return None
    return data


def find(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every (exact path, value) that a path with wildcards meets; the value is `None` where it is absent.

    Absent parents yield nothing; an unknown parent yields itself as `UNKNOWN`, at its own path.
    """
    yield from _find(data, parse(path), ())


def objects(data: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object that a path with wildcards meets; what is absent, unknown or no object is passed over."""
    for exact, value in find(data, path):
        if isinstance(value, Mapping):
            yield exact, cast("Mapping[str, Any]", value)


def _find(data: Any, steps: tuple[Step, ...], done: tuple[Step, ...]) -> Iterator[tuple[str, Any]]:
    if not steps or data is UNKNOWN:
        yield join(done), data
        return
    head, rest = steps[0], steps[1:]
    if head == EACH:
        for key, item in _items(data):
            yield from _find(item, rest, (*done, key))
        return
    child = _child(data, head)
    if child is not None:
        yield from _find(child, rest, (*done, head))
    elif not rest:
        yield join((*done, head)), None


def put(data: MutableMapping[str, Any], path: str, value: Any, *, replace: bool = True) -> None:
    """Set the value at a path in place; `[*]` sets it on every item there is.

    Missing parents are created as objects, except below `[*]` and indices. With `replace=False` a value that
    is there already stays.
    """
    _put(data, parse(path), value, replace)


def _put(data: Any, steps: tuple[Step, ...], value: Any, replace: bool) -> None:
    head, rest = steps[0], steps[1:]
    if head == EACH:
        for key, item in list(_items(data)):
            if rest:
                _put(item, rest, value, replace)
            elif replace or item is None:
                data[key] = value
        return
    if not isinstance(data, dict) or isinstance(head, int):
        if isinstance(data, list) and isinstance(head, int) and head < len(cast("list[Any]", data)):
            items = cast("list[Any]", data)
            if rest:
                _put(items[head], rest, value, replace)
            elif replace or items[head] is None:
                items[head] = value
        return
    mapping = cast("dict[str, Any]", data)
    if not rest:
        if replace or mapping.get(head) is None:
            mapping[head] = value
        return
    if mapping.get(head) is None:
        if rest[0] == EACH or isinstance(rest[0], int):
            return
        mapping[head] = {}
    _put(mapping[head], rest, value, replace)


def covers(pattern: str, path: str) -> bool:
    """Whether a path is the pattern's or lies below it: `rules[*].port` covers `rules[3].port.name`."""
    wanted, actual = parse(pattern), parse(path)
    if len(wanted) > len(actual):
        return False
    return all(want in (EACH, have) for want, have in zip(wanted, actual, strict=False))


def _child(data: Any, step: Step) -> Any:
    if isinstance(data, Mapping):
        return cast("Mapping[Any, Any]", data).get(step)
    if isinstance(data, list) and isinstance(step, int):
        items = cast("list[Any]", data)
        return items[step] if step < len(items) else None
    return None


def _items(data: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(data, Mapping):
        yield from cast("Mapping[str, Any]", data).items()
    elif isinstance(data, list):
        yield from enumerate(cast("list[Any]", data))
