"""Very many pairs of corners judged by blocks.

Of a pair, routing depends on little of either end, the sender's guards on what their rules match of both, and
the receiver's guards likewise. So sources and destinations are grouped by each of the three, and what a group
cannot pass no pair of it passes. Exact: corners of a group match the same rules of the filters in question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from isolation.corners import Corner
from isolation.model import Guard
from isolation.routing import Way
from isolation.rules import Filter
from isolation.search import Check, Passage, Search

Key = tuple[object, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Filters:
    """The filters on one side of a question, and the boundaries within which they are not met."""

    filters: tuple[Filter, ...]
    within: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Group:
    """Corners that the sender's guards do not tell apart, divided by what the receiver's guards see."""

    corners: list[Corner]
    groups: dict[int, list[Corner]]


class Blocks:
    """The pairs of some sources and destinations."""

    def __init__(self, search: Search, sources: Sequence[Corner], destinations: Sequence[Corner]) -> None:
        self._search = search
        self._sources = _grouped(sources, self._as_source)
        self._destinations = _grouped(destinations, self._as_destination)
        self._out = _filters(guard for one in sources for guard in one.endpoint.egress)
        self._in = _filters(guard for one in destinations for guard in one.endpoint.ingress)
        self._back = _filters(
            guard
            for guard in (
                *(each for one in destinations for each in one.endpoint.egress),
                *(each for one in sources for each in one.endpoint.ingress),
            )
            if guard in self._search.stateless
        )
        self._asked: dict[tuple[int, int, int], tuple[int, int]] = {}

    def passages(self, closed: Callable[[Corner, Corner], int]) -> Iterator[tuple[Passage, int]]:
        """One passage of every group that passes any traffic of `closed`, and that traffic's mask."""
        for way, sources, destinations in self._ways():
            wanted = closed(sources[0], destinations[0])
            for leaving, arriving, sure, perhaps in self._outwards(way, sources, destinations, wanted):
                for source, destination, must, may in self._inwards(way, leaving, arriving, wanted):
                    if passed := perhaps & may & wanted:
                        for passage in self._passage(source, destination, way, sure & must, perhaps & may):
                            if mask := passage.may & passed:
                                yield passage, mask

    def all_reach(self, wanted: int) -> bool:
        """Whether every source is sure to reach every destination with all of `wanted`, as far as groups
        tell.
        """
        for sources in self._sources.values():
            for destinations in self._destinations.values():
                ways = self._search.routed(sources[0], destinations[0]).ways
                if not any(self._all_pass(way, sources, destinations, wanted) for way in ways):
                    return False
        return True

    def _all_pass(
        self, way: Way, sources: Sequence[Corner], destinations: Sequence[Corner], wanted: int
    ) -> bool:
        unknown = any(one.endpoint.unknown for one in (*sources, *destinations))
        if way.unknown or unknown or any(gateway.guards for gateway in way.gateways):
            return False
        serves = {one.endpoint.serves for one in destinations}
        if any(wanted & ~self._search.corners.atoms(each) for each in serves):
            return False
        for by_source, by_destination, part in (
            (self._leaving_source(way), self._leaving_destination(way), self._search.leaving),
            (self._entering_source(way), self._entering_destination(way), self._search.entering),
        ):
            for mine in _grouped(sources, by_source).values():
                for its in _grouped(destinations, by_destination).values():
                    must, _ = self._ask(part(mine[0], its[0], way))
                    if wanted & ~must:
                        return False
        return all(
            self._search.answers(Passage(mine[0], its[0], way, wanted, wanted))
            for mine in _grouped(sources, self._answering).values()
            for its in _grouped(destinations, self._answering).values()
        )

    def _ways(self) -> Iterator[tuple[Way, list[Corner], list[Corner]]]:
        for sources in self._sources.values():
            for destinations in self._destinations.values():
                for way in self._search.routed(sources[0], destinations[0]).ways:
                    yield way, sources, destinations

    def _outwards(
        self, way: Way, sources: Sequence[Corner], destinations: Sequence[Corner], wanted: int
    ) -> Iterator[tuple[_Group, _Group, int, int]]:
        """The groups that senders' guards let pass with any of `wanted`, divided for the receivers."""
        into, reached = self._entering_source(way), self._entering_destination(way)
        receivers = [
            _Group(each, _grouped(each, reached))
            for each in _grouped(destinations, self._leaving_destination(way)).values()
        ]
        for leaving in _grouped(sources, self._leaving_source(way)).values():
            senders: _Group | None = None
            for arriving in receivers:
                sure, perhaps = self._ask(self._search.leaving(leaving[0], arriving.corners[0], way))
                if perhaps & wanted:
                    senders = senders or _Group(leaving, _grouped(leaving, into))
                    yield senders, arriving, sure, perhaps

    def _inwards(
        self, way: Way, senders: _Group, receivers: _Group, wanted: int
    ) -> Iterator[tuple[Corner, Corner, int, int]]:
        """One pair of every group that the receivers' guards let pass with any of `wanted`."""
        for left, arriving in senders.groups.items():
            for right, reached in receivers.groups.items():
                key = (id(way), left, right)
                found = self._asked.get(key)
                if found is None:
                    found = self._ask(self._search.entering(arriving[0], reached[0], way))
                    self._asked[key] = found
                if found[1] & wanted:
                    yield arriving[0], reached[0], *found

    def _passage(
        self, source: Corner, destination: Corner, way: Way, sure: int, perhaps: int
    ) -> Iterator[Passage]:
        """The passage of a pair, after the gateways' guards and what the destination serves."""
        serves = self._search.corners.atoms(destination.endpoint.serves)
        must, may = self._ask(self._search.passing(source, destination, way))
        unknown = (*source.endpoint.unknown, *destination.endpoint.unknown, *way.unknown)
        must = 0 if unknown else must & sure & serves
        yield Passage(source, destination, way, must, may & perhaps & serves, unknown=unknown)

    def _ask(self, checks: Iterable[Check]) -> tuple[int, int]:
        must = may = self._search.corners.matcher.cuts.all
        for check in checks:
            sure, perhaps = self._search.ask(check)
            must &= sure
            may &= perhaps
        return must, may

    def _as_source(self, one: Corner) -> Key:
        return (*self._search.routing.source_key(one), one.endpoint.kind, one.endpoint.unknown)

    def _as_destination(self, one: Corner) -> Key:
        endpoint = one.endpoint
        return (
            *self._search.routing.destination_key(one),
            endpoint.kind,
            endpoint.serves,
            endpoint.unguarded,
            endpoint.unknown,
        )

    def _leaving_source(self, way: Way) -> Callable[[Corner], int]:
        matcher = self._search.corners.matcher

        def key(one: Corner) -> Key:
            side = one.side
            masks = [
                matcher.source_mask(each, side) & matcher.target_mask(each, side.groups)
                for guard in one.endpoint.egress
                for each in guard.chain.filters
            ]
            passed = self._gateway_key(way, one)
            return (one.endpoint.egress, tuple(masks), one.endpoint.boundaries & self._out.within, passed)

        return self._search.numbered(("leaving source", self._out, self._guarded(way)), key)

    def _leaving_destination(self, way: Way) -> Callable[[Corner], int]:
        matcher = self._search.corners.matcher

        def key(one: Corner) -> Key:
            (side, *more) = self._search.sent_to(one, way)
            masks = [matcher.destination_mask(each, side) for each in self._out.filters]
            passed = self._gateway_key(way, one)
            return (tuple(masks), tuple(more), one.endpoint.boundaries & self._out.within, passed)

        what = ("leaving destination", self._out, self._guarded(way), way.inbound, way.keeps)
        return self._search.numbered(what, key)

    def _entering_source(self, way: Way) -> Callable[[Corner], int]:
        matcher = self._search.corners.matcher

        def key(one: Corner) -> Key:
            (side, *more) = self._search.seen(one, way)
            masks = [matcher.source_mask(each, side) for each in self._in.filters]
            return (tuple(masks), tuple(more), one.endpoint.boundaries & self._in.within)

        what = ("entering source", self._in, way.hidden, way.keeps)
        return self._search.numbered(what, key)

    def _entering_destination(self, _: Way) -> Callable[[Corner], int]:
        matcher = self._search.corners.matcher

        def key(one: Corner) -> Key:
            side = one.side
            masks = [
                matcher.destination_mask(each, side) & matcher.target_mask(each, side.groups)
                for guard in one.endpoint.ingress
                for each in guard.chain.filters
            ]
            return (one.endpoint.ingress, tuple(masks), one.endpoint.boundaries & self._in.within)

        return self._search.numbered(("entering destination", self._in), key)

    def _guarded(self, way: Way) -> bool:
        return any(gateway.guards for gateway in way.gateways)

    def _gateway_key(self, way: Way, one: Corner) -> Key:
        """Where a gateway on the way has guards of its own, every corner counts for itself."""
        return (one.side,) if self._guarded(way) else ()

    def _answering(self, one: Corner) -> Key:
        """What answers depend on: routing, and how the filters that keep no state see the corner."""
        matcher, side, endpoint = self._search.corners.matcher, one.side, one.endpoint
        masks = [
            (matcher.source_mask(each, side), matcher.destination_mask(each, side))
            for each in self._back.filters
        ]
        targets = [matcher.target_mask(each, side.groups) for each in self._back.filters]
        return (
            *self._search.routing.source_key(one),
            *self._search.routing.destination_key(one),
            tuple(guard for guard in endpoint.egress if guard in self._search.stateless),
            tuple(guard for guard in endpoint.ingress if guard in self._search.stateless),
            endpoint.boundaries & self._back.within,
            tuple(masks),
            tuple(targets),
        )


def _grouped(corners: Iterable[Corner], key: Callable[[Corner], T]) -> dict[T, list[Corner]]:
    found: dict[T, list[Corner]] = {}
    for one in corners:
        found.setdefault(key(one), []).append(one)
    return found


def _filters(guards: Iterable[Guard]) -> _Filters:
    unique = dict.fromkeys(guards)
    filters = dict.fromkeys(each for guard in unique for each in guard.chain.filters)
    return _Filters(tuple(filters), frozenset(guard.within for guard in unique if guard.within))
