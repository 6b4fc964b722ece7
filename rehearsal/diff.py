"""The difference between two sets of checked inputs, as a provider reports it.

One change per leaf, with its property path and whether it replaces. Items of lists are compared by position:
the types do not say which lists are sets. Properties that begin with two underscores are bookkeeping.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from rehearsal.model import UNKNOWN
from rehearsal.paths import Step, covers, find, join

ADD, DELETE, UPDATE = "add", "delete", "update"


@dataclass(frozen=True)
class Change:
    """One property that differs."""

    path: str
    kind: str
    """`add`, `delete` or `update`."""
    replaces: bool

    @property
    def top(self) -> str:
        """The top-level property it belongs to."""
        return self.path.split(".", 1)[0].split("[", 1)[0]


def diff(olds: Mapping[str, Any], news: Mapping[str, Any], immutable: Collection[str]) -> list[Change]:
    """Every change from `olds` to `news`; an unknown value differs from every known one."""
    found = [(join(path), kind) for path, kind in _mappings(olds, news, ())]
    return [Change(path, kind, _replaces(path, immutable, (olds, news))) for path, kind in found]


def _replaces(path: str, immutable: Collection[str], sides: Collection[Mapping[str, Any]]) -> bool:
    for pattern in immutable:
        if covers(pattern, path):
            return True
        # A parent that comes or goes as a whole brings or takes what is below it.
        if covers(path, pattern) and any(v is not None for side in sides for _, v in find(side, pattern)):
            return True
    return False


def _mappings(
    olds: Mapping[str, Any], news: Mapping[str, Any], path: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], str]]:
    for key in dict.fromkeys([*olds, *news]):
        if not key.startswith("__"):
            yield from _values(olds.get(key), news.get(key), (*path, key))


def _values(old: Any, new: Any, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    if old is None and new is None:
        return
    if old is None:
        yield path, ADD
    elif new is None:
        yield path, DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mappings(cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", new), path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(cast("list[Any]", old), cast("list[Any]", new), path)
    elif new is UNKNOWN or not _equal(old, new):
        yield path, UPDATE


def _lists(old: list[Any], new: list[Any], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        yield from _values(before, after, (*path, index))


def _equal(old: Any, new: Any) -> bool:
    """Equality that tells booleans from numbers."""
    return old == new and isinstance(old, bool) == isinstance(new, bool)
