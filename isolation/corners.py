"""Endpoints cut into corners: addresses that no rule, route or claim tells apart.

A corner is what the search goes from and to. Corners that no filter and no route can tell apart are judged
once. Exact: the cuts are at every boundary that anything names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from isolation.addresses import ALL_IPV4, ALL_IPV6
from isolation.claims import Claim, End
from isolation.intervals import IntervalSet
from isolation.matching import Matcher, Side
from isolation.model import Endpoint, Gateway, Guard, Model, Route
from isolation.rules import Filter
from isolation.traffic import ALL_TRAFFIC, traffic

# Where answers of a connection go, as clouds document it for network ACLs.
REPLIES = tuple(traffic(protocol, 1024, 65535) for protocol in ("TCP", "UDP"))
# What a path shows first of a set of packets.
FAMILIAR = (traffic("TCP", 443), traffic("TCP"), traffic("UDP"), traffic("ICMP"))


@dataclass(frozen=True, slots=True, eq=False)
class Corner:
    """Some addresses of one endpoint, and how filters see them."""

    endpoint: Endpoint
    addresses: IntervalSet
    side: Side
    key: tuple[object, ...] = field(repr=False)
    """Equal for two corners that nothing tells apart."""


class Corners:
    """The matcher over everything a model names, and the corners of its endpoints."""

    def __init__(self, model: Model, claims: Sequence[Claim]) -> None:
        self.model = model
        self._sets: dict[IntervalSet, int] = {}
        routing = [*_routing_sets(model.routes, model.gateways)]
        openings = [
            boundary for claim in claims for opening in claim.openings for boundary in opening.boundaries()
        ]
        ends = [
            end.within
            for claim in claims
            for end in (claim.source, claim.destination)
            if end.within is not None
        ]
        for one in [ALL_IPV4, *routing, *openings, *ends]:
            self._sets.setdefault(one, len(self._sets))
        filters = list(dict.fromkeys(filters_of(model)))
        traffics = [one.serves for one in model.endpoints if one.serves is not ALL_TRAFFIC]
        traffics += [forward.traffic for one in model.endpoints for forward in one.forwards]
        traffics += [part.traffic for claim in claims for part in (claim, *claim.openings)]
        traffics = [*dict.fromkeys(traffics), *REPLIES, *FAMILIAR]
        self.matcher = Matcher(filters, ALL_TRAFFIC, list(self._sets), traffics)
        self._named = _named_groups(filters, model)
        self._classes: dict[IntervalSet, dict[int, IntervalSet]] = {}
        self._found: dict[str, tuple[Corner, ...]] = {}
        self._by_segment: dict[str, list[Endpoint]] = {}
        for endpoint in model.endpoints:
            for segment in endpoint.segments:
                self._by_segment.setdefault(segment, []).append(endpoint)
        self._singled: dict[str, frozenset[int]] = {}
        for index, only in enumerate(dict.fromkeys(one.only for one in model.routes if one.only)):
            for name in only:
                self._singled[name] = self._singled.get(name, frozenset()) | {index}
        self._behind: dict[str, frozenset[int]] = {}
        forwards = (forward for one in model.endpoints for forward in one.forwards)
        for index, names in enumerate(dict.fromkeys(one.destinations for one in forwards)):
            for name in names:
                self._behind[name] = self._behind.get(name, frozenset()) | {index}
        self._guards: dict[tuple[Guard, ...], int] = {}
        self._atoms: dict[IntervalSet, int] = {}

    def of(self, end: End) -> list[Corner]:
        """The corners of an end, all of them, in the order of the model."""
        found: list[Corner] = []
        for endpoint in self._by_segment.get(end.segment, ()) if end.segment else self.model.endpoints:
            if _chosen(endpoint, end):
                inside = self.corners(endpoint)
                if end.within is not None:
                    bit = self.bit(end.within)
                    inside = tuple(one for one in inside if self.routing(one.side.signature) >> bit & 1)
                found += inside
        return found

    def corners(self, endpoint: Endpoint) -> tuple[Corner, ...]:
        """All corners of one endpoint."""
        found = self._found.get(endpoint.name)
        if found is None:
            groups = endpoint.groups & self._named
            found = self._found[endpoint.name] = tuple(
                Corner(endpoint, members, side := Side(signature, groups), self._key(endpoint, side))
                for signature, members in self.classes(endpoint.addresses).items()
            )
        return found

    def classes(self, members: IntervalSet) -> dict[int, IntervalSet]:
        """A set of addresses by signature."""
        found = self._classes.get(members)
        if found is None:
            found = self._classes[members] = self.matcher.signatures.classes(members)
        return found

    def bit(self, one: IntervalSet) -> int:
        """The bit that stands for a set in what `routing` returns."""
        return self._sets[one]

    def routing(self, signature: int) -> int:
        """The part of a signature that routes, gateways and claims decide by."""
        return signature >> self.matcher.boundaries_at

    def singled(self, endpoint: Endpoint) -> frozenset[int]:
        """What stands for the routes that lead to this endpoint and few others; equal where they are."""
        return self._singled.get(endpoint.name, frozenset())

    def family(self, signature: int) -> bool:
        """Whether an address is of IPv4."""
        return bool(self.routing(signature) >> self._sets[ALL_IPV4] & 1)

    def families(self, members: IntervalSet) -> set[bool]:
        """The families of a set of addresses, as `family` tells them."""
        return {family for family in (True, False) if members & (ALL_IPV4 if family else ALL_IPV6)}

    def atoms(self, members: IntervalSet) -> int:
        """A set of traffic as a mask."""
        found = self._atoms.get(members)
        if found is None:
            found = self._atoms[members] = self.matcher.cuts.mask(members)
        return found

    def _key(self, endpoint: Endpoint, side: Side) -> tuple[object, ...]:
        return (
            side,
            endpoint.network,
            endpoint.router,
            self.singled(endpoint),
            self._behind.get(endpoint.name, frozenset()),
            self._guards.setdefault(endpoint.egress, len(self._guards)),
            self._guards.setdefault(endpoint.ingress, len(self._guards)),
            endpoint.boundaries,
            endpoint.serves,
            endpoint.public,
            endpoint.entries,
            endpoint.forwards,
            endpoint.unguarded,
            endpoint.kind,
            endpoint.assumed,
            endpoint.unknown,
        )


def _chosen(endpoint: Endpoint, end: End) -> bool:
    if end.names:
        return endpoint.name in end.names
    return (not end.segment or end.segment in endpoint.segments) and (
        not end.kinds or endpoint.kind in end.kinds
    )


def _routing_sets(routes: Iterable[Route], gateways: Iterable[Gateway]) -> Iterator[IntervalSet]:
    for route in routes:
        yield route.destination
        if route.sources is not None:
            yield route.sources
    for gateway in gateways:
        yield from (one for one in (gateway.sources, gateway.destinations) if one is not None)


def filters_of(model: Model) -> Iterator[Filter]:
    """Every filter that any guard asks, perhaps several times."""
    guards = [guard for one in model.endpoints for guard in (*one.egress, *one.ingress)]
    guards += [guard for one in model.gateways for guard in one.guards]
    for guard in dict.fromkeys(guards):
        yield from guard.chain.filters


def _named_groups(filters: Iterable[Filter], model: Model) -> frozenset[str]:
    """The groups that anything asks for; a machine's others tell it apart from nobody."""
    found: set[str] = set()
    for one in filters:
        for rule in one.rules:
            found |= rule.source.groups | rule.destination.groups | (rule.target or frozenset())
    for route in model.routes:
        found |= route.groups or frozenset()
    return frozenset(found)
