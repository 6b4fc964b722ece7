"""What a route leads to: one gateway of the many kinds, whichever property names it."""

from __future__ import annotations

from collections.abc import Callable

from isolation.aws import types
from isolation.aws.gateways import Lead, Ways
from isolation.aws.places import Places, Subnet, Vpc
from isolation.aws.transit import Transit
from isolation.model import LOCAL
from isolation.resources import Graph, Resource, Value

_FORWARDS = (
    "networkInterfaceId",
    "instanceId",
    "carrierGatewayId",
    "coreNetworkArn",
    "localGatewayId",
    "odbNetworkArn",
)


class Targets:
    """Reads the targets of routes."""

    def __init__(self, graph: Graph, places: Places, ways: Ways, transit: Transit) -> None:
        self._graph = graph
        self._places = places
        self._ways = ways
        self._transit = transit
        self._leads: dict[str, tuple[tuple[str, ...], Callable[[Vpc, Resource], tuple[str, ...]]]] = {
            "natGatewayId": ((types.NAT,), ways.nat),
            "egressOnlyGatewayId": ((types.EGRESS_ONLY,), ways.egress_only),
            "vpcPeeringConnectionId": ((types.PEERING, types.PEERING_ACCEPTER), ways.peering),
            "transitGatewayId": ((types.TRANSIT,), transit.from_vpc),
            "vpcEndpointId": ((types.ENDPOINT, types.FIREWALL), self._appliance),
        }

    def of(self, vpc: Vpc, nat: Resource | None, resource: Resource, value: Value) -> Lead:
        """The gateways, and what is open about them. `nat` is whose packets they are, if a NAT gateway's."""
        if resource.type == types.DEFAULT_VPC:
            return self._ways.internet(vpc, None, nat), ()
        if not value.at("gatewayId").missing:
            return self._gateway(vpc, nat, resource, value.at("gatewayId"))
        for path, (kinds, lead) in self._leads.items():
            if not value.at(path).missing:
                found = self._graph.refer(resource, value.at(path), *kinds)
                if found.resources:
                    return lead(vpc, found.resources[0]), ()
                return self._ways.elsewhere(vpc, path, resource, value.at(path))
        for path in _FORWARDS:
            if not value.at(path).missing:
                return self._forwarding(vpc, resource, value.at(path))
        return self._ways.anywhere(resource, value)

    def _gateway(self, vpc: Vpc, nat: Resource | None, resource: Resource, value: Value) -> Lead:
        """An internet or VPN gateway, the network itself, or a gateway endpoint."""
        if value.text() == "local":
            return (LOCAL,), ()
        kinds = (types.INTERNET_GATEWAY, types.VPN_GATEWAY, types.ENDPOINT)
        found = self._graph.refer(resource, value, *kinds)
        one = found.resources[0] if found.resources else None
        if one and one.type == types.ENDPOINT:
            return (self._ways.gateway_endpoint(one, vpc, one.at("serviceName").text(one.name))[0],), ()
        if one and one.type == types.VPN_GATEWAY:
            return self._ways.line(vpc, one.name), ()
        if found.text.startswith("vgw-"):
            return self._ways.line(vpc, found.text), ()
        if one or found.text.startswith("igw-"):
            return self._ways.internet(vpc, one, nat), ()
        return self._ways.anywhere(resource, value)

    def _appliance(self, vpc: Vpc, one: Resource) -> tuple[str, ...]:
        if one.type == types.FIREWALL:
            return self._ways.firewall(vpc, one)
        subnets = self._places.of_subnets(one, one.at("subnetIds"))
        return self._onward(vpc, one, one.at("serviceName"), subnets)

    def _forwarding(self, vpc: Vpc, resource: Resource, value: Value) -> Lead:
        """A machine, or something of which a plan has nothing but the name."""
        found = self._graph.refer(resource, value, types.INTERFACE, *types.INSTANCES)
        subnets = [
            subnet for one in found.resources for subnet in self._places.of_subnet(one, one.at("subnetId"))
        ]
        return self._onward(vpc, resource, value, subnets), ()

    def _onward(self, vpc: Vpc, resource: Resource, value: Value, subnets: list[Subnet]) -> tuple[str, ...]:
        """What forwards as it pleases: on by its subnets' tables, or out by a way that nobody declared."""
        if not subnets:
            self._ways.astray(vpc, resource, value)
        names = (self._ways.onward(resource, value, subnet) for subnet in subnets)
        return tuple(dict.fromkeys((*self._ways.anywhere(resource, value)[0], *names)))
