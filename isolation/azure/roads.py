"""Routes of every subnet: longest prefix first; of equal ones those of its table, then what gateways learn,
then Azure's own.

What gateways learn never leads away from the network's own ranges and its peers', however long its prefix is.
A private endpoint is a route to its one address, which a route for everywhere never beats, and a table's only
where the endpoint's subnet says that routes hold. Nothing leads the host's address and the metadata away.
Sources: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview and
learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.firewalls import Firewall, Firewalls
from isolation.azure.hops import Hops
from isolation.azure.interfaces import Interface
from isolation.azure.lines import LONGEST, Line, Lines
from isolation.azure.outbound import Outbound
from isolation.azure.owners import Owners
from isolation.azure.peerings import Half, Peerings
from isolation.azure.places import Places, Subnet, Vnet, four
from isolation.azure.ranges import EVERYWHERE_4, EVERYWHERE_6, HOST, METADATA
from isolation.azure.tables import SYSTEM, Entry, Table, Tables
from isolation.azure.ways import Ways
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import LOCAL, Model, Route, Router, Scope
from isolation.outside import PRIVATE
from isolation.resources import Resource

WRITTEN, LEARNED, OWN, ANNOUNCED = 0, 1, 2, 9


@dataclass(frozen=True)
class Parts:
    """What routes are made of."""

    graph: ArmGraph
    places: Places
    tables: Tables
    peerings: Peerings
    lines: Lines
    outbound: Outbound
    firewalls: Firewalls
    ways: Ways


@dataclass
class _Written:
    routers: dict[str, Router] = field(default_factory=dict[str, Router])
    routes: list[Route] = field(default_factory=list[Route])


class Roads:
    """Writes the routes of every subnet's router, and of those behind gateways and firewalls."""

    def __init__(self, parts: Parts, scope: Scope) -> None:
        self._parts = parts
        self._scope = scope
        self._hops = Hops(parts.lines, parts.firewalls, parts.ways)
        self._found = _Written()

    def router(self, subnet: Subnet) -> str:
        """The router of a subnet: one for all of a network's subnets with the same table."""
        return _router(subnet.vnet, self._parts.tables.of_subnet(subnet))

    def router_of(self, one: Interface) -> str:
        """The router of an interface: its subnet's, and Azure's own where no table holds for it."""
        if one.linked and not one.subnet.policies[1]:
            return _router(one.subnet.vnet, SYSTEM)
        return self.router(one.subnet)

    def model(self, endpoints: Iterable[Interface]) -> Model:
        """Every router and route; `endpoints` are the private ones."""
        parts = self._parts
        private = [one for one in endpoints if one.linked]
        for vnet in list(parts.places):
            tables = {SYSTEM.name: SYSTEM}
            tables.update({one.name: one for one in map(parts.tables.of_subnet, vnet.subnets)})
            for table in tables.values():
                router = _router(vnet, table)
                self._table(router, vnet, table, parts.outbound.targets(vnet))
                self._private(router, vnet, table, private)
                self._services(router, vnet, table)
            for line in parts.lines.of(vnet):
                self._behind(line)
        for firewall in parts.firewalls.found:
            subnet = firewall.subnet
            outwards = parts.firewalls.outwards(firewall)
            table = parts.tables.of_subnet(subnet)
            self._table(firewall.router, subnet.vnet, table, outwards, firewall)
        return Model(routers=tuple(self._found.routers.values()), routes=tuple(self._found.routes))

    def _table(
        self,
        router: str,
        vnet: Vnet,
        table: Table,
        outwards: tuple[str, ...],
        inside: Firewall | None = None,
    ) -> None:
        """A table's routes at a router; `inside` is whose packets they are, if a firewall's."""
        self._found.routers[router] = Router(router, vnet.name)
        self._route("host and metadata", router, HOST | METADATA, 32, (LOCAL,), tier=-9)
        for index, (ranges, length) in enumerate(vnet.blocks, 1):
            self._route(f"network's range {index}", router, ranges, length, (LOCAL,), rank=OWN)
        for half in self._parts.peerings.of(vnet):
            self._peer(router, half)
        if vnet.resource is not None or table.resource is not None:
            for everywhere in (EVERYWHERE_4, EVERYWHERE_6):
                family = "IPv4" if everywhere is EVERYWHERE_4 else "IPv6"
                self._route(f"default route ({family})", router, everywhere, 0, outwards, rank=OWN)
        self._learned(router, vnet, table)
        if self._scope.enterprise and vnet.resource is not None:
            rest = self._scope.enterprise - self._near(vnet)
            target = self._parts.ways.assumed(vnet)
            if rest != EMPTY:
                self._route("what the enterprise announces", router, rest, LONGEST, (target,), rank=ANNOUNCED)
        for entry in table.entries:
            self._written(router, vnet, entry, outwards, inside)

    def _route(
        self,
        name: str,
        router: str,
        ranges: IntervalSet,
        length: int,
        targets: tuple[str, ...],
        *,
        tier: int = 0,
        rank: int = 0,
        sources: IntervalSet | None = None,
        only: frozenset[str] | None = None,
        unknown: tuple[str, ...] = (),
        origin: str = "",
    ) -> None:
        self._found.routes.append(
            Route(
                f"{name} of {router}",
                router,
                ranges,
                length,
                targets,
                tier=tier,
                rank=rank,
                sources=sources,
                only=only,
                unknown=unknown,
                origin=origin,
            )
        )

    def _peer(self, router: str, half: Half) -> None:
        target = self._parts.ways.peering(half, self._parts.peerings.other(half))
        for ranges, length in self._blocks(half):
            self._route(
                f"peering {half.name}",
                router,
                ranges,
                length,
                (target,),
                rank=OWN,
                unknown=half.unknown,
                origin=half.origin,
            )

    def _blocks(self, half: Half) -> list[tuple[IntervalSet, int]]:
        """A peer's ranges; one outside the stack may have any that its side has not."""
        if half.remote.resource is not None:
            return half.remote.blocks
        return [(PRIVATE - half.local.ranges, 1)]

    def _near(self, vnet: Vnet) -> IntervalSet:
        """A network's ranges and its peers'."""
        peers = [half.remote for half in self._parts.peerings.of(vnet) if half.remote.resource]
        return vnet.ranges | IntervalSet.union(one.ranges for one in peers)

    def _learned(self, router: str, vnet: Vnet, table: Table) -> None:
        if not table.learns and not table.unknown:
            return
        for line, unknown in self._parts.lines.used(vnet):
            target = self._parts.ways.line(line, vnet)
            for one in line.learned:
                rest = one.ranges - self._near(vnet)
                self._route(
                    f"{one.text} learned by {line.name}",
                    router,
                    rest,
                    one.length,
                    (target,),
                    rank=LEARNED,
                    unknown=(*table.unknown, *unknown, *one.unknown),
                    origin=line.origin,
                )

    def _written(
        self, router: str, vnet: Vnet, entry: Entry, outwards: tuple[str, ...], inside: Firewall | None
    ) -> None:
        targets, unknown = self._hops.of(vnet, entry, outwards, inside)
        self._route(
            entry.name,
            router,
            entry.destination,
            entry.length,
            targets,
            rank=WRITTEN,
            unknown=(*entry.unknown, *unknown),
            origin=entry.owner.urn,
        )

    def _behind(self, line: Line) -> None:
        """What comes by a gateway: by the routes of its subnet, into its network and those that use it."""
        parts, vnet = self._parts, line.vnet
        router = f"behind {line.name}"
        self._found.routers[router] = Router(router, vnet.name)
        for index, (ranges, length) in enumerate(vnet.blocks, 1):
            self._route(f"network's range {index}", router, ranges, length, (LOCAL,), rank=OWN)
        parts.ways.from_line(line, router)
        for user in parts.lines.users(line):
            for half in parts.peerings.of(vnet):
                if half.remote is user:
                    target = parts.ways.peering(half, parts.peerings.other(half), transit=True)
                    for ranges, length in user.blocks:
                        self._route(
                            f"peering {half.name}",
                            router,
                            ranges,
                            length,
                            (target,),
                            rank=OWN,
                            unknown=half.unknown,
                        )
                    into = f"{line.name} into {vnet.short}"
                    parts.ways.from_enterprise(user, user.ranges, into)
        table = parts.tables.of_subnet(line.subnet) if line.subnet else SYSTEM
        for entry in table.entries:
            self._written(router, vnet, entry, parts.outbound.targets(vnet), None)

    def _private(self, router: str, vnet: Vnet, table: Table, private: Iterable[Interface]) -> None:
        """The routes to private endpoints, of the network and of its peers, that a table's might hide."""
        written = IntervalSet.union(entry.destination for entry in table.entries if entry.length)
        peers = {half.remote.name: half for half in self._parts.peerings.of(vnet)}
        waiting: dict[tuple[str, str], list[Interface]] = {}
        for one in private:
            there = one.subnet.vnet
            _, routed, open_ = one.subnet.policies
            if (routed and not open_) or not written & one.addresses:
                continue
            target = LOCAL
            if there is not vnet:
                half = peers.get(there.name)
                if half is None:
                    continue
                target = self._parts.ways.peering(half, self._parts.peerings.other(half))
            if one.addresses.covers(four(one.subnet.ranges)):
                waiting.setdefault((one.subnet.name, target), []).append(one)
                continue
            unknown = (open_,) if open_ else ()
            self._route(one.name, router, one.addresses, LONGEST, (target,), rank=OWN, unknown=unknown)
        for (name, target), found in waiting.items():
            # Each has a route to its address, wherever in the subnet that will be, and nothing else has.
            self._route(
                f"private endpoints in {name}",
                router,
                found[0].addresses,
                LONGEST,
                (target,),
                rank=OWN,
                only=frozenset(one.name for one in found),
                unknown=(found[0].subnet.policies[2],) if found[0].subnet.policies[2] else (),
            )

    def _services(self, router: str, vnet: Vnet, table: Table) -> None:
        for subnet in vnet.subnets:
            if self._parts.tables.of_subnet(subnet) is not table or subnet.owner is None:
                continue
            limited = self._limits(subnet.owner, subnet)
            for each in subnet.at("serviceEndpoints").items():
                service = each.at("service").text("a service that is not known yet")
                target, ranges = self._parts.ways.service_endpoint(subnet, service, limited)
                self._route(
                    f"service endpoint {service}",
                    router,
                    ranges,
                    LONGEST,
                    (target,),
                    rank=OWN,
                    sources=subnet.ranges,
                )

    def _limits(self, owner: Resource, subnet: Subnet) -> str:
        """The policies that hold a subnet's service endpoints to resources of this stack's subscription.

        Source: learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoint-policies-overview.
        """
        policies = subnet.at("serviceEndpointPolicies")
        found = self._parts.graph.refer_all(owner, policies, types.ENDPOINT_POLICY, step="id")
        if found.text or not found.certain or not all(map(self._holds, found.resources)):
            return ""
        return ", ".join(f"service endpoint policy {one.name}" for one in found.resources)

    def _holds(self, policy: Resource) -> bool:
        graph = self._parts.graph
        parts = [(policy, each) for each in policy.at("serviceEndpointPolicyDefinitions").items()]
        apart = graph.children(policy, types.ENDPOINT_POLICY_DEFINITION)
        parts += [(one, property_value(one)) for one, _ in apart]
        owners = Owners(graph)
        return bool(parts) and not any(
            listed.unknown or owners.foreign(one, each)
            for one, part in parts
            for listed in (part.at("serviceResources"),)
            for each in (listed.items() if not listed.unknown else (listed,))
        )


def _router(vnet: Vnet, table: Table) -> str:
    return f"{vnet.short} by {table.name}"
