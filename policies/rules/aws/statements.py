"""Policy documents of AWS as statements: what the checks of several concerns ask of them.

A document that is unknown, or not JSON, is undecided: a rule never takes it for a harmless one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from policies.framework.values import Undecided, View

ANYONE = "*"


@dataclass(frozen=True)
class Statement:
    """One statement; lists even where the document has a single text."""

    name: str
    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    @property
    def for_anyone(self) -> bool:
        return ANYONE in self.principals

    def names(self, *keys: str) -> bool:
        """Whether a condition pins one of these keys to values: an operator that compares for equality."""
        wanted = {key.lower() for key in keys}
        return any(
            key.lower() in wanted
            for operator, found in self.conditions.items()
            if operator.startswith(("StringEquals", "StringLike", "ArnEquals", "ArnLike"))
            and not operator.endswith("IfExists")
            for key in found
        )


def statements(view: View) -> Iterator[Statement]:
    """The statements of a document, which is text in a property."""
    if view.missing:
        return
    try:
        document: Any = json.loads(view.text)
    except ValueError as error:
        raise Undecided(view.path) from error
    for index, each in enumerate(_list(document.get("Statement"))):
        fields = cast("dict[str, Any]", each)
        principal: Any = fields.get("Principal", [])
        by_kind = cast("dict[str, Any]", principal) if isinstance(principal, dict) else {"": principal}
        yield Statement(
            name=str(fields.get("Sid") or f"Statement[{index}]"),
            allows=fields.get("Effect") == "Allow",
            principals=tuple(str(one) for some in by_kind.values() for one in _list(some)),
            actions=tuple(str(one) for one in _list(fields.get("Action"))),
            resources=tuple(str(one) for one in _list(fields.get("Resource"))),
            conditions=fields.get("Condition") or {},
        )


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]
