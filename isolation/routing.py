"""Ways from a corner to a corner: which routes and gateways a packet takes, whatever filters say.

Longest prefix, tiers and ranks, tagged and source-bound routes, several gateways of one route, translation of
either address. A way that hangs on a value that is not known says so. Leaves out filters
(`isolation.search`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from isolation.addresses import address_texts
from isolation.corners import Corner, Corners
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import DROP, INTERNET, LOCAL, Gateway, Inconsistent, Model, Route

# A router is met once on a way. No cloud passes as many on: AWS's and Azure's peerings are not transitive.
MOST_HOPS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """One router: the route taken, and the gateway it led to; none where the packet was delivered."""

    router: str
    route: Route | None
    gateway: Gateway | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way through routers and gateways.

    Attributes:
        hidden: the source's address where it arrives; EMPTY where it is its own.
        keeps: prefixes of the groups by which one end knows the other; None for all.
        inbound: the packet was sent to the destination's public address.
        unknown: values that decide whether the way exists.
    """

    hops: tuple[Hop, ...]
    hidden: IntervalSet = EMPTY
    keeps: tuple[str, ...] | None = None
    inbound: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """The gateways on the way, in order."""
        return tuple(hop.gateway for hop in self.hops if hop.gateway)

    @property
    def remembered(self) -> bool:
        """Whether answers follow the connection and no route, as they do where an address was changed."""
        changed = bool(self.hidden) or self.inbound
        forgotten = any(one.forgets for one in self.gateways)
        return (changed and not forgotten) or any(one.remembers for one in self.gateways)


@dataclass(frozen=True, slots=True)
class Routed:
    """The ways there are, and where every other attempt ended."""

    ways: tuple[Way, ...]
    ended: tuple[str, ...]


@dataclass(slots=True)
class _Trip:
    """What does not change while one question is followed through the routers."""

    source: Corner
    destination: Corner
    to: int
    inbound: bool
    ended: dict[str, None] = field(default_factory=dict[str, None])


