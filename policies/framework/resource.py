"""The resources a rule judges, one by one and as a graph.

`Resource` is one planned or existing resource as plain data. `Stack` is all of them with their references: at
preview, when ids are unknown, a reference is followed through `property_dependencies`; once ids are known, by
their value too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from policies.framework.rule import names
from policies.framework.situation import Situation
from policies.framework.values import Undecided, View

# Outputs by which other resources name one, across the providers in use.
_NAMES = ("id", "selfLink", "name", "email", "member", "arn", "bucket")

# Azure's types in another API version than the SDK's own: in a module of the version, as azure-native 2 has
# them and states still hold them, or in the package that `pulumi package add azure-native network v20240501`
# makes.
# Source: pulumi-azure-native, provider/pkg/provider/parameterize.go.
_VERSIONED = re.compile(r"^azure-native(?::([^:/]+)/v\d{8}\w*|_[^:]+_v\d{8}\w*:([^:/]+)):")


@dataclass(frozen=True)
class Options:
    """The resource options a policy can see."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True)
class Resource:
    """One resource. `inputs` is what the program asked for; `outputs` what is known of the result.

    Keys are the provider's own (camelCase), as the engine prints them. `references` maps a top-level property
    to the URNs of the resources its value is computed from; it is filled for the stack pass only, like
    `stack`.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    options: Options = Options()
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    dependencies: tuple[str, ...] = ()
    provider: str = ""
    situation: Situation = field(default_factory=Situation)
    stack: Stack | None = None

    def at(self, path: str) -> View:
        """The view at a dotted path of the inputs, such as `nodeConfig.bootDiskKmsKey`."""
        return self.root.at(path)

    @property
    def root(self) -> View:
        """The view of all inputs."""
        return View(self.inputs, "", self._comes_from)

    def _comes_from(self, path: str, types: tuple[str, ...]) -> bool:
        if self.stack is None:
            raise Undecided(path)
        if any(source.type in types for source in self.stack.sources(self, path)):
            return True
        raise Undecided(path)

    @property
    def label(self) -> str:
        """How a message names the resource: last part of its type and its logical name."""
        return f"{self.type.rpartition(':')[2]} {self.name}"


class Stack:
    """Every resource of the run and the references between them.

    The resources are bound to the graph, so that their views can resolve unknown values through it.
    """

    def __init__(self, resources: Iterable[Resource], situation: Situation) -> None:
        self.situation = situation
        self.resources = tuple(replace(resource, stack=self, situation=situation) for resource in resources)

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        types: dict[str, list[Resource]] = {}
        for resource in self.resources:
            types.setdefault(resource.type, []).append(resource)
        return types

    @cached_property
    def _by_value(self) -> dict[tuple[str, str], Resource]:
        """Resources by what others call them: (type, id, self link or name)."""
        names: dict[tuple[str, str], Resource] = {}
        for resource in self.resources:
            for key in _NAMES:
                for source in (resource.outputs, resource.inputs):
                    value = source.get(key)
                    if isinstance(value, str) and value:
                        names.setdefault((resource.type, comparable(value)), resource)
        return names

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of these types or patterns of types."""
        for type_, resources in self._by_type.items():
            if names(types, type_):
                yield from resources

    def sources(self, resource: Resource, path: str) -> list[Resource]:
        """The resources that the property at `path` is computed from (known per top-level property)."""
        top = path.partition(".")[0].partition("[")[0]
        return [self.by_urn[urn] for urn in resource.references.get(top, ()) if urn in self.by_urn]

    def target(self, view: View, resource: Resource, *types: str) -> Resource | str | None:
        """What a reference points to: a resource of this stack, the text of one outside, `None` when missing.

        Raises `Undecided` when the reference is unknown and the graph does not tell one single target.
        """
        if view.missing:
            return None
        if not view.unknown:
            text = view.text
            found = (self._by_value.get((type_, comparable(text))) for type_ in types)
            named = next((match for match in found if match is not None), None)
            return named or self._nameless(view, resource, *types) or text
        targets = [source for source in self.sources(resource, view.path) if source.type in types]
        if len(targets) == 1:
            return targets[0]
        raise Undecided(view.path)

    def points_at(self, view: View, resource: Resource, target: Resource) -> bool:
        """Whether a reference of `resource` leads to `target`: by value, or by the graph when unknown."""
        if view.unknown:
            return target in self.sources(resource, view.path)
        if view.missing:
            return False
        named = self._by_value.get((target.type, comparable(view.text)))
        return (named or self._nameless(view, resource, target.type)) is target

    def pointing_at(self, target: Resource, type_: str, path: str) -> list[Resource]:
        """The resources of a type whose reference at `path` leads to `target`."""
        return [each for each in self.of_type(type_) if self.points_at(each.at(path), each, target)]

    def _nameless(self, view: View, resource: Resource, *types: str) -> Resource | None:
        """The one resource that a known value was computed from, where its id is not among its outputs.

        The engine keeps a resource's id apart from its outputs, and the policy SDK hands over outputs only.
        """
        sources = [
            source
            for source in self.sources(resource, view.path)
            if source.type in types and "id" not in source.outputs
        ]
        return sources[0] if len(sources) == 1 else None

    def reaches(self, start: Resource, goals: Iterable[str]) -> bool:
        """Whether `start` waits, directly or not, for one of the resources with these URNs."""
        wanted = set(goals)
        seen: set[str] = set()
        queue = [start.urn]
        while queue:
            urn = queue.pop()
            if urn in wanted:
                return True
            if urn in seen or urn not in self.by_urn:
                continue
            seen.add(urn)
            here = self.by_urn[urn]
            queue.extend(here.dependencies)
            queue.extend(source for sources in here.references.values() for source in sources)
        return False


def unversioned(type_: str) -> str:
    """The type without the API version it is asked for in: rules know one name for each."""
    return _VERSIONED.sub(lambda match: f"azure-native:{match[1] or match[2]}:", type_)


def comparable(text: str) -> str:
    """One spelling for a self link and the relative name it ends in."""
    _, found, tail = text.partition("googleapis.com/")
    if not found:
        return text
    start = tail.find("projects/")
    return tail[start:] if start >= 0 else text
