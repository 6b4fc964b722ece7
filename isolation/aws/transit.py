"""Transit gateways: attachments, the table each is associated with, and the routes of the tables.

A packet from an attachment is routed by the table that the attachment is associated with; which routes a
table has, propagation and static routes say. The two are apart, so a way may lead there and none back.
Another transit gateway's peering brings static routes only. Into a VPC packets go by the tables of the
attachment's subnets. Rules about who comes in may know groups of other VPCs where the gateway and both
attachments say so, rules about where packets go never.
Sources: docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html, tgw-peering.html and
tgw-vpc-attachments.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.gateways import Ways
from isolation.aws.groups import COMING
from isolation.aws.learned import Learned, learned_by
from isolation.aws.lists import Lists
from isolation.aws.places import OPEN_LENGTH, Places, Vpc, prefix_length
from isolation.aws.tables import Tables
from isolation.intervals import IntervalSet
from isolation.model import DROP, ENTERPRISE, Gateway, Model, Route, Router, Unmodelled
from isolation.resources import Graph, Resource, Value

ATTACHMENTS = (types.TRANSIT_ATTACHMENT, types.VPN, types.TRANSIT_PEERING, types.DIRECT_ASSOCIATION)
# Where a route leads: addresses, prefix length, and what is open about it.
_Leads = tuple[IntervalSet, int, tuple[str, ...]]


@dataclass(eq=False)
class _Attachment:
    """Something attached to a transit gateway; a peering is attached to both."""

    resource: Resource
    gateway: Resource
    vpcs: list[Vpc] = field(default_factory=list[Vpc])
    other: Resource | None = None


class Transit:
    """All transit gateways of a plan."""

    def __init__(self, graph: Graph, places: Places, tables: Tables, ways: Ways) -> None:
        self._graph = graph
        self._places = places
        self._tables = tables
        self._ways = ways
        self._lists = Lists(graph)
        self._routes: list[Route] = []
        self._attachments = list(self._attached())
        self.unmodelled: list[Unmodelled] = []

    def from_vpc(self, vpc: Vpc, gateway: Resource) -> tuple[str, ...]:
        """From a VPC into the table that its attachment is associated with."""
        names: list[str] = []
        for one in self._attachments:
            if one.gateway is not gateway or vpc not in one.vpcs:
                continue
            for table in self._associated(one):
                name = f"{gateway.name} from {vpc.short} ({table})"
                keeps = self._keeps(one)
                made = Gateway(name, "transit gateway", table, keeps_groups=keeps, origin=gateway.urn)
                names.append(self._ways.add(made))
        return tuple(names)

    def model(self) -> Model:
        """The tables of all transit gateways."""
        routers: dict[str, Router] = {}
        for gateway in self._graph.of(types.TRANSIT):
            for name in (_default(gateway), *(f"transit {one.name}" for one in self._own_tables(gateway))):
                routers[name] = Router(name, f"transit gateway {gateway.name}")
        for one in self._attachments:
            for table in self._propagated_to(one):
                for text, ranges, length, unknown in self._learned(one):
                    self._add(
                        f"{text} propagated to {table}",
                        table,
                        (ranges, length, unknown),
                        self._onto(one),
                        rank=1,
                    )
            if not one.vpcs and one.other is None:
                self._from_line(one)
        for resource in self._graph.of(types.TRANSIT_ROUTE, types.TRANSIT_LIST):
            self._static(resource)
        return Model(
            routers=tuple(routers.values()), routes=tuple(self._routes), unmodelled=tuple(self.unmodelled)
        )

    def _add(self, name: str, table: str, leads: _Leads, targets: tuple[str, ...], *, rank: int) -> None:
        ranges, length, unknown = leads
        self._routes.append(Route(name, table, ranges, length, targets, rank=rank, unknown=unknown))

    def _attached(self) -> Iterator[_Attachment]:
        refer = self._graph.refer
        for one in self._graph.of(types.TRANSIT_ATTACHMENT):
            for gateway in refer(one, one.at("transitGatewayId"), types.TRANSIT).resources:
                yield _Attachment(one, gateway, self._places.of_vpc(one, one.at("vpcId")))
        for one in self._graph.of(types.VPN):
            for gateway in refer(one, one.at("transitGatewayId"), types.TRANSIT).resources:
                yield _Attachment(one, gateway)
        for one in self._graph.of(types.DIRECT_ASSOCIATION):
            for gateway in refer(one, one.at("associatedGatewayId"), types.TRANSIT).resources:
                yield _Attachment(one, gateway)
        for one in self._graph.of(types.TRANSIT_PEERING):
            near = refer(one, one.at("transitGatewayId"), types.TRANSIT).resources
            far = refer(one, one.at("peerTransitGatewayId"), types.TRANSIT).resources
            for gateway in near:
                yield _Attachment(one, gateway, other=far[0] if far else gateway)
            for gateway in far:
                yield _Attachment(one, gateway, other=near[0] if near else gateway)

    def _named(self, resource: Resource, value: Value) -> list[_Attachment]:
        """The attachments a reference may mean."""
        found = self._graph.refer(resource, value, *ATTACHMENTS, types.TRANSIT_PEERING_ACCEPTER)
        members = {one.urn for one in found.resources}
        for one in found.resources:
            if one.type == types.TRANSIT_PEERING_ACCEPTER:
                asked = self._graph.refer(one, one.at("transitGatewayAttachmentId"), types.TRANSIT_PEERING)
                members |= {each.urn for each in asked.resources}
        text = value.text()
        return [
            one
            for one in self._attachments
            if one.resource.urn in members
            or (text and one.resource.at("transitGatewayAttachmentId").text() == text)
        ]

    def _own_tables(self, gateway: Resource) -> Iterator[Resource]:
        for table in self._graph.of(types.TRANSIT_TABLE):
            if gateway in self._graph.refer(table, table.at("transitGatewayId"), types.TRANSIT).resources:
                yield table

    def _table(self, resource: Resource, value: Value) -> list[str]:
        """The tables a reference may mean."""
        found = self._graph.refer(resource, value, types.TRANSIT_TABLE)
        if found.resources:
            return [f"transit {one.name}" for one in found.resources]
        gateways = self._graph.sources(resource, value, types.TRANSIT)
        text = value.text()
        gateways += [
            one
            for one in self._graph.of(types.TRANSIT)
            if text
            and text
            in (
                one.at("associationDefaultRouteTableId").text(),
                one.at("propagationDefaultRouteTableId").text(),
            )
        ]
        return [_default(one) for one in gateways]

    def _chosen_default(self, gateway: Resource, type_: str) -> str:
        for one in self._graph.of(type_):
            if gateway in self._graph.refer(one, one.at("transitGatewayId"), types.TRANSIT).resources:
                for table in self._table(one, one.at("transitGatewayRouteTableId")):
                    return table
        return _default(gateway)

    def _associated(self, one: _Attachment) -> list[str]:
        """The table that routes what comes from an attachment."""
        for resource in self._graph.of(types.TRANSIT_ASSOCIATION):
            if one in self._named(resource, resource.at("transitGatewayAttachmentId")):
                own = self._of_gateway(one, self._table(resource, resource.at("transitGatewayRouteTableId")))
                if own:
                    return own
        asked = one.resource.at("transitGatewayDefaultRouteTableAssociation").flag(True)
        on = one.gateway.at("defaultRouteTableAssociation").text("enable") != "disable"
        return [self._chosen_default(one.gateway, types.DEFAULT_ASSOCIATION)] if asked and on else []

    def _propagated_to(self, one: _Attachment) -> list[str]:
        if one.other is not None:
            return []
        found: list[str] = []
        for resource in self._graph.of(types.TRANSIT_PROPAGATION):
            if one in self._named(resource, resource.at("transitGatewayAttachmentId")):
                found += self._table(resource, resource.at("transitGatewayRouteTableId"))
        asked = one.resource.at("transitGatewayDefaultRouteTablePropagation").flag(True)
        if asked and one.gateway.at("defaultRouteTablePropagation").text("enable") != "disable":
            found.append(self._chosen_default(one.gateway, types.DEFAULT_PROPAGATION))
        return list(dict.fromkeys(found))

    def _of_gateway(self, one: _Attachment, tables: list[str]) -> list[str]:
        own = {_default(one.gateway), *(f"transit {each.name}" for each in self._own_tables(one.gateway))}
        return [table for table in tables if table in own]

    def _learned(self, one: _Attachment) -> Iterator[Learned]:
        for vpc in one.vpcs:
            for ranges, length in vpc.blocks:
                yield vpc.short, ranges, length, vpc.unknown
        if one.vpcs:
            return
        own = IntervalSet.union(
            vpc.known for each in self._attachments if each.gateway is one.gateway for vpc in each.vpcs
        )
        for text, ranges, length, unknown in learned_by(self._graph, one.resource):
            yield text, ranges - own if unknown else ranges, length, unknown
            if unknown:
                # Nobody announces addresses of the VPCs with a longer prefix than they have.
                yield text, ranges & own, 0, unknown

    def _onto(self, one: _Attachment) -> tuple[str, ...]:
        """The gateways that lead to what is attached."""
        if one.vpcs:
            return tuple(name for vpc in one.vpcs for name in self._into(one, vpc))
        if one.other is None:
            name = f"{one.gateway.name} to {one.resource.name}"
            return (self._ways.add(Gateway(name, "transit gateway", ENTERPRISE, origin=one.resource.urn)),)
        return self._across(one)

    def _into(self, one: _Attachment, vpc: Vpc) -> Iterator[str]:
        """By each table that the attachment's subnets have: which one is met hangs on the zone."""
        subnets = self._places.of_subnets(one.resource, one.resource.at("subnetIds"))
        routers = dict.fromkeys(self._tables.of_subnet(subnet).name for subnet in subnets)
        for router in routers or [vpc.name]:
            yield self._ways.add(
                Gateway(
                    f"{one.gateway.name} into {vpc.short} ({router})",
                    "transit gateway",
                    router,
                    keeps_groups=self._keeps(one),
                    origin=one.resource.urn,
                )
            )

    def _across(self, one: _Attachment) -> tuple[str, ...]:
        """To the transit gateway that is peered."""
        far = [
            each
            for each in self._attachments
            if each.resource is one.resource and each.gateway is one.other and each is not one
        ]
        names: list[str] = []
        for each in far:
            for table in self._associated(each):
                name = f"{one.gateway.name} across {one.resource.name} ({table})"
                names.append(
                    self._ways.add(
                        Gateway(name, "transit peering", table, keeps_groups=(), origin=one.resource.urn)
                    )
                )
        if far:
            return tuple(names)
        why = "the transit gateway on its other side is not in this stack"
        networks = frozenset({f"transit gateway {one.gateway.name}"})
        self.unmodelled.append(Unmodelled(one.resource.label, why, networks, one.resource.urn))
        unknown = (f"what is beyond {one.resource.label}",)
        name = f"{one.gateway.name} across {one.resource.name}"
        return (self._ways.add(Gateway(name, "transit peering", ENTERPRISE, unknown=unknown)),)

    def _static(self, resource: Resource) -> None:
        attachments = self._named(resource, resource.at("transitGatewayAttachmentId"))
        tables = self._table(resource, resource.at("transitGatewayRouteTableId"))
        drops = resource.at("blackhole").flag()
        networks = frozenset(f"transit gateway {one.name}" for one in self._graph.of(types.TRANSIT))
        if not tables and networks:
            why = "the table that it belongs to is none of this stack"
            self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
        for table in tables:
            targets = (DROP,) if drops else ()
            for one in attachments:
                if not drops and self._of_gateway(one, [table]):
                    targets += self._onto(one)
            unknown = () if targets else (f"{resource.label}: which attachment it leads to",)
            targets = targets or self._ways.anywhere(resource, resource.at("transitGatewayAttachmentId"))[0]
            if resource.type == types.TRANSIT_LIST:
                texts, certain = self._lists.entries(resource, resource.at("prefixListId"))
            else:
                own = resource.at("destinationCidrBlock")
                texts, certain = ([own.text()] if own.text() else []), not own.unknown
            if not certain:
                where = (f"{resource.label}: where it leads", *unknown)
                self._add(
                    f"{resource.name} of {table}", table, (ALL_ADDRESSES, OPEN_LENGTH, where), targets, rank=0
                )
            for text in texts:
                name = f"{text} of {table} ({resource.name})"
                leads = addresses(text), prefix_length(text), unknown
                self._add(name, table, leads, targets, rank=0)

    def _from_line(self, one: _Attachment) -> None:
        """From the enterprise network by VPN or Direct Connect into the associated table."""
        attached = [vpc for each in self._attachments if each.gateway is one.gateway for vpc in each.vpcs]
        for table in self._associated(one):
            name = f"{one.resource.name} into {one.gateway.name}"
            into = self._ways.add(Gateway(name, "VPN", table, origin=one.resource.urn))
            for vpc in attached:
                for ranges, _ in vpc.blocks:
                    said = f"{vpc.short} by {name}, announced"
                    open_ = vpc.open(ranges)
                    self._ways.route(Route(said, ENTERPRISE, ranges, 32, (into,), unknown=open_))

    def _keeps(self, one: _Attachment) -> tuple[str, ...]:
        on = one.gateway.at("securityGroupReferencingSupport").text("disable") == "enable"
        asked = one.resource.at("securityGroupReferencingSupport").text("enable") == "enable"
        return (COMING,) if on and asked else ()


def _default(gateway: Resource) -> str:
    return f"transit default table of {gateway.name}"
