"""Paths in words: every hop with what allowed it, every expected blocker with why it did not block.

The packet that is shown is the first of those that pass. Nothing is judged here that was not judged before.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import address_texts
from isolation.corners import FAMILIAR, Corner
from isolation.intervals import IntervalSet
from isolation.rules import Action, Filter, Rule
from isolation.search import Check, Passage, Search
from isolation.traffic import traffic_texts
from isolation.verdicts import Path

MOST_BLOCKERS = 12


def path(search: Search, passage: Passage, mask: int) -> Path:
    """The way of one packet of `mask`, with its blockers."""
    legs: list[Passage] = []
    current: Passage | None = passage
    while current is not None:
        legs.append(current)
        current = current.before
    legs.reverse()
    steps: list[str] = []
    blockers: dict[str, None] = {}
    shadowed: dict[str, None] = {}
    for leg in legs:
        if leg.forward is not None:
            steps.append(_forwarded(leg))
        atom = _shown(search, mask if leg is passage else leg.may)
        steps += _steps(search, leg, atom)
        for check in search.checks(leg.source, leg.destination, leg.way):
            late, missed = _blockers(search, check, atom)
            shadowed.update(dict.fromkeys(late))
            blockers.update(dict.fromkeys(missed))
    first = legs[0]
    ends = f"from {corner_text(first.source)} to {corner_text(passage.destination)}"
    return Path(
        packet=f"{_packet(search, mask)} {ends}",
        steps=tuple(steps),
        blockers=tuple(blockers)[:MOST_BLOCKERS],
        shadowed=tuple(shadowed)[:MOST_BLOCKERS],
    )


def stopped(search: Search, passage_checks: list[Check], mask: int) -> list[str]:
    """Which guards stop the packets of `mask`, and by which rule."""
    said: dict[str, None] = {}
    for check in passage_checks:
        atom = _shown(search, mask)
        one, rule = _decision(search, check, atom)
        if one is not None and _is_denied(one, rule):
            said[f"{check.where}: {_by(one, rule)}"] = None
    return list(said)


def open_values(search: Search, check: Check, mask: int) -> Iterator[str]:
    """The unknown values of the rules that may decide about a packet of `mask` at one guard."""
    packet = search.corners.matcher.cuts.members(_shown(search, mask))
    for one in check.chain.filters:
        matching = search.corners.matcher.rules_mask(
            one, check.sources[0], check.destinations[0], check.guarded
        )
        rules = [
            rule
            for index, rule in enumerate(one.ordered())
            if matching >> index & 1 and rule.traffic & packet
        ]
        for rule in rules:
            yield from rule.unknown
            if not rule.unknown:
                break
        sure = next((rule for rule in rules if not rule.unknown), None)
        if (one.default if sure is None else sure.action) is not Action.NEXT:
            return


def traffic_text(search: Search, mask: int) -> str:
    """A mask of traffic in words, at most three of them."""
    texts = traffic_texts(search.corners.matcher.cuts.members(mask))
    return ", ".join(texts[:3]) + (" and more" if len(texts) > 3 else "")


def corner_text(corner: Corner) -> str:
    """An endpoint with its first addresses."""
    name, texts = corner.endpoint.name, address_texts(corner.addresses)
    return f"{name} ({texts[0]}{' and more' if len(texts) > 1 else ''})" if texts else name


def _shown(search: Search, mask: int) -> int:
    """The atom that is shown of a mask: the one with the packet that people know best."""
    for wanted in FAMILIAR:
        if found := mask & search.corners.matcher.cuts.mask(wanted):
            return found & -found
    return mask & -mask


def _packet(search: Search, mask: int) -> str:
    members = search.corners.matcher.cuts.members(_shown(search, mask))
    known = next((one for one in FAMILIAR if one & members and one.size == 1), None)
    text = traffic_texts(known or IntervalSet.of((members.lowest, members.lowest)))[0]
    everything = traffic_text(search, mask)
    return text if everything == text else f"{text} (of {everything})"


def _forwarded(leg: Passage) -> str:
    by = leg.forward.inspected_by if leg.forward else ""
    return f"{leg.source.endpoint.name} forwards it" + (f", inspected by {by}" if by else ", not inspected")


def _steps(search: Search, leg: Passage, atom: int) -> Iterator[str]:
    checks = search.checks(leg.source, leg.destination, leg.way)
    leaving = f"leaving {leg.source.endpoint.name}"
    mine = [check for check in checks if check.where == leaving]
    yield from (f"{check.where}: {_allowed(search, check, atom)}" for check in mine)
    if not mine:
        yield f"{leaving}: " + (
            "no filter applies to this destination"
            if leg.destination.endpoint.unguarded
            else "no filter guards it"
        )
    for hop in leg.way.hops:
        by = f"route {hop.route.name}" if hop.route else "the internet's routing"
        to = f" to {hop.gateway.kind} {hop.gateway.name}" if hop.gateway else " delivers it"
        if hop.gateway and hop.gateway.assumed:
            to += f" (assumed: {hop.gateway.why})"
        yield f"at {hop.router}: {by}{to}"
        if hop.gateway:
            here = [check for check in checks if check.where == f"at {hop.gateway.name}"]
            yield from (f"{check.where}: {_allowed(search, check, atom)}" for check in here)
    entering = f"entering {leg.destination.endpoint.name}"
    its = [check for check in checks if check.where == entering]
    yield from (f"{check.where}: {_allowed(search, check, atom)}" for check in its)
    if not its:
        yield f"{entering}: no filter guards it"


def _allowed(search: Search, check: Check, atom: int) -> str:
    one, rule = _decision(search, check, atom)
    return _by(one, rule) if one is not None else f"{check.chain.name} lets it pass"


def _by(one: Filter, rule: Rule | None) -> str:
    if rule is None:
        said = "allows" if one.default is Action.ALLOW else "denies"
        return f"no rule of {one.name} matches, and it {said} the rest"
    open_values = f", if {', '.join(rule.unknown)} lets it match" if rule.unknown else ""
    return f"{one.name}: {rule}{open_values}"


def _is_denied(one: Filter, rule: Rule | None) -> bool:
    return (one.default if rule is None else rule.action) is Action.DENY


def _decision(search: Search, check: Check, atom: int) -> tuple[Filter | None, Rule | None]:
    """The filter and rule that decide about a packet; no rule where a filter's default does."""
    source, destination = check.sources[0], check.destinations[0]
    cuts = search.corners.matcher.cuts
    packet = cuts.members(atom)
    last: tuple[Filter | None, Rule | None] = (None, None)
    for one in check.chain.filters:
        matching = search.corners.matcher.rules_mask(one, source, destination, check.guarded)
        decider = next(
            (
                rule
                for index, rule in enumerate(one.ordered())
                if matching >> index & 1 and rule.traffic & packet
            ),
            None,
        )
        last = (one, decider)
        if (one.default if decider is None else decider.action) is not Action.NEXT:
            return last
    return last


