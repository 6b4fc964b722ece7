"""Routes, Cloud NAT, peerings, VPN and Interconnect of Google Cloud's networks.

Subnet routes come before all others and no other route may be more specific; policy-based routes come first
of all. A route whose next hop is the default internet gateway leads on for machines with an external address,
for those a Cloud NAT serves, and to the private ranges of Google's APIs where the subnet has Private Google
Access.
Sources: cloud.google.com/vpc/docs/routes, cloud.google.com/nat/docs/overview,
cloud.google.com/vpc/docs/vpc-peering, cloud.google.com/vpc/docs/configure-private-google-access.

What a machine, a load balancer or a VPN's far side does with a packet, and which routes BGP brings, no plan
tells: such hops stand as ways to everywhere that hang on an unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.places import Network, Places, Subnet
from isolation.gcp.ranges import APIS, EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.rules import tag
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import ENTERPRISE, INTERNET, LOCAL, Endpoint, Gateway, Kind, Model, Route, Router, Scope
from isolation.outside import PRIVATE, internet_addresses
from isolation.resources import Graph, Resource, Value

APIS_ROUTER = "Google's APIs"
SUBNETS_TIER, POLICY_TIER = -1, -2


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


def roads(graph: Graph, places: Places, scope: Scope) -> Roads:
    """The routers, routes and gateways of all networks."""
    found = Roads(routers=[Router(APIS_ROUTER, APIS_ROUTER)])
    found.routes.append(Route("Google's own", APIS_ROUTER, APIS, 0, (LOCAL,)))
    halves = list(_halves(graph, places))
    for network in list(places):
        found.routers.append(Router(network.name, network.name))
        _subnets(found, network)
        if scope.enterprise:
            _enterprise(found, network, scope.enterprise)
        outwards = _outwards(found, graph, places, network)
        _defaults(found, network, outwards)
        for resource in graph.of(types.ROUTE):
            if network in places.of_network(resource, resource.at("network")):
                _static(found, resource, network, outwards)
        for resource in graph.of(types.POLICY_ROUTE):
            if network in places.of_network(resource, resource.at("network")):
                _policy_based(found, resource, network)
        _private_lines(found, graph, places, network)
    _peerings(found, halves)
    return found


def _subnets(found: Roads, network: Network) -> None:
    if network.ranges:
        name = f"to the subnets of {network.short}"
        found.routes.append(Route(name, network.name, network.ranges, 0, (LOCAL,), tier=SUBNETS_TIER))
    entry = Gateway(entry_name(network), "internet gateway", network.name)
    found.gateways.append(entry)
    six = IntervalSet.union(subnet.primary & EVERYWHERE_6 for subnet in network.subnets if subnet.public_six)
    if six:
        found.routes.append(Route(f"to {network.name}", INTERNET, six, 1, (entry.name,)))


def _enterprise(found: Roads, network: Network, enterprise: IntervalSet) -> None:
    """The connection that the enterprise network's owner may make at any time."""
    why = "the owner of the enterprise network may connect it, by Interconnect or VPN"
    ranges = enterprise - network.ranges
    out = f"from {network.short} to the enterprise network"
    into = f"from the enterprise network to {network.short}"
    found.gateways += [
        Gateway(out, "connection", ENTERPRISE, assumed=True, why=why),
        Gateway(into, "connection", network.name, assumed=True, why=why),
    ]
    found.inner.add(out)
    found.routes.append(Route(f"announced to {network.short}", network.name, ranges, 1, (out,), rank=9))
    if network.ranges:
        found.routes.append(Route(f"announced by {network.short}", ENTERPRISE, network.ranges, 32, (into,)))


def _outwards(found: Roads, graph: Graph, places: Places, network: Network) -> tuple[str, ...]:
    """The gateways behind the next hop `default-internet-gateway`."""
    direct = Gateway(f"of {network.short}", "internet gateway", INTERNET, needs_public=True)
    covered = IntervalSet.union(one.ranges for one in network.subnets if one.private_access)
    apis = Gateway(
        f"Private Google Access of {network.short}",
        "gateway",
        APIS_ROUTER,
        sources=covered,
        destinations=APIS,
        remembers=True,
    )
    found.gateways += [direct, apis]
    nats = [
        _nat(graph, places, nat, network)
        for nat in graph.of(types.NAT)
        if _router_network(graph, places, nat) is network and nat.at("type").text("PUBLIC") == "PUBLIC"
    ]
    found.gateways += nats
    names = (direct.name, apis.name, *(nat.name for nat in nats))
    found.inner.update(names)
    return names


