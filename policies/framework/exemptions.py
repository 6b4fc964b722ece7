"""Exemptions as data: which rule, which resource, why, who answers for it, until when.

An exemption is visible: an applied one is printed with every run, an expired one fails, one that matches
nothing is reported. A file that does not read is refused as a whole, in one sentence, before any rule runs.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import yaml

_FIELDS = ("rule", "resource", "reason", "owner", "expires")


@dataclass(frozen=True)
class Exemption:
    """`resource` is a URN, or a pattern of one with `*`; `expires` is the last day it holds."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def covers(self, rule: str, urn: str) -> bool:
        return rule == self.rule and fnmatchcase(urn, self.resource)

    def expired(self, today: date) -> bool:
        return today > self.expires

    @property
    def sentence(self) -> str:
        return f"exempted until {self.expires.isoformat()} by {self.owner}: {self.reason}"


class BadExemptions(ValueError):
    """The file says something it may not say: one sentence with the place and what to write."""


def load(path: Path, rules: Collection[str]) -> tuple[Exemption, ...]:
    """Read the exemptions of a file. A file that does not exist holds none.

    Raises `BadExemptions` for an unknown rule, a missing or unknown field, a pattern that names every
    resource, or a repeated entry.
    """
    if not path.exists():
        return ()
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if content is None:
        return ()
    if not isinstance(content, list):
        raise BadExemptions(f"{path.name}: the file is no list; write one `- rule: …` entry per exemption")
    entries = cast("list[Any]", content)
    exemptions = tuple(_entry(f"{path.name}[{index}]", entry, rules) for index, entry in enumerate(entries))
    _refuse_repeats(path.name, exemptions)
    return exemptions


def _entry(where: str, entry: object, rules: Collection[str]) -> Exemption:
    if not isinstance(entry, dict):
        raise BadExemptions(f"{where}: this is no mapping; write {', '.join(_FIELDS)}")
    fields = cast("dict[str, object]", entry)
    for name in fields:
        if name not in _FIELDS:
            raise BadExemptions(
                f"{where}.{name}: unknown field{close(name, _FIELDS)}; write {', '.join(_FIELDS)}"
            )
    for name in _FIELDS:
        if not fields.get(name):
            raise BadExemptions(f"{where}.{name}: it is missing; an exemption has {', '.join(_FIELDS)}")
    rule = str(fields["rule"])
    if rule not in rules:
        raise BadExemptions(
            f"{where}.rule: there is no rule {rule!r}{close(rule, rules)}; write an id of docs/policies.md"
        )
    pattern = str(fields["resource"])
    if not pattern.strip("*?:"):
        raise BadExemptions(
            f"{where}.resource: {pattern!r} names every resource; write a URN or a narrower pattern"
        )
    expires = fields["expires"]
    if not isinstance(expires, date):
        raise BadExemptions(f"{where}.expires: {expires!r} is no day; write a date such as 2027-01-31")
    return Exemption(rule, pattern, str(fields["reason"]), str(fields["owner"]), expires)


def _refuse_repeats(name: str, exemptions: Iterable[Exemption]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, exemption in enumerate(exemptions):
        key = (exemption.rule, exemption.resource)
        if key in seen:
            raise BadExemptions(
                f"{name}[{index}]: {exemption.rule} is already exempted there; remove one entry"
            )
        seen.add(key)


def close(name: str, known: Iterable[str]) -> str:
    """`; did you mean …` when a known name is near, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
