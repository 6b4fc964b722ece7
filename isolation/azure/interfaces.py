"""Network interfaces: everything that stands in a subnet, and how it becomes an endpoint of the model.

An interface is behind its subnet's security group and its own; each must allow, and rules of network managers
come before both. Packets between two interfaces of one subnet meet them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from isolation.azure.places import Subnet
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Forward, Guard, Kind, Scope
from isolation.resources import Resource, Value
from isolation.rules import ANYONE, Action, Chain, Filter, Rule
from isolation.standing import Standing
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
        pools: where its resource names pools and rules of load balancers and application gateways.
        public: addresses on the internet that lead to it.
        entered: packets come in to them; a load balancer may lend an address for going out only.
        basic: one of them is of SKU Basic, which is open where no security group is.
        unfiltered: no security group holds for it, neither its subnet's nor its own.
        unmanaged: rules of network managers do not hold for it, as they do not for private endpoints.
        behind: the addresses of the machine that it stands for at a load balancer's address.
        translated: security groups see those, and not the load balancer's.
        linked: it is a private endpoint's, so that a route of its own leads to its address, and what it
            answers follows no table.
        silent: it opens no connection.
        hosted: it is reached on Azure's side, and not as an interface of the network.
    """

    name: str
    kind: Kind
    subnet: Subnet
    addresses: IntervalSet = EMPTY
    group: OwnGroup | None = None
    asgs: frozenset[str] = frozenset()
    pools: tuple[tuple[Resource, Value], ...] = ()
    public: IntervalSet = EMPTY
    entered: bool = True
    basic: bool = False
    unfiltered: bool = False
    unmanaged: bool = False
    serves: IntervalSet = ALL_TRAFFIC
    forwards: tuple[Forward, ...] = ()
    behind: IntervalSet = EMPTY
    translated: bool = False
    linked: bool = False
    silent: bool = False
    hosted: bool = False
    assumed: bool = False
    unknown: tuple[str, ...] = ()
    origin: str = ""


class Interfaces(Standing[Interface]):
    """All interfaces of a plan."""

    def machines(self) -> list[Interface]:
        """The machines that a plan declares."""
        return [one for one in self.found.values() if one.kind is Kind.MACHINE and not one.assumed]


@dataclass(frozen=True)
class Walls:
    """What stands around interfaces: the guard of each in a direction, its router, and the gateway by which
    packets from the internet enter a network."""

    guard: Callable[[Interface, bool], Guard]
    router: Callable[[Interface], str]
    entry: Callable[[Subnet], str]


def endpoint(one: Interface, walls: Walls, scope: Scope) -> Endpoint:
    """An interface as an endpoint."""
    egress, ingress = (walls.guard(one, True),), (walls.guard(one, False),)
    if one.silent:
        egress = (SILENT,)
    if one.translated:
        ingress = tuple(_translated(guard, one.behind, one.asgs) for guard in ingress)
    entries = (walls.entry(one.subnet),) if one.public and one.entered else ()
    if one.hosted:
        ingress, entries = (), (INTO_SERVICES,)
    return Endpoint(
        one.name,
        one.kind,
        one.subnet.vnet.name,
        walls.router(one),
        one.addresses,
        scope.segments_of(one.addresses | one.behind),
        one.asgs,
        egress,
        ingress,
        one.public if entries or not one.entered else EMPTY,
        entries,
        frozenset({one.subnet.name}),
        one.serves,
        one.forwards,
        assumed=one.assumed,
        unknown=tuple(dict.fromkeys((*one.unknown, *one.subnet.unknown))),
        origin=one.origin,
    )


def _translated(guard: Guard, behind: IntervalSet, groups: frozenset[str]) -> Guard:
    """A guard for packets whose destination it sees as one of the addresses behind."""

    def seen(rule: Rule) -> Rule | None:
        to = rule.destination
        if to.anyone or to.groups & groups or to.addresses.covers(behind):
            return replace(rule, destination=ANYONE)
        if not to.addresses & behind:
            return None
        # Some of the machines: which of them gets a packet, nobody says.
        return replace(rule, destination=ANYONE, unknown=(*rule.unknown, f"{rule.name}: for which machine"))

    filters = tuple(
        replace(one, rules=tuple(rule for each in one.rules if (rule := seen(each)) is not None))
        for one in guard.chain.filters
    )
    return Guard(Chain(guard.chain.name, filters), guard.within)
