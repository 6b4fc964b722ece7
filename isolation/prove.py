"""Judges claims over a model.

`judge` is the whole of it. A claim is violated when some packet breaks it whatever unknown values become,
unproven when one breaks it for some values, or when something that is not modelled may carry or stop packets
in its networks, and proven otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isolation.blocks import Blocks
from isolation.claims import Claim, End, Expect
from isolation.corners import Corner, Corners, filters_of
from isolation.explain import open_values, path, stopped, traffic_text
from isolation.model import ENTERPRISE, INTERNET, Kind, Model, Unmodelled
from isolation.search import Passage, Search
from isolation.verdicts import Outcome, Verdict

# More rules than this are not judged: a project of Google Cloud has at most a few thousand, an AWS account
# fewer in one region.
MOST_RULES = 60_000
MOST_SAID = 4
# Of these, all must be reached: no machine stands for another, and no service's endpoint for another's. An
# endpoint with an interface per zone is called by any of them, as its name resolves to all.
SERVICES = frozenset({Kind.PRIVATE_API, Kind.PRIVATE_ENDPOINT, Kind.MODEL_ENDPOINT})
EACH = SERVICES | {Kind.MACHINE, Kind.POD}


def judge(model: Model, claims: Sequence[Claim]) -> list[Verdict]:
    """The verdict of each claim, in their order."""
    rules = sum(len(one.rules) for one in dict.fromkeys(filters_of(model)))
    if rules > MOST_RULES:
        why = f"{rules} rules are more than the {MOST_RULES} that are judged; split the stack"
        return [Verdict(claim, Outcome.UNPROVEN, missing=(why,)) for claim in claims]
    judged = _Judge(model, claims)
    return [judged.verdict(claim) for claim in claims]


class _Judge:
    def __init__(self, model: Model, claims: Sequence[Claim]) -> None:
        self._model = model
        self._corners = Corners(model, claims)
        self._search = Search(model, self._corners)
        self._linked = _linked_networks(model)
        self._ends: dict[End, list[Corner]] = {}

    def verdict(self, claim: Claim) -> Verdict:
        """The verdict of one claim."""
        found = self._reaches(claim) if claim.expect is Expect.REACHES else self._forbidden(claim)
        if found.outcome is not Outcome.PROVEN:
            return found
        touched = self._unmodelled(claim)
        if not touched:
            return found
        missing = tuple(f"{one.resource} is not modelled: {one.why}" for one in touched)
        return Verdict(claim, Outcome.UNPROVEN, because=found.because, missing=missing)

    def _forbidden(self, claim: Claim) -> Verdict:
        """Never, and only: no packet that no opening admits."""
        sources, destinations = self._of(claim.source), self._of(claim.destination)
        if not (sources and destinations):
            return Verdict(claim, Outcome.PROVEN, because=(self._nobody(claim, sources),))
        perhaps: tuple[Passage, int] | None = None
        for passage, mask in self._broken(claim, sources, destinations):
            if sure := passage.must & mask:
                return Verdict(claim, Outcome.VIOLATED, path(self._search, passage, sure))
            perhaps = perhaps or (passage, mask)
        if perhaps is not None:
            passage, mask = perhaps
            return Verdict(
                claim,
                Outcome.UNPROVEN,
                path(self._search, passage, mask),
                missing=tuple(dict.fromkeys((*passage.unknown, *self._open_rules(passage, mask)))),
            )
        return Verdict(claim, Outcome.PROVEN, because=tuple(self._kept_by(claim, sources, destinations)))

    def _broken(
        self, claim: Claim, sources: list[Corner], destinations: list[Corner]
    ) -> Iterator[tuple[Passage, int]]:
        """What passes and no opening admits, with its mask."""

        def closed(source: Corner, destination: Corner) -> int:
            return self._closed(claim, source, destination)

        yield from Blocks(self._search, sources, destinations).passages(closed)
        behind = [one for one in destinations if any(self._search.leading_to(one.endpoint, False))]
        for source in sources if behind else ():
            for destination in behind:
                for passage in self._search.by_proxies(source, destination):
                    if mask := passage.may & closed(source, destination):
                        yield passage, mask

    def _reaches(self, claim: Claim) -> Verdict:
        """Every declared machine gets there with all of the traffic, and the answer comes back."""
        sources = [one for one in self._of(claim.source) if not one.endpoint.assumed]
        destinations = [one for one in self._of(claim.destination) if not one.endpoint.assumed]
        destinations = [one for one in destinations if not one.endpoint.optional] or destinations
        kinds = claim.destination.kinds
        if sources and not destinations and kinds and kinds <= SERVICES:
            # Machines that need a cloud's services and have none of them cannot work.
            return Verdict(claim, Outcome.VIOLATED, because=(self._nobody(claim, sources),))
        if not (sources and destinations):
            return Verdict(claim, Outcome.PROVEN, because=(self._nobody(claim, sources),))
        wanted = self._corners.atoms(claim.traffic)
        need_all = bool(kinds) and kinds <= EACH
        if (
            need_all
            and not claim.through_gateway
            and Blocks(self._search, sources, destinations).all_reach(wanted)
        ):
            return self._shown(claim, sources[0], destinations[0], wanted)
        choices = _choices(destinations, need_all=need_all)
        for source in sources:
            for choice in choices:
                outcome, failing = self._best(claim, source, choice, wanted)
                if outcome is not Outcome.PROVEN:
                    return self._unreached(claim, outcome, source, failing, wanted)
        return self._shown(claim, sources[0], destinations[0], wanted)

    def _best(
        self, claim: Claim, source: Corner, choice: list[list[Corner]], wanted: int
    ) -> tuple[Outcome, Corner]:
        """Whether one endpoint of a choice is reached, and the corner that decides; those of another family
        than the source's are not asked."""
        answers = [
            self._weakest(claim, source, corners, wanted)
            for corners in choice
            if self._same_family(source, corners)
        ]
        for outcome in (Outcome.PROVEN, Outcome.UNPROVEN):
            for found in answers:
                if found[0] is outcome:
                    return found
        return answers[0] if answers else (Outcome.PROVEN, choice[0][0])

    def _shown(self, claim: Claim, source: Corner, destination: Corner, wanted: int) -> Verdict:
        """A kept claim, with the way of its first pair."""
        for passage in self._passages(claim, source, destination):
            if mask := passage.must & wanted:
                return Verdict(claim, Outcome.PROVEN, path(self._search, passage, mask))
        return Verdict(claim, Outcome.PROVEN)

    def _weakest(
        self, claim: Claim, source: Corner, corners: list[Corner], wanted: int
    ) -> tuple[Outcome, Corner]:
        """Whether all corners of one endpoint are reached, and the corner that decides."""
        worst = Outcome.PROVEN, corners[0]
        family = self._corners.family(source.side.signature)
        for corner in corners:
            # What is reached by a public address of one family may have its own of the other.
            if not corner.endpoint.entries and self._corners.family(corner.side.signature) != family:
                continue
            must = may = 0
            for passage in self._passages(claim, source, corner):
                may |= passage.may
                must |= passage.must if self._search.answers(passage) else 0
            if wanted & ~may:
                return Outcome.VIOLATED, corner
            if wanted & ~must:
                worst = Outcome.UNPROVEN, corner
        return worst

    def _same_family(self, source: Corner, corners: list[Corner]) -> bool:
        endpoint = corners[0].endpoint
        family = self._corners.family(source.side.signature)
        return family in self._corners.families(endpoint.public if endpoint.entries else endpoint.addresses)

    def _passages(self, claim: Claim, source: Corner, destination: Corner) -> Iterator[Passage]:
        if not claim.through_gateway:
            yield from self._search.direct(source, destination)
            return
        for passage in self._search.passages(source, destination, inspected=True):
            if passage.forward is not None and passage.forward.inspected_by:
                yield passage

    def _unreached(
        self, claim: Claim, outcome: Outcome, source: Corner, destination: Corner, wanted: int
    ) -> Verdict:
        passages = list(self._passages(claim, source, destination))
        must = may = 0
        missing: dict[str, None] = {}
        for passage in passages:
            may |= passage.may
            must |= passage.must
            missing.update(dict.fromkeys((*passage.unknown, *self._open_rules(passage, wanted))))
        lacking = wanted & ~may or wanted & ~must or wanted
        lacks = traffic_text(self._search, lacking)
        said = [f"{source.endpoint.name} does not reach {destination.endpoint.name} with {lacks}"]
        if outcome is Outcome.UNPROVEN:
            said = [f"{source.endpoint.name} may reach {destination.endpoint.name} with {lacks}"]
            if not missing:
                said = [f"no answer of {destination.endpoint.name} is sure to reach {source.endpoint.name}"]
        said += self._why_not(source, destination, lacking)
        return Verdict(claim, outcome, because=tuple(said[:MOST_SAID]), missing=tuple(missing))

    def _why_not(self, source: Corner, destination: Corner, mask: int) -> list[str]:
        routed = self._search.routed(source, destination)
        if not routed.ways:
            return list(routed.ended)
        said: dict[str, None] = {}
        for way in routed.ways:
            said.update(
                dict.fromkeys(stopped(self._search, self._search.checks(source, destination, way), mask))
            )
        return list(said)

    def _kept_by(self, claim: Claim, sources: list[Corner], destinations: list[Corner]) -> list[str]:
        """What stops the packets, told for the first pairs."""
        said: dict[str, None] = {}
        for source in sources[:3]:
            destination = destinations[0]
            closed = self._closed(claim, source, destination)
            if closed:
                said.update(dict.fromkeys(self._why_not(source, destination, closed)))
        return list(said)[:MOST_SAID]

    def _closed(self, claim: Claim, source: Corner, destination: Corner) -> int:
        """The traffic that no opening admits between two corners."""
        mask = self._corners.atoms(claim.traffic)
        mine = source.endpoint.kind, source.addresses
        its = destination.endpoint.kind, destination.addresses
        for opening in claim.openings:
            if opening.admits(mine, its):
                mask &= ~self._corners.atoms(opening.traffic)
        return mask

    def _open_rules(self, passage: Passage, mask: int) -> list[str]:
        """The unknown values of rules that decide about the packets of a passage."""
        checks = self._search.checks(passage.source, passage.destination, passage.way)
        return [value for check in checks for value in open_values(self._search, check, mask)]

    def _nobody(self, claim: Claim, sources: list[Corner]) -> str:
        return f"nothing in the plan is {claim.destination if sources else claim.source}"

    def _of(self, end: End) -> list[Corner]:
        """One corner for each kind that anything tells apart."""
        found = self._ends.get(end)
        if found is None:
            unique: dict[tuple[object, ...], Corner] = {}
            for one in self._corners.of(end):
                unique.setdefault(one.key, one)
            found = self._ends[end] = list(unique.values())
        return found

    def _unmodelled(self, claim: Claim) -> list[Unmodelled]:
        if not self._model.unmodelled:
            return []
        ends = [*self._corners.of(claim.source), *self._corners.of(claim.destination)]
        networks = {
            linked
            for one in ends
            for linked in self._linked.get(one.endpoint.network, (one.endpoint.network,))
        }
        return [one for one in self._model.unmodelled if not one.networks or one.networks & networks]


