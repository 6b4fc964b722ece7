"""Every rule with its record and its checks, read once and checked against each other.

Records are YAML (`policies/rules/<concern>.yaml`), checks are functions
(`policies/rules/<cloud>/<concern>.py`). A record without a check, a check without a record, a repeated or
misspelled id, an unknown field and an unknown framework are refused before any rule runs.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import yaml

from policies.framework.exemptions import close
from policies.framework.rule import Check, Phase, Rule, Severity, names
from policies.framework.situation import FRAMEWORKS

RULES = Path(__file__).parent.parent / "rules"

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_REQUIRED = ("title", "why", "remedy", "severity", "controls")
_OPTIONAL = ("mandatory_from", "waived_by_teardown", "forbids", "unknown", "remedies")


class BadRules(ValueError):
    """Records and checks do not fit together; one sentence with the place and what to write."""


@dataclass(frozen=True)
class Catalogue:
    """All rules by id, and the checks that decide them."""

    rules: Mapping[str, Rule]
    checks: tuple[Check, ...]

    @cached_property
    def _known_types(self) -> dict[str, tuple[Check, ...]]:
        return {}

    def for_type(self, type_: str) -> tuple[Check, ...]:
        """The resource checks for a resource type, by its name or a pattern of it."""
        found = self._known_types.get(type_)
        if found is None:
            found = tuple(
                check for check in self.checks if check.on_resource is not None and names(check.types, type_)
            )
            self._known_types[type_] = found
        return found

    @cached_property
    def on_stack(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.on_stack is not None)

    def only(self, *ids: str) -> Catalogue:
        """The same catalogue cut down to some rules. Raises `BadRules` for an id there is not."""
        for rule in ids:
            if rule not in self.rules:
                raise BadRules(f"there is no rule {rule!r}{close(rule, self.rules)}")
        rules = {rule: self.rules[rule] for rule in ids}
        return Catalogue(rules, tuple(check for check in self.checks if check.rule in rules))


def load(folder: Path = RULES, package: str = "policies.rules") -> Catalogue:
    """Read the records of a folder and the checks of its package. Raises `BadRules`."""
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        for rule in records(path):
            if rule.id in rules:
                raise BadRules(f"{path.name}: {rule.id} is recorded twice; keep one record per rule")
            rules[rule.id] = rule
    checks = tuple(_checks(importlib.import_module(package)))
    return assemble(rules, checks)


def assemble(rules: Mapping[str, Rule], checks: tuple[Check, ...]) -> Catalogue:
    """Fit records and checks together. Raises `BadRules` when one lacks the other."""
    decided = {check.rule for check in checks}
    for check in checks:
        if check.rule not in rules:
            near = close(check.rule, rules)
            raise BadRules(f"{check.module}: a check decides {check.rule!r}, which has no record{near}")
        if not check.types:
            raise BadRules(f"{check.module}: the check of {check.rule} names no resource type")
    for rule in rules:
        if rule not in decided:
            raise BadRules(f"{rule}: the record has no check; write one, or remove the record")
    return Catalogue(rules, checks)


def records(path: Path) -> Iterator[Rule]:
    """The rule records of one file. Raises `BadRules`."""
    content: Any = yaml.load(
        path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    for id_, fields in cast("dict[str, dict[str, Any]]", content or {}).items():
        yield _record(path, id_, fields)


def _record(path: Path, id_: str, fields: Mapping[str, Any]) -> Rule:
    where = f"{path.name}: {id_}"
    if not _KEBAB.fullmatch(id_):
        raise BadRules(
            f"{where}: a rule's id is a sentence in kebab case, such as keys-rotate-within-90-days"
        )
    for name in fields:
        if name not in _REQUIRED + _OPTIONAL:
            raise BadRules(f"{where}.{name}: unknown field{close(name, _REQUIRED + _OPTIONAL)}")
    for name in _REQUIRED:
        if not fields.get(name):
            raise BadRules(f"{where}.{name}: it is missing")
    controls = cast("dict[str, list[str]]", fields["controls"])
    for framework in controls:
        if framework not in FRAMEWORKS:
            raise BadRules(
                f"{where}.controls.{framework}: unknown framework; write one of {', '.join(FRAMEWORKS)}"
            )
    severity = fields["severity"]
    if severity not in set(Severity):
        raise BadRules(f"{where}.severity: {severity!r} is no level; write mandatory or advisory")
    phase = fields.get("mandatory_from")
    if phase and phase not in set(Phase):
        raise BadRules(f"{where}.mandatory_from: {phase!r} is no phase; write one of {', '.join(Phase)}")
    return Rule(
        id=id_,
        concern=path.stem,
        title=str(fields["title"]),
        why=str(fields["why"]).strip(),
        remedy=str(fields["remedy"]).strip(),
        severity=Severity(severity),
        controls={framework: tuple(map(str, ids)) for framework, ids in controls.items()},
        mandatory_from=Phase(phase) if phase else None,
        waived_by_teardown=bool(fields.get("waived_by_teardown", False)),
        forbids=bool(fields.get("forbids", False)),
        unknown=str(fields.get("unknown", "")).strip(),
        remedies={cloud: str(text).strip() for cloud, text in fields.get("remedies", {}).items()},
    )


def _checks(package: ModuleType) -> Iterator[Check]:
    for module in _modules(package):
        for value in vars(module).values():
            if isinstance(value, Check) and value.module == module.__name__:
                yield value


def _modules(package: ModuleType) -> Iterable[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)
