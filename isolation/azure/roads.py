"""Routes of every subnet: longest prefix first; of equal ones those of its table, then what gateways learn,
then Azure's own.

What gateways learn never leads away from the network's own ranges and its peers', however long its prefix is.
Nothing leads the host's address and the metadata away. Routes to endpoints are written by
`endpoint_routes.py`.
Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview.
"""

from __future__ import annotations

from collections.abc import Iterable

from isolation.azure.appliances import Appliances
from isolation.azure.book import ANNOUNCED, LEARNED, OWN, WRITTEN, Book, Parts
from isolation.azure.endpoint_routes import EndpointRoutes
from isolation.azure.firewalls import Firewall
from isolation.azure.hops import Hops
from isolation.azure.interfaces import Interface
from isolation.azure.lines import LONGEST, Line
from isolation.azure.peerings import Half
from isolation.azure.places import Subnet, Vnet
from isolation.azure.ranges import EVERYWHERE_4, EVERYWHERE_6, HOST, METADATA
from isolation.azure.tables import SYSTEM, Entry, Table
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import LOCAL, Model, Scope
from isolation.outside import PRIVATE


class Roads:
    """Writes the routes of every subnet's router, and of those behind gateways and firewalls."""

    def __init__(self, parts: Parts, scope: Scope) -> None:
        self._parts = parts
        self._scope = scope
        self._appliances = Appliances(parts.tables, parts.peerings, parts.ways)
        self._hops = Hops(parts.lines, parts.firewalls, self._appliances, parts.ways)
        self._book = Book()
        self._endpoints = EndpointRoutes(parts, self._book)

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
                self._endpoints.private(router, vnet, table, private)
                self._endpoints.services(router, vnet, table)
            for line in parts.lines.of(vnet):
                self._behind(line)
        for firewall in parts.firewalls.found:
            subnet = firewall.subnet
            outwards = parts.firewalls.outwards(firewall)
            table = parts.tables.of_subnet(subnet)
            self._table(firewall.router, subnet.vnet, table, outwards, firewall)
        written: set[str] = set()
        while waiting := self._appliances.found.keys() - written:
            for router in sorted(waiting):
                vnet, table = self._appliances.found[router]
                self._table(router, vnet, table, parts.outbound.targets(vnet))
            written |= waiting
        return self._book.model()

    def _table(
        self,
        router: str,
        vnet: Vnet,
        table: Table,
        outwards: tuple[str, ...],
        inside: Firewall | None = None,
    ) -> None:
        """A table's routes at a router; `inside` is whose packets they are, if a firewall's."""
        self._book.router(router, vnet.name)
        self._book.route("host and metadata", router, HOST | METADATA, 32, (LOCAL,), tier=-9)
        self._own(router, vnet)
        for half in self._parts.peerings.of(vnet):
            self._peer(router, half)
        if vnet.resource is not None or table.resource is not None:
            for everywhere in (EVERYWHERE_4, EVERYWHERE_6):
                family = "IPv4" if everywhere is EVERYWHERE_4 else "IPv6"
                self._book.route(f"default route ({family})", router, everywhere, 0, outwards, rank=OWN)
        self._learned(router, vnet, table)
        if self._scope.enterprise and vnet.resource is not None:
            rest = self._scope.enterprise - self._near(vnet)
            target = self._parts.ways.assumed(vnet)
            if rest != EMPTY:
                self._book.route(
                    "what the enterprise announces", router, rest, LONGEST, (target,), rank=ANNOUNCED
                )
        for entry in table.entries:
            self._written(router, vnet, entry, outwards, inside)

    def _own(self, router: str, vnet: Vnet) -> None:
        for index, (ranges, length) in enumerate(vnet.blocks, 1):
            name, open_ = f"network's range {index}", vnet.open(ranges)
            self._book.route(name, router, ranges, length, (LOCAL,), rank=OWN, unknown=open_)

    def _peer(self, router: str, half: Half) -> None:
        target = self._parts.ways.peering(half, self._parts.peerings.other(half))
        for ranges, length in self._blocks(half):
            self._book.route(
                f"peering {half.name}",
                router,
                ranges,
                length,
                (target,),
                rank=OWN,
                unknown=(*half.unknown, *half.remote.open(ranges)),
                origin=half.origin,
            )

    def _blocks(self, half: Half) -> list[tuple[IntervalSet, int]]:
        """A peer's ranges; one outside the stack may have any that its side has not."""
        if half.remote.resource is not None:
            return half.remote.blocks
        return [(PRIVATE - half.local.ranges, 1)]

    def _near(self, vnet: Vnet) -> IntervalSet:
        """A network's ranges and its peers', as far as they are certain."""
        peers = [half.remote for half in self._parts.peerings.of(vnet)]
        return vnet.known | IntervalSet.union(one.known for one in peers)

    def _learned(self, router: str, vnet: Vnet, table: Table) -> None:
        if not table.learns and not table.unknown:
            return
        for line, unknown in self._parts.lines.used(vnet):
            target = self._parts.ways.line(line, vnet)
            for one in line.learned:
                rest = one.ranges - self._near(vnet)
                self._book.route(
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
        self._book.route(
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
        self._book.router(router, vnet.name)
        self._own(router, vnet)
        parts.ways.from_line(line, router)
        for user in parts.lines.users(line):
            for half in parts.peerings.of(vnet):
                if half.remote is user:
                    target = parts.ways.peering(half, parts.peerings.other(half), transit=True)
                    for ranges, length in user.blocks:
                        self._book.route(
                            f"peering {half.name}",
                            router,
                            ranges,
                            length,
                            (target,),
                            rank=OWN,
                            unknown=(*half.unknown, *user.open(ranges)),
                        )
                    into = f"{line.name} into {vnet.short}"
                    parts.ways.from_enterprise(user, user.ranges, into)
        table = parts.tables.of_subnet(line.subnet) if line.subnet else SYSTEM
        for entry in table.entries:
            self._written(router, vnet, entry, parts.outbound.targets(vnet), None)


def _router(vnet: Vnet, table: Table) -> str:
    return f"{vnet.short} by {table.name}"