def _choices(destinations: Sequence[Corner], *, need_all: bool) -> list[list[list[Corner]]]:
    """The corners by endpoint, and the endpoints by what one of them is enough for."""
    found: dict[str, dict[str, list[Corner]]] = {}
    for one in destinations:
        endpoint = one.endpoint
        choice = (endpoint.instead or endpoint.name) if need_all else ""
        found.setdefault(choice, {}).setdefault(endpoint.name, []).append(one)
    return [list(choice.values()) for choice in found.values()]


def _linked_networks(model: Model) -> dict[str, frozenset[str]]:
    """For each network all that gateways join to it, the outside left out."""
    network_of = {one.name: one.network for one in model.routers}
    gateways = {one.name: network_of[one.to] for one in model.gateways}
    near: dict[str, set[str]] = {network: {network} for network in network_of.values()}
    for route in model.routes:
        here = network_of[route.router]
        for target in route.targets:
            there = gateways.get(target)
            if there and not {here, there} & {INTERNET, ENTERPRISE}:
                near[here].add(there)
                near[there].add(here)
    found: dict[str, frozenset[str]] = {}
    for start in near:
        seen, waiting = {start}, [start]
        while waiting:
            new = near[waiting.pop()] - seen
            seen |= new
            waiting += new
        found[start] = frozenset(seen)
    return found
