"""Load balancers of Google Cloud.

A proxy ends connections: clients reach its front end, and Google's own ranges, or the network's proxy-only
subnet, reach the backends. Where every backend service has a security policy the way on counts as inspected,
and the front end belongs to the segment `edge`; without one, whoever reaches the front end reaches the
backends. A load balancer that passes packets through gives its address to its backends.
Sources: cloud.google.com/load-balancing/docs/load-balancing-overview and docs/proxy-only-subnets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.machines import Machines
from isolation.gcp.places import PROXY_PURPOSES, Network, Places
from isolation.gcp.ranges import EVERYWHERE_4, FRONT_ENDS, IAP
from isolation.gcp.routes import entry_name
from isolation.gcp.rules import spelled
from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.joined import is_provider_of
from isolation.model import (
    INTERNET,
    Endpoint,
    Forward,
    Gateway,
    Kind,
    Model,
    Route,
    Router,
    Unmodelled,
)
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value, texts_in
from isolation.traffic import ALL_TRAFFIC, traffic

FRONT = "Google's front ends"
EDGE = "edge"
OUTSIDE_SCHEMES = frozenset({"", "EXTERNAL", "EXTERNAL_MANAGED"})
NEG_ANNOTATION = "cloud.google.com/neg"
SERVICE = "kubernetes:core/v1:Service"
# The properties of a URL map that name backend services.
_FORWARDING = frozenset(
    {"defaultService", "defaultRouteAction", "defaultUrlRedirect", "pathMatchers", "tests"}
)


@dataclass(eq=False)
class Balancers:
    """What load balancers come to; `passed` are public addresses of endpoints by their names."""

    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    passed: dict[str, IntervalSet] = field(default_factory=dict[str, IntervalSet])
    private: dict[str, IntervalSet] = field(default_factory=dict[str, IntervalSet])
    unmodelled: list[Unmodelled] = field(default_factory=list[Unmodelled])


def front(places: Places) -> Model:
    """Where Google's proxies and health checks stand: beside every network, reaching each by address."""
    gateways = [
        Gateway(f"front ends to {one.short}", "Google's network", one.name, remembers=True) for one in places
    ]
    routes = [
        Route(f"to {one.short}", FRONT, one.ranges, 1, (f"front ends to {one.short}",))
        for one in places
        if one.ranges
    ]
    return Model(
        endpoints=(
            Endpoint(
                "Google's proxies and health checks",
                Kind.PROXY,
                FRONT,
                FRONT,
                FRONT_ENDS,
                frozenset({EDGE}),
                assumed=True,
            ),
            # People come through it from anywhere, once they are signed in.
            Endpoint(
                "Identity-Aware Proxy", Kind.PROXY, FRONT, FRONT, IAP, frozenset({INTERNET}), assumed=True
            ),
        ),
        routers=(Router(FRONT, FRONT),),
        routes=tuple(routes),
        gateways=(*gateways, Gateway("into the front ends", "Google's edge", FRONT)),
    )


