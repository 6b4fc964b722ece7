"""What a rule reads: plain data in three states, with nothing of the SDK left in it.

The SDK hands out proxies that raise on an unknown value, compare false with lists, carry numbers as floats
and leak the unknown sentinel through slices. `plain` turns them into ordinary dictionaries, lists and scalars
once, at the edge; `View` is the one accessor over the result. A view is *missing*, *unknown* or *known*.
Reading an unknown value raises `Undecided`, which the framework turns into a question to the resource graph
or into an unproven verdict, so a rule cannot pass over an unknown by accident.

Left out: secrets cannot be told from other values here, because the SDK removes their mark before a policy
sees them. That is why `shown` prints only values of harmless shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, cast

# The engine's stand-ins for values not known yet, one per kind of value
# (pulumi/sdk/go/common/resource/plugin/rpc.go, `Unknown*Value`).
SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class State(StrEnum):
    MISSING = "missing"
    UNKNOWN = "unknown"
    KNOWN = "known"


class _Unknown:
    """The one value of a property that is not known before the deployment runs."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false; ask the view for its state first")


UNKNOWN: Final = _Unknown()


class Opaque:
    """A file or archive. Rules can tell that it is there, and nothing else."""

    def __repr__(self) -> str:
        return "OPAQUE"


OPAQUE: Final = Opaque()


class Undecided(Exception):
    """A rule needs a value that is not known; `path` is where it stands."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not known before the deployment")
        self.path = path


def plain(value: object, unknown: type[Exception]) -> Any:
    """Turn one SDK value into plain data; `unknown` is what the SDK raises on reading an unknown member.

    Mappings become dictionaries, sequences lists, whole floats integers, unknown values `UNKNOWN`, files and
    archives `OPAQUE`.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        return {key: _member(lambda key=key: mapping[key], unknown) for key in list(mapping)}
    if isinstance(value, Sequence):
        sequence = cast("Sequence[object]", value)
        return [_member(lambda index=index: sequence[index], unknown) for index in range(len(sequence))]
    return OPAQUE


def _member(read: Callable[[], object], unknown: type[Exception]) -> Any:
    try:
        value = read()
    except unknown:
        return UNKNOWN
    return plain(value, unknown)


def contains_unknown(value: object) -> bool:
    """Whether any part of plain data is unknown."""
    if value is UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(contains_unknown(member) for member in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(contains_unknown(member) for member in cast("list[object]", value))
    return False


# Asked with the path of an unknown value and the acceptable source types: does it come from one of them?
Resolver = Callable[[str, tuple[str, ...]], bool]


class View:
    """One place in a resource's properties: its state, its value, the views below it."""

    __slots__ = ("_raw", "_resolve", "path")

    def __init__(self, raw: object, path: str, resolve: Resolver) -> None:
        self._raw = raw
        self.path = path
        self._resolve = resolve

    @property
    def state(self) -> State:
        """Providers write an unset value as nothing or as an empty string, so both are missing."""
        if self._raw is UNKNOWN:
            return State.UNKNOWN
        return State.MISSING if self._raw is None or self._raw == "" else State.KNOWN

    @property
    def missing(self) -> bool:
        return self.state is State.MISSING

    @property
    def written_empty(self) -> bool:
        """Whether somebody wrote an empty string, which a few providers tell from nothing."""
        return self._raw == ""

    @property
    def unknown(self) -> bool:
        return self.state is State.UNKNOWN

    @property
    def value(self) -> Any:
        """The plain value, `None` when missing. Raises `Undecided` when it or any part of it is unknown."""
        if contains_unknown(self._raw):
            raise Undecided(self.path)
        return None if self._raw == "" else self._raw

    @property
    def text(self) -> str:
        """The value as text, empty when missing. Raises `Undecided` when unknown."""
        value = self.value
        return "" if value is None else str(value)

    def at(self, path: str) -> View:
        """The view at a dotted path below this one. What lies below an unknown value is unknown.

        A list of one element stands for that element, because providers write a single block either way.
        """
        raw = self._raw
        for step in path.split("."):
            if isinstance(raw, list):
                elements = cast("list[object]", raw)
                raw = elements[0] if len(elements) == 1 else None
            if raw is UNKNOWN:
                break
            raw = cast("dict[str, object]", raw).get(step) if isinstance(raw, dict) else None
        return View(raw, f"{self.path}.{path}" if self.path else path, self._resolve)

    def items(self) -> Iterator[View]:
        """The elements of a list, each a view; a single block counts as a list of one, a missing one as none.

        Raises `Undecided` when the list itself is unknown.
        """
        if self._raw is UNKNOWN:
            raise Undecided(self.path)
        raw = self._raw
        if raw is None or raw == "":
            return
        elements = cast("list[object]", raw) if isinstance(raw, list) else [raw]
        for index, element in enumerate(elements):
            yield View(element, f"{self.path}[{index}]", self._resolve)

    def keys(self) -> list[str]:
        """The keys of a map, none when missing. Raises `Undecided` when the map itself is unknown."""
        if self._raw is UNKNOWN:
            raise Undecided(self.path)
        return list(cast("dict[str, object]", self._raw)) if isinstance(self._raw, dict) else []

    def comes_from(self, *types: str) -> bool:
        """Whether an unknown value is computed from a resource of one of these types of the same stack.

        Raises `Undecided` when the graph is not there yet or does not tell.
        """
        return self._resolve(self.path, types)


# Values of these shapes are settings, not secrets: numbers, truth values, addresses and ranges, roles,
# durations, enumeration words, and the two public members of IAM.
_HARMLESS: Final = re.compile(
    r"[0-9a-fA-F:.]+/[0-9]{1,3}|[0-9]{1,3}(\.[0-9]{1,3}){3}|(projects/[a-z0-9-]+/)?roles/[A-Za-z0-9_.]+"
    r"|[0-9]+(\.[0-9]+)?s|[A-Z][A-Z_]{1,40}|allUsers|allAuthenticatedUsers|true|false|default"
)


def shown(value: object) -> str:
    """How a message may print a value: as it is when its shape is harmless, else only that there is one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str) and _HARMLESS.fullmatch(value):
        return value
    return "another value"
