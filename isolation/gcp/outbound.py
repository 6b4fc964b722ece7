"""Behind the next hop `default-internet-gateway`: external addresses, Cloud NAT, Private Google Access.

The gateway leads on for machines with an external address, for those a Cloud NAT serves, and to the private
ranges of Google's APIs where the subnet has Private Google Access.
Sources: cloud.google.com/nat/docs/overview, cloud.google.com/vpc/docs/configure-private-google-access.
"""

from __future__ import annotations

from collections.abc import Sequence

from isolation.gcp import types
from isolation.gcp.places import Network, Places, Subnet
from isolation.gcp.ranges import APIS, EVERYWHERE_4
from isolation.gcp.roads import (
    APIS_ROUTER,
    Roads,
)
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import INTERNET, Gateway
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value


def outwards_of(found: Roads, graph: Graph, places: Places, network: Network) -> tuple[str, ...]:
    """The gateways behind the next hop `default-internet-gateway`."""
    direct = Gateway(f"of {network.short}", "internet gateway", INTERNET, needs_public=True)
    apis = [
        Gateway(
            name,
            "gateway",
            APIS_ROUTER,
            sources=covered,
            destinations=APIS,
            remembers=True,
            unknown=unknown,
        )
        for name, covered, unknown in (
            (
                f"Private Google Access of {network.short}",
                IntervalSet.union(one.ranges for one in network.subnets if one.private_access),
                (),
            ),
            *(
                (f"Private Google Access of {one.name} in {network.short}", one.ranges, one.open_access)
                for one in network.subnets
                if one.open_access
            ),
        )
    ]
    found.gateways += [direct, *apis]
    nats: list[Gateway] = []
    for nat in graph.of(types.NAT):
        networks = router_networks(graph, places, nat)
        kind = nat.at("type")
        if network in networks and (kind.unknown or kind.text("PUBLIC") == "PUBLIC"):
            unknown = [] if len(networks) == 1 else [nat.at("router").where]
            unknown += [kind.where] if kind.unknown else []
            nats.append(_nat(graph, places, nat, network, unknown))
    found.gateways += nats
    names = (direct.name, *(one.name for one in (*apis, *nats)))
    found.inner.update(names)
    return names


def router_networks(graph: Graph, places: Places, resource: Resource) -> list[Network]:
    """The networks that the Cloud Router of a NAT, tunnel or attachment may belong to; nearly always one."""
    value = resource.at("router")
    router = graph.refer(resource, value, types.ROUTER)
    found = [each for one in router.resources for each in places.of_network(one, one.at("network"))]
    if found:
        return list(dict.fromkeys(found))
    # A router outside the stack, or one that is not known: whichever network it may be of.
    return [] if value.missing else list(places)


def _nat(graph: Graph, places: Places, nat: Resource, network: Network, unknown: list[str]) -> Gateway:
    mode, region = nat.at("sourceSubnetworkIpRangesToNat"), nat.at("region")
    regions = {region.text(), ""}
    here = [one for one in network.subnets if regions == {""} or one.region in regions]
    unknown += [each.where for each in (mode, region) if each.unknown]
    if mode.text() == "LIST_OF_SUBNETWORKS":
        parts: list[IntervalSet] = []
        for value in nat.at("subnetworks").members():
            subnets, certain = _nat_subnets(graph, places, nat, value, network)
            unknown += [] if certain else [value.at("name").where]
            for subnet in subnets:
                part, is_open = _nat_ranges(value, subnet)
                parts.append(part)
                unknown += [f"{value.where}.sourceIpRangesToNats"] if is_open else []
        served = IntervalSet.union(parts)
    elif mode.text() == "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES":
        served = IntervalSet.union(one.primary for one in here)
    else:
        served = IntervalSet.union(one.ranges for one in here)
    return Gateway(
        f"{nat.at('name').text(nat.name)} of {network.short}",
        "Cloud NAT",
        INTERNET,
        sources=served & EVERYWHERE_4,
        source_becomes=internet_addresses() & EVERYWHERE_4,
        unknown=tuple(dict.fromkeys(unknown)),
        origin=nat.urn,
    )


def _nat_subnets(
    graph: Graph, places: Places, nat: Resource, value: Value, network: Network
) -> tuple[Sequence[Subnet], bool]:
    """The subnets that an entry of a NAT's list may mean, and whether it is those."""
    name = value.at("name")
    if not name.unknown:
        return places.of_subnet(nat, name), True
    sources = graph.sources(nat, name, types.SUBNET)
    waiting = sum(each.at("name").unknown for each in nat.at("subnetworks").members())
    found = [subnet for one in sources for subnet in places.of_resource(one)]
    return found or network.subnets, len(sources) >= waiting and not value.unknown


def _nat_ranges(value: Value, subnet: Subnet) -> tuple[IntervalSet, bool]:
    kinds = value.at("sourceIpRangesToNats")
    if kinds.partly_unknown or value.at("secondaryIpRangeNames").partly_unknown:
        return subnet.ranges, True
    found: list[IntervalSet] = []
    for kind in kinds.texts() or ["ALL_IP_RANGES"]:
        if kind == "ALL_IP_RANGES":
            found.append(subnet.ranges)
        elif kind == "PRIMARY_IP_RANGE":
            found.append(subnet.primary)
        else:
            found += [subnet.secondary.get(name, EMPTY) for name in value.at("secondaryIpRangeNames").texts()]
    return IntervalSet.union(found), False
