"""Private ways to AWS's services, and the resolver and the metadata address.

An interface endpoint stands in subnets behind its security groups; a gateway endpoint is a route, and what is
beyond it has no group. Groups and ACLs do not see the resolver, the clock and the metadata address.
Sources: docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html and gateway-endpoints.html,
docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html.
"""

from __future__ import annotations

from isolation.aws import types
from isolation.aws.gateways import SERVICES_ROUTER
from isolation.aws.groups import Groups, merged
from isolation.aws.interfaces import SILENT, Interface, Interfaces
from isolation.aws.places import Places
from isolation.aws.ranges import FRONT_ENDS, LINK_LOCAL, SERVICES, service_range
from isolation.model import LOCAL, Endpoint, Kind, Model, Route, Unmodelled
from isolation.resources import Graph, Resource

DATA = "data"


class ServiceReader:
    """Reads interface endpoints and resolvers into `interfaces`."""

    def __init__(self, graph: Graph, places: Places, groups: Groups, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._groups = groups
        self._interfaces = interfaces
        self.unmodelled: list[Unmodelled] = []
        # Services that a gateway endpoint serves: by an interface endpoint beside it they are the same.
        self._by_gateway = {
            one.at("serviceName").text()
            for one in graph.of(types.ENDPOINT)
            if one.at("vpcEndpointType").text("Gateway") == "Gateway"
        }

    def read(self) -> None:
        """Everything of services that stands in subnets."""
        for endpoint in self._graph.of(types.ENDPOINT):
            kind = endpoint.at("vpcEndpointType").text("Gateway")
            if kind == "Interface":
                self._endpoint(endpoint)
            elif kind not in ("Gateway", "GatewayLoadBalancer"):
                why = f"what is beyond an endpoint of type {kind}"
                self.unmodelled.append(Unmodelled(endpoint.label, why, origin=endpoint.urn))
            elif endpoint.at("serviceName").unknown:
                why = "where it leads hangs on a value that is not known yet"
                where = endpoint.at("serviceName").where
                self.unmodelled.append(Unmodelled(where, why, origin=endpoint.urn))
        for resolver in self._graph.of(types.RESOLVER):
            for subnet in self._places.of_subnets(resolver, resolver.at("ipAddresses"), step="subnetId"):
                outbound = resolver.at("direction").text().startswith("OUTBOUND")
                self._interfaces.add(
                    Interface(
                        f"resolver endpoint {resolver.name} in {subnet.name}",
                        Kind.RESOLVER,
                        subnet,
                        self._groups.of(resolver, resolver.at("securityGroupIds"), subnet.vpc),
                        silent=not outbound,
                        origin=resolver.urn,
                    )
                )

    def model(self) -> Model:
        """The services beyond gateway endpoints, and what every VPC has at fixed addresses."""
        found: list[Endpoint] = []
        for endpoint in self._graph.of(types.ENDPOINT):
            if endpoint.at("vpcEndpointType").text("Gateway") == "Gateway":
                service = endpoint.at("serviceName").text(endpoint.name)
                found.append(
                    Endpoint(
                        f"{service} by {endpoint.name}",
                        Kind.PRIVATE_API,
                        SERVICES_ROUTER,
                        SERVICES_ROUTER,
                        service_range(service),
                        frozenset({DATA}),
                        egress=(SILENT,),
                        origin=endpoint.urn,
                        instead=service,
                    )
                )
        for vpc in self._places:
            name = f"resolver and metadata of {vpc.short}"
            found.append(Endpoint(name, Kind.RESOLVER, vpc.name, vpc.name, LINK_LOCAL, unguarded=True))
        return Model(
            endpoints=tuple(found),
            routes=(Route("AWS's own", SERVICES_ROUTER, SERVICES | FRONT_ENDS, 0, (LOCAL,)),),
            unmodelled=tuple(self.unmodelled),
        )

    def _endpoint(self, endpoint: Resource) -> None:
        subnets = self._places.of_subnets(endpoint, endpoint.at("subnetIds"))
        for one in self._graph.of(types.ENDPOINT_SUBNET):
            if endpoint in self._graph.refer(one, one.at("vpcEndpointId"), types.ENDPOINT).resources:
                subnets = [*subnets, *self._places.of_subnet(one, one.at("subnetId"))]
        joined = [
            one
            for one in self._graph.of(types.ENDPOINT_GROUP)
            if endpoint in self._graph.refer(one, one.at("vpcEndpointId"), types.ENDPOINT).resources
        ]
        asked = endpoint.at("serviceName")
        service = asked.text()
        for subnet in dict.fromkeys(subnets):
            parts = [self._groups.of(endpoint, endpoint.at("securityGroupIds"), subnet.vpc)]
            parts += [self._groups.of(one, one.at("securityGroupId"), subnet.vpc) for one in joined]
            self._interfaces.add(
                Interface(
                    f"endpoint {endpoint.name} in {subnet.name}",
                    Kind.PRIVATE_ENDPOINT,
                    subnet,
                    merged(parts),
                    silent=True,
                    instead=service if service in self._by_gateway else "",
                    optional=".vpce." in f".{service}.",
                    # It leads to nobody's internet, whoever it is; whether that is an API is open.
                    unknown=(asked.where,) if asked.unknown else (),
                    origin=endpoint.urn,
                )
            )