def _router_network(graph: Graph, places: Places, resource: Resource) -> Network | None:
    """The network of the Cloud Router that a NAT, tunnel or attachment belongs to."""
    router = graph.refer(resource, resource.at("router"), types.ROUTER)
    if router.resources:
        one = router.resources[0]
        return next(iter(places.of_network(one, one.at("network"))), None)
    # A router outside the stack: whichever network it may be of.
    return next(iter(places), None) if resource.at("router").text() else None


def _nat(graph: Graph, places: Places, nat: Resource, network: Network) -> Gateway:
    mode = nat.at("sourceSubnetworkIpRangesToNat")
    region = nat.at("region").text()
    here = [one for one in network.subnets if not region or not one.region or one.region == region]
    unknown = [mode.where] if mode.unknown else []
    if mode.text() == "LIST_OF_SUBNETWORKS":
        parts: list[IntervalSet] = []
        for value in nat.at("subnetworks").items():
            for subnet in _nat_subnets(graph, places, nat, value, network):
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
        unknown=tuple(unknown),
        origin=nat.urn,
    )


def _nat_subnets(
    graph: Graph, places: Places, nat: Resource, value: Value, network: Network
) -> Sequence[Subnet]:
    name = value.at("name")
    if name.unknown:
        return [
            places.subnets[one.urn]
            for one in graph.sources(nat, name, types.SUBNET)
            if one.urn in places.subnets
        ] or network.subnets
    return places.of_subnet(nat, name)


def _nat_ranges(value: Value, subnet: Subnet) -> tuple[IntervalSet, bool]:
    kinds = value.at("sourceIpRangesToNats")
    if kinds.partly_unknown:
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


def _static(found: Roads, resource: Resource, network: Network, outwards: tuple[str, ...]) -> None:
    """A custom static route."""
    destination = resource.at("destRange")
    unknown = [destination.where] if destination.unknown else []
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
            _length(destination.text()),
            targets,
            rank=resource.at("priority").number(1000),
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
            return _appliance(found, resource, path, name), []
    return (), [f"{resource.label}: its next hop"]


def _appliance(found: Roads, resource: Resource, path: str, name: str) -> tuple[str, ...]:
    where = f"what {resource.at(path).text('the next hop')} does with packets ({resource.at(path).where})"
    gateways = [
        Gateway(f"{name} on to the {side}", "next hop", side, unknown=(where,), origin=resource.urn)
        for side in (INTERNET, ENTERPRISE)
    ]
    found.gateways += gateways
    return tuple(one.name for one in gateways)


def _policy_based(found: Roads, resource: Resource, network: Network) -> None:
    source = resource.at("filter.srcRange")
    destination = resource.at("filter.destRange")
    name = f"policy-based route {resource.at('name').text(resource.name)}"
    if not resource.at("nextHopOtherRoutes").missing:
        # It sends packets back to the other routes, which are followed anyway.
        return
    open_values = [each.where for each in (source, destination) if each.unknown]
    found.routes.append(
        Route(
            name,
            network.name,
            EVERYWHERE_4 if destination.unknown else addresses(destination.text("0.0.0.0/0")),
            _length(destination.text()),
            _appliance(found, resource, "nextHopIlbIp", name),
            tier=POLICY_TIER,
            rank=resource.at("priority").number(1000),
            sources=EVERYWHERE_4 if source.unknown else addresses(source.text("0.0.0.0/0")),
            # Its protocol and the machines it is for narrow it, and then the other routes hold.
            unknown=(*open_values, f"{resource.label}: which packets it is for"),
            origin=resource.urn,
        )
    )


