"""What the YAML files of one package folder say, merged per resource type.

The files of a folder (`*.yaml`, in alphabetical order) are one set. Top-level keys:

    package:                      # once, settings of the whole package
      name: gcp
      config_defaults: {…}        # templates of what the real provider takes when none is given
      config_limits: […]          # limits on it
      config_replaces: [project]  # keys whose change replaces everything
      defaults_marker: __defaults # where the real provider notes which inputs it filled (bridged providers)
      already_exists: "googleapi: Error 409: The resource '{id}' already exists, alreadyExists"
      throttled: "googleapi: Error 429: Quota exceeded, rateLimitExceeded"
      open_types: ["kubernetes:*.example.com/*"]   # types taken although the SDK does not declare them
    every: {…}                    # knowledge about all types
    patterns: [{match: "gcp:*/*IamMember:*", …}]   # about types by pattern, in order
    types: {"gcp:compute/network:Network": {…}}    # about one type
    functions: {"gcp:organizations/getProject:getProject": {…}}   # data sources

Knowledge about a type adds up in the order every, patterns, types: objects merge, lists are joined, the last
scalar counts. `TYPE_KEYS` and `FUNCTION_KEYS` say what may stand there; another key is refused when loading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal import limits

TYPE_KEYS: Mapping[str, str] = {
    "id": "template of the provider id",
    "auto_name": "the rule of the automatic name (see rehearsal.naming), or null for none",
    "defaults": "inputs the provider fills when absent (templates over inputs, context, name)",
    "immutable": "property paths whose change replaces",
    "mutable": "paths taken back from `immutable`",
    "limits": "see rehearsal.limits",
    "outputs": "computed outputs: name or path -> template, rendered in order (later ones may use outputs.X)",
    "planned": "names in `outputs` that the provider's plan already knows at preview",
    "guesses": "[{match: regular expression on the path, kind, value: template}] for outputs left out",
    "unique": "templates of keys that no two objects of the type may share",
    "realm": "template over context of what an id is unique within, such as a region; empty for everywhere",
    "adopts": "true when creating an object that is there takes it over (grants, settings there is one of)",
    "delete_before_replace": "true when the old object always goes first",
    "protected_by": "[{when: {deletionProtection: true}, problem, remedy, source}]: refuses deletion",
    "final": "[{when: {locked: true}, paths, problem, remedy, source}]: refuses a change of its paths",
    "in_use_by": "[{type, path}]: refuses deletion while such an object's input names this one",
    "must_exist": "[{path, type, problem, remedy}]: refuses creation while what an input names is not there",
    "kept_by": "[{deletionPolicy: ABANDON}]: when deletion leaves the object; [{}] for always",
}
FUNCTION_KEYS: Mapping[str, str] = {
    "finds": "type token whose objects answer it",
    "by": "output or input name -> template over args and context; an absent one is no condition",
    "outputs": "results: name or path -> template over args, context, found (outputs of what was found)",
    "limits": "see rehearsal.limits, on the arguments",
    "absent": "template of the real provider's words when nothing is found",
}


@dataclass(frozen=True)
class Knowledge:
    """The merged content of a folder's YAML files."""

    package: Mapping[str, Any]
    every: Mapping[str, Any] = field(default_factory=dict[str, Any])
    patterns: Sequence[Mapping[str, Any]] = ()
    types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    functions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    @cached_property
    def _merged(self) -> dict[str, Mapping[str, Any]]:
        return {}

    def of(self, type: str) -> Mapping[str, Any]:
        """All that is known about a type."""
        known = self._merged.get(type)
        if known is None:
            known = dict(self.every)
            for pattern in self.patterns:
                if fnmatchcase(type, str(pattern["match"])):
                    known = _add(known, {key: value for key, value in pattern.items() if key != "match"})
            known = _add(known, self.types.get(type, {}))
            self._merged[type] = known
        return known


def load(folder: Path) -> Knowledge:
    """Read a folder's files. Raises ValueError naming file and key for what cannot stand there."""
    merged: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        content: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}
        try:
            _verify(content)
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error
        for section in ("types", "functions"):
            twice = set(merged.get(section, {})) & set(content.get(section, {}))
            if twice:
                raise ValueError(
                    f"{file.name}: {sorted(twice)[0]} is described in another file of the folder too"
                )
        merged = _add(merged, content)
    return Knowledge(
        package=merged.get("package", {}),
        every=merged.get("every", {}),
        patterns=merged.get("patterns", []),
        types=merged.get("types", {}),
        functions=merged.get("functions", {}),
    )


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _add(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `more` on top: objects merge one level deep, lists are joined."""
    result = dict(base)
    for key, value in more.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[key] = {**cast("Mapping[str, Any]", old), **cast("Mapping[str, Any]", value)}
        elif isinstance(old, list) and isinstance(value, list):
            result[key] = [*cast("list[Any]", old), *cast("list[Any]", value)]
        else:
            result[key] = value
    return result


def _verify(content: Mapping[str, Any]) -> None:
    _keys("the file", content, {"package", "every", "patterns", "types", "functions"})
    described = [("every", content.get("every", {}))]
    described += [(str(entry.get("match")), entry) for entry in content.get("patterns", [])]
    described += list(content.get("types", {}).items())
    for name, entry in described:
        _keys(name, entry, {*TYPE_KEYS, "match"})
        _limits(name, entry)
    for name, entry in content.get("functions", {}).items():
        _keys(name, entry, set(FUNCTION_KEYS))
        _limits(name, entry)


def _limits(name: str, entry: Mapping[str, Any]) -> None:
    for limit in entry.get("limits", []):
        _keys(f"{name}: limits", limit, set(limits.KEYS))
        if "path" not in limit or "source" not in limit:
            raise ValueError(f"{name}: the limit {dict(limit)} needs a path and a source")


def _keys(where: str, entry: Mapping[str, Any], allowed: set[str]) -> None:
    strange = sorted(set(entry) - allowed)
    if strange:
        raise ValueError(f"{where}: {strange[0]!r} is not a key here; there are {', '.join(sorted(allowed))}")
