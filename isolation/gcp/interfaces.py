"""Machines of Google Cloud in their subnets, and as endpoints behind their network's firewall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.gcp.firewalls import Firewalls
from isolation.gcp.groups import account
from isolation.gcp.places import Network, Subnet
from isolation.gcp.roads import entry_name
from isolation.gcp.rules import EGRESS, INGRESS
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Kind, Scope, Unmodelled
from isolation.resources import Resource


@dataclass(eq=False)
class Interface:
    """A machine's place in a subnet, before its guards are known."""

    name: str
    subnet: Subnet
    addresses: IntervalSet
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    public: IntervalSet = EMPTY
    assumed: bool = False
    cluster: str = ""
    unknown: tuple[str, ...] = ()
    origin: str = ""


@dataclass(eq=False)
class Machines:
    """All machines of a plan, and the control planes of its clusters."""

    interfaces: list[Interface] = field(default_factory=list[Interface])
    control_planes: list[Endpoint] = field(default_factory=list[Endpoint])
    by_resource: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Names of endpoints by the URN of the instance, template, cluster or pool they come from."""
    unsure: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The groups of machines whose tags or accounts are not known, and the values that hide them."""
    unmodelled: list[Unmodelled] = field(default_factory=list[Unmodelled])

    def add(self, owner: Resource, interface: Interface) -> None:
        """A machine that `owner` declares."""
        names = self.by_resource.setdefault(owner.urn, [])
        if interface.name in names:
            # Where its place is not known, a machine stands in each that it may have.
            interface.name += f" in {interface.subnet.name}"
        self.interfaces.append(interface)
        names.append(interface.name)


def endpoints(machines: Machines, firewalls: Firewalls, scope: Scope) -> Iterator[Endpoint]:
    """The machines as endpoints, each behind the firewall of its network and region."""
    nodes: dict[str, set[str]] = {}
    for one in machines.interfaces:
        if one.cluster:
            nodes.setdefault(one.subnet.network.name, set()).add(_node(one.subnet.network))
    for one in machines.interfaces:
        network = one.subnet.network
        wrote = frozenset(nodes.get(network.name, ()))
        accounts = frozenset(f"{network.short} {each}" for each in one.groups if each.startswith(account("")))
        yield Endpoint(
            one.name,
            Kind.MACHINE,
            network.name,
            network.name,
            one.addresses,
            scope.segments_of(one.addresses),
            one.tags
            | one.groups
            | accounts
            | ({_node(network), one.cluster} if one.cluster else frozenset[str]()),
            firewalls.guards(network, one.subnet.region, EGRESS, wrote),
            firewalls.guards(network, one.subnet.region, INGRESS, wrote),
            one.public,
            (entry_name(network),) if one.public else (),
            frozenset({one.subnet.name}),
            assumed=one.assumed,
            unknown=one.unknown,
            origin=one.origin,
        )


def _node(network: Network) -> str:
    return f"node:{network.short}"


def member(cluster: Resource) -> str:
    """The group of a cluster's nodes."""
    return f"cluster:{cluster.urn}"
