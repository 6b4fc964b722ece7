"""Route tables: which one a subnet, a gateway or a reference means.

A subnet without an association of its own has the VPC's main table: one that is named as the main one, else
the default table, which has the `local` routes only unless the plan says more.
Source: docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.aws import types
from isolation.aws.places import Places, Subnet, Vpc
from isolation.model import Unmodelled
from isolation.resources import Graph, Resource, Value


@dataclass(eq=False)
class Table:
    """A route table; `name` is its router's. The default one of a VPC needs no resource."""

    name: str
    vpc: Vpc
    resource: Resource | None
    standalone: list[Resource] = field(default_factory=list[Resource])
    """Routes that are resources of their own."""


class Tables:
    """All route tables of a plan."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._by_urn: dict[str, Table] = {}
        self._default: dict[str, Table] = {}
        self._main: dict[str, Table] = {}
        self._of_subnet: dict[str, Table] = {}
        self._of_gateway: dict[str, Table] = {}
        self.unmodelled: list[Unmodelled] = []
        names: set[str] = set()
        for resource in graph.of(*types.ROUTE_TABLES):
            name = f"route table {resource.name}"
            while name in names:
                name += "'"
            names.add(name)
            default = resource.type == types.DEFAULT_ROUTE_TABLE
            for vpc in self._vpcs(resource, default=default):
                table = self._by_urn[resource.urn] = Table(name, vpc, resource)
                if default:
                    self._default[vpc.name] = table
        for vpc in places:
            self._default.setdefault(vpc.name, Table(f"main route table of {vpc.short}", vpc, None))
        self._associate()
        for route in graph.of(types.ROUTE):
            found = self.of(route, route.at("routeTableId"))
            for table in found:
                table.standalone.append(route)
            if not found and route.at("routeTableId").unknown:
                why = "which route table it belongs to is not known"
                self.unmodelled.append(Unmodelled(route.label, why, origin=route.urn))

    def __iter__(self) -> Iterator[Table]:
        yield from dict.fromkeys([*self._by_urn.values(), *self._default.values()])

    def of(self, resource: Resource, value: Value) -> list[Table]:
        """The tables a reference may mean; a VPC's attribute means its main table."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, *types.ROUTE_TABLES)
        known = [self._by_urn[one.urn] for one in found.resources if one.urn in self._by_urn]
        if known:
            return known
        if found.text:
            return [
                self._default[vpc.name]
                for vpc in self._places
                if vpc.resource
                and found.text
                in (vpc.resource.at("defaultRouteTableId").text(), vpc.resource.at("mainRouteTableId").text())
            ]
        vpcs = self._graph.sources(resource, value, *types.VPCS)
        return [self.main(self._places.vpcs[one.urn]) for one in vpcs if one.urn in self._places.vpcs]

    def of_subnet(self, subnet: Subnet) -> Table:
        """The table of a subnet."""
        return self._of_subnet.get(subnet.name) or self.main(subnet.vpc)

    def of_gateway(self, gateway: Resource) -> Table | None:
        """The table that packets meet as they come in by an internet or VPN gateway, where it has one."""
        return self._of_gateway.get(gateway.urn)

    def main(self, vpc: Vpc) -> Table:
        """A VPC's main table."""
        found = self._main.get(vpc.name) or self._default.get(vpc.name)
        if found is None:
            found = self._default[vpc.name] = Table(f"main route table of {vpc.short}", vpc, None)
        return found

    def _vpcs(self, resource: Resource, *, default: bool) -> list[Vpc]:
        if not default:
            return self._places.of_vpc(resource, resource.at("vpcId"))
        value = resource.at("defaultRouteTableId")
        sources = self._graph.sources(resource, value, *types.VPCS)
        named = [
            vpc
            for vpc in self._places
            if vpc.resource and value.text() and vpc.resource.at("defaultRouteTableId").text() == value.text()
        ]
        known = [self._places.vpcs[one.urn] for one in sources if one.urn in self._places.vpcs]
        return named or known or self._places.of_vpc(resource, resource.at("vpcId"))

    def _associate(self) -> None:
        for resource in self._graph.of(types.MAIN_ASSOCIATION):
            tables = self.of(resource, resource.at("routeTableId"))
            for vpc in self._places.of_vpc(resource, resource.at("vpcId")):
                if len(tables) == 1:
                    self._main[vpc.name] = tables[0]
                else:
                    self._open(resource, vpc)
        for resource in self._graph.of(types.TABLE_ASSOCIATION):
            tables = self.of(resource, resource.at("routeTableId"))
            for gateway in self._graph.refer(
                resource, resource.at("gatewayId"), types.INTERNET_GATEWAY, types.VPN_GATEWAY
            ).resources:
                if tables:
                    self._of_gateway[gateway.urn] = tables[0]
            for subnet in self._places.of_subnet(resource, resource.at("subnetId")):
                if len(tables) == 1 and self._of_subnet.get(subnet.name, tables[0]) is tables[0]:
                    self._of_subnet[subnet.name] = tables[0]
                else:
                    self._open(resource, subnet.vpc)

    def _open(self, resource: Resource, vpc: Vpc) -> None:
        why = "which route table it means is not known"
        self.unmodelled.append(Unmodelled(resource.label, why, frozenset({vpc.name}), resource.urn))
