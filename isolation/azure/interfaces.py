"""Network interfaces: everything that stands in a subnet, and how it becomes an endpoint of the model.

An interface is behind its subnet's security group and its own; each must allow, and rules of network managers
come before both. Packets between two interfaces of one subnet meet them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from isolation.azure.places import Subnet
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Forward, Guard, Kind, Scope
from isolation.resources import Resource, Value
from isolation.rules import Action, Chain, Filter
from isolation.traffic import ALL_TRAFFIC

# By which packets from the internet reach what stands on Azure's side.
INTO_SERVICES = "into Azure's services"
# What Azure runs for a customer and opens no connection.
SILENT = Guard(Chain("what Azure runs", (Filter("what Azure runs opens no connection", (), Action.DENY),)))


@dataclass(frozen=True)
class OwnGroup:
    """A security group of the interface itself: `value` of `resource` names it."""

    resource: Resource
    value: Value


@dataclass(eq=False)
class Interface:
    """A place in a subnet.

    Attributes:
        addresses: those of the whole subnet where its own are not known.
        group: the interface's own security group, beside its subnet's.
        asgs: keys of the application security groups that it is in (`asgs.key`).
        public: addresses on the internet that lead to it.
        basic: one of them is of SKU Basic, which is open where no security group is.
        unfiltered: no security group holds for it, neither its subnet's nor its own.
        unmanaged: rules of network managers do not hold for it, as they do not for private endpoints.
        silent: it opens no connection.
        hosted: it is reached on Azure's side, and not as an interface of the network.
    """

    name: str
    kind: Kind
    subnet: Subnet
    addresses: IntervalSet = EMPTY
    group: OwnGroup | None = None
    asgs: frozenset[str] = frozenset()
    public: IntervalSet = EMPTY
    basic: bool = False
    unfiltered: bool = False
    unmanaged: bool = False
    serves: IntervalSet = ALL_TRAFFIC
    forwards: tuple[Forward, ...] = ()
    silent: bool = False
    hosted: bool = False
    assumed: bool = False
    unknown: tuple[str, ...] = ()
    origin: str = ""


@dataclass(eq=False)
class Interfaces:
    """All interfaces of a plan, under unique names."""

    found: dict[str, Interface] = field(default_factory=dict[str, Interface])
    by_owner: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, interface: Interface, *owners: str) -> None:
        """Add one; `owners` are URNs of resources by which others point at it."""
        name, count = interface.name, 1
        while interface.name in self.found:
            count += 1
            interface.name = f"{name} ({count})"
        if not interface.addresses:
            interface.addresses = interface.subnet.ranges
        self.found[interface.name] = interface
        for owner in owners:
            self.by_owner.setdefault(owner, []).append(interface.name)

    def of(self, *owners: str) -> list[Interface]:
        """The interfaces that resources own."""
        names = dict.fromkeys(name for owner in owners for name in self.by_owner.get(owner, ()))
        return [self.found[name] for name in names]


@dataclass(frozen=True)
class Walls:
    """What stands around interfaces: the guard of each in a direction, the router of a subnet, and the
    gateway by which packets from the internet enter a network."""

    guard: Callable[[Interface, bool], Guard]
    router: Callable[[Subnet], str]
    entry: Callable[[Subnet], str]


def endpoint(one: Interface, walls: Walls, scope: Scope) -> Endpoint:
    """An interface as an endpoint."""
    egress, ingress = (walls.guard(one, True),), (walls.guard(one, False),)
    if one.silent:
        egress = (SILENT,)
    entries = (walls.entry(one.subnet),) if one.public else ()
    if one.hosted:
        ingress, entries = (), (INTO_SERVICES,)
    return Endpoint(
        one.name,
        one.kind,
        one.subnet.vnet.name,
        walls.router(one.subnet),
        one.addresses,
        scope.segments_of(one.addresses),
        one.asgs,
        egress,
        ingress,
        one.public if entries else EMPTY,
        entries,
        frozenset({one.subnet.name}),
        one.serves,
        one.forwards,
        assumed=one.assumed,
        unknown=tuple(dict.fromkeys((*one.unknown, *one.subnet.unknown))),
        origin=one.origin,
    )
