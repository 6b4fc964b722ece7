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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.places import Network, Places, Subnet
from isolation.gcp.ranges import APIS, EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.rules import tag, unsure_group
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import ENTERPRISE, INTERNET, LOCAL, Endpoint, Gateway, Kind, Model, Route, Router, Scope
from isolation.outside import PRIVATE, anywhere, internet_addresses
from isolation.resources import Found, Graph, Resource, Value

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


def roads(graph: Graph, places: Places, scope: Scope, unsure: Mapping[str, tuple[str, ...]]) -> Roads:
    """The routers, routes and gateways of all networks; `unsure` are the groups of machines whose own groups
    are not known, and why."""
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
            networks = places.of_network(resource, resource.at("network"))
            if network in networks:
                _static(found, resource, network, outwards, certain=len(networks) == 1)
        for resource in graph.of(types.POLICY_ROUTE):
            if network in places.of_network(resource, resource.at("network")):
                _policy_based(found, resource, network)
        _private_lines(found, graph, places, network, announced=bool(scope.enterprise))
    _peerings(found, halves)
    found.routes += [more for route in found.routes if (more := _unsure(route, unsure)) is not None]
    return found


def _unsure(route: Route, unsure: Mapping[str, tuple[str, ...]]) -> Route | None:
    """The route once more for machines of which it is not known whether it is for them."""
    kinds = {unsure_group(each) for each in route.groups or ()} & set(unsure)
    if not kinds:
        return None
    values = [value for kind in sorted(kinds) for value in unsure[kind]]
    return replace(route, groups=frozenset(kinds), unknown=(*route.unknown, *values))


def _to(network: Network, route: Route) -> list[Route]:
    """A route to the ranges of a network; those that are not known yet it leads to perhaps."""
    found = [replace(route, destination=network.known)] if network.known else []
    if waiting := network.ranges - network.known:
        unknown = (*route.unknown, *network.unknown)
        name = f"{route.name}, as far as known"
        found.append(replace(route, name=name, destination=waiting, unknown=unknown))
    return found


def _subnets(found: Roads, network: Network) -> None:
    name = f"to the subnets of {network.short}"
    found.routes += _to(network, Route(name, network.name, EMPTY, 0, (LOCAL,), tier=SUBNETS_TIER))
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
    found.routes += _to(network, Route(f"announced by {network.short}", ENTERPRISE, EMPTY, 32, (into,)))


def _outwards(found: Roads, graph: Graph, places: Places, network: Network) -> tuple[str, ...]:
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
        networks = _router_networks(graph, places, nat)
        kind = nat.at("type")
        if network in networks and (kind.unknown or kind.text("PUBLIC") == "PUBLIC"):
            unknown = [] if len(networks) == 1 else [nat.at("router").where]
            unknown += [kind.where] if kind.unknown else []
            nats.append(_nat(graph, places, nat, network, unknown))
    found.gateways += nats
    names = (direct.name, *(one.name for one in (*apis, *nats)))
    found.inner.update(names)
    return names


def _router_networks(graph: Graph, places: Places, resource: Resource) -> list[Network]:
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
            MOST_SPECIFIC if destination.unknown else _length(destination.text()),
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
            return _appliance(found, resource, path, name), []
    return (), [f"{resource.label}: its next hop"]


def _appliance(found: Roads, resource: Resource, path: str, name: str) -> tuple[str, ...]:
    gateways = list(anywhere(name, resource.at(path), "the next hop", resource.urn))
    found.gateways += gateways
    return tuple(one.name for one in gateways)


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


def _private_lines(found: Roads, graph: Graph, places: Places, network: Network, *, announced: bool) -> None:
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
            found.routes += _to(network, Route(f"by {name}", ENTERPRISE, EMPTY, 32, (back.name,)))
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


def line_networks(graph: Graph, places: Places, resource: Resource) -> list[Network]:
    """The networks that a VPN tunnel or an Interconnect attachment may lead into; nearly always one."""
    if not resource.at("router").missing:
        return _router_networks(graph, places, resource)
    found: dict[Network, None] = {}
    for path in ("targetVpnGateway", "vpnGateway"):
        value = resource.at(path)
        gateways = graph.refer(resource, value, *types.VPN_GATEWAYS).resources
        for gateway in gateways:
            found.update(dict.fromkeys(places.of_network(gateway, gateway.at("network"))))
        if not gateways and not value.missing:
            found.update(dict.fromkeys(places))
    return list(found)


@dataclass(frozen=True)
class _Half:
    """One side's declaration of a peering."""

    resource: Resource
    network: Network
    peer: Network
    exports: bool
    imports: bool
    open_exports: tuple[str, ...] = ()
    open_imports: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


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
            yield _Half(resource, network, peer, exports[0], imports[0], exports[1], imports[1], unknown)


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


def _peered(found: Roads, half: _Half, other: _Half | None) -> None:
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
        found.routes += [each for route in routes for each in _to(peer, route)]
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
            found.routes += _to(half.network, returns)
    exported = other.exports if other else True
    if half.imports and exported:
        _custom_routes(found, half, gateway, arrival, other)


def _custom_routes(found: Roads, half: _Half, gateway: Gateway, arrival: str, other: _Half | None) -> None:
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


def _length(text: str) -> int:
    """A prefix's length; a single address is the longest."""
    _, slash, length = text.partition("/")
    return int(length) if slash and length.isdigit() else (128 if ":" in text else 32 if text else 0)