class Routing:
    """Answers which ways lead from a corner to a corner; equal questions are answered once."""

    def __init__(self, model: Model, corners: Corners) -> None:
        self._corners = corners
        self._routers = {one.name: one for one in model.routers}
        self._gateways = {one.name: one for one in model.gateways}
        self._tables: dict[str, tuple[int, dict[int, list[Route]]]] = {}
        tables: dict[str, dict[int, list[Route]]] = {}
        for route in model.routes:
            tables.setdefault(route.router, {}).setdefault(corners.bit(route.destination), []).append(route)
        for router, table in tables.items():
            self._tables[router] = (sum(1 << bit for bit in table), table)
        self._groups = frozenset(group for route in model.routes for group in route.groups or ())
        self._answers: dict[tuple[object, ...], Routed] = {}

    def ways(self, source: Corner, destination: Corner) -> Routed:
        """Every way, to the destination's own address and to its public ones."""
        key = (self.source_key(source), self.destination_key(destination))
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._explore(source, destination)
        return found

    def source_key(self, one: Corner) -> tuple[object, ...]:
        """What the ways from a corner depend on."""
        routing = self._corners.routing(one.side.signature)
        return one.endpoint.router, routing, one.side.groups & self._groups, one.endpoint.public

    def destination_key(self, one: Corner) -> tuple[object, ...]:
        """What the ways to a corner depend on."""
        endpoint = one.endpoint
        routing = self._corners.routing(one.side.signature)
        singled = self._corners.singled(endpoint)
        return endpoint.network, endpoint.public, endpoint.entries, routing, singled

    def _explore(self, source: Corner, destination: Corner) -> Routed:
        signature = self._corners.routing(destination.side.signature)
        family = self._corners.family(source.side.signature)
        own = destination.side.signature
        targets = {(signature, False)} if self._corners.family(own) == family else set[tuple[int, bool]]()
        if destination.endpoint.entries:
            classes = self._corners.classes(destination.endpoint.public)
            targets |= {
                (self._corners.routing(each), True)
                for each in classes
                if self._corners.family(each) == family
            }
        ways: list[Way] = []
        ended: dict[str, None] = {}
        for to, inbound in sorted(targets):
            trip = _Trip(source, destination, to, inbound)
            at = self._corners.routing(source.side.signature)
            ways += self._from(source.endpoint.router, trip, at, Way((), inbound=inbound))
            ended.update(trip.ended)
        return Routed(tuple(ways), tuple(ended))

    def _from(self, router: str, trip: _Trip, source: int, so_far: Way) -> Iterator[Way]:
        """The ways on from a router; `source` is the routing part of the source's address as seen there."""
        if len(so_far.hops) >= MOST_HOPS:
            raise Inconsistent(f"ways of more than {MOST_HOPS} routers are not followed; split the plan")
        if any(hop.router == router for hop in so_far.hops):
            trip.ended[f"{router} is met again: a loop"] = None
            return
        if router == INTERNET and trip.inbound:
            for name in trip.destination.endpoint.entries:
                gateway = self._gateways[name]
                yield _onward(so_far, Hop(router, None, gateway), gateway, trip)
            return
        chosen = list(self._best(router, trip, source, first=not so_far.hops))
        if not chosen:
            trip.ended[f"{router} has no route to {_texts(trip)}"] = None
        for route, unknown in chosen:
            way = replace(so_far, unknown=(*so_far.unknown, *unknown))
            for target in route.targets:
                if target == LOCAL:
                    yield from self._deliver(router, route, trip, way)
                elif target == DROP:
                    trip.ended[f"{route.name} drops what goes to {_texts(trip)}"] = None
                elif self._accepts(self._gateways[target], trip, source):
                    gateway = self._gateways[target]
                    onward = _onward(way, Hop(router, route, gateway), gateway, trip)
                    beyond = self._seen(onward.hidden) if onward.hidden else source
                    yield from self._from(gateway.to, trip, beyond, onward)

    def _deliver(self, router: str, route: Route, trip: _Trip, way: Way) -> Iterator[Way]:
        if self._routers[router].network == trip.destination.endpoint.network and not trip.inbound:
            yield replace(way, hops=(*way.hops, Hop(router, route)))
        else:
            trip.ended[f"{router} holds no such endpoint: {route.name} stays within it"] = None

    def _best(
        self, router: str, trip: _Trip, source: int, *, first: bool
    ) -> Iterator[tuple[Route, tuple[str, ...]]]:
        """The routes that win, and those that may, with what that hangs on."""
        mask, table = self._tables.get(router, (0, {}))
        waiting = mask & trip.to
        found: list[Route] = []
        while waiting:
            low = waiting & -waiting
            waiting ^= low
            found += [
                route
                for route in table[low.bit_length() - 1]
                if self._applies(route, trip, source, first=first)
            ]
        open_values: tuple[str, ...] = ()
        for _, equal in groupby(sorted(found, key=_order), key=_order):
            routes = list(equal)
            yield from ((route, (*open_values, *route.unknown)) for route in routes)
            if any(not route.unknown for route in routes):
                return
            open_values += tuple(value for route in routes for value in route.unknown)

    def _applies(self, route: Route, trip: _Trip, source: int, *, first: bool) -> bool:
        if route.groups is not None and not (first and route.groups & trip.source.side.groups):
            if first and not route.unknown:
                trip.ended[f"{route.name} is for other machines"] = None
            return False
        if route.only is not None and trip.destination.endpoint.name not in route.only:
            return False
        return route.sources is None or bool(source >> self._corners.bit(route.sources) & 1)

    def _accepts(self, gateway: Gateway, trip: _Trip, source: int) -> bool:
        why = ""
        if gateway.needs_public and not trip.source.endpoint.public:
            why = "the source has no public address"
        elif gateway.sources is not None and not source >> self._corners.bit(gateway.sources) & 1:
            why = "it does not serve the source's addresses"
        elif gateway.destinations is not None and not trip.to >> self._corners.bit(gateway.destinations) & 1:
            why = f"it does not lead to {_texts(trip)}"
        if why:
            trip.ended[f"{gateway.kind} {gateway.name}: {why}"] = None
        return not why

    def _seen(self, hidden: IntervalSet) -> int:
        return self._corners.routing(next(iter(self._corners.classes(hidden))))


def _order(route: Route) -> tuple[int, int, int]:
    return route.tier, -route.length, route.rank


def _onward(way: Way, hop: Hop, gateway: Gateway, trip: _Trip) -> Way:
    hidden = gateway.source_becomes or way.hidden
    if gateway.needs_public and not gateway.source_becomes:
        hidden = trip.source.endpoint.public
    keeps = gateway.keeps_groups
    if keeps is None or way.keeps is None:
        keeps = way.keeps if keeps is None else keeps
    else:
        keeps = tuple(one for one in keeps if one in way.keeps)
    unknown = (*way.unknown, *gateway.unknown)
    return Way((*way.hops, hop), hidden, keeps, way.inbound, unknown)


def _texts(trip: _Trip) -> str:
    endpoint = trip.destination.endpoint
    if trip.inbound:
        return f"{endpoint.name}'s public address"
    texts = address_texts(trip.destination.addresses)
    return texts[0] if len(texts) == 1 else f"{endpoint.name} ({texts[0]} and more)"
