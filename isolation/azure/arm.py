"""Resources of Azure and the references between them, by ids of Azure Resource Manager.

An id is a path of names below a resource group, without regard to case. What stands has its own; what is
planned has the one that its names make (`types.yaml`, `ids`). A name or resource group that is not known yet
may be any.
Source: learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from isolation.azure import types
from isolation.resources import Found, Graph, Resource, Value


@dataclass(frozen=True, slots=True)
class ArmId:
    """An id in small letters; `subscription` and `group` are empty where they are not known."""

    subscription: str
    group: str
    type: str
    names: tuple[str, ...]

    @property
    def parent(self) -> ArmId:
        """The id of what this is a part of."""
        return replace(self, type=self.type.rpartition("/")[0], names=self.names[:-1])

    def may_be(self, other: ArmId) -> bool:
        """Whether both may name one resource."""
        return (
            (self.type, self.names) == (other.type, other.names)
            and (not self.group or not other.group or self.group == other.group)
            and (not self.subscription or not other.subscription or self.subscription == other.subscription)
        )


def parse(text: str) -> ArmId | None:
    """The id that a text is; None for any other text."""
    scope, marker, path = text.lower().rpartition("/providers/")
    parts = path.split("/")
    if not marker or len(parts) < 3 or len(parts) % 2 == 0:
        return None
    steps = scope.strip("/").split("/")
    given = dict(zip(steps[::2], steps[1::2], strict=False))
    kind = "/".join([parts[0], *parts[1::2]])
    return ArmId(given.get("subscriptions", ""), given.get("resourcegroups", ""), kind, tuple(parts[2::2]))


class ArmGraph(Graph):
    """A plan's resources under their unversioned types; `refer` and `refer_all` understand ids."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        super().__init__(replace(one, type=types.unversioned(one.type)) for one in resources)

    def id_of(self, resource: Resource) -> ArmId | None:
        """The id that a resource has, or will have by its names; None where these are not known."""
        if resource.id and (own := parse(resource.id)):
            return own
        entry = types.lists()["ids"].get(resource.type.removeprefix("azure-native:"))
        if entry is None:
            return None
        kind, *paths = entry
        names = [resource.at(path).text() for path in paths]
        if not names[-1]:
            # What has no name of its own is called as the program calls it, with more behind.
            names[-1] = resource.at("name").text(resource.name)
        if not all(names):
            return None
        subscription = self._subscription(resource)
        group = resource.at("resourceGroupName").text().lower()
        return ArmId(subscription, group, kind.lower(), tuple(name.lower() for name in names))

    def named(self, text: str, *types: str) -> list[Resource]:
        """The resources that an id names; by a text that is none, those that have it as a name."""
        wanted = parse(text)
        if wanted is None:
            return super().named(text, *types)
        return self._at(wanted, *types)

    def parent(self, resource: Resource, type_: str) -> Found:
        """What a resource is a part of, such as the network of a subnet."""
        own = self.id_of(resource)
        if own is not None and (known := self._at(own.parent, type_)):
            return Found(tuple(known), certain=len(known) == 1)
        _, *paths = types.lists()["ids"][resource.type.removeprefix("azure-native:")]
        value = resource.at(paths[-2])
        if value.unknown or own is None:
            sources = self.sources(resource, value, type_)
            return Found(tuple(sources), certain=len(sources) == 1)
        nameless = [one for one in self.sources(resource, value, type_) if self.id_of(one) is None]
        if nameless:
            return Found(tuple(nameless), certain=len(nameless) == 1)
        return Found(text="/".join(own.parent.names))

    def children(self, parent: Resource, type_: str) -> list[tuple[Resource, bool]]:
        """The parts of a resource that are resources of their own, and whether they are its for certain."""
        return self._children(type_, parent.type).get(parent.urn, [])

    def _children(self, type_: str, parent_type: str) -> dict[str, list[tuple[Resource, bool]]]:
        key = (type_, parent_type)
        found = self._families.get(key)
        if found is None:
            found = self._families[key] = {}
            for one in self.of(type_):
                parents = self.parent(one, parent_type)
                for each in parents.resources:
                    found.setdefault(each.urn, []).append((one, parents.certain))
        return found

    @cached_property
    def _families(self) -> dict[tuple[str, str], dict[str, list[tuple[Resource, bool]]]]:
        return {}

    @cached_property
    def _by_path(self) -> dict[tuple[str, tuple[str, ...]], list[tuple[ArmId, Resource]]]:
        found: dict[tuple[str, tuple[str, ...]], list[tuple[ArmId, Resource]]] = {}
        for one in self.resources:
            if one.type.startswith("azure-native:") and (own := self.id_of(one)) is not None:
                found.setdefault((own.type, own.names), []).append((own, one))
        return found

    def _at(self, wanted: ArmId, *types: str) -> list[Resource]:
        return [
            one
            for own, one in self._by_path.get((wanted.type, wanted.names), ())
            if one.type in types and own.may_be(wanted)
        ]

    def _subscription(self, resource: Resource) -> str:
        provider = self.by_urn.get(resource.provider.rpartition("::")[0])
        return provider.at("subscriptionId").text().lower() if provider else ""


def property_value(resource: Resource) -> Value:
    """All properties of a resource as one value, as an inline part of another would be."""
    return Value(resource.properties, f"{resource.label}: ")
