"""Front Door, private link services, and API Management: what else stands before machines.

Front Door is a proxy on Azure's side, entered from the internet; by private link it reaches what is behind a
private link service, with an address of that service's subnet. A private link service is a way in for
whomever it admits, so one that admits other subscriptions leaves its network's claims open. API Management in
a network is a proxy that forwards to what its APIs name, which is not followed. Front Door's other origins
answer on the internet themselves.
Sources: learn.microsoft.com/azure/frontdoor/private-link, learn.microsoft.com/azure/private-link/
private-link-service-overview, learn.microsoft.com/azure/api-management/virtual-network-concepts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from isolation.azure import types
from isolation.azure.application_gateways import Wall, prevents
from isolation.azure.arm import ArmGraph
from isolation.azure.balancers import BalancerReader
from isolation.azure.fronts import FRONT, front_end
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.outbound import unknown_public
from isolation.azure.parts import open_parts
from isolation.azure.places import Places, Subnet, four
from isolation.intervals import EMPTY
from isolation.model import (
    LOCAL,
    Endpoint,
    Forward,
    Gateway,
    Kind,
    Model,
    Route,
    Router,
    Scope,
    Unmodelled,
)
from isolation.resources import Resource
from isolation.traffic import traffic

LINKS = "private links"
_LINK_PARTS = ("loadBalancerFrontendIpConfigurations", "ipConfigurations", "visibility", "autoApproval")
EDGE = "edge"
_WEB = traffic("TCP", 80) | traffic("TCP", 443)


class FrontDoorReader:
    """Reads what stands before load balancers; `model` is told after `read`."""

    def __init__(
        self, graph: ArmGraph, places: Places, interfaces: Interfaces, balancers: BalancerReader
    ) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces
        self._balancers = balancers
        self._endpoints: list[Endpoint] = []
        self._links: dict[str, list[str]] = {}
        self._routes: list[Route] = []
        self._gateways: dict[str, Gateway] = {}
        self._unmodelled: list[Unmodelled] = []

    def read(self, scope: Scope, router: Callable[[Subnet], str]) -> None:
        """Private link services, then Front Doors, then API Management; `router` is a subnet's."""
        for service in self._graph.of(types.LINK_SERVICE):
            self._unmodelled += open_parts(service, *_LINK_PARTS)
            self._link(service, scope, router)
        for one in self._graph.of(types.FRONT_DOOR_ORIGIN, types.FRONT_DOOR_ROUTE):
            self._unmodelled += open_parts(one, "sharedPrivateLinkResource", "originGroup")
        for one in self._graph.of(types.FRONT_DOOR_SECURITY):
            self._unmodelled += open_parts(one, "parameters")
        for door in self._graph.of(types.FRONT_DOOR_ENDPOINT):
            self._door(door)
        for api in self._graph.of(types.API_MANAGEMENT):
            self._api(api)

    def model(self) -> Model:
        """The endpoints, and the ways by private link."""
        if not self._links:
            return Model(endpoints=tuple(self._endpoints), unmodelled=tuple(self._unmodelled))
        return Model(
            endpoints=tuple(self._endpoints),
            routers=(Router(LINKS, LINKS),),
            routes=tuple(self._routes),
            gateways=tuple(self._gateways.values()),
            unmodelled=tuple(self._unmodelled),
        )

    def _link(self, service: Resource, scope: Scope, router: Callable[[Subnet], str]) -> None:
        forwards = [
            Forward(front.machines, front.sends)
            for each in service.at("loadBalancerFrontendIpConfigurations").items()
            for front in self._balancers.fronts
            if self._is_front(service, each.at("id").text().lower(), front.owner, front.name)
        ]
        subnets = {
            subnet.name: subnet
            for each in service.at("ipConfigurations").items()
            for subnet in self._places.of_subnet(service, each.at("subnet.id"))
        }
        others = [
            text
            for path in ("visibility.subscriptions", "autoApproval.subscriptions")
            for text in service.at(path).texts()
        ]
        connected = [
            one
            for one in self._graph.of(types.PRIVATE_ENDPOINT)
            for path in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
            if service
            in self._graph.refer_all(
                one, one.at(path), types.LINK_SERVICE, step="privateLinkServiceId"
            ).resources
        ]
        networks = frozenset(subnet.vnet.name for subnet in subnets.values())
        if others:
            why = f"networks of other subscriptions may connect to it ({', '.join(dict.fromkeys(others))})"
            self._unmodelled.append(Unmodelled(service.label, why, networks, service.urn))
        if connected:
            why = f"endpoint {connected[0].name} leads to it"
            self._unmodelled.append(Unmodelled(service.label, why, frozenset(), service.urn))
        for subnet in subnets.values():
            name = f"private link service {service.name} in {subnet.name}"
            ranges = four(subnet.ranges)
            gateway = f"private link into {subnet.name}"
            if gateway not in self._gateways:
                self._gateways[gateway] = Gateway(gateway, "private link", LINKS)
                self._routes.append(Route(f"to {gateway}", FRONT, ranges, 1, (gateway,)))
                self._routes.append(Route(f"from {gateway}", LINKS, ranges, 1, (LOCAL,)))
            self._links.setdefault(service.urn, []).append(name)
            self._endpoints.append(
                Endpoint(
                    name,
                    Kind.PROXY,
                    LINKS,
                    router(subnet),
                    ranges,
                    scope.segments_of(ranges),
                    forwards=tuple(forwards),
                    assumed=True,
                    origin=service.urn,
                )
            )

    def _is_front(self, service: Resource, text: str, owner: Resource, name: str) -> bool:
        """Whether a front end of a load balancer is the one that a text names; any where it is open."""
        if owner.type != types.LOAD_BALANCER:
            return False
        if text:
            own = owner.at("loadBalancerName").text(owner.name).lower()
            return f"/{own}/" in text and f"front end {text.rpartition('/')[2]} of" in name.lower()
        listed = service.at("loadBalancerFrontendIpConfigurations")
        sources = self._graph.sources(service, listed, types.LOAD_BALANCER)
        return not sources or owner in sources

    def _door(self, door: Resource) -> None:
        wall = self._wall(door)
        names: list[str] = []
        unknown: list[str] = []
        for origin in self._origins(door):
            link = origin.at("sharedPrivateLinkResource.privateLink.id")
            if link.missing:
                continue
            found = self._graph.refer(origin, link, types.LINK_SERVICE)
            for one in found.resources:
                names += self._links.get(one.urn, [])
            if not found.resources:
                why = f"it reaches {link.text('something')} by private link, past its network"
                self._unmodelled.append(Unmodelled(origin.label, why, origin=origin.urn))
            unknown += [] if found.certain else [link.where]
        forwards = [Forward(tuple(dict.fromkeys(names)), _WEB, wall.name, (*unknown, *wall.unknown))]
        if wall.unknown:
            forwards.append(Forward(forwards[0].destinations, _WEB, "", forwards[0].unknown))
        self._endpoints.append(
            front_end(
                f"Front Door {door.name}",
                Kind.PROXY,
                segments=frozenset({EDGE}),
                serves=_WEB,
                forwards=tuple(forwards) if names else (),
                origin=door.urn,
            )
        )

    def _origins(self, door: Resource) -> Iterator[Resource]:
        """The origins that an endpoint's routes lead to; all there are where that is not known."""
        groups = {
            group.urn
            for route, _ in self._graph.children(door, types.FRONT_DOOR_ROUTE)
            for group in self._graph.refer(
                route, route.at("originGroup.id"), types.FRONT_DOOR_GROUP
            ).resources
        }
        for origin in self._graph.of(types.FRONT_DOOR_ORIGIN):
            mine = self._graph.parent(origin, types.FRONT_DOOR_GROUP).resources
            if not groups or not mine or any(one.urn in groups for one in mine):
                yield origin

    def _wall(self, door: Resource) -> Wall:
        """The firewall policy that a security policy of the profile puts before it."""
        for policy in self._graph.of(types.FRONT_DOOR_SECURITY):
            covered = policy.at("parameters.associations")
            listed = [
                text
                for each in covered.items()
                for one in each.at("domains").items()
                if (text := one.at("id").text())
            ]
            own = door.at("endpointName").text(door.name).lower()
            named = any(last_name_of(text) == own for text in listed)
            if named or door in self._graph.sources(
                policy, policy.at("parameters"), types.FRONT_DOOR_ENDPOINT
            ):
                return prevents(self._graph, policy, policy.at("parameters.wafPolicy.id"))
        return Wall()

    def _api(self, api: Resource) -> None:
        kind = api.at("virtualNetworkType")
        if kind.text("None") == "None" and not kind.unknown:
            return
        for subnet in self._places.of_subnet(api, api.at("virtualNetworkConfiguration.subnetResourceId")):
            behind = tuple(one.name for one in self._interfaces.machines() if one.subnet.vnet is subnet.vnet)
            inside = kind.text() == "Internal"
            self._interfaces.add(
                Interface(
                    f"API Management {api.name}",
                    Kind.PROXY,
                    subnet,
                    public=EMPTY if inside else unknown_public(),
                    serves=_WEB,
                    forwards=(Forward(behind, traffic("TCP"), "", (f"{api.label}: where its APIs lead",)),),
                    origin=api.urn,
                ),
                api.urn,
            )


def last_name_of(text: str) -> str:
    """The name at the end of an id, in small letters."""
    return text.rpartition("/")[2].lower()
