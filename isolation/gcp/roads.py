"""What routes of Google Cloud's networks come to, as they are collected: routers, routes and gateways."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from isolation.gcp.places import Network
from isolation.model import Endpoint, Gateway, Model, Route, Router
from isolation.outside import anywhere
from isolation.resources import Resource

APIS_ROUTER = "Google's APIs"
SUBNETS_TIER, POLICY_TIER = -1, -2
# The length of a prefix that is not known yet.
MOST_SPECIFIC = 128


@dataclass(eq=False)
class Roads:
    """What the routes of all networks come to; those to the gateways `inner` are never exported to a peer."""

    routers: list[Router] = field(default_factory=list[Router])
    routes: list[Route] = field(default_factory=list[Route])
    gateways: list[Gateway] = field(default_factory=list[Gateway])
    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    inner: set[str] = field(default_factory=set[str])

    def model(self) -> Model:
        """As a part of the model."""
        return Model(tuple(self.endpoints), tuple(self.routers), tuple(self.routes), tuple(self.gateways))


def entry_name(network: Network) -> str:
    """The gateway through which packets to an external address of the network's machines come in."""
    return f"into {network.name}"


def to(network: Network, route: Route) -> list[Route]:
    """A route to the ranges of a network; those that are not known yet it leads to perhaps."""
    found = [replace(route, destination=network.known)] if network.known else []
    if waiting := network.ranges - network.known:
        unknown = (*route.unknown, *network.unknown)
        name = f"{route.name}, as far as known"
        found.append(replace(route, name=name, destination=waiting, unknown=unknown))
    return found


def appliance(found: Roads, resource: Resource, path: str, name: str) -> tuple[str, ...]:
    """The gateways of a next hop that forwards as it pleases."""
    gateways = list(anywhere(name, resource.at(path), "the next hop", resource.urn))
    found.gateways += gateways
    return tuple(one.name for one in gateways)


def length(text: str) -> int:
    """A prefix's length; a single address is the longest."""
    _, slash, length = text.partition("/")
    return int(length) if slash and length.isdigit() else (128 if ":" in text else 32 if text else 0)