class BalancerReader:
    """Reads forwarding rules and what is behind them."""

    def __init__(self, graph: Graph, places: Places, machines: Machines) -> None:
        self._graph = graph
        self._places = places
        self._machines = machines
        self._found = Balancers()

    def read(self) -> Balancers:
        """All front ends."""
        for rule in self._graph.of(types.GLOBAL_FORWARDING, types.FORWARDING):
            if not _private_service(rule):
                self._rule(rule)
        return self._found

    def _rule(self, rule: Resource) -> None:
        name = f"load balancer {rule.at('name').text(rule.name)}"
        scheme = rule.at("loadBalancingScheme").text("EXTERNAL")
        target = rule.at("target")
        found = self._graph.refer(rule, target, *types.PROXIES)
        if found.resources:
            self._proxy(rule, name, scheme, found.resources[0])
            return
        passed = list(self._passed_to(rule))
        if passed:
            self._pass_through(rule, scheme, passed)
            return
        networks = frozenset(one.name for one in self._networks(rule))
        why = "where it sends packets is neither a proxy nor a backend of this stack"
        self._found.unmodelled.append(Unmodelled(rule.label, why, networks, rule.urn))

    def _proxy(self, rule: Resource, name: str, scheme: str, proxy: Resource) -> None:
        services, open_services = self._services(proxy)
        listens = _listens(rule)
        forwards = tuple(self._forward(service) for service in services)
        if open_services:
            # Whatever else it forwards to may be any machine.
            forwards += (Forward(self._any_machine(), ALL_TRAFFIC, unknown=open_services),)
        if rule.at("loadBalancingScheme").unknown:
            where = rule.at("loadBalancingScheme").where
            self._found.unmodelled.append(
                Unmodelled(where, "whether it faces the internet is not known", origin=rule.urn)
            )
        inspected = bool(forwards) and all(one.inspected_by for one in forwards)
        if scheme in OUTSIDE_SCHEMES:
            self._found.endpoints.append(
                Endpoint(
                    name,
                    Kind.PROXY,
                    FRONT,
                    FRONT,
                    FRONT_ENDS,
                    frozenset({EDGE}) if inspected else frozenset({EDGE, "uninspected proxies"}),
                    public=self._address(rule, internet_addresses() & EVERYWHERE_4),
                    entries=("into the front ends",),
                    serves=listens,
                    forwards=forwards,
                    unknown=_open_ports(rule),
                    origin=rule.urn,
                )
            )
            return
        for network in self._networks(rule):
            proxies = IntervalSet.union(
                one.ranges for one in network.subnets if one.purpose in PROXY_PURPOSES or one.open_purpose
            )
            own = self._address(rule, network.ranges)
            self._found.endpoints.append(
                Endpoint(
                    name,
                    Kind.PROXY,
                    network.name,
                    network.name,
                    own | proxies,
                    frozenset({EDGE}) if inspected else frozenset(),
                    serves=listens,
                    forwards=forwards,
                    unknown=_open_ports(rule),
                    origin=rule.urn,
                )
            )

    def _services(self, proxy: Resource) -> tuple[list[Resource], tuple[str, ...]]:
        """The backend services behind a target proxy, through its URL map where it has one, and the values
        that hide further ones."""
        found: dict[str, Resource] = {}
        open_values: list[str] = []
        direct, mapped = proxy.at("backendService"), proxy.at("urlMap")
        for one in self._graph.refer(proxy, direct, *types.BACKENDS).resources:
            found[one.urn] = one
        url_maps = self._graph.refer(proxy, mapped, *types.URL_MAPS).resources
        open_values += [direct.where] if direct.unknown and not found else []
        open_values += [mapped.where] if mapped.unknown and not url_maps else []
        for url_map in url_maps:
            for path in url_map.properties:
                value = url_map.at(path)
                sources = self._graph.sources(url_map, value, *types.BACKENDS)
                found.update((one.urn, one) for one in sources)
                if value.partly_unknown and not sources and path in _FORWARDING:
                    open_values.append(value.where)
            for text in texts_in(url_map.properties):
                found.update((one.urn, one) for one in self._graph.named(text, *types.BACKENDS))
        return list(found.values()), tuple(open_values)

    def _any_machine(self) -> tuple[str, ...]:
        return tuple(one.name for one in self._machines.interfaces if not one.assumed)

    def _forward(self, service: Resource) -> Forward:
        policy = self._graph.refer(service, service.at("securityPolicy"), *types.SECURITY_POLICIES)
        inspected = ""
        if policy.resources:
            inspected = f"security policy {policy.resources[0].at('name').text(policy.resources[0].name)}"
        elif policy.text:
            inspected = f"security policy {policy.text}"
        destinations, unknown = self._backends(service)
        return Forward(destinations, ALL_TRAFFIC, inspected, unknown)

    def _backends(self, service: Resource) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The endpoints behind a backend service, and what is open about them."""
        names: dict[str, None] = {}
        unknown: list[str] = []
        for value in service.at("backends").members():
            group = value.at("group")
            found, certain = self._group(service, group)
            names.update(dict.fromkeys(found))
            if not found or not certain:
                # What nobody can tell may be any machine.
                names.update(dict.fromkeys(self._any_machine()))
                unknown.append(f"{group.where}: {group.text('which machines it has')}")
        return tuple(names), tuple(unknown)

    def _group(self, service: Resource, group: Value) -> tuple[list[str], bool]:
        """The machines of an instance group, or the nodes whose pods a group of network endpoints has, and
        whether there are no others."""
        found = self._graph.refer(service, group, types.GROUP, *types.MANAGERS, *types.NEGS)
        if not found.resources and not group.unknown:
            # A manager's group is named by its URL, of which the last part is the manager's name.
            last = group.text().rpartition("/")[2]
            return self._by_neg.get(last, []) or self._managed(last), True
        names: dict[str, None] = {}
        certain = True
        for one in found.resources:
            for reference in (one.at("instances"), one.at("versions"), one.at("instanceTemplate")):
                sources = self._graph.sources(one, reference, types.INSTANCE, *types.TEMPLATES)
                certain = certain and (bool(sources) or not reference.partly_unknown)
                for owner in sources:
                    names.update(dict.fromkeys(self._machines.by_resource.get(owner.urn, [])))
                for text in texts_in(reference.raw):
                    for owner in self._graph.named(text, types.INSTANCE, *types.TEMPLATES):
                        names.update(dict.fromkeys(self._machines.by_resource.get(owner.urn, [])))
        if not names and group.unknown:
            names.update(dict.fromkeys(self._negs_of(service)))
        return list(names), certain

    def _managed(self, last: str) -> list[str]:
        return [
            name
            for manager in self._graph.of(*types.MANAGERS, types.GROUP)
            if manager.at("name").text(manager.name) == last
            for owner in self._graph.sources(manager, manager.at("versions"), *types.TEMPLATES)
            for name in self._machines.by_resource.get(owner.urn, [])
        ]

    def _negs_of(self, service: Resource) -> list[str]:
        """At preview a group's id is not known; a Service that its backends wait for tells it."""
        services = self._graph.sources(service, service.at("backends"), SERVICE)
        return [name for one in services for name in self._nodes_of(one)]

    @cached_property
    def _by_neg(self) -> dict[str, list[str]]:
        """The nodes behind each group of network endpoints that a Kubernetes Service asks GKE to make."""
        found: dict[str, list[str]] = {}
        for service in self._graph.of(SERVICE):
            notes = service.at("metadata").raw
            for text in texts_in(notes):
                if '"exposed_ports"' in text:
                    for name in text.split('"name"')[1:]:
                        parts = name.split('"')
                        if len(parts) > 1:
                            found.setdefault(parts[1], []).extend(self._nodes_of(service))
        return found

    def _nodes_of(self, service: Resource) -> list[str]:
        """The nodes of the cluster that a Kubernetes object's provider talks to."""
        return [
            name
            for cluster in self._graph.of(types.CLUSTER)
            if is_provider_of(self._graph, service.provider, _called(cluster), cluster.urn)
            for name in self._machines.by_resource.get(cluster.urn, [])
        ]

    def _passed_to(self, rule: Resource) -> Iterator[str]:
        """The machines behind a load balancer that passes packets through."""
        for service in self._graph.refer(rule, rule.at("backendService"), *types.BACKENDS).resources:
            yield from self._backends(service)[0]
        target = self._graph.refer(rule, rule.at("target"), types.TARGET_POOL, types.TARGET_INSTANCE)
        for one in target.resources:
            for path in ("instances", "instance"):
                for text in texts_in(one.at(path).raw):
                    last = text.rpartition("/")[2]
                    for instance in self._graph.of(types.INSTANCE):
                        if last in (instance.at("name").text(), instance.name):
                            yield from self._machines.by_resource.get(instance.urn, [])
                for owner in self._graph.sources(one, one.at(path), types.INSTANCE):
                    yield from self._machines.by_resource.get(owner.urn, [])

    def _pass_through(self, rule: Resource, scheme: str, passed: list[str]) -> None:
        outside = scheme in OUTSIDE_SCHEMES
        for name in dict.fromkeys(passed):
            if outside:
                own = self._address(rule, internet_addresses() & EVERYWHERE_4)
                self._found.passed[name] = self._found.passed.get(name, EMPTY) | own
            else:
                text = rule.at("ipAddress").text()
                own = addresses(text) if _is_address(text) else EMPTY
                self._found.private[name] = self._found.private.get(name, EMPTY) | own

    def _address(self, rule: Resource, otherwise: IntervalSet) -> IntervalSet:
        """A forwarding rule's address, its own or the one it has reserved; `otherwise` when not known."""
        text = rule.at("ipAddress").text()
        if _is_address(text):
            return addresses(text)
        for one in self._graph.refer(
            rule, rule.at("ipAddress"), types.GLOBAL_ADDRESS, types.ADDRESS
        ).resources:
            known = one.at("address").text()
            if _is_address(known):
                return addresses(known)
        return otherwise

    def _networks(self, rule: Resource) -> list[Network]:
        if not rule.at("subnetwork").missing:
            return [one.network for one in self._places.of_subnet(rule, rule.at("subnetwork"))]
        if not rule.at("network").missing:
            return self._places.of_network(rule, rule.at("network"))
        return list(self._places)


