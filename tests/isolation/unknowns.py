"""What the tests of values that are not known yet share: every place in a plan, and what is put there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, cast

from isolation.resources import UNKNOWN, Resource

Path = tuple[str | int, ...]

BROKEN: tuple[Any, ...] = (None, "", [], {}, "x", 7, True, ["y"], {"id": UNKNOWN}, [UNKNOWN], "10.0.0.0/8")


def paths(value: object, so_far: Path = ()) -> Iterator[Path]:
    """Every place in plain data, the whole excepted."""
    if so_far:
        yield so_far
    parts: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, Mapping):
        parts = iter(cast("Mapping[str, object]", value).items())
    elif isinstance(value, list):
        parts = iter(enumerate(cast("list[object]", value)))
    for key, each in parts:
        yield from paths(each, (*so_far, key))


def put(value: Any, path: Path, new: object) -> Any:
    """The data with another value at a place."""
    if not path:
        return new
    copied: Any = copy(value)
    copied[path[0]] = put(copied[path[0]], path[1:], new)
    return copied


def places(plan: Sequence[Resource], tried: Collection[str] = ()) -> Iterator[tuple[int, Path]]:
    """Every place of a plan, by the index of its resource; of the types `tried` only, where any are named."""
    for index, one in enumerate(plan):
        if not tried or one.type in tried:
            yield from ((index, path) for path in paths(dict(one.properties)))


def replaced(plan: Sequence[Resource], index: int, path: Path, new: object) -> list[Resource]:
    """The plan with another value at a place of one resource."""
    one = plan[index]
    changed = replace(one, properties=put(dict(one.properties), path, new))
    return [*plan[:index], changed, *plan[index + 1 :]]


def waiting(plan: Sequence[Resource], index: int, path: Path) -> list[Resource]:
    """The plan with one value that is not known yet, and that may hang on any resource."""
    changed = replaced(plan, index, path, UNKNOWN)
    changed[index] = replace(changed[index], references={str(path[0]): tuple(one.urn for one in plan)})
    return changed
