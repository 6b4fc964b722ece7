"""VPN tunnels and Interconnect attachments of Google Cloud's networks.

Which routes BGP brings no plan tells: what is learned there may be anything.
"""

from __future__ import annotations

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.outbound import router_networks
from isolation.gcp.places import Network, Places
from isolation.gcp.ranges import EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.roads import (
    Roads,
    length,
    to,
)
from isolation.intervals import EMPTY
from isolation.model import ENTERPRISE, Gateway, Route
from isolation.resources import Graph, Resource


def private_lines(found: Roads, graph: Graph, places: Places, network: Network, *, announced: bool) -> None:
    """VPN tunnels and Interconnect attachments: what BGP announces there may be anything. The far side knows
    the way to the network, which may be `announced` to it already."""
    for resource in [*graph.of(types.TUNNEL), *graph.of(types.ATTACHMENT)]:
        networks = line_networks(graph, places, resource)
        if network not in networks:
            continue
        kind = "VPN tunnel" if resource.type == types.TUNNEL else "Interconnect"
        name = f"{resource.at('name').text(resource.name)} of {network.short}"
        open_network = () if len(networks) == 1 else (f"{resource.label}: which network it leads into",)
        found.gateways.append(Gateway(name, kind, ENTERPRISE, unknown=open_network, origin=resource.urn))
        if not announced and network.ranges:
            back = Gateway(f"{name}, back", kind, network.name, unknown=open_network, origin=resource.urn)
            found.gateways.append(back)
            found.routes += to(network, Route(f"by {name}", ENTERPRISE, EMPTY, 32, (back.name,)))
        remote = resource.at("remoteTrafficSelectors")
        if resource.at("router").missing and not remote.missing and not remote.partly_unknown:
            for text in remote.texts():
                route = Route(
                    f"{name} to {text}", network.name, addresses(text), length(text), (name,), rank=1000
                )
                found.routes.append(route)
            continue
        unknown = (f"the routes that {resource.label} learns by BGP",)
        everywhere = EVERYWHERE_4 | EVERYWHERE_6
        route = Route(f"learned by {name}", network.name, everywhere, 0, (name,), rank=8, unknown=unknown)
        found.routes.append(route)


def line_networks(graph: Graph, places: Places, resource: Resource) -> list[Network]:
    """The networks that a VPN tunnel or an Interconnect attachment may lead into; nearly always one."""
    if not resource.at("router").missing:
        return router_networks(graph, places, resource)
    found: dict[Network, None] = {}
    for path in ("targetVpnGateway", "vpnGateway"):
        value = resource.at(path)
        gateways = graph.refer(resource, value, *types.VPN_GATEWAYS).resources
        for gateway in gateways:
            found.update(dict.fromkeys(places.of_network(gateway, gateway.at("network"))))
        if not gateways and not value.missing:
            found.update(dict.fromkeys(places))
    return list(found)
