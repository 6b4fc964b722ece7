"""Gateways of virtual networks: to peers, to the enterprise network, to services, to firewalls, and to
whatever forwards as it pleases.

Each is made once, when something first leads to it. Packets that come into a network, from the internet, a
peer or a line, go straight to the machine: routes of a subnet are about what leaves it, but for those of a
gateway's own subnet.
Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isolation.azure.lines import Line
from isolation.azure.peerings import Half
from isolation.azure.places import Subnet, Vnet
from isolation.azure.ranges import SERVICES, service_address
from isolation.azure.tags import service_of_endpoint, tag
from isolation.intervals import IntervalSet
from isolation.model import (
    ENTERPRISE,
    LOCAL,
    Endpoint,
    Exit,
    Gateway,
    Kind,
    Model,
    Route,
    Router,
)
from isolation.outside import PRIVATE, anywhere
from isolation.resources import Resource, Value

SERVICES_ROUTER = "Azure's services"


class Ways:
    """Makes gateways, the routers that packets come in by, and what stands beyond."""

    def __init__(self) -> None:
        self._gateways: dict[str, Gateway] = {}
        self._routers: dict[str, Router] = {SERVICES_ROUTER: Router(SERVICES_ROUTER, SERVICES_ROUTER)}
        self._routes: dict[str, Route] = {}
        self._endpoints: dict[str, Endpoint] = {}
        self._exits: list[Exit] = []

    def model(self) -> Model:
        """Everything that was asked for."""
        return Model(
            endpoints=tuple(self._endpoints.values()),
            routers=tuple(self._routers.values()),
            routes=tuple(self._routes.values()),
            gateways=tuple(self._gateways.values()),
            exits=tuple(self._exits),
        )

    def add(self, gateway: Gateway) -> str:
        """The gateway's name; one that is there already stays."""
        self._gateways.setdefault(gateway.name, gateway)
        return gateway.name

    def route(self, route: Route) -> None:
        """A route of a router that is not a subnet's."""
        self._routes.setdefault(route.name, route)

    def router(self, name: str, network: str) -> str:
        """The router's name."""
        self._routers.setdefault(name, Router(name, network))
        return name

    def arrivals(self, vnet: Vnet) -> str:
        """The router of what comes into a network: it leads to machines and no further."""
        name = self.router(f"into {vnet.short}", vnet.name)
        for index, (ranges, length) in enumerate(vnet.blocks, 1):
            self.route(Route(f"within {vnet.short}, range {index}", name, ranges, length, (LOCAL,)))
        return name

    def entry(self, vnet: Vnet) -> str:
        """The gateway by which packets to public addresses come in."""
        return self.add(
            Gateway(f"from the internet into {vnet.short}", "public address", self.arrivals(vnet))
        )

    def peering(self, half: Half, other: Half | None, *, transit: bool = False) -> str:
        """From a network to its peer. What only passes through enters where the peer takes it."""
        takes = transit or other is None or other.forwarded
        unknown = (*half.unknown, *(other.unknown if other else ()))
        if half.remote.resource is None:
            self._unseen(half)
        return self.add(
            Gateway(
                f"{half.name}{' (transit)' if transit else ''}",
                "peering",
                self.arrivals(half.remote),
                sources=None if takes else half.local.ranges,
                unknown=unknown,
                origin=half.origin,
            )
        )

    def line(self, line: Line, vnet: Vnet) -> str:
        """A gateway to the enterprise network, as a network uses it."""
        name = f"{line.name} of {vnet.short}"
        return self.add(Gateway(name, line.kind, ENTERPRISE, origin=line.origin))

    def from_line(self, line: Line, router: str) -> None:
        """From the enterprise network through a gateway to the router behind it."""
        name = self.add(
            Gateway(
                f"{line.name} into {line.vnet.short}",
                line.kind,
                router,
                unknown=line.unknown,
                origin=line.origin,
            )
        )
        self.from_enterprise(line.vnet, line.vnet.ranges, name)

    def from_enterprise(self, vnet: Vnet, ranges: IntervalSet, gateway: str) -> None:
        """A route of the enterprise network."""
        name = f"to {vnet.short} by {gateway}"
        self.route(Route(name, ENTERPRISE, ranges, 1, (gateway,), unknown=vnet.open(ranges)))

    def assumed(self, vnet: Vnet) -> str:
        """The connection that the enterprise network's owner may make: its gateway outwards."""
        why = "the owner of the enterprise network may connect it, by ExpressRoute, VPN or a peering"
        into = Gateway(
            f"from the enterprise network to {vnet.short}",
            "connection",
            self.arrivals(vnet),
            assumed=True,
            why=why,
        )
        self.from_enterprise(vnet, vnet.ranges, self.add(into))
        name = f"from {vnet.short} to the enterprise network"
        return self.add(Gateway(name, "connection", ENTERPRISE, assumed=True, why=why))

    def service_endpoint(self, subnet: Subnet, service: str, limited: str) -> tuple[str, IntervalSet]:
        """A service endpoint: to a service's public addresses, by the network's own way."""
        named = service_of_endpoint(service)
        endpoint = self._endpoints.get(service)
        if endpoint is None:
            number = sum(one.router == SERVICES_ROUTER for one in self._endpoints.values()) + 1
            endpoint = self._endpoints[service] = Endpoint(
                f"{service} (public, by service endpoints)",
                Kind.PRIVATE_API,
                SERVICES_ROUTER,
                SERVICES_ROUTER,
                service_address(number),
                groups=frozenset({tag(named), tag("AzureCloud")}),
            )
        self.route(Route("services", SERVICES_ROUTER, SERVICES, 24, (LOCAL,)))
        name = self.add(
            Gateway(
                f"service endpoint {service} of {subnet.name}",
                "service endpoint",
                SERVICES_ROUTER,
                sources=subnet.ranges,
                remembers=True,
            )
        )
        why = f"A service endpoint leads to anybody's resources of {service}."
        origin = subnet.owner.urn if subnet.owner else ""
        self._exits.append(Exit(f"{service} from {subnet.name}", frozenset(), why, limited, origin))
        return name, endpoint.addresses

    def regional(self, tags: Iterable[str]) -> None:
        """Parts of services in one region, for rules that name a tag such as `Storage.WestEurope`."""
        whole = [each for each in self._endpoints.items() if each[1].router == SERVICES_ROUTER]
        for name in tags:
            base, _, region = name.partition(".")
            for service, one in whole:
                if region and tag(base) in one.groups:
                    self._endpoints[f"{service} {name}"] = replace(
                        one, name=f"{one.name}, {name}", groups=one.groups | {tag(name)}
                    )

    def anywhere(self, resource: Resource, value: Value, what: str) -> tuple[str, ...]:
        """Something that forwards as it pleases, or that nobody can tell."""
        name = f"{resource.name} ({value.where.rpartition(': ')[2]})"
        return tuple(map(self.add, anywhere(name, value, what, resource.urn)))

    def _unseen(self, half: Half) -> None:
        """Machines of a peer that is not in the stack, and their way back."""
        peer = half.remote
        ranges = PRIVATE - half.local.ranges
        self._endpoints.setdefault(
            peer.name,
            Endpoint(
                f"machines of {peer.name}",
                Kind.OUTSIDE,
                peer.name,
                self.arrivals(peer),
                ranges,
                frozenset({ENTERPRISE}),
            ),
        )
        arrivals = self.arrivals(peer)
        self.route(Route(f"within {peer.short}", arrivals, ranges, 1, (LOCAL,)))
        back = self.add(Gateway(f"{half.name}, back", "peering", self.arrivals(half.local)))
        self.route(Route(f"{half.name}, back", arrivals, half.local.ranges, 32, (back,)))
