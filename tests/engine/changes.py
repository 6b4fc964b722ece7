"""One insecure change made to a resource's inputs, in the program or in its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rehearsal.values import SIGNATURE


def change(inputs: Any, mutation: Mapping[str, Any]) -> None:
    """Change in place what lies at the mutation's path; wrapped values on the way are looked into."""
    *way, last = mutation["path"]
    place = inputs
    for key in way:
        place = _unwrapped(place[key])
    if "value" in mutation:
        place[last] = mutation["value"]
    else:
        del place[last]


def _unwrapped(value: Any) -> Any:
    while isinstance(value, dict) and SIGNATURE in value:
        value = cast(dict[str, Any], value)["value"]
    return cast(Any, value)
