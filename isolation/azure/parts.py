"""Parts of a resource that are not known yet, where a reader takes them one by one.

An id that is not known is followed, or stands for any of its kind, and so is an address: readers know how.
Anything else that is not known, a list or a part of one, a port or a name, may be anything, so that it leaves
all claims open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from isolation.model import Unmodelled
from isolation.resources import Resource, Value

# What readers follow, or take for any.
FOLLOWED = frozenset({"id", "ipAddress", "fqdn", "privateIPAddress"})


def open_parts(resource: Resource, *paths: str, deep: bool = True) -> Iterator[Unmodelled]:
    """The parts at these places that are not known; with `deep` also what is in them."""
    found = [where for path in paths for where in _open(resource.at(path), deep=deep)]
    if found:
        why = f"what it has is not known yet ({', '.join(dict.fromkeys(found))})"
        yield Unmodelled(resource.label, why, origin=resource.urn)


def _open(value: Value, *, deep: bool) -> Iterator[str]:
    if value.unknown:
        yield value.where
    elif isinstance(value.raw, list):
        for each in value.items():
            yield from _open(each, deep=deep)
    elif deep and isinstance(value.raw, Mapping):
        for key in cast("Mapping[str, object]", value.raw):
            if key not in FOLLOWED:
                yield from _open(value.at(key), deep=deep)