def _private_lines(found: Roads, graph: Graph, places: Places, network: Network) -> None:
    """VPN tunnels and Interconnect attachments: what BGP announces there may be anything."""
    for resource in [*graph.of(types.TUNNEL), *graph.of(types.ATTACHMENT)]:
        if network is not line_network(graph, places, resource):
            continue
        kind = "VPN tunnel" if resource.type == types.TUNNEL else "Interconnect"
        name = f"{resource.at('name').text(resource.name)} of {network.short}"
        found.gateways.append(Gateway(name, kind, ENTERPRISE, origin=resource.urn))
        remote = resource.at("remoteTrafficSelectors")
        if resource.at("router").missing and not remote.missing and not remote.partly_unknown:
            for text in remote.texts():
                route = Route(
                    f"{name} to {text}", network.name, addresses(text), _length(text), (name,), rank=1000
                )
                found.routes.append(route)
            continue
        unknown = (f"the routes that {resource.label} learns by BGP",)
        everywhere = EVERYWHERE_4 | EVERYWHERE_6
        route = Route(f"learned by {name}", network.name, everywhere, 0, (name,), rank=8, unknown=unknown)
        found.routes.append(route)


def line_network(graph: Graph, places: Places, resource: Resource) -> Network | None:
    """The network that a VPN tunnel or an Interconnect attachment leads into."""
    if not resource.at("router").missing:
        return _router_network(graph, places, resource)
    for path in ("targetVpnGateway", "vpnGateway"):
        for gateway in graph.refer(resource, resource.at(path), *types.VPN_GATEWAYS).resources:
            return next(iter(places.of_network(gateway, gateway.at("network"))), None)
    return None


@dataclass(frozen=True)
class _Half:
    """One side's declaration of a peering."""

    resource: Resource
    network: Network
    peer: Network
    exports: bool
    imports: bool


def _peerings(found: Roads, halves: Sequence[_Half]) -> None:
    """Peerings carry subnet routes of the two networks, and custom routes where one exports and the other
    imports them; nothing goes on to a third network."""
    for half in halves:
        other = next((one for one in halves if one.network is half.peer and one.peer is half.network), None)
        if other is None and half.peer.resource is not None:
            # Active only once both sides have declared it.
            continue
        _peered(found, half, other)


def _halves(graph: Graph, places: Places) -> Iterator[_Half]:
    for resource in graph.of(types.PEERING):
        for network in places.of_network(resource, resource.at("network")):
            for peer in places.of_network(resource, resource.at("peerNetwork")):
                exports = resource.at("exportCustomRoutes").flag()
                imports = resource.at("importCustomRoutes").flag()
                for config in graph.of(types.PEERING_ROUTES):
                    if graph.refer(config, config.at("peering"), types.PEERING).one is resource:
                        exports = config.at("exportCustomRoutes").flag()
                        imports = config.at("importCustomRoutes").flag()
                yield _Half(resource, network, peer, exports, imports)


def _peered(found: Roads, half: _Half, other: _Half | None) -> None:
    name = f"{half.resource.at('name').text(half.resource.name)}, {half.network.short} to {half.peer.short}"
    arrival = f"{half.peer.name}, from {half.network.short}"
    found.routers.append(Router(arrival, half.peer.name))
    gateway = Gateway(name, "peering", arrival, origin=half.resource.urn)
    found.gateways.append(gateway)
    ranges = half.peer.ranges if half.peer.resource else PRIVATE - half.network.ranges
    found.routes += [
        Route(f"peering {name}", half.network.name, ranges, 0, (name,), tier=SUBNETS_TIER),
        Route(f"to the subnets of {half.peer.short}", arrival, ranges, 0, (LOCAL,), tier=SUBNETS_TIER),
    ]
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
            found.routes.append(
                Route(f"peering {back}", half.peer.name, half.network.ranges, 32, (back,), tier=SUBNETS_TIER)
            )
    exported = other.exports if other else True
    if half.imports and exported:
        _custom_routes(found, half, gateway, arrival, declared=other is not None)


def _custom_routes(found: Roads, half: _Half, gateway: Gateway, arrival: str, *, declared: bool) -> None:
    """Custom routes that the peer exports and this side imports. Routes with tags or to the internet gateway
    are never exported."""
    if not declared:
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
                unknown=route.unknown,
            ),
            Route(
                route.name,
                arrival,
                route.destination,
                route.length,
                route.targets,
                rank=route.rank,
                unknown=route.unknown,
                origin=route.origin,
            ),
        ]


def _length(text: str) -> int:
    """A prefix's length; a single address is the longest."""
    _, slash, length = text.partition("/")
    return int(length) if slash and length.isdigit() else (128 if ":" in text else 32 if text else 0)
