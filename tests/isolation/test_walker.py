"""The search against a walker that sends every packet, on small random networks of both address families.

The walker is written from the words of `isolation.model` and shares none of the solver's arithmetic:
addresses come from the standard library, a packet is one source, one destination and one port, and each is
walked anew.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from isolation.addresses import addresses
from isolation.claims import Claim, End, Expect
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import DROP, LOCAL, Endpoint, Forward, Gateway, Guard, Kind, Model, Route, Router
from isolation.prove import judge
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic
from isolation.verdicts import Outcome

NETWORKS = ("red", "blue")
HOSTS = {"red": ("10.0.0.1", "10.0.0.2", "fd00::1"), "blue": ("10.0.1.1", "10.0.1.2", "fd00:1::1")}
PREFIXES = (
    "0.0.0.0/0",
    "10.0.0.0/23",
    "10.0.0.0/24",
    "10.0.1.0/24",
    "10.0.1.2/32",
    "10.0.0.2/32",
    "::/0",
    "fd00:1::/64",
)
HIDDEN = "10.0.7.7"
PORTS = (1, 2)
GROUPS = ("web", "db")


@dataclass(frozen=True)
class Rules:
    """A filter in the walker's terms: action, sources, destinations, ports, priority, target."""

    lines: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[int, ...], int, str | None], ...]
    default: str


@dataclass(frozen=True)
class Way:
    """A route in the walker's terms: where it stands, its prefix, its target, tier, rank and tag."""

    router: str
    prefix: str
    target: str
    tier: int
    rank: int
    tag: str | None


@dataclass(frozen=True)
class Net:
    """A random network: filters by endpoint, routes, gateways, what a proxy forwards."""

    egress: dict[str, Rules]
    ingress: dict[str, Rules]
    tags: dict[str, frozenset[str]]
    ways: tuple[Way, ...]
    hides: dict[str, bool]
    serves: dict[str, tuple[str, ...]]
    keeps: dict[str, bool]
    forwards: tuple[str, ...]


SIDES = st.lists(st.sampled_from((*PREFIXES, *(f"#{group}" for group in GROUPS))), max_size=2).map(tuple)
LINES = st.tuples(
    st.sampled_from(("allow", "allow", "deny")),
    SIDES,
    SIDES,
    st.lists(st.sampled_from(PORTS), min_size=1, max_size=2, unique=True).map(tuple),
    st.integers(0, 2),
    st.sampled_from((None, None, *GROUPS)),
)
RULES = st.builds(Rules, st.lists(LINES, max_size=3).map(tuple), st.sampled_from(("allow", "deny")))
NAMES = ("r1", "r2", "b1", "b2")
TARGETS = ("local", "drop", "to red", "to blue")
WAYS = st.builds(
    Way,
    st.sampled_from(NETWORKS),
    st.sampled_from(PREFIXES),
    st.sampled_from(("local", *TARGETS)),
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from((None, None, *GROUPS)),
)
BY_NAME = st.fixed_dictionaries(dict.fromkeys(NAMES, RULES))
NETS = st.builds(
    Net,
    BY_NAME,
    BY_NAME,
    st.fixed_dictionaries(dict.fromkeys(NAMES, st.frozensets(st.sampled_from(GROUPS)))),
    st.lists(WAYS, min_size=1, max_size=5).map(tuple),
    st.fixed_dictionaries(dict.fromkeys(NETWORKS, st.booleans())),
    st.fixed_dictionaries(
        dict.fromkeys(NETWORKS, st.sampled_from(((), ("10.0.0.0/24",), ("10.0.1.0/24", "::/0"))))
    ),
    st.fixed_dictionaries(dict.fromkeys(NETWORKS, st.booleans())),
    st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
)
PROXY = "b1"


def own(name: str) -> tuple[str, ...]:
    """An endpoint's addresses: the first has one, the second one of each family."""
    first, *rest = HOSTS["red" if name[0] == "r" else "blue"]
    return (first,) if name[1] == "1" else tuple(rest)


def inside(address: str, prefix: str) -> bool:
    host, net = ipaddress.ip_address(address), ipaddress.ip_network(prefix)
    return host.version == net.version and host in net


def passes(
    rules: Rules,
    source: tuple[str, frozenset[str]],
    destination: tuple[str, frozenset[str]],
    port: int,
    mine: frozenset[str],
) -> bool:
    """Whether a filter lets one packet pass."""
    for action, sources, destinations, ports, _, target in sorted(
        rules.lines, key=lambda line: (line[4], line[0] != "deny")
    ):
        if (
            port in ports
            and (target is None or target in mine)
            and is_in(sources, source)
            and is_in(destinations, destination)
        ):
            return action == "allow"
    return rules.default == "allow"


def is_in(named: Sequence[str], side: tuple[str, frozenset[str]]) -> bool:
    """Whether a side is one of those a rule names; a rule that names nobody means everybody."""
    address, groups = side
    return not named or any(each[1:] in groups if each[0] == "#" else inside(address, each) for each in named)


