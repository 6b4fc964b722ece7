"""Routes that VPN and Direct Connect bring into AWS's networks: static ones; what BGP tells is open.

Sources: docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html,
docs.aws.amazon.com/directconnect/latest/UserGuide/routing-and-bgp.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.places import OPEN_LENGTH, prefix_length
from isolation.intervals import IntervalSet
from isolation.resources import Graph, Resource

# Name, addresses, length, and what is open about it.
Learned = tuple[str, IntervalSet, int, tuple[str, ...]]


def learned(graph: Graph, gateway: Resource) -> Iterator[Learned]:
    """What a VPN gateway propagates."""
    for one in graph.of(types.VPN):
        if gateway in graph.refer(one, one.at("vpnGatewayId"), types.VPN_GATEWAY).resources:
            yield from learned_by(graph, one)
    for one in graph.of(types.DIRECT_ASSOCIATION):
        found = graph.refer(one, one.at("associatedGatewayId"), types.VPN_GATEWAY)
        if gateway in found.resources:
            yield _by_bgp(one)
    for one in graph.of(*types.DIRECT_INTERFACES):
        if gateway in graph.refer(one, one.at("vpnGatewayId"), types.VPN_GATEWAY).resources:
            yield _by_bgp(one)


def learned_by(graph: Graph, line: Resource) -> Iterator[Learned]:
    """What one VPN connection or Direct Connect association brings."""
    if line.type == types.VPN and line.at("staticRoutesOnly").flag():
        yield from _static(graph, line)
    else:
        yield _by_bgp(line)


def _static(graph: Graph, vpn: Resource) -> Iterator[Learned]:
    for route in graph.of(types.VPN_ROUTE):
        if vpn in graph.refer(route, route.at("vpnConnectionId"), types.VPN).resources:
            text = route.at("destinationCidrBlock").text()
            if text:
                yield text, addresses(text), prefix_length(text), ()
            else:
                where = route.at("destinationCidrBlock").where
                yield "not known yet", ALL_ADDRESSES, OPEN_LENGTH, (where,)


def _by_bgp(one: Resource) -> Learned:
    return (
        f"learned of {one.name}",
        ALL_ADDRESSES,
        OPEN_LENGTH,
        (f"the routes that {one.label} learns by BGP",),
    )
