"""Peerings of Google Cloud's networks, and the custom routes that they carry.

Source: cloud.google.com/vpc/docs/vpc-peering.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isolation.gcp import types
from isolation.gcp.places import Network, Places
from isolation.gcp.ranges import EVERYWHERE_4
from isolation.gcp.roads import (
    SUBNETS_TIER,
    Roads,
    to,
)
from isolation.intervals import EMPTY
from isolation.model import ENTERPRISE, INTERNET, LOCAL, Endpoint, Gateway, Kind, Route, Router
from isolation.outside import PRIVATE
from isolation.resources import Found, Graph, Resource


@dataclass(frozen=True)
class Half:
    """One side's declaration of a peering."""

    resource: Resource
    network: Network
    peer: Network
    exports: bool
    imports: bool
    open_exports: tuple[str, ...] = ()
    open_imports: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def halves_of(graph: Graph, places: Places) -> Iterator[Half]:
    """All declarations, once for each pair of networks that one may mean."""
    for resource in graph.of(types.PEERING):
        exports, imports = _custom(graph, resource, "exportCustomRoutes", "importCustomRoutes")
        one, other = resource.at("network"), resource.at("peerNetwork")
        pairs = [
            (network, peer)
            for network in places.of_network(resource, one)
            # No network is its own peer: what is left is one outside the stack.
            for peer in [each for each in places.of_network(resource, other) if each is not network]
            or [places.foreign(other.where)]
        ]
        open_values = tuple(each.where for each in (one, other) if each.unknown)
        for network, peer in pairs:
            unknown = open_values if len(pairs) > 1 else ()
            yield Half(resource, network, peer, exports[0], imports[0], exports[1], imports[1], unknown)


def _custom(graph: Graph, peering: Resource, *paths: str) -> list[tuple[bool, tuple[str, ...]]]:
    """Whether a peering carries custom routes each way, and what hides that: as it is asked for with it, or
    by a configuration of its own."""
    found: list[tuple[bool, tuple[str, ...]]] = []
    configured = [
        (config, one.certain)
        for config in graph.of(types.PEERING_ROUTES)
        if _may_configure(one := graph.refer(config, config.at("peering"), types.PEERING), config, peering)
    ]
    certain = any(sure for _, sure in configured)
    for path in paths:
        values = [config.at(path) for config, _ in configured] + ([] if certain else [peering.at(path)])
        open_values = [each.where for each in values if each.unknown]
        carries = any(each.unknown or each.flag() for each in values)
        if not certain and configured:
            open_values += [config.at("peering").where for config, _ in configured]
        found.append((carries, tuple(open_values)))
    return found


def _may_configure(found: Found, config: Resource, peering: Resource) -> bool:
    return peering in found.resources or (not found.resources and config.at("peering").unknown)


def peerings(found: Roads, halves: Sequence[Half]) -> None:
    """Peerings carry subnet routes of the two networks, and custom routes where one exports and the other
    imports them; nothing goes on to a third network."""
    for half in halves:
        other = next((one for one in halves if one.network is half.peer and one.peer is half.network), None)
        if other is None and half.peer.resource is not None:
            # Active only once both sides have declared it.
            continue
        _peered(found, half, other)


def _peered(found: Roads, half: Half, other: Half | None) -> None:
    name = f"{half.resource.at('name').text(half.resource.name)}, {half.network.short} to {half.peer.short}"
    arrival = f"{half.peer.name}, from {half.network.short}"
    found.routers.append(Router(arrival, half.peer.name))
    gateway = Gateway(name, "peering", arrival, origin=half.resource.urn)
    found.gateways.append(gateway)
    unknown = (*half.unknown, *(other.unknown if other else ()))
    peer, subnets = half.peer, f"to the subnets of {half.peer.short}"
    ranges = peer.ranges if peer.resource else PRIVATE - half.network.known
    routes = [
        Route(f"peering {name}", half.network.name, ranges, 0, (name,), SUBNETS_TIER, unknown=unknown),
        Route(subnets, arrival, ranges, 0, (LOCAL,), SUBNETS_TIER, unknown=unknown),
    ]
    if peer.resource:
        found.routes += [each for route in routes for each in to(peer, route)]
    else:
        found.routes += routes
    if half.peer.resource is None:
        unseen = Endpoint(
            f"machines of {half.peer.name}",
            Kind.OUTSIDE,
            half.peer.name,
            half.peer.name,
            ranges,
            frozenset({ENTERPRISE}),
        )
        if all(one.name != unseen.name for one in found.endpoints):
            found.endpoints.append(unseen)
        if half.network.ranges:
            back = f"{name}, back"
            found.gateways.append(Gateway(back, "peering", half.network.name, origin=half.resource.urn))
            returns = Route(f"peering {back}", half.peer.name, EMPTY, 32, (back,), tier=SUBNETS_TIER)
            found.routes += to(half.network, returns)
    exported = other.exports if other else True
    if half.imports and exported:
        _custom_routes(found, half, gateway, arrival, other)


def _custom_routes(found: Roads, half: Half, gateway: Gateway, arrival: str, other: Half | None) -> None:
    """Custom routes that the peer exports and this side imports. Routes with tags or to the internet gateway
    are never exported."""
    if other is None:
        unknown = (f"the routes that {half.peer.name} exports",)
        beyond = [
            Gateway(f"{gateway.name} on to the {side}", "route of the peer", side, unknown=unknown)
            for side in (INTERNET, ENTERPRISE)
        ]
        found.gateways += beyond
        found.routes += [
            Route(
                f"imported from {half.peer.short}",
                half.network.name,
                EVERYWHERE_4,
                0,
                (gateway.name,),
                rank=8,
                unknown=unknown,
            ),
            Route(
                f"custom routes of {half.peer.short}",
                arrival,
                EVERYWHERE_4,
                0,
                tuple(one.name for one in beyond),
                unknown=unknown,
            ),
        ]
        return
    unknown = (*half.open_imports, *other.open_exports, *half.unknown, *other.unknown)
    own = [
        route
        for route in found.routes
        if route.router == half.peer.name
        and route.tier == 0
        and route.groups is None
        and not found.inner & set(route.targets)
    ]
    for route in own:
        found.routes += [
            Route(
                f"{route.name}, imported from {half.peer.short}",
                half.network.name,
                route.destination,
                route.length,
                (gateway.name,),
                rank=route.rank + 1,
                unknown=(*route.unknown, *unknown),
            ),
            Route(
                route.name,
                arrival,
                route.destination,
                route.length,
                route.targets,
                rank=route.rank,
                unknown=(*route.unknown, *unknown),
                origin=route.origin,
            ),
        ]
