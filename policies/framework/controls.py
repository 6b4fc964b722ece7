"""The controls of the frameworks: what each asks, and what a person must do because no rule can prove it.

Reads `policies/controls/<framework>.yaml`. Which rules are evidence for a control is not written there: it is
computed from the rules' own records, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from policies.framework.exemptions import close
from policies.framework.rule import Rule
from policies.framework.situation import FRAMEWORKS

FOLDER = Path(__file__).parent.parent / "controls"

_FIELDS = ("title", "kind", "manual")


class BadControls(ValueError):
    """A catalogue says something it may not say: one sentence with the place and what to write."""


@dataclass(frozen=True)
class Control:
    """One control. `kind` is `standard`, `required` or `addressable` in HIPAA's Security Rule, else empty."""

    id: str
    title: str
    manual: str = ""
    kind: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framework:
    """All controls of one framework, in its own order. `source` is the text they are from."""

    id: str
    name: str
    source: str
    controls: Mapping[str, Control]


def load(rules: Mapping[str, Rule], folder: Path = FOLDER) -> dict[str, Framework]:
    """Every framework with the rules that are evidence for each control.

    Raises `BadControls` for a repeated control, an unknown field, a control with neither rule nor `manual`,
    and a rule that names a control that the framework does not have.
    """
    return {id_: _framework(folder / f"{id_}.yaml", rules) for id_ in FRAMEWORKS}


def _framework(path: Path, rules: Mapping[str, Rule]) -> Framework:
    content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_Unrepeated)
    evidence: dict[str, list[str]] = {}
    for rule in rules.values():
        for control in rule.controls.get(path.stem, ()):
            evidence.setdefault(control, []).append(rule.id)
    written = cast("dict[str, dict[str, str]]", content["controls"])
    for control, proofs in evidence.items():
        if control not in written:
            near = close(control, written)
            raise BadControls(f"{proofs[0]}: {path.stem} has no control {control!r}{near}")
    controls = {
        id_: _control(path.name, id_, fields, evidence.get(id_, ())) for id_, fields in written.items()
    }
    return Framework(path.stem, str(content["name"]), str(content["source"]).strip(), controls)


def _control(file: str, id_: str, fields: Mapping[str, str], rules: list[str] | tuple[()]) -> Control:
    for name in fields:
        if name not in _FIELDS:
            raise BadControls(f"{file}: {id_}.{name}: unknown field{close(name, _FIELDS)}")
    if not fields.get("title"):
        raise BadControls(f"{file}: {id_}.title: it is missing")
    if not (rules or fields.get("manual")):
        raise BadControls(f"{file}: {id_}: no rule proves it; write under `manual` what a person must do")
    return Control(id_, fields["title"], fields.get("manual", ""), fields.get("kind", ""), tuple(rules))


class _Unrepeated(yaml.BaseLoader):
    """All is text, so that 164.520 is no number; of two equal keys YAML takes the last, this refuses."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise BadControls(f"{key.value}: it is written twice (line {key.start_mark.line + 1})")
            seen.add(key.value)
        return super().construct_mapping(node, deep)
