"""Routes of Google Cloud's networks: to subnets, by default, static, by policy, to the enterprise network.

Subnet routes come before all others and no other route may be more specific; policy-based routes come first
of all. What is behind the internet gateway is in `outbound.py`, VPN and Interconnect in `lines.py`.
Source: cloud.google.com/vpc/docs/routes.

What a machine or a load balancer does with a packet no plan tells: such hops stand as ways to everywhere that
hang on an unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.groups import tag, unsure_group
from isolation.gcp.lines import private_lines
from isolation.gcp.outbound import outwards_of
from isolation.gcp.peerings import halves_of, peerings
from isolation.gcp.places import Network, Places
from isolation.gcp.ranges import APIS, EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.roads import (
    APIS_ROUTER,
    MOST_SPECIFIC,
    POLICY_TIER,
    SUBNETS_TIER,
    Roads,
    appliance,
    entry_name,
    length,
    to,
)
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import ENTERPRISE, INTERNET, LOCAL, Gateway, Route, Router, Scope
from isolation.resources import Graph, Resource


def roads(graph: Graph, places: Places, scope: Scope, unsure: Mapping[str, tuple[str, ...]]) -> Roads:
    """The routers, routes and gateways of all networks; `unsure` are the groups of machines whose own groups
    are not known, and why."""
    found = Roads(routers=[Router(APIS_ROUTER, APIS_ROUTER)])
    found.routes.append(Route("Google's own", APIS_ROUTER, APIS, 0, (LOCAL,)))
    halves = list(halves_of(graph, places))
    for network in list(places):
        found.routers.append(Router(network.name, network.name))
        _subnets(found, network)
        if scope.enterprise:
            _enterprise(found, network, scope.enterprise)
        outwards = outwards_of(found, graph, places, network)
        _defaults(found, network, outwards)
        for resource in graph.of(types.ROUTE):
            networks = places.of_network(resource, resource.at("network"))
            if network in networks:
                _static(found, resource, network, outwards, certain=len(networks) == 1)
        for resource in graph.of(types.POLICY_ROUTE):
            if network in places.of_network(resource, resource.at("network")):
                _policy_based(found, resource, network)
        private_lines(found, graph, places, network, announced=bool(scope.enterprise))
    peerings(found, halves)
    found.routes += [more for route in found.routes if (more := _unsure(route, unsure)) is not None]
    return found


def _unsure(route: Route, unsure: Mapping[str, tuple[str, ...]]) -> Route | None:
    """The route once more for machines of which it is not known whether it is for them."""
    kinds = {unsure_group(each) for each in route.groups or ()} & set(unsure)
    if not kinds:
        return None
    values = [value for kind in sorted(kinds) for value in unsure[kind]]
    return replace(route, groups=frozenset(kinds), unknown=(*route.unknown, *values))


def _subnets(found: Roads, network: Network) -> None:
    name = f"to the subnets of {network.short}"
    found.routes += to(network, Route(name, network.name, EMPTY, 0, (LOCAL,), tier=SUBNETS_TIER))
    entry = Gateway(entry_name(network), "internet gateway", network.name)
    found.gateways.append(entry)
    six = IntervalSet.union(subnet.primary & EVERYWHERE_6 for subnet in network.subnets if subnet.public_six)
    for name, ranges, unknown in (
        (f"to {network.name}", six & network.known, ()),
        (f"to {network.name}, as far as known", six - network.known, network.unknown),
    ):
        if ranges:
            found.routes.append(Route(name, INTERNET, ranges, 1, (entry.name,), unknown=unknown))


def _enterprise(found: Roads, network: Network, enterprise: IntervalSet) -> None:
    """The connection that the enterprise network's owner may make at any time."""
    why = "the owner of the enterprise network may connect it, by Interconnect or VPN"
    ranges = enterprise - network.known
    out = f"from {network.short} to the enterprise network"
    into = f"from the enterprise network to {network.short}"
    found.gateways += [
        Gateway(out, "connection", ENTERPRISE, assumed=True, why=why),
        Gateway(into, "connection", network.name, assumed=True, why=why),
    ]
    found.inner.add(out)
    found.routes.append(Route(f"announced to {network.short}", network.name, ranges, 1, (out,), rank=9))
    found.routes += to(network, Route(f"announced by {network.short}", ENTERPRISE, EMPTY, 32, (into,)))


