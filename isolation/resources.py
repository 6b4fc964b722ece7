"""Plain resources: what a translator reads, whatever they come from.

`isolation.exports` reads them from an exported state, the JSON of a preview, or a saved plan; `Resource` can
also be made directly from the data a policy pack holds. Unknown values are the engine's own stand-ins
(`UNKNOWN` is one). `Graph` follows references by value where it is known, else by the property's
dependencies. Nothing here imports Pulumi.

A resource's properties are its inputs, and of its outputs those that are known and no input: at preview a
provider's defaults are missing, so a translator must know the documented ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isolation.values import UNKNOWN, Value, contains_unknown, is_unknown, plain, texts_in

__all__ = [
    "UNKNOWN",
    "Found",
    "Graph",
    "Resource",
    "Value",
    "comparable",
    "contains_unknown",
    "is_unknown",
    "texts_in",
]

# Outputs by which other resources call one.
_NAMES = ("id", "selfLink", "name", "arn", "email", "uniqueId", "bucket")


@dataclass(frozen=True)
class Resource:
    """One resource. `references` maps a top-level property to the URNs it is computed from; `asked` are the
    properties that are inputs, since a provider may tell as outputs what other resources ask for."""

    urn: str
    type: str
    properties: Mapping[str, Any]
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    id: str = ""
    parent: str = ""
    provider: str = ""
    asked: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def label(self) -> str:
        """How a person finds it: the last part of the type and the logical name."""
        return f"{self.type.rpartition(':')[2]} {self.name}"

    def at(self, path: str) -> Value:
        """The value at a dotted path, such as `nodeConfig.tags`."""
        return Value(self.properties, f"{self.label}: ").at(path)

    @staticmethod
    def of(
        urn: str,
        type_: str,
        inputs: Mapping[str, Any],
        *,
        outputs: Mapping[str, Any] | None = None,
        references: Mapping[str, Iterable[str]] | None = None,
        id_: str = "",
        parent: str = "",
        provider: str = "",
    ) -> Resource:
        """A resource from what was asked for and what is known of the result."""
        asked = {name: plain(value) for name, value in inputs.items()}
        known = {name: plain(value) for name, value in (outputs or {}).items()}
        properties = {name: value for name, value in known.items() if not contains_unknown(value)}
        properties.update({name: value for name, value in asked.items() if not name.startswith("__")})
        for name, value in asked.items():
            # An update's state knows what the inputs did not.
            if contains_unknown(value) and name in known and not contains_unknown(known[name]):
                properties[name] = known[name]
        found = {name: tuple(urns) for name, urns in (references or {}).items()}
        return Resource(
            urn,
            type_,
            properties,
            found,
            id_ or str(properties.get("id") or ""),
            parent,
            provider,
            frozenset(asked),
        )


@dataclass(frozen=True)
class Found:
    """What a reference leads to.

    Attributes:
        resources: the resource of the stack, or every candidate where the graph does not tell one.
        text: the value where it is known and no resource of the stack has it.
        certain: whether `resources` or `text` is the answer; False leaves it open.
    """

    resources: tuple[Resource, ...] = ()
    text: str = ""
    certain: bool = True

    @property
    def one(self) -> Resource | None:
        """The resource, where it is certain and one."""
        return self.resources[0] if self.certain and len(self.resources) == 1 else None


class Graph:
    """All resources and the references between them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self.by_urn = {one.urn: one for one in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self.resources:
            found.setdefault(one.type, []).append(one)
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Resource]]:
        found: dict[tuple[str, str], list[Resource]] = {}
        for one in self.resources:
            names = {comparable(one.id)} if one.id else set[str]()
            names |= {
                comparable(text)
                for key in _NAMES
                if isinstance(text := one.properties.get(key), str) and text
            }
            for name in names:
                found.setdefault((one.type, name), []).append(one)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def __contains__(self, type_: str) -> bool:
        return type_ in self._by_type

    def named(self, text: str, *types: str) -> list[Resource]:
        """The resources that a known text names."""
        wanted = comparable(text)
        return [one for type_ in types for one in self._by_name.get((type_, wanted), ())]

    def refer(self, resource: Resource, value: Value, *types: str) -> Found:
        """What one value of `resource` refers to."""
        if value.missing:
            return Found()
        if not value.unknown:
            if named := self.named(value.text(), *types):
                return Found((named[0],))
            own = self._nameless(resource, value, *types)
            return Found(tuple(own), certain=len(own) == 1) if own else Found(text=value.text())
        sources = self.sources(resource, value, *types)
        return Found(tuple(sources), certain=len(sources) == 1)

    def refer_all(self, resource: Resource, value: Value, *types: str, step: str = "") -> Found:
        """What the members of a list refer to together; `step` is where in each member the reference stands.

        Members that are not known are taken to be the property's other dependencies, and for certain where
        there are as many of those as of them.
        """
        if value.unknown:
            return Found(tuple(self.sources(resource, value, *types)), certain=False)
        members = [each.at(step) if step else each for each in value.items()]
        waiting = sum(each.unknown for each in members)
        found: dict[str, Resource] = {}
        texts: list[str] = []
        for each in members:
            if each.missing or each.unknown:
                continue
            if named := self.named(each.text(), *types):
                found[named[0].urn] = named[0]
            else:
                texts.append(each.text())
        if texts and any(one.urn not in found for one in self._nameless(resource, value, *types)):
            waiting += len(texts)
        if not waiting:
            return Found(tuple(found.values()), ", ".join(texts))
        others = [one for one in self.sources(resource, value, *types) if one.urn not in found]
        return Found((*found.values(), *others), certain=len(others) == waiting)

    def _nameless(self, resource: Resource, value: Value, *types: str) -> list[Resource]:
        """What a known value may name though nothing is called so: the engine keeps ids apart from outputs,
        and a policy pack is handed outputs only."""
        return [one for one in self.sources(resource, value, *types) if not one.id]

    def sources(self, resource: Resource, value: Value, *types: str) -> list[Resource]:
        """The resources of these types that the property of `value` is computed from."""
        path = value.where.partition(": ")[2]
        top = path.partition(".")[0].partition("[")[0]
        urns = dict.fromkeys(resource.references.get(top, ()))
        return [one for urn in urns if (one := self.by_urn.get(urn)) is not None and one.type in types]


def comparable(text: str) -> str:
    """A resource's name without the host of the API that a self link begins with."""
    return text[text.index("projects/") :] if "/projects/" in text and "://" in text else text
