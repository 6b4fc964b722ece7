"""Route tables: which one a subnet has, and the routes that are written in it.

A subnet without a table has Azure's own routes only. A table says also whether its subnets learn what the
gateways of their network learn.
Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.places import Places, Subnet, prefix_length
from isolation.intervals import IntervalSet
from isolation.model import Unmodelled
from isolation.outside import internet_addresses
from isolation.resources import Resource, Value

# A tag in place of a prefix stands for ranges that are longer than any that people write.
# Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview (service tags).
TAG_LENGTH = 24


@dataclass(frozen=True)
class Entry:
    """A route that is written in a table."""

    name: str
    owner: Resource
    value: Value
    destination: IntervalSet
    length: int
    unknown: tuple[str, ...]
    certain: bool
    """Whether `destination` is what it says, and not all that it may be."""


@dataclass(eq=False)
class Table:
    """A route table; without a resource it is Azure's own routes, or one that is not in the plan."""

    name: str
    resource: Resource | None = None
    entries: tuple[Entry, ...] = ()
    learns: bool = True
    """Whether its subnets take routes that gateways learn."""
    unknown: tuple[str, ...] = ()


SYSTEM = Table("Azure's routes")


class Tables:
    """All route tables of a plan."""

    def __init__(self, graph: ArmGraph, places: Places) -> None:
        self._graph = graph
        self._by_urn: dict[str, Table] = {}
        self._of_subnet: dict[str, Table] = {}
        self.unmodelled: list[Unmodelled] = []
        names: set[str] = set()
        for resource in graph.of(types.ROUTE_TABLE):
            name = f"route table {resource.at('routeTableName').text(resource.name)}"
            while name in names:
                name += "'"
            names.add(name)
            self._by_urn[resource.urn] = self._table(name, resource)
        for subnet in places.subnets.values():
            self._of_subnet[subnet.name] = self._find(subnet)

    def of_subnet(self, subnet: Subnet) -> Table:
        """The table of a subnet."""
        return self._of_subnet.get(subnet.name, SYSTEM)

    def _find(self, subnet: Subnet) -> Table:
        value = subnet.at("routeTable.id")
        if subnet.owner is None or value.missing:
            return SYSTEM
        found = self._graph.refer(subnet.owner, value, types.ROUTE_TABLE)
        if found.one and found.one.urn in self._by_urn:
            return self._by_urn[found.one.urn]
        why = f"which routes {subnet.name} has is not known"
        if found.text:
            why = f"{found.text} is not in this stack, so the routes of {subnet.name} are not known"
        self.unmodelled.append(
            Unmodelled(subnet.owner.label, why, frozenset({subnet.vnet.name}), subnet.owner.urn)
        )
        return SYSTEM

    def _table(self, name: str, resource: Resource) -> Table:
        learns = resource.at("disableBgpRoutePropagation")
        return Table(
            name,
            resource,
            tuple(self._entries(resource)),
            not learns.flag(),
            (learns.where,) if learns.unknown else (),
        )

    def _entries(self, resource: Resource) -> Iterator[Entry]:
        listed = resource.at("routes")
        inline = list(listed.items()) if "routes" in resource.asked else []
        own = self._graph.children(resource, types.ROUTE)
        clash: tuple[str, ...] = ()
        if inline and own:
            clash = (f"{resource.label}: it has routes inline and by themselves, which undo each other",)
        if "routes" in resource.asked and listed.unknown:
            yield Entry(resource.name, resource, listed, ALL_ADDRESSES, 128, (listed.where,), False)
        for index, value in enumerate(inline):
            name = f"{value.at('name').text(f'#{index}')} of {resource.name}"
            yield _entry(name, resource, value, clash)
        for route, certain in own:
            open_ = clash if certain else (*clash, f"{route.label}: which route table it is of")
            yield _entry(route.name, route, property_value(route), open_)


def _entry(name: str, owner: Resource, value: Value, unknown: tuple[str, ...]) -> Entry:
    prefix = value.at("addressPrefix")
    text = prefix.text()
    if not text:
        return Entry(name, owner, value, ALL_ADDRESSES, 128, (*unknown, prefix.where), False)
    if not (text[0].isdigit() or ":" in text):
        # Which addresses a service tag stands for changes weekly.
        why = f"which addresses {text} stands for ({prefix.where})"
        ranges = internet_addresses()
        return Entry(f"{name} ({text})", owner, value, ranges, TAG_LENGTH, (*unknown, why), False)
    return Entry(f"{name} ({text})", owner, value, addresses(text), prefix_length(text), unknown, True)
