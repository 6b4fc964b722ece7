"""What reaches what: filters judged along every way, and proxies followed.

For a pair of corners the answer is two masks of traffic: `must`, what passes whatever unknown values become,
and `may`, what passes for some of them. A packet passes a way when the sender's guards, the guards of every
gateway and the receiver's guards all let it. A proxy that nothing inspects is a way on: who reaches it
reaches what it forwards to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from isolation.corners import REPLIES, Corner, Corners
from isolation.intervals import EMPTY, IntervalSet
from isolation.matching import Side
from isolation.model import Endpoint, Forward, Gateway, Guard, Model
from isolation.routing import Routed, Routing, Way
from isolation.rules import Chain

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One guard on a way, with the sides it sees; `where` is how a path calls the place."""

    where: str
    chain: Chain
    sources: tuple[Side, ...]
    destinations: tuple[Side, ...]
    guarded: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Traffic that passes from one corner to another on one way, after that of `before` by a proxy."""

    source: Corner
    destination: Corner
    way: Way
    must: int
    may: int
    before: Passage | None = None
    forward: Forward | None = None
    unknown: tuple[str, ...] = ()


class Search:
    """Judges pairs of corners; equal pairs are judged once."""

    def __init__(self, model: Model, corners: Corners) -> None:
        self.corners = corners
        self.routing = Routing(model, corners)
        self._endpoints = {one.name: one for one in model.endpoints}
        self._proxies = [one for one in model.endpoints if one.forwards]
        self._numbers: dict[object, tuple[dict[object, int], dict[Corner, int]]] = {}
        self._direct: dict[tuple[object, object], tuple[Passage, ...]] = {}
        guards = {guard for one in model.endpoints for guard in (*one.egress, *one.ingress)}
        self.stateless = frozenset(
            guard for guard in guards if not all(one.stateful for one in guard.chain.filters)
        )
        """The guards at which answers need a rule of their own."""
        # The traffic of each protocol that has ports, and where its answers go.
        self._replies = [(corners.atoms(_protocol(one)), corners.atoms(one)) for one in REPLIES]

    def numbered(self, what: object, key: Callable[[Corner], object]) -> Callable[[Corner], int]:
        """A function that gives corners of equal keys one small number; `what` names the keys' meaning.

        Keys are long masks: each corner's is made and hashed once, however many claims ask.
        """
        numbers, known = self._numbers.setdefault(what, ({}, {}))

        def number(one: Corner) -> int:
            found = known.get(one)
            if found is None:
                found = known[one] = numbers.setdefault(key(one), len(numbers))
            return found

        return number

    def passages(
        self,
        source: Corner,
        destination: Corner,
        *,
        inspected: bool = False,
        through: frozenset[str] = frozenset(),
    ) -> Iterator[Passage]:
        """Everything that passes from `source` to `destination`, directly and through proxies, but not again
        through those of `through`.

        With `inspected` also through proxies that a web application firewall stands before.
        """
        yield from self.direct(source, destination)
        yield from self.by_proxies(source, destination, inspected=inspected, through=through)

    def by_proxies(
        self,
        source: Corner,
        destination: Corner,
        *,
        inspected: bool = False,
        through: frozenset[str] = frozenset(),
    ) -> Iterator[Passage]:
        """What passes through proxies, each once on a way: proxies may send to each other in a circle."""
        for proxy, forward in self.leading_to(destination.endpoint, inspected):
            if proxy.name != source.endpoint.name and proxy.name not in through:
                seen = through | {proxy.name}
                first = [
                    passage
                    for middle in self.corners.corners(proxy)
                    for passage in self.passages(source, middle, inspected=inspected, through=seen)
                ]
                yield from self._through(first, forward, destination)

    def direct(self, source: Corner, destination: Corner) -> tuple[Passage, ...]:
        """What passes without a proxy. The passages of an equal pair may name its corners."""
        key = (source.key, destination.key)
        found = self._direct.get(key)
        if found is None:
            found = self._direct[key] = tuple(self._judge(source, destination))
        return found

    def routed(self, source: Corner, destination: Corner) -> Routed:
        """The ways, before any filter."""
        return self.routing.ways(source, destination)

    def checks(self, source: Corner, destination: Corner, way: Way) -> list[Check]:
        """Every guard that a packet meets on a way, in order."""
        return [
            *self.leaving(source, destination, way),
            *self.passing(source, destination, way),
            *self.entering(source, destination, way),
        ]

    def leaving(self, source: Corner, destination: Corner, way: Way) -> list[Check]:
        """The sender's guards."""
        mine, its = source.endpoint, destination.endpoint
        if its.unguarded or not mine.egress:
            return []
        sent_to = self.sent_to(destination, way)
        where = f"leaving {mine.name}"
        return [
            Check(where, guard.chain, (source.side,), sent_to, source.side.groups)
            for guard in mine.egress
            if _met(guard, mine.boundaries, its.boundaries)
        ]

    def passing(self, source: Corner, destination: Corner, way: Way) -> list[Check]:
        """The guards of the gateways."""
        if not any(gateway.guards for gateway in way.gateways):
            return []
        sent_to = self.sent_to(destination, way)
        seen = (source.side,)
        found: list[Check] = []
        for gateway in way.gateways:
            found += [
                Check(f"at {gateway.name}", guard.chain, seen, sent_to, NOBODY) for guard in gateway.guards
            ]
            seen = self._beyond(gateway, source.endpoint, seen)
        return found

    def entering(self, source: Corner, destination: Corner, way: Way) -> list[Check]:
        """The receiver's guards."""
        mine, its = source.endpoint, destination.endpoint
        if not its.ingress:
            return []
        seen = self.seen(source, way)
        where = f"entering {its.name}"
        return [
            Check(where, guard.chain, seen, (destination.side,), destination.side.groups)
            for guard in its.ingress
            if _met(guard, mine.boundaries, its.boundaries)
        ]

    def sent_to(self, destination: Corner, way: Way) -> tuple[Side, ...]:
        """How the sender's guards see the destination."""
        if way.inbound:
            return tuple(Side(each) for each in self.corners.classes(destination.endpoint.public))
        if way.keeps is None:
            return (destination.side,)
        return (Side(destination.side.signature, _kept(destination.side.groups, way.keeps)),)

    def seen(self, source: Corner, way: Way) -> tuple[Side, ...]:
        """How the receiver's guards see the source."""
        sides = (source.side,)
        for gateway in way.gateways:
            sides = self._beyond(gateway, source.endpoint, sides)
        return sides

    def _beyond(self, gateway: Gateway, source: Endpoint, seen: tuple[Side, ...]) -> tuple[Side, ...]:
        """How the source looks beyond a gateway."""
        hidden = gateway.source_becomes or (source.public if gateway.needs_public else EMPTY)
        if hidden:
            return tuple(Side(each) for each in self.corners.classes(hidden))
        return tuple(Side(each.signature, _kept(each.groups, gateway.keeps_groups)) for each in seen)

    def answers(self, passage: Passage) -> bool:
        """Whether an answer comes back for sure: a route back, and stateless filters that let it pass."""
        source, destination, way = passage.source, passage.destination, passage.way
        if not way.remembered:
            back = [one for one in self.routed(destination, source).ways if not one.unknown]
            if not back:
                return False
        ends = source.endpoint.boundaries, destination.endpoint.boundaries
        # An answer leaves the destination and enters the source; each guard is that of its machine.
        guards = [(guard, destination.side.groups) for guard in destination.endpoint.egress]
        guards += [(guard, source.side.groups) for guard in source.endpoint.ingress]
        for guard, groups in guards:
            if guard in self.stateless and _met(guard, *ends):
                must, _ = self.corners.matcher.chain(guard.chain, destination.side, source.side, groups)
                if any(replies & ~must for protocol, replies in self._replies if passage.must & protocol):
                    return False
        return True

    def _judge(self, source: Corner, destination: Corner) -> Iterator[Passage]:
        serves = self.corners.atoms(destination.endpoint.serves)
        unknown = (*source.endpoint.unknown, *destination.endpoint.unknown)
        for way in self.routed(source, destination).ways:
            must = may = serves
            for check in self.checks(source, destination, way):
                sure, perhaps = self.ask(check)
                must &= sure
                may &= perhaps
                if not may:
                    break
            if may:
                open_values = (*unknown, *way.unknown)
                yield Passage(source, destination, way, 0 if open_values else must, may, unknown=open_values)

    def ask(self, check: Check) -> tuple[int, int]:
        """Over all that a side may look like: for sure what each lets pass, perhaps what any does."""
        must, may = self.corners.matcher.cuts.all, 0
        for source in check.sources:
            for destination in check.destinations:
                sure, perhaps = self.corners.matcher.chain(check.chain, source, destination, check.guarded)
                must &= sure
                may |= perhaps
        return must, may

    def leading_to(self, endpoint: Endpoint, inspected: bool) -> Iterator[tuple[Endpoint, Forward]]:
        """The proxies that forward to an endpoint."""
        for proxy in self._proxies:
            for forward in proxy.forwards:
                if endpoint.name in forward.destinations and (inspected or not forward.inspected_by):
                    yield proxy, forward

    def _through(self, reaching: list[Passage], forward: Forward, destination: Corner) -> Iterator[Passage]:
        """What a proxy opens to `destination` for those who reach it."""
        opens = self.corners.atoms(forward.traffic)
        for first in reaching:
            for second in self.direct(first.destination, destination):
                if may := second.may & opens:
                    open_values = (*first.unknown, *forward.unknown, *second.unknown)
                    must = second.must & opens if first.must and not open_values else 0
                    yield Passage(
                        second.source, destination, second.way, must, may, first, forward, unknown=open_values
                    )


def _protocol(ports: IntervalSet) -> IntervalSet:
    """All traffic of the protocol of some ports."""
    number = ports.lowest >> 16
    return IntervalSet.of((number << 16, (number << 16) + 65535))


def _kept(groups: frozenset[str], keeps: tuple[str, ...] | None) -> frozenset[str]:
    return groups if keeps is None else frozenset(group for group in groups if group.startswith(keeps))


def _met(guard: Guard, mine: frozenset[str], its: frozenset[str]) -> bool:
    return not guard.within or guard.within not in mine or guard.within not in its
