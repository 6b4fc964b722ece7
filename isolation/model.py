"""The neutral model of a network: what a translator says, and all that the solver knows.

A translator turns the resources of one cloud into one `Model` and decides nothing else: it never asks whether
something is reachable. The solver (`isolation.search`) knows no cloud. To add a cloud, write
`isolation/<cloud>/` with one function

    def translate(graph: Graph, scope: Scope) -> Model

over the plain resources of `isolation.resources.Graph`, and name it in `isolation.proof.TRANSLATORS`. Several
models are joined by `Model.joined`; name each cluster with its nodes in `Model.clusters`, and
`isolation.kubernetes.joined` adds its pods. Every name is unique in the joined model
and is what a person reads in a path, so write it as `subnet palisade-prod-training`, not as an id.

How a packet travels from endpoint S to endpoint D, and so what each part means:

1. It leaves S: every guard of `S.egress` must let it pass.
2. It is at the router `S.router`. Among that router's routes (`Route.router`) whose destination holds the
   packet's address, that apply to the machine (`Route.groups`) and to its source (`Route.sources`), the
   lowest `tier` wins, then the longest prefix, then the lowest `rank`; equal ones are all taken. Whatever a
   cloud prefers is expressed by these three: Azure's user routes have a lower rank than BGP's, Google's
   subnet routes a lower tier than any other, AWS's propagated routes that a `local` one covers are left out.
3. `LOCAL` delivers to whichever endpoint of the router's `network` has the address; `DROP` ends the way; any
   other target is a gateway, and all of a route's targets are tried, each with its own conditions (an
   internet gateway takes machines with a public address, a NAT those of the subnets it serves).
4. A gateway lets pass what its conditions and its guards allow and hands over to the router `Gateway.to`,
   where 2 begins anew. It may hide the source's address (NAT) and the groups the source is known by (a
   peering).
5. At D: every guard of `D.ingress` must let it pass, and `D.serves` must hold the traffic.

An endpoint stands for all machines that no rule tells apart: a subnet's machines with one tag, a node pool,
the pods of one workload. `addresses` may be a whole range, and is the subnet's when the address is not known
yet.

Names and inbound translation: an endpoint with `public` addresses is reached at them from the router
`INTERNET`, through each gateway of `entries`, where the address becomes its own. IPv6 is not translated: add
a route of the router `INTERNET` to the prefix, with the gateway as target.

Outside: call `isolation.outside.outside` once; it makes the endpoints `internet` and `enterprise` and their
routers, the same for each cloud. Connect networks to them by gateways whose `to` is `INTERNET` or
`ENTERPRISE`, and by routes of those two routers. The enterprise network's owner may connect it by means that
are not in the plan, so where `scope.enterprise` names ranges, add such gateways with `assumed=True` to every
network: isolation from the enterprise is then proven by filters, never by a connection that happens to be
missing.

A rule that names no addresses but a domain name is a match of the group `named(domain)`; add an endpoint
`named_endpoint(domain)` of `isolation.outside` for each such name: it is a part of the internet.

Not known, not modelled: a value that is not known before the deployment goes into `unknown` of the part it
belongs to, as `resource: property`, and the part stands with its widest meaning (a rule matches everything it
might, a route leads everywhere it might). The solver computes what holds whatever the value becomes and what
may hold for some value; a claim decided only by the latter is unproven and names the value. A resource that
touches packets and is not understood becomes an `Unmodelled`, never nothing.

Left out: bandwidth, application protocols, and what a compromised machine forwards on purpose; a path through
a machine is two claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from isolation.intervals import EMPTY, IntervalSet
from isolation.rules import Chain
from isolation.traffic import ALL_TRAFFIC

LOCAL = "local"
DROP = "drop"
INTERNET = "internet"
ENTERPRISE = "enterprise"


class Kind(Enum):
    """What an endpoint is; claims choose by it."""

    MACHINE = "machine"
    POD = "pod"
    CONTROL_PLANE = "control plane"
    PROXY = "proxy"
    """A load balancer or gateway that ends connections and opens new ones to `forwards`."""
    PRIVATE_API = "private API"
    """The cloud's own services by an address that is not on the internet."""
    PRIVATE_ENDPOINT = "private endpoint"
    """An interface in the network that stands for one service."""
    MODEL_ENDPOINT = "endpoint of models"
    """A private endpoint of a service that answers prompts or judges them: not everybody's."""
    RESOLVER = "resolver"
    HOSTED = "hosted service"
    """A service that runs a customer's code on the cloud's side of the network."""
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the question is about: the address ranges of each segment, and the enterprise network's.

    An endpoint belongs to the segments whose ranges meet its addresses, so that no name matters.
    """

    segments: Mapping[str, IntervalSet]
    enterprise: IntervalSet = EMPTY

    def segments_of(self, addresses: IntervalSet) -> frozenset[str]:
        """The segments that have any of the addresses."""
        return frozenset(name for name, ranges in self.segments.items() if ranges & addresses)


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A chain of filters that a packet meets at an endpoint or at a gateway.

    Attributes:
        within: a boundary (`Endpoint.boundaries`); packets between two endpoints that share it do not meet
            the guard. A network ACL stands at its subnet's boundary; security groups and NSGs have none.
    """

    chain: Chain
    within: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """A proxy's way on.

    Attributes:
        destinations: names of endpoints.
        traffic: what it opens there.
        inspected_by: the web application firewall in front of it. A claim that traffic comes through the
            gateway only does not follow an inspected way; without inspection, whoever reaches the proxy
            reaches what is behind it.
    """

    destinations: tuple[str, ...]
    traffic: IntervalSet
    inspected_by: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """A source and destination of packets.

    Attributes:
        network: the domain in which `LOCAL` delivers to it.
        router: where its packets are routed.
        addresses: its own, both families.
        segments: what claims call it.
        groups: what rules and routes may know it by; write them with a prefix for their kind, such as
            `tag:web`, `sg:sg-0a1b`, `account:x@y`.
        public: addresses on the internet that lead to it; the whole internet's when it will have one that is
            not known yet. It also leaves by them through gateways that ask for a public address.
        entries: gateways through which packets to `public` come in.
        boundaries: what `Guard.within` names.
        serves: the traffic it takes at all; a listener's ports.
        unguarded: packets to it pass no guard of the sender (a metadata server, a cloud's resolver).
        assumed: it is not declared but could be started by anybody, such as a machine without a tag. Claims
            that something can be reached do not ask it.
        origin: URN of the resource.
        instead: endpoints of one text here stand for each other, as two names of all of a cloud's APIs do: a
            claim that services are reached asks for one of them. Empty for an endpoint that nothing replaces.
        optional: it is somebody else's service, which only some need: claims that services are reached do not
            ask it where there are others.
    """

    name: str
    kind: Kind
    network: str
    router: str
    addresses: IntervalSet
    segments: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    egress: tuple[Guard, ...] = ()
    ingress: tuple[Guard, ...] = ()
    public: IntervalSet = EMPTY
    entries: tuple[str, ...] = ()
    boundaries: frozenset[str] = frozenset()
    serves: IntervalSet = ALL_TRAFFIC
    forwards: tuple[Forward, ...] = ()
    unguarded: bool = False
    assumed: bool = False
    unknown: tuple[str, ...] = ()
    origin: str = ""
    instead: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Router:
    """A routing table's place: a network, or where a cloud has tables per subnet, one of these."""

    name: str
    network: str


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One route.

    Attributes:
        destination: a prefix, or a set that a prefix list names.
        length: prefix length; longer wins.
        targets: `LOCAL`, `DROP` or gateways.
        groups: machines of one of these groups only; None for all.
        sources: packets from these addresses only; None for all.
        only: leads to these endpoints only, by name; None for all. It is how a route to one address stands
            that is not known yet: its destination is then wherever the address may be.
    """

    name: str
    router: str
    destination: IntervalSet
    length: int
    targets: tuple[str, ...]
    tier: int = 0
    rank: int = 0
    groups: frozenset[str] | None = None
    sources: IntervalSet | None = None
    only: frozenset[str] | None = None
    unknown: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Gateway:
    """What takes packets from one router to another.

    Attributes:
        kind: for people: `internet gateway`, `NAT`, `peering`, `VPN`, `firewall`.
        to: the router beyond.
        sources: takes packets from these addresses only (a NAT's subnets); None for all.
        needs_public: takes packets only of endpoints that have a public address.
        destinations: takes packets to these addresses only; None for all.
        guards: filters on the way, for packets in this direction.
        source_becomes: the source's address beyond, where it is hidden; EMPTY where it is not.
        keeps_groups: prefixes of the groups that rules beyond still know the source by, and rules before it
            the destination; None for all.
        remembers: answers come back through it whatever routes say, by connection tracking or a return path
            of the cloud's own.
        forgets: it translates the destination, and yet answers need a route of their own, as they do to
            AWS's internet gateway.
        assumed: it is not declared; a person outside this stack may connect it (`why` says who).
    """

    name: str
    kind: str
    to: str
    sources: IntervalSet | None = None
    needs_public: bool = False
    destinations: IntervalSet | None = None
    guards: tuple[Guard, ...] = ()
    source_becomes: IntervalSet = EMPTY
    keeps_groups: tuple[str, ...] | None = None
    remembers: bool = False
    forgets: bool = False
    assumed: bool = False
    why: str = ""
    unknown: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out for data that is no packet of the network: an endpoint policy that admits anybody's bucket, a
    resolver that asks the world, a replica elsewhere. It is told beside the claims of its segments.

    Attributes:
        segments: from where it can be used; empty for all.
        limited_by: what holds it, such as a service perimeter; empty when nothing does.
    """

    name: str
    segments: frozenset[str]
    why: str
    limited_by: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A resource that may carry, allow or deny packets and is not understood.

    Attributes:
        networks: the networks whose claims it makes unproven; empty for all.
        why: a sentence's end: "... is not modelled: {why}".
    """

    resource: str
    why: str
    networks: frozenset[str] = frozenset()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """Where a Kubernetes cluster stands, so that its pods join the network of its nodes.

    Attributes:
        nodes: names of the endpoints of its nodes, on any of which a pod may be started.
        pods: the range of its pods.
        urn: of its resource, by which a provider of Kubernetes objects is told to be its own.
        unenforced: names of those nodes on which nothing enforces NetworkPolicies.
        unknown: values that decide whether NetworkPolicies are enforced.
        translated: packets of pods carry their node's address outside the cluster, as an overlay's do.
    """

    name: str
    nodes: tuple[str, ...]
    pods: IntervalSet
    urn: str = ""
    unenforced: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    translated: bool = False


class Inconsistent(Exception):
    """A translator named something that it did not describe; the message says what."""


@dataclass(frozen=True)
class Model:
    """Everything a translator found. Order does not matter, except to the reader of a report."""

    endpoints: tuple[Endpoint, ...] = ()
    routers: tuple[Router, ...] = ()
    routes: tuple[Route, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    exits: tuple[Exit, ...] = ()
    unmodelled: tuple[Unmodelled, ...] = ()
    clusters: tuple[ClusterPlace, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences about what was taken for granted."""

    @staticmethod
    def joined(models: Iterable[Model]) -> Model:
        """All models as one, checked.

        Raises:
            Inconsistent: two parts share a name, or a name leads nowhere.
        """
        parts = list(models)
        whole = Model(
            endpoints=tuple(one for part in parts for one in part.endpoints),
            routers=tuple(dict.fromkeys(one for part in parts for one in part.routers)),
            routes=tuple(one for part in parts for one in part.routes),
            gateways=tuple(one for part in parts for one in part.gateways),
            exits=tuple(one for part in parts for one in part.exits),
            unmodelled=tuple(one for part in parts for one in part.unmodelled),
            clusters=tuple(one for part in parts for one in part.clusters),
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )
        _check(whole)
        return whole


def named(domain: str) -> str:
    """The group of the internet addresses that a domain name stands for."""
    return f"name:{domain}"


def _check(model: Model) -> None:
    for what, names in (
        ("endpoints", [one.name for one in model.endpoints]),
        ("routers", [one.name for one in model.routers]),
        ("gateways", [one.name for one in model.gateways]),
    ):
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise Inconsistent(f"two {what} are called {name!r}; give one of them another name")
            seen.add(name)
    endpoints = {one.name for one in model.endpoints}
    routers = {one.name for one in model.routers}
    gateways = {one.name for one in model.gateways}
    for endpoint in model.endpoints:
        _known(f"{endpoint.name}'s router", [endpoint.router], routers)
        _known(f"{endpoint.name}'s entries", endpoint.entries, gateways)
        for forward in endpoint.forwards:
            _known(f"{endpoint.name}'s forwards", forward.destinations, endpoints)
    for route in model.routes:
        _known(f"{route.name}'s router", [route.router], routers)
        _known(f"{route.name}'s targets", route.targets, gateways | {LOCAL, DROP})
        _known(f"{route.name}'s endpoints", route.only or (), endpoints)
    for gateway in model.gateways:
        _known(f"{gateway.name}'s router beyond", [gateway.to], routers)


def _known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise Inconsistent(f"{where}: there is no {name!r} in the model; add it")
