"""Load balancers of Google Cloud.

A proxy ends connections: clients reach its front end, and Google's own ranges, or the network's proxy-only
subnet, reach the backends. Where every backend service has a security policy the way on counts as inspected,
and the front end belongs to the segment `edge`; without one, whoever reaches the front end reaches the
backends. A load balancer that passes packets through gives its address to its backends.
Sources: cloud.google.com/load-balancing/docs/load-balancing-overview and docs/proxy-only-subnets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.backends import Backends
from isolation.gcp.interfaces import Machines
from isolation.gcp.places import PROXY_PURPOSES, Network, Places
from isolation.gcp.ranges import EVERYWHERE_4, FRONT_ENDS, IAP
from isolation.gcp.roads import entry_name
from isolation.gcp.rules import spelled
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import (
    INTERNET,
    Endpoint,
    Gateway,
    Kind,
    Model,
    Route,
    Router,
    Unmodelled,
)
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource
from isolation.traffic import ALL_TRAFFIC, traffic

FRONT = "Google's front ends"
EDGE = "edge"
OUTSIDE_SCHEMES = frozenset({"", "EXTERNAL", "EXTERNAL_MANAGED"})


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
        self._backends = Backends(graph, machines)
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
        passed = list(self._backends.passed_to(rule))
        if passed:
            self._pass_through(rule, scheme, passed)
            return
        networks = frozenset(one.name for one in self._networks(rule))
        why = "where it sends packets is neither a proxy nor a backend of this stack"
        self._found.unmodelled.append(Unmodelled(rule.label, why, networks, rule.urn))

    def _proxy(self, rule: Resource, name: str, scheme: str, proxy: Resource) -> None:
        listens = _listens(rule)
        forwards = self._backends.forwards(proxy)
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


def _is_address(text: str) -> bool:
    return bool(text) and all(part in "0123456789abcdef.:" for part in text) and ("." in text or ":" in text)
