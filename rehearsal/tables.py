"""A `Package` whose knowledge is YAML (`rehearsal.knowledge` says what may stand there).

A cloud's folder needs no more than

    PACKAGE = TablePackage(Path(__file__).parent, "gcp")

and a subclass with a few overridden methods where a template cannot say it. Files are read on first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from rehearsal import knowledge, limits, lookup, naming, paths, templates
from rehearsal.model import UNKNOWN, Checked, Child, Context, Existing, Record, Refusal, Resource


class TablePackage:
    """See `rehearsal.model.Package` for what each method promises; here is how the tables answer it."""

    filters: Mapping[str, Callable[..., Any]] = {}
    """Template filters of this package; a subclass sets them."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def known(self) -> knowledge.Knowledge:
        """The YAML files of the folder."""
        return knowledge.load(self.folder)

    def configure(self, config: Mapping[str, Any]) -> Checked:
        filled = dict(config)
        scope = templates.Scope({"config": config, "inputs": config}, None, self.filters)
        for key, template in self.known.package.get("config_defaults", {}).items():
            if filled.get(key) is None:
                filled[key] = templates.render(template, scope)
        return Checked(filled, limits.check(self.known.package.get("config_limits", []), filled))

    def config_replaces(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Sequence[str]:
        keys = self.known.package.get("config_replaces", [])
        return [key for key in keys if olds.get(key) != news.get(key)]

    def accepts(self, type: str) -> bool:
        return any(fnmatchcase(type, pattern) for pattern in self.known.package.get("open_types", []))

    def realm(self, type: str, context: Context) -> str:
        template = self.known.of(type).get("realm", "")
        value = templates.render(template, templates.Scope({"context": context.config}, None, self.filters))
        return str(value) if value and value is not UNKNOWN else ""

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        known = self.known.of(resource.type)
        inputs, filled = naming.fill(known.get("auto_name"), resource, olds)
        scope = self.scope(replace(resource, inputs=inputs))
        for path, template in known.get("defaults", {}).items():
            top = str(paths.parse(path)[0])
            if top not in resource.input_names or paths.get(inputs, path) is not None:
                continue
            value = templates.render(template, scope)
            if value is not None:
                paths.put(inputs, path, value)
                filled = filled if "." in path else [*filled, path]
        marker = self.known.package.get("defaults_marker")
        if marker:
            inputs[marker] = sorted(filled)
        return Checked(inputs, limits.check(known.get("limits", []), inputs))

    def immutable(self, type: str) -> frozenset[str]:
        known = self.known.of(type)
        return frozenset(known.get("immutable", [])) - frozenset(known.get("mutable", []))

    def replaced_by(self, resource: Resource, olds: Mapping[str, Any]) -> frozenset[str]:
        return frozenset()

    def delete_before_replace(self, resource: Resource, olds: Mapping[str, Any]) -> bool:
        known = self.known.of(resource.type)
        if known.get("delete_before_replace"):
            return True
        return naming.is_fixed(known.get("auto_name"), resource, olds)

    def identify(self, resource: Resource) -> str:
        value = templates.render(
            self.known.of(resource.type).get("id", "{seed:alnum:16}"), self.scope(resource)
        )
        return str(value) if value else f"{resource.name}-{resource.seed('id')[:7]}"

    def unique(self, resource: Resource, id: str) -> Sequence[str]:
        rendered = templates.render(self.known.of(resource.type).get("unique", []), self.scope(resource, id))
        return [str(key) for key in rendered if key is not None and key is not UNKNOWN]

    def adopts(self, type: str) -> bool:
        return bool(self.known.of(type).get("adopts"))

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        known = self.known.of(resource.type)
        planned = known.get("planned", [])
        results: dict[str, Any] = {}
        # Later templates see what earlier ones gave: the scope holds the same dictionary.
        scope = self.scope(resource, id, results)
        for path, template in known.get("outputs", {}).items():
            if resource.preview and not id and path not in planned:
                results[path] = UNKNOWN
                continue
            value = templates.render(template, scope)
            if value is not None:
                results[path] = value
        return results

    def guess(self, resource: Resource, id: str, path: str, kind: str) -> Any:
        for entry in self.known.of(resource.type).get("guesses", []):
            if re.search(entry["match"], path) and entry.get("kind", "string") == kind:
                return templates.render(entry["value"], self.scope(resource, id, label=path))
        return None

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        for entry in self.known.of(resource.type).get("must_exist", []):
            for path, value in paths.find(resource.inputs, entry["path"]):
                if value and not any(lookup.names(found, value) for found in record.find(entry["type"])):
                    problem = entry.get("problem", f'"{value}" does not exist')
                    return Refusal(
                        path, problem, entry.get("remedy", "create it first"), entry.get("source", "")
                    )
        return None

    def may_name(self, user: Existing, existing: Existing) -> bool:
        """Whether a bare name in `user` could mean `existing`; not where they live in different places."""
        return True

    def refuse_update(self, existing: Existing, inputs: Mapping[str, Any]) -> Refusal | None:
        for entry in self.known.of(existing.type).get("final", []):
            if not limits.applies(entry["when"], existing.inputs):
                continue
            for path in entry["paths"]:
                if list(paths.find(existing.inputs, path)) != list(paths.find(inputs, path)):
                    return Refusal(path, entry["problem"], entry["remedy"], entry["source"])
        return None

    def refuse_delete(self, existing: Existing, record: Record) -> Refusal | None:
        known = self.known.of(existing.type)
        for entry in known.get("protected_by", []):
            if limits.applies(entry["when"], {**existing.outputs, **existing.inputs}):
                return Refusal("", entry["problem"], entry.get("remedy", ""), entry.get("source", ""))
        for entry in known.get("in_use_by", []):
            for user in record.find(entry["type"]):
                values = [value for _, value in paths.find(user.inputs, entry["path"])]
                if user.id == existing.id or not self.may_name(user, existing):
                    continue
                if any(lookup.names(existing, value) for value in values):
                    return Refusal(
                        "", f"it is in use by {user.id}", "delete that first", entry.get("source", "")
                    )
        return None

    def keeps(self, existing: Existing) -> bool:
        conditions = cast("list[Mapping[str, Any]]", self.known.of(existing.type).get("kept_by", []))
        return any(limits.applies(condition, existing.inputs) for condition in conditions)

    def already_exists(self, type: str, id: str) -> str:
        template = self.known.package.get("already_exists", "{id} already exists")
        return str(templates.render(template, templates.Scope({"id": id, "type": type}, None)))

    def throttled(self, type: str) -> str:
        template = self.known.package.get("throttled", "too many requests")
        return str(templates.render(template, templates.Scope({"type": type}, None)))

    def import_inputs(self, existing: Existing) -> Mapping[str, Any]:
        return existing.inputs

    def expand(self, type: str, name: str, inputs: Mapping[str, Any]) -> Sequence[Child]:
        problem = f"{type} is a component that its provider builds; the rehearsal knows the resources inside"
        raise Refusal("", problem, "write those resources, or a component in the program's own language")

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        return lookup.answer(
            self.known.functions.get(token), token, args, context, record, filters=self.filters
        )

    def scope(
        self, resource: Resource, id: str = "", outputs: Mapping[str, Any] | None = None, label: str = ""
    ) -> templates.Scope:
        """What the templates of a resource can name; seeds are there unless a creation is previewed."""
        values: dict[str, Any] = {
            "inputs": resource.inputs,
            "context": resource.context.config,
            "outputs": {} if outputs is None else outputs,
            "id": id,
            "name": resource.name,
            "urn": resource.urn,
            "type": resource.type,
        }
        if resource.preview and not id:
            return templates.Scope(values, None, self.filters)
        return templates.Scope(values, lambda text: resource.seed(f"{label}{text}"), self.filters)