def _defaults(found: Roads, network: Network, outwards: tuple[str, ...]) -> None:
    resource = network.resource
    if resource is None:
        return
    deletes = resource.at("deleteDefaultRoutesOnCreate")
    if not deletes.flag():
        found.routes.append(
            Route(
                f"default route of {network.short}",
                network.name,
                EVERYWHERE_4,
                0,
                outwards,
                rank=1000,
                unknown=(deletes.where,) if deletes.unknown else (),
                origin=resource.urn,
            )
        )
    if any(subnet.public_six for subnet in network.subnets):
        name = f"IPv6 default route of {network.short}"
        found.routes.append(
            Route(name, network.name, EVERYWHERE_6, 0, outwards, rank=1000, origin=resource.urn)
        )


def _static(
    found: Roads, resource: Resource, network: Network, outwards: tuple[str, ...], *, certain: bool
) -> None:
    """A custom static route; not `certain` where it may be another network's."""
    destination, priority = resource.at("destRange"), resource.at("priority")
    unknown = [each.where for each in (destination, priority) if each.unknown]
    unknown += [] if certain else [resource.at("network").where]
    ranges = EVERYWHERE_4 | EVERYWHERE_6 if destination.unknown else addresses(destination.text("0.0.0.0/0"))
    tags = resource.at("tags")
    groups = None if tags.missing else frozenset(tag(network, each) for each in tags.texts())
    if tags.partly_unknown:
        groups = None
        unknown.append(tags.where)
    hop = resource.at("nextHopGateway")
    name = f"route {resource.at('name').text(resource.name)}"
    if "default-internet-gateway" in hop.text():
        targets = outwards
    elif hop.unknown:
        targets = outwards
        unknown.append(hop.where)
    else:
        targets, open_hop = _next_hop(found, resource, network, name)
        unknown += open_hop
    found.routes.append(
        Route(
            f"{resource.at('name').text(resource.name)} ({destination.text('any')})",
            network.name,
            ranges,
            # What is not known may come before any other, which is then tried after it.
            MOST_SPECIFIC if destination.unknown else length(destination.text()),
            targets,
            rank=-1 if priority.unknown else priority.number(1000),
            groups=groups,
            unknown=tuple(unknown),
            origin=resource.urn,
        )
    )


def _next_hop(
    found: Roads, resource: Resource, network: Network, name: str
) -> tuple[tuple[str, ...], list[str]]:
    """A next hop other than the internet gateway: a tunnel, or something that forwards as it pleases."""
    if not resource.at("nextHopVpnTunnel").missing:
        gateway = Gateway(f"{name} by VPN", "VPN tunnel", ENTERPRISE, origin=resource.urn)
        found.gateways.append(gateway)
        return (gateway.name,), []
    for path in ("nextHopInstance", "nextHopIp", "nextHopIlb", "nextHopIlbIp"):
        if not resource.at(path).missing:
            return appliance(found, resource, path, name), []
    return (), [f"{resource.label}: its next hop"]


def _policy_based(found: Roads, resource: Resource, network: Network) -> None:
    source = resource.at("filter.srcRange")
    destination = resource.at("filter.destRange")
    name = f"policy-based route {resource.at('name').text(resource.name)}"
    others = resource.at("nextHopOtherRoutes")
    if not others.missing and not others.unknown:
        # It sends packets back to the other routes, which are followed anyway.
        return
    open_values = [each.where for each in (source, destination) if each.unknown]
    found.routes.append(
        Route(
            name,
            network.name,
            EVERYWHERE_4 if destination.unknown else addresses(destination.text("0.0.0.0/0")),
            length(destination.text()),
            appliance(found, resource, "nextHopIlbIp", name),
            tier=POLICY_TIER,
            rank=resource.at("priority").number(1000),
            sources=EVERYWHERE_4 if source.unknown else addresses(source.text("0.0.0.0/0")),
            # Its protocol and the machines it is for narrow it, and then the other routes hold.
            unknown=(*open_values, f"{resource.label}: which packets it is for"),
            origin=resource.urn,
        )
    )