def _blockers(search: Search, check: Check, atom: int) -> tuple[list[str], list[str]]:
    """Denies that match but come too late, and denies that do not match, each with why."""
    source, destination = check.sources[0], check.destinations[0]
    packet = search.corners.matcher.cuts.members(atom)
    decided_in, decider = _decision(search, check, atom)
    late: list[str] = []
    missed: list[str] = []
    for one in check.chain.filters:
        matching = search.corners.matcher.rules_mask(one, source, destination, check.guarded)
        for index, rule in enumerate(one.ordered()):
            if rule.action is not Action.DENY:
                continue
            name = f"{check.where}: {one.name}: {rule}"
            if matching >> index & 1 and rule.traffic & packet:
                first = decider.name if decider else decided_in.name if decided_in else check.chain.name
                late.append(f"{name} also matches, but {first} comes first")
            elif len(missed) < MOST_BLOCKERS:
                missed.append(f"{name} does not match: {_mismatch(rule, check, packet)}")
        if one is decided_in and decider is None and one.default is Action.DENY:
            break
    return late, missed


def _mismatch(rule: Rule, check: Check, packet: IntervalSet) -> str:
    if rule.target is not None and not rule.target & check.guarded:
        wanted = " or ".join(_short(group) for group in sorted(rule.target))
        return f"it is for machines with {wanted or 'nothing that exists'}"
    if not rule.traffic & packet:
        return f"it is about {', '.join(traffic_texts(rule.traffic)[:3])}"
    return "it is about other addresses"


def _short(group: str) -> str:
    """A group as people know it: a URN by its last part."""
    kind, separator, urn = group.partition(":urn:")
    return f"{kind} {urn.rpartition('::')[2]}" if separator else group
