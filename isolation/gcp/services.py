"""Private ways to services: Google's APIs, Private Service Connect, private services access; and ways out for
data that are no packets of the network.

The private ranges of Google's APIs, and endpoints in the network that stand for them, belong to the segment
`data`. What leaves through an API is bounded by a service perimeter, or by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.lines import line_networks
from isolation.gcp.places import Network, Places
from isolation.gcp.ranges import EVERYWHERE_4, METADATA, PRIVATE_APIS, RESTRICTED
from isolation.gcp.roads import APIS_ROUTER, SUBNETS_TIER
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import LOCAL, Endpoint, Exit, Guard, Kind, Model, Route, Unmodelled
from isolation.outside import PRIVATE
from isolation.resources import Graph, Resource
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

DATA = "data"
HTTPS = traffic("TCP", 443)
# What every name and endpoint of all of Google's APIs together stands for.
ALL_APIS = "Google's APIs"
# A managed service answers and opens no connection into the network.
SILENT = Guard(Chain("what Google runs", (Filter("what Google runs opens no connection", (), Action.DENY),)))


def services(graph: Graph, places: Places) -> Model:
    """The endpoints of services, and the exits."""
    found: list[Endpoint] = [
        Endpoint(
            name,
            Kind.PRIVATE_API,
            APIS_ROUTER,
            APIS_ROUTER,
            ranges,
            frozenset({DATA}),
            egress=(SILENT,),
            instead=ALL_APIS,
        )
        for name, ranges in (
            ("restricted.googleapis.com", RESTRICTED),
            ("private.googleapis.com", PRIVATE_APIS),
        )
    ]
    routes: list[Route] = []
    unmodelled: list[Unmodelled] = []
    for network in places:
        found.append(
            Endpoint(
                f"metadata server and resolver of {network.short}",
                Kind.RESOLVER,
                network.name,
                network.name,
                METADATA,
                unguarded=True,
            )
        )
        routes.append(
            Route(f"metadata server of {network.short}", network.name, METADATA, 32, (LOCAL,), tier=-9)
        )
    for endpoint in _endpoints(graph, places):
        found.append(endpoint)
        # Its address may lie outside every subnet, as one for all of Google's APIs must.
        # Source: cloud.google.com/vpc/docs/about-accessing-google-apis-endpoints#ip-address.
        routes.append(
            Route(
                f"to {endpoint.name}",
                endpoint.router,
                endpoint.addresses,
                32,
                (LOCAL,),
                tier=SUBNETS_TIER,
                only=frozenset({endpoint.name}),
                origin=endpoint.origin,
            )
        )
    for resource in graph.of(types.SERVICE_CONNECTION):
        for network in places.of_network(resource, resource.at("network")):
            endpoint, route = _connection(graph, resource, network)
            found.append(endpoint)
            routes.append(route)
    return Model(
        endpoints=tuple(found),
        routes=tuple(routes),
        exits=tuple(_exits(graph, places)),
        unmodelled=tuple(unmodelled),
    )


def _endpoints(graph: Graph, places: Places) -> Iterator[Endpoint]:
    """Private Service Connect: forwarding rules to Google's APIs or to a published service, and endpoints of
    regional APIs."""
    for rule in graph.of(types.GLOBAL_FORWARDING, types.FORWARDING):
        target = rule.at("target").text()
        if target in ("all-apis", "vpc-sc"):
            kind = Kind.PRIVATE_API
        elif "serviceAttachments" in target or graph.sources(
            rule, rule.at("target"), types.SERVICE_ATTACHMENT
        ):
            kind = Kind.PRIVATE_ENDPOINT
        else:
            continue
        networks = places.of_network(rule, rule.at("network")) or [
            subnet.network for subnet in places.of_subnet(rule, rule.at("subnetwork"))
        ]
        for network in networks:
            yield _endpoint(graph, places, rule, network, kind)
    for resource in graph.of(types.REGIONAL_ENDPOINT):
        for subnet in places.of_subnet(resource, resource.at("subnetwork")):
            text = resource.at("address").text()
            own = addresses(text) & subnet.primary if text.count(".") == 3 else EMPTY
            yield Endpoint(
                f"endpoint {resource.at('name').text(resource.name)}",
                Kind.PRIVATE_ENDPOINT,
                subnet.network.name,
                subnet.network.name,
                # The service takes its address from the subnet, so that another one is a rehearsal's.
                own or subnet.primary & EVERYWHERE_4,
                frozenset({DATA}),
                egress=(SILENT,),
                ingress=(_own(graph, places, subnet.network),),
                serves=HTTPS,
                origin=resource.urn,
            )


def _endpoint(graph: Graph, places: Places, rule: Resource, network: Network, kind: Kind) -> Endpoint:
    text = rule.at("ipAddress").text()
    for one in graph.refer(rule, rule.at("ipAddress"), types.GLOBAL_ADDRESS, types.ADDRESS).resources:
        text = one.at("address").text(text)
    known = text.replace(".", "").isdigit()
    return Endpoint(
        f"endpoint {rule.at('name').text(rule.name)}",
        kind,
        network.name,
        network.name,
        addresses(text) if known else network.ranges & EVERYWHERE_4,
        frozenset({DATA}),
        egress=(SILENT,),
        ingress=(_own(graph, places, network),),
        origin=rule.urn,
        instead=ALL_APIS if kind is Kind.PRIVATE_API else "",
        optional=kind is Kind.PRIVATE_ENDPOINT,
    )


def _own(graph: Graph, places: Places, network: Network) -> Guard:
    """A private endpoint meets no firewall rule, and answers its own network, and what a line declared in
    this stack connects. Peered networks do not reach it.
    Source: cloud.google.com/vpc/docs/about-accessing-regional-google-apis-endpoints."""
    rules = [Rule(f"machines of {network.short}", Action.ALLOW, Match(network.ranges))]
    rules += [
        Rule(f"what {line.label} connects", Action.ALLOW, Match(PRIVATE))
        for line in [*graph.of(types.TUNNEL), *graph.of(types.ATTACHMENT)]
        if network in line_networks(graph, places, line)
    ]
    name = f"who reaches private endpoints of {network.short}"
    return Guard(Chain(name, (Filter(name, tuple(rules), Action.DENY),)))


def _connection(graph: Graph, resource: Resource, network: Network) -> tuple[Endpoint, Route]:
    """Private services access: ranges in which Google runs managed services for the network."""
    asked = resource.at("reservedPeeringRanges")
    parts: list[IntervalSet] = []
    reserved = graph.refer_all(resource, asked, types.GLOBAL_ADDRESS)
    unknown = [] if reserved.certain and not reserved.text and reserved.resources else [asked.where]
    for one in reserved.resources:
        text, length = one.at("address").text(), one.at("prefixLength").text()
        if text and length:
            parts.append(addresses(f"{text}/{length}"))
        else:
            # Google chooses it among the private ranges that are free.
            unknown.append(one.at("address").where)
    ranges = PRIVATE & EVERYWHERE_4 - network.known if unknown else IntervalSet.union(parts)
    name = f"managed services of {network.short} ({resource.name})"
    endpoint = Endpoint(
        name,
        Kind.PRIVATE_ENDPOINT,
        network.name,
        network.name,
        ranges,
        frozenset({DATA}),
        origin=resource.urn,
        optional=True,
    )
    return endpoint, Route(
        f"to {name}",
        network.name,
        ranges,
        0,
        (LOCAL,),
        tier=-1,
        unknown=tuple(unknown),
        origin=resource.urn,
    )


def _exits(graph: Graph, places: Places) -> Iterator[Exit]:
    logged = {
        network.name
        for policy in graph.of(types.DNS_POLICY)
        if policy.at("enableLogging").flag()
        # What may be another network's limits none for sure.
        and graph.refer_all(policy, policy.at("networks"), types.NETWORK, step="networkUrl").certain
        for network in places.of_networks(policy, policy.at("networks"), step="networkUrl")
    }
    for network in places:
        yield Exit(
            f"name resolution in {network.short}",
            frozenset(),
            "Google's resolver asks the world for any name, and a query carries a few bytes",
            "a DNS policy that logs every query" if network.name in logged else "",
        )
    perimeters = [(one, one.at("status")) for one in graph.of(types.PERIMETER)]
    enforced = [one for one, status in perimeters if not status.missing and not status.unknown]
    yield Exit(
        "Google's APIs",
        frozenset(),
        "whoever reaches them reaches other projects' buckets too",
        f"service perimeter {enforced[0].name}" if enforced else "",
        enforced[0].urn if enforced else "",
    )
    for policy in graph.of(types.DNS_POLICY):
        for server in policy.at("alternativeNameServerConfig.targetNameServers").members():
            why = f"queries go to {server.at('ipv4Address').text('a server of its own')}"
            yield Exit(f"name servers of {policy.name}", frozenset(), why, origin=policy.urn)
    for zone in graph.of(types.DNS_ZONE):
        for server in zone.at("forwardingConfig.targetNameServers").members():
            asked = server.at("ipv4Address").text("a server of its own")
            why = f"names of {zone.at('dnsName').text()} are asked at {asked}"
            yield Exit(f"forwarding zone {zone.name}", frozenset(), why, origin=zone.urn)
    for entry in types.lists()["hosted"]:
        for resource in graph.of(entry["type"]):
            why = f"{entry['what']} has a way to the internet that this network does not carry"
            yield Exit(resource.label, frozenset(), why, origin=resource.urn)