def arrivals(
    net: Net, source: str, address: str, destination: str, target: str
) -> Iterator[tuple[str, bool]]:
    """Each way of one packet to its destination: the source's address there, whether groups are known."""
    start = "red" if source[0] == "r" else "blue"
    stack: list[tuple[str, str, bool, tuple[str, ...], bool]] = [(start, address, True, (), True)]
    while stack:
        router, seen, known, met, first = stack.pop()
        if router in met:
            continue
        found = [
            way
            for way in net.ways
            if way.router == router
            and inside(target, way.prefix)
            and (way.tag is None or (first and way.tag in net.tags[source]))
        ]
        if not found:
            continue
        best = min((way.tier, -ipaddress.ip_network(way.prefix).prefixlen, way.rank) for way in found)
        for way in found:
            if (way.tier, -ipaddress.ip_network(way.prefix).prefixlen, way.rank) != best:
                continue
            if way.target == "local":
                if router == ("red" if destination[0] == "r" else "blue"):
                    yield seen, known
            elif way.target.startswith("to "):
                beyond = way.target[3:]
                served = net.serves[beyond]
                if not served or any(inside(seen, each) for each in served):
                    hides = net.hides[beyond] and ipaddress.ip_address(seen).version == 4
                    stack.append(
                        (
                            beyond,
                            HIDDEN if hides else seen,
                            known and net.keeps[beyond] and not hides,
                            (*met, router),
                            False,
                        )
                    )


def walks(net: Net, source: str, destination: str, port: int) -> bool:
    """Whether any packet of a port gets from one endpoint to the other, without a proxy."""
    for address in own(source):
        for target in own(destination):
            if ipaddress.ip_address(address).version != ipaddress.ip_address(target).version:
                continue
            for seen, known in arrivals(net, source, address, destination, target):
                nobody: frozenset[str] = frozenset()
                its, mine = net.tags[destination], net.tags[source]
                out = passes(
                    net.egress[source], (address, mine), (target, its if known else nobody), port, mine
                )
                into = passes(
                    net.ingress[destination], (seen, mine if known else nobody), (target, its), port, its
                )
                if out and into:
                    return True
    return False


def reaches(net: Net, source: str, destination: str, port: int) -> bool:
    """The same, with the proxy that nothing inspects: whoever reaches it on any port has its ways on."""
    if walks(net, source, destination, port):
        return True
    return (
        destination in net.forwards
        and source != PROXY
        and any(walks(net, source, PROXY, any_port) for any_port in PORTS)
        and walks(net, PROXY, destination, port)
    )


def built(net: Net) -> Model:
    """The same network in the model's terms."""

    def match(named: Sequence[str]) -> Match:
        if not named:
            return Match(anyone=True)
        ranges = [each for each in named if each[0] != "#"]
        return Match(addresses(*ranges), frozenset(each[1:] for each in named if each[0] == "#"))

    def guard(name: str, rules: Rules) -> tuple[Guard, ...]:
        lines = [
            Rule(
                f"rule {index}",
                Action.ALLOW if action == "allow" else Action.DENY,
                match(sources),
                match(destinations),
                traffic_of(ports),
                priority,
                None if target is None else frozenset({target}),
            )
            for index, (action, sources, destinations, ports, priority, target) in enumerate(rules.lines)
        ]
        default = Action.ALLOW if rules.default == "allow" else Action.DENY
        return (Guard(Chain(name, (Filter(name, tuple(lines), default),))),)

    everything = traffic_of(PORTS)
    endpoints = [
        Endpoint(
            name,
            Kind.PROXY if name == PROXY else Kind.MACHINE,
            network := ("red" if name[0] == "r" else "blue"),
            network,
            addresses(*own(name)),
            groups=net.tags[name],
            egress=guard(f"out of {name}", net.egress[name]),
            ingress=guard(f"into {name}", net.ingress[name]),
            serves=everything,
            forwards=(Forward(net.forwards, everything),) if name == PROXY and net.forwards else (),
        )
        for name in NAMES
    ]
    gateways = [
        Gateway(
            f"to {each}{family}",
            "gateway",
            each,
            sources=addresses(*net.serves[each]) if net.serves[each] else None,
            destinations=addresses("0.0.0.0/0" if family == "" else "::/0"),
            source_becomes=addresses(HIDDEN) if net.hides[each] and family == "" else EMPTY,
            keeps_groups=None if net.keeps[each] else (),
        )
        for each in NETWORKS
        for family in ("", " by IPv6")
    ]
    routes = [
        Route(
            f"way {index}",
            way.router,
            addresses(way.prefix),
            ipaddress.ip_network(way.prefix).prefixlen,
            {"local": (LOCAL,), "drop": (DROP,)}.get(way.target, (way.target, f"{way.target} by IPv6")),
            way.tier,
            way.rank,
            None if way.tag is None else frozenset({way.tag}),
        )
        for index, way in enumerate(net.ways)
    ]
    return Model.joined(
        [
            Model(
                tuple(endpoints),
                tuple(Router(each, each) for each in NETWORKS),
                tuple(routes),
                tuple(gateways),
            )
        ]
    )


def traffic_of(ports: Sequence[int]) -> IntervalSet:
    return traffic("TCP", min(ports), max(ports))


@settings(max_examples=400, deadline=None)
@given(NETS)
def test_the_search_agrees_with_every_packet(net: Net) -> None:
    pairs = [(a, b, port) for a in NAMES for b in NAMES if a != b for port in PORTS]
    claims = [
        Claim(
            f"{a} {b} {port}",
            Expect.NEVER,
            End(a, names=frozenset({a})),
            End(b, names=frozenset({b})),
            traffic=traffic("TCP", port),
        )
        for a, b, port in pairs
    ]
    for (a, b, port), verdict in zip(pairs, judge(built(net), claims), strict=True):
        expected = Outcome.VIOLATED if reaches(net, a, b, port) else Outcome.PROVEN
        assert verdict.outcome is expected, (verdict.claim.name, verdict.path, verdict.because)
