"""Gateways of virtual networks to the enterprise network, by VPN or ExpressRoute, and what they learn.

A connection by VPN without BGP knows the prefixes that its local network gateway names. What BGP and a
circuit bring nobody can tell from a plan: it may be anything.
Sources: learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpngateways and vpn-gateway-bgp-overview
there, learn.microsoft.com/azure/expressroute/expressroute-routing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.peerings import Peerings
from isolation.azure.places import Places, Subnet, Vnet, prefix_length
from isolation.intervals import IntervalSet
from isolation.model import Unmodelled
from isolation.resources import Resource

LONGEST = 128


@dataclass(frozen=True)
class Learned:
    """A prefix that a gateway knows beyond its network."""

    text: str
    ranges: IntervalSet
    length: int
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Line:
    """A gateway in a network."""

    name: str
    kind: str
    vnet: Vnet
    subnet: Subnet | None
    learned: tuple[Learned, ...]
    origin: str
    unknown: tuple[str, ...] = ()
    """What decides whether it stands there."""


class Lines:
    """All gateways of a plan."""

    def __init__(self, graph: ArmGraph, places: Places, peerings: Peerings) -> None:
        self._graph = graph
        self._places = places
        self._peerings = peerings
        self.unmodelled: list[Unmodelled] = []
        self._taken: Counter[str] = Counter()
        self._found: dict[str, list[Line]] = {}
        for resource in graph.of(types.VNET_GATEWAY):
            for line in self._lines(resource):
                self._found.setdefault(line.vnet.name, []).append(line)

    def of(self, vnet: Vnet) -> list[Line]:
        """The gateways in a network."""
        return self._found.get(vnet.name, [])

    def used(self, vnet: Vnet) -> Iterator[tuple[Line, tuple[str, ...]]]:
        """The gateways that a network uses, its own and its peers', and what is open about that."""
        for line in self.of(vnet):
            yield line, line.unknown
        for half in self._peerings.of(vnet):
            other = self._peerings.other(half)
            if half.uses and (other is None or other.offers):
                for line in self.of(half.remote):
                    yield line, (*line.unknown, *half.unknown, *(other.unknown if other else ()))

    def users(self, line: Line) -> Iterator[Vnet]:
        """The networks that use a gateway of another one."""
        for vnet in self._places:
            if vnet is not line.vnet and any(one is line for one, _ in self.used(vnet)):
                yield vnet

    def _lines(self, resource: Resource) -> Iterator[Line]:
        subnets = self._places.of_subnets(resource, resource.at("ipConfigurations"), "subnet.id")
        if not subnets:
            why = "in which network it stands is not known"
            self.unmodelled.append(Unmodelled(resource.label, why, origin=resource.urn))
        kind = "ExpressRoute gateway" if "Express" in resource.at("gatewayType").text() else "VPN gateway"
        if not resource.at("vpnClientConfiguration.vpnClientAddressPool").missing:
            networks = frozenset(subnet.vnet.name for subnet in subnets)
            why = "people connect their own machines through it, at addresses of its pool"
            self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
        name = resource.at("virtualNetworkGatewayName").text(resource.name)
        self._taken[name] += 1
        if self._taken[name] > 1:
            # One name may be that of several gateways, in groups of their own.
            name += f" ({self._taken[name]})"
        learned = tuple(self._learned(resource, frozenset(subnet.vnet.name for subnet in subnets)))
        # One gateway stands in one network; where a plan does not tell in which, it may stand in each.
        by_network = {subnet.vnet.name: subnet for subnet in subnets}
        several = len(by_network) > 1
        unknown = (resource.at("ipConfigurations").where,) if several else ()
        for network, subnet in by_network.items():
            called = f"{name} in {network}" if several else name
            yield Line(called, kind, subnet.vnet, subnet, learned, resource.urn, unknown)

    def _learned(self, gateway: Resource, networks: frozenset[str]) -> Iterator[Learned]:
        connections = [
            one
            for one in self._graph.of(types.CONNECTION)
            for path in ("virtualNetworkGateway1.id", "virtualNetworkGateway2.id")
            if gateway in self._graph.refer(one, one.at(path), types.VNET_GATEWAY).resources
        ]
        for one in dict.fromkeys(each.urn for each in connections):
            connection = self._graph.by_urn[one]
            if not connection.at("virtualNetworkGateway2.id").missing:
                why = "it joins the gateways of two networks"
                self.unmodelled.append(Unmodelled(connection.label, why, networks, connection.urn))
                continue
            yield from self._by(connection)
        if not connections:
            yield _anything(gateway, "the routes that it learns by connections that are not in this stack")

    def _by(self, connection: Resource) -> Iterator[Learned]:
        found = self._graph.refer(connection, connection.at("localNetworkGateway2.id"), types.LOCAL_GATEWAY)
        bgp = connection.at("enableBgp")
        if found.one is None or bgp.flag() or bgp.unknown:
            yield _anything(connection, "the routes that it learns by BGP")
            return
        prefixes = found.one.at("localNetworkAddressSpace.addressPrefixes")
        for text in prefixes.texts():
            yield Learned(text, addresses(text), prefix_length(text))
        if prefixes.partly_unknown:
            yield _anything(found.one, "addressPrefixes")


def _anything(resource: Resource, what: str) -> Learned:
    """BGP may announce any prefix, however long."""
    return Learned("what it learns", ALL_ADDRESSES, LONGEST, (f"{resource.label}: {what}",))
