"""Three states of an argument: absent, unknown, known. `UNKNOWN` may not be tested for truth, so ask here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rehearsal.model import UNKNOWN


def given(value: Any) -> bool:
    """Whether it is known and says something: not absent, empty, zero or false."""
    return value is not UNKNOWN and bool(value)


def otherwise(value: Any, default: Any) -> Any:
    """The value, or the default where it is absent; an unknown one stays unknown."""
    return default if value is None else value


def holds_unknown(data: Any) -> bool:
    """Whether anything in plain data is unknown."""
    if isinstance(data, Mapping):
        return any(holds_unknown(value) for value in cast("Mapping[str, Any]", data).values())
    if isinstance(data, list):
        return any(holds_unknown(item) for item in cast("list[Any]", data))
    return data is UNKNOWN


def as_mapping(value: Any) -> Mapping[str, Any] | None:
    """The object, or `None` for anything else (absent and unknown too)."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def as_list(value: Any) -> list[Any]:
    """The list, empty for anything else (absent and unknown too)."""
    return cast("list[Any]", value) if isinstance(value, list) else []
