"""Values in a resource's properties: missing, unknown or known, and without the engine's marks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

# The engine's stand-ins for values not known yet (pulumi/sdk/go/common/resource/plugin/rpc.go).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SENTINELS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
# How the engine marks secrets and outputs in JSON (pulumi/sdk/go/common/resource/sig).
_SIGNATURE = "4dabf18193072939515e22adb298388d"


class Value:
    """A place in a resource's properties: missing, unknown or known."""

    __slots__ = ("raw", "where")

    def __init__(self, raw: Any, where: str) -> None:
        self.raw = raw
        self.where = where

    @property
    def missing(self) -> bool:
        """Nothing, an empty text or an empty list; providers write an unset value as any of these."""
        return self.raw is None or self.raw in ("", [], {})

    @property
    def unknown(self) -> bool:
        """Whether the value itself is not known yet."""
        return is_unknown(self.raw)

    @property
    def partly_unknown(self) -> bool:
        """Whether it, or anything in it, is not known yet."""
        return contains_unknown(self.raw)

    def at(self, path: str) -> Value:
        """The value below. Below an unknown value all is unknown; a list of one stands for its element."""
        raw, where = self.raw, self.where
        for step in path.split("."):
            if isinstance(raw, list):
                elements = cast("list[Any]", raw)
                raw = elements[0] if len(elements) == 1 else None
            if not is_unknown(raw):
                raw = cast("dict[str, Any]", raw).get(step) if isinstance(raw, dict) else None
            where = f"{where}{step}" if where.endswith(": ") else f"{where}.{step}"
        return Value(raw, where)

    def items(self) -> Iterator[Value]:
        """The elements of a list; a single block counts as one, a missing or unknown value as none."""
        if self.missing or self.unknown:
            return
        elements = cast("list[Any]", self.raw) if isinstance(self.raw, list) else [self.raw]
        for index, element in enumerate(elements):
            yield Value(element, f"{self.where}[{index}]")

    def members(self) -> Iterator[Value]:
        """As `items`, but a list that is not known yet counts as one element of which nothing is known."""
        if self.unknown:
            yield self
        else:
            yield from self.items()

    def text(self, default: str = "") -> str:
        """The value as text; the default when it is missing or unknown."""
        if self.missing or self.unknown:
            return default
        return ("true" if self.raw else "false") if isinstance(self.raw, bool) else str(self.raw)

    def texts(self) -> list[str]:
        """The known texts of a list."""
        return [text for each in self.items() if (text := each.text())]

    def flag(self, default: bool = False) -> bool:
        """The value as true or false; the default when it is missing or unknown."""
        return default if self.missing or self.unknown else self.text().lower() == "true"

    def number(self, default: int = 0) -> int:
        """The value as a whole number; the default when it is missing, unknown or none."""
        try:
            return int(float(self.text(str(default))))
        except ValueError:
            return default


def is_unknown(value: object) -> bool:
    """Whether a value is a stand-in for one that is not known yet."""
    return isinstance(value, str) and value in _SENTINELS


def contains_unknown(value: object) -> bool:
    """Whether any part of plain data is not known yet."""
    if isinstance(value, dict):
        return any(map(contains_unknown, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return any(map(contains_unknown, cast("list[object]", value)))
    return is_unknown(value)


def texts_in(value: object) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in cast("Iterable[object]", value):
            yield from texts_in(each)


def plain(value: object) -> Any:
    """A value without the engine's marks."""
    if isinstance(value, list):
        return [plain(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    mapping = cast("dict[str, object]", value)
    if _SIGNATURE in mapping:
        return plain(_unmarked(mapping))
    return {key: plain(each) for key, each in mapping.items()}


def _unmarked(marked: Mapping[str, object]) -> object:
    """What stands under a mark: a secret in plain text is its value, an encrypted one is unknown."""
    if "value" in marked:
        return marked["value"]
    text = marked.get("plaintext")
    if not isinstance(text, str):
        return UNKNOWN
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