def with_addresses(endpoint: Endpoint, balancers: Balancers, network: Network) -> Endpoint:
    """A machine with the addresses of the load balancers that pass packets to it."""
    public = balancers.passed.get(endpoint.name, EMPTY)
    private = balancers.private.get(endpoint.name, EMPTY)
    if not public and not private:
        return endpoint
    return replace(
        endpoint,
        addresses=endpoint.addresses | private,
        public=endpoint.public | public,
        entries=(entry_name(network),) if public or endpoint.entries else (),
    )


def _private_service(rule: Resource) -> bool:
    """Whether a forwarding rule is Private Service Connect's: to Google's APIs or to a published service."""
    target = rule.at("target").text()
    return (
        target in ("all-apis", "vpc-sc")
        or "serviceAttachments" in target
        or (
            types.SERVICE_ATTACHMENT
            in {urn.split("::")[-2].rpartition("$")[2] for urn in rule.references.get("target", ())}
        )
    )


def _open_ports(rule: Resource) -> tuple[str, ...]:
    """What hides the traffic that a forwarding rule takes."""
    values = (rule.at("ipProtocol"), rule.at("portRange"), rule.at("ports"))
    return tuple(each.where for each in values if each.partly_unknown)


def _listens(rule: Resource) -> IntervalSet:
    """The traffic that a forwarding rule takes; widest where that is not known."""
    if _open_ports(rule):
        return ALL_TRAFFIC
    protocol = rule.at("ipProtocol").text("TCP").upper()
    if protocol not in ("TCP", "UDP"):
        return ALL_TRAFFIC
    ports = rule.at("portRange").text()
    listed = [ports] if ports else rule.at("ports").texts()
    if not listed:
        return traffic(protocol)
    return IntervalSet.union(spelled(protocol, text) for text in listed)


def _called(cluster: Resource) -> str:
    return cluster.at("name").text(cluster.name)


def _is_address(text: str) -> bool:
    return bool(text) and all(part in "0123456789abcdef.:" for part in text) and ("." in text or ":" in text)
