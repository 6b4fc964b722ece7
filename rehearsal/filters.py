"""Filters of template expressions: `{inputs.network|last|lower}`, with arguments as in `|after:projects`.

A filter gets a value that is present and known. `None` from a filter makes the value absent. Packages add
their own (`TablePackage.filters`).
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from typing import Any

from rehearsal import paths


def to_text(value: Any) -> str:
    """The value inside a longer text: booleans as `true` and `false`, whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def lower(value: Any) -> str:
    return str(value).lower()


def upper(value: Any) -> str:
    return str(value).upper()


def number(value: Any) -> int:
    return int(value)


def last(value: Any) -> str:
    """The last segment of a path, whatever form of reference was given."""
    return str(value).rstrip("/").rsplit("/", 1)[-1]


def after(value: Any, segment: str) -> str | None:
    """The path segment behind a named one: `projects/p/zones/z|after:zones` is `z`."""
    segments = str(value).split("/")
    return segments[segments.index(segment) + 1] if segment in segments[:-1] else None


def before(value: Any, mark: str) -> str:
    """The text before the first mark."""
    return str(value).split(mark, 1)[0]


def part(value: Any, mark: str, index: str) -> str | None:
    """The n-th part of a text split at a mark."""
    parts = str(value).split(mark)
    return parts[int(index)] if int(index) < len(parts) else None


def item(value: Any, index: str) -> Any:
    """The n-th item of a list."""
    return paths.get(value, f"[{index}]")


def count(value: Any) -> int:
    return len(value)


def replace(value: Any, old: str, new: str = "") -> str:
    return str(value).replace(old, new)


def cut(value: Any, length: str) -> str:
    """At most so many characters."""
    return str(value)[: int(length)]


def to_base64(value: Any) -> str:
    return base64.b64encode(str(value).encode()).decode()


def host(value: Any, index: str) -> str:
    """The n-th address of a CIDR block; a negative number counts from its end."""
    return str(ipaddress.ip_network(str(value), strict=False)[int(index)])


def region(value: Any) -> str:
    """The region a zone lies in: `us-central1-a` and `.../zones/us-central1-a` lie in `us-central1`."""
    return last(value).rsplit("-", 1)[0]


FILTERS: dict[str, Callable[..., Any]] = {
    "text": to_text,
    "lower": lower,
    "upper": upper,
    "number": number,
    "last": last,
    "after": after,
    "before": before,
    "part": part,
    "item": item,
    "count": count,
    "replace": replace,
    "cut": cut,
    "base64": to_base64,
    "host": host,
    "region": region,
}
