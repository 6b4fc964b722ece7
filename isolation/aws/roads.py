"""Routes of the VPCs' tables.

Longest prefix first; of equal ones static routes before those of a prefix list, and those before propagated
ones. A static route may be more specific than `local`, a propagated one may not.
Source: docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.

A NAT gateway stands in a subnet, so behind it is a router with the routes of that subnet's table, where the
internet gateway takes the NAT's address for the machine's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.gateways import Ways
from isolation.aws.learned import learned
from isolation.aws.lists import Lists
from isolation.aws.places import OPEN_LENGTH, Places, Vpc, prefix_length
from isolation.aws.ranges import LINK_LOCAL, NAT64
from isolation.aws.tables import Table, Tables
from isolation.aws.targets import Targets
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import LOCAL, Model, Route, Router, Scope
from isolation.resources import Graph, Resource, Value

STATIC, LISTED, PROPAGATED, ANNOUNCED = 0, 1, 2, 9
OPEN = "not known yet"
# A destination and what is open about it.
_Destination = tuple[str, IntervalSet, int, int]


@dataclass
class _Written:
    routers: list[Router] = field(default_factory=list[Router])
    routes: list[Route] = field(default_factory=list[Route])


class Roads:
    """Writes the routes of every table, and of the routers behind NAT gateways."""

    def __init__(self, graph: Graph, places: Places, tables: Tables, ways: Ways, targets: Targets) -> None:
        self._graph = graph
        self._places = places
        self._tables = tables
        self._ways = ways
        self._targets = targets
        self._lists = Lists(graph)
        self._found = _Written()

    def model(self, scope: Scope) -> Model:
        """Every router and route of the VPCs."""
        for vpc in list(self._places):
            self._found.routers.append(Router(vpc.name, vpc.name))
            self._local(vpc.name, vpc)
            self._ways.lines(vpc, scope)
            # Places that only a machine names have come since the tables were read.
            self._tables.main(vpc)
        for table in list(self._tables):
            self._table(table, table.name, None)
        for nat in self._graph.of(types.NAT):
            subnets = self._ways.subnets_of_nat(nat)
            for subnet in subnets[:1]:
                self._table(self._tables.of_subnet(subnet), self._ways.behind(nat), nat)
        return Model(routers=tuple(self._found.routers), routes=tuple(self._found.routes))

    def _table(self, table: Table, router: str, nat: Resource | None) -> None:
        """A table's routes at a router: its own, or the one behind a NAT gateway."""
        self._found.routers.append(Router(router, table.vpc.name))
        self._local(router, table.vpc)
        out = self._ways.assumed_out(table.vpc)
        if out is not None:
            gateway, ranges = out
            name = f"announced to {router}"
            self._found.routes.append(Route(name, router, ranges, 1, (gateway,), rank=ANNOUNCED))
        for resource, value, clash in self._declared(table):
            self._declare(table, router, nat, (resource, value), clash)
        for endpoint, unknown in self._gateway_endpoints(table):
            service = endpoint.at("serviceName").text(endpoint.name)
            gateway, ranges = self._ways.gateway_endpoint(endpoint, table.vpc, service)
            name = f"prefix list of {service} ({router})"
            self._found.routes.append(
                Route(name, router, ranges, 24, (gateway,), rank=LISTED, unknown=unknown, origin=endpoint.urn)
            )
        for resource in self._propagating(table):
            self._propagated(table, router, resource)

    def _local(self, router: str, vpc: Vpc) -> None:
        self._found.routes.append(
            Route(f"resolver and metadata of {router}", router, LINK_LOCAL, 128, (LOCAL,), tier=-9)
        )
        self._found.routes += [
            Route(f"local ({router})", router, ranges, length, (LOCAL,), unknown=vpc.open(ranges))
            for ranges, length in vpc.blocks
        ]

    def _declared(self, table: Table) -> Iterator[tuple[Resource, Value, tuple[str, ...]]]:
        """The routes that are written: inline, and by themselves. Written both ways, which of them stand is
        open: each run takes away what the other put."""
        resource = table.resource
        inline = list(resource.at("routes").items()) if resource and "routes" in resource.asked else []
        clash: tuple[str, ...] = ()
        if inline and table.standalone and resource:
            clash = (f"{resource.label}: it has routes inline and by themselves, which undo each other",)
        for value in inline:
            if resource:
                yield resource, value, clash
        for route in table.standalone:
            yield route, Value(route.properties, f"{route.label}: "), clash
        if resource and resource.at("routes").unknown:
            yield resource, resource.at("routes"), (resource.at("routes").where,)
        if resource is None and table.vpc.resource and table.vpc.resource.type == types.DEFAULT_VPC:
            yield table.vpc.resource, Value({"cidrBlock": "0.0.0.0/0"}, "the default VPC's gateway"), ()

    def _declare(
        self,
        table: Table,
        router: str,
        nat: Resource | None,
        route: tuple[Resource, Value],
        clash: tuple[str, ...],
    ) -> None:
        resource, value = route
        targets, open_target = self._targets.of(table.vpc, nat, resource, value)
        for text, ranges, length, rank in self._destinations(resource, value):
            open_ = (f"{resource.label}: where it leads",) if text == OPEN else ()
            translated = ranges == NAT64
            self._found.routes.append(
                Route(
                    f"{resource.name} ({text}) of {router}",
                    router,
                    # What NAT64 leads to is the IPv4 internet, by addresses of no other use.
                    addresses("2000::/3") if translated else ranges,
                    length,
                    self._ways.translating(targets) if translated else targets,
                    rank=rank,
                    unknown=(*clash, *open_target, *open_),
                    origin=resource.urn,
                )
            )

    def _destinations(self, resource: Resource, value: Value) -> Iterator[_Destination]:
        for path in ("cidrBlock", "destinationCidrBlock", "ipv6CidrBlock", "destinationIpv6CidrBlock"):
            one = value.at(path)
            if one.unknown:
                yield OPEN, ALL_ADDRESSES, OPEN_LENGTH, STATIC
            elif one.text():
                yield one.text(), addresses(one.text()), prefix_length(one.text()), STATIC
        listed = value.at("destinationPrefixListId")
        if not listed.missing:
            entries, certain = self._lists.entries(resource, listed)
            if not certain:
                yield OPEN, ALL_ADDRESSES, OPEN_LENGTH, LISTED
            for text in entries:
                yield text, addresses(text), prefix_length(text), LISTED
        if value.unknown:
            yield OPEN, ALL_ADDRESSES, OPEN_LENGTH, STATIC

    def _gateway_endpoints(self, table: Table) -> Iterator[tuple[Resource, tuple[str, ...]]]:
        """The endpoints whose services a table leads to, and what is open about that."""
        for endpoint in self._graph.of(types.ENDPOINT):
            if endpoint.at("vpcEndpointType").text("Gateway") != "Gateway":
                continue
            listed = self._graph.refer_all(endpoint, endpoint.at("routeTableIds"), *types.ROUTE_TABLES)
            joined = [
                each
                for one in self._graph.of(types.ENDPOINT_TABLE)
                if endpoint in self._graph.refer(one, one.at("vpcEndpointId"), types.ENDPOINT).resources
                for each in self._tables.of(one, one.at("routeTableId"))
            ]
            own = table.resource
            if table in joined:
                yield endpoint, ()
            elif own is not None and own in listed.resources:
                yield endpoint, () if listed.certain else (endpoint.at("routeTableIds").where,)
            elif own is None and table.vpc.resource is not None:
                main = table.vpc.resource.at("defaultRouteTableId").text()
                if main and main in listed.text.split(", "):
                    yield endpoint, ()

    def _propagating(self, table: Table) -> Iterator[Resource]:
        """The VPN gateways whose routes a table takes."""
        found: dict[str, Resource] = {}
        if table.resource:
            inline = self._graph.refer_all(
                table.resource, table.resource.at("propagatingVgws"), types.VPN_GATEWAY
            )
            found.update({one.urn: one for one in inline.resources})
        for one in self._graph.of(types.PROPAGATION):
            if table in self._tables.of(one, one.at("routeTableId")):
                gateways = self._graph.refer(one, one.at("vpnGatewayId"), types.VPN_GATEWAY)
                found.update({each.urn: each for each in gateways.resources})
        yield from found.values()

    def _propagated(self, table: Table, router: str, gateway: Resource) -> None:
        """`local` beats even a more specific propagated route, so those have none of the VPC's addresses."""
        targets = self._ways.line(table.vpc, gateway.name)
        for text, ranges, length, unknown in learned(self._graph, gateway):
            rest = ranges - table.vpc.known
            if rest != EMPTY:
                self._found.routes.append(
                    Route(
                        f"{text} propagated by {gateway.name} ({router})",
                        router,
                        rest,
                        length,
                        targets,
                        rank=PROPAGATED,
                        unknown=unknown,
                        origin=gateway.urn,
                    )
                )
