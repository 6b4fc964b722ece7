"""Cases beside the rules: what each rule must pass and fail, as YAML.

    bucket-access-is-decided-by-iam-alone:
      type: gcp:storage/bucket:Bucket
      passes:
        - {uniformBucketLevelAccess: true, location: !unknown }
      fails:
        - {uniformBucketLevelAccess: !unknown }

A case is the inputs of one resource of `type`; or a list of resources, each with `type`, `name`, `inputs` and
where needed `outputs`, `protect`, `dependencies`; or a mapping of `resources` (that list) and `situation`. A
rule that cannot have a case of some kind says why under `impossible`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from policies.framework.harness import From, Given, Secret
from policies.framework.rule import Phase
from policies.framework.situation import Situation, Teardown
from policies.framework.values import UNKNOWN

FOLDER = Path(__file__).parent.parent / "cases"


@dataclass(frozen=True)
class Case:
    """One case: the resources, the situation, and whether the rule must pass them."""

    rule: str
    label: str
    passes: bool
    given: tuple[Given, ...]
    situation: Situation


@dataclass(frozen=True)
class Cases:
    """All cases of one rule; `impossible` maps a kind (`passes-unknown`, …) to the reason it has none."""

    rule: str
    cases: tuple[Case, ...]
    impossible: Mapping[str, str]


class _Loader(yaml.SafeLoader):
    pass


def _unknown(_loader: yaml.SafeLoader, _node: yaml.Node) -> object:
    return UNKNOWN


def _secret(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Secret:
    return Secret(loader.construct_scalar(node))


def _from(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> From:
    name, _, output = str(loader.construct_scalar(node)).partition(".")
    return From(name, output or "id")


_Loader.add_constructor("!unknown", _unknown)
_Loader.add_constructor("!secret", _secret)
_Loader.add_constructor("!from", _from)


def load(folder: Path) -> dict[str, Cases]:
    """Read every case of a folder, by rule. Raises ValueError when a rule has its cases in two files."""
    found: dict[str, Cases] = {}
    for path in sorted(folder.glob("*.yaml")):
        # The loader is a SafeLoader with three tags of our own.
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        for rule, fields in cast("dict[str, dict[str, Any]]", content).items():
            if rule.startswith("."):
                continue
            if rule in found:
                raise ValueError(f"{path.name}: {rule} has cases in another file too; keep them together")
            found[rule] = Cases(rule, tuple(_cases(rule, fields)), fields.get("impossible", {}))
    return found


def by_cloud() -> dict[str, dict[str, Cases]]:
    """All cases by the folder of their checks (a cloud, or kubernetes), then by rule."""
    return {each.name: load(each) for each in sorted(FOLDER.iterdir()) if each.is_dir()}


def _cases(rule: str, fields: Mapping[str, Any]) -> Iterator[Case]:
    for kind in ("passes", "fails"):
        for index, written in enumerate(fields.get(kind, [])):
            content: Any = written
            situation: Mapping[str, Any] = {}
            if isinstance(content, dict) and "resources" in content:
                situation = cast("dict[str, Any]", content).get("situation", {})
                content = cast("dict[str, Any]", content)["resources"]
            given = tuple(_given(content, str(fields.get("type", ""))))
            yield Case(rule, f"{rule} {kind}[{index}]", kind == "passes", given, _situation(situation))


def _given(content: Any, type_: str) -> Iterator[Given]:
    if isinstance(content, dict):
        yield Given(type_, "subject", cast("dict[str, Any]", content))
        return
    for entry in cast("list[dict[str, Any]]", content):
        fields: dict[str, Any] = {"type": type_, "name": "subject", **entry}
        yield Given(**fields)


def _situation(fields: Mapping[str, Any]) -> Situation:
    values = dict(fields)
    if "phase" in values:
        values["phase"] = Phase(values["phase"])
    if "teardown" in values:
        values["teardown"] = Teardown(**values["teardown"])
    for name in ("enterprise_ranges", "frameworks"):
        if name in values:
            values[name] = tuple(values[name])
    return Situation(preview=True, **values)
