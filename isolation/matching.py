"""Which traffic a filter passes between two sides, for very many pairs.

Every side gets, once, a bit mask of the rules that match it as source or as destination; a pair's rules are
`source & destination & target`, lowest bit first, and equal masks share one walk. With values that are not
known yet the answer is two sets: `must`, allowed whatever the values become, and `may`, allowed for some of
them. Leaves out how a packet gets from one side to the other: routes and gateways are no filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from isolation.atoms import Cuts, Signatures
from isolation.intervals import IntervalSet
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import ALL_TRAFFIC


@dataclass(frozen=True, slots=True)
class Side:
    """Where a packet comes from or goes to, as rules see it: the signature of its address (from
    `Matcher.signatures`; 0 for no known address) and the groups of the machine that has it."""

    signature: int
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passed:
    """Masks of traffic atoms: allowed for sure and perhaps, and handed to the next filter for sure and
    perhaps."""

    must: int
    may: int
    next_must: int = 0
    next_may: int = 0


@dataclass(slots=True)
class _Compiled:
    rules: tuple[Rule, ...]
    traffic: tuple[int, ...]
    default: Action
    source_at: int
    destination_at: int
    source_groups: dict[str, int]
    destination_groups: dict[str, int]
    anyone: tuple[int, int]
    untargeted: int
    target_groups: dict[str, int]
    masks: dict[tuple[Side, bool], int] = field(default_factory=dict[tuple[Side, bool], int])
    walks: dict[int, Passed] = field(default_factory=dict[int, Passed])


class Matcher:
    """Filters compiled together over one division of addresses and of traffic.

    Args:
        filters: every filter that will be asked about.
        everything: the traffic that counts; the rest is cut away.
        boundaries: further address sets that must not be blurred (routes, endpoints).
        traffics: further traffic sets that must not be blurred (claims).
    """

    def __init__(
        self,
        filters: Sequence[Filter],
        everything: IntervalSet = ALL_TRAFFIC,
        boundaries: Sequence[IntervalSet] = (),
        traffics: Sequence[IntervalSet] = (),
    ) -> None:
        rules = [rule for one in filters for rule in one.rules]
        self.cuts = Cuts(everything, [*(rule.traffic for rule in rules), *traffics])
        sets: list[IntervalSet] = []
        self._compiled: dict[Filter, _Compiled] = {}
        for one in filters:
            self._compiled[one] = self._compile(one, len(sets))
            ordered = one.ordered()
            sets += [rule.source.addresses for rule in ordered]
            sets += [rule.destination.addresses for rule in ordered]
        self.boundaries_at = len(sets)
        self.signatures = Signatures([*sets, *boundaries])

    def chain(
        self, chain: Chain, source: Side, destination: Side, guarded: frozenset[str]
    ) -> tuple[int, int]:
        """What the chain allows, as masks (must, may); `guarded` are the groups of the machine it guards."""
        must = may = 0
        open_must = open_may = self.cuts.all
        for one in chain.filters:
            passed = self.passed(one, source, destination, guarded)
            must |= open_must & passed.must
            may |= open_may & passed.may
            open_must &= passed.next_must
            open_may &= passed.next_may
        return must, may

    def passed(self, one: Filter, source: Side, destination: Side, guarded: frozenset[str]) -> Passed:
        """What one filter does with the traffic from `source` to `destination`."""
        compiled = self._compiled[one]
        mask = self.rules_mask(one, source, destination, guarded)
        found = compiled.walks.get(mask)
        if found is None:
            found = compiled.walks[mask] = _walk(compiled, mask, self.cuts.all)
        return found

    def source_mask(self, one: Filter, side: Side) -> int:
        """The rules that match a source, whatever the destination."""
        return _side(self._compiled[one], side, True)

    def destination_mask(self, one: Filter, side: Side) -> int:
        """The rules that match a destination, whatever the source."""
        return _side(self._compiled[one], side, False)

    def target_mask(self, one: Filter, guarded: frozenset[str]) -> int:
        """The rules that are for a machine of these groups."""
        compiled = self._compiled[one]
        return compiled.untargeted | _any(compiled.target_groups, guarded)

    def rules_mask(self, one: Filter, source: Side, destination: Side, guarded: frozenset[str]) -> int:
        """The rules that match the pair: bit `i` stands for the i-th rule of `Filter.ordered()`."""
        compiled = self._compiled[one]
        mask = _side(compiled, source, True) & _side(compiled, destination, False)
        if compiled.untargeted != (1 << len(compiled.rules)) - 1:
            mask &= compiled.untargeted | _any(compiled.target_groups, guarded)
        return mask

    def _compile(self, one: Filter, at: int) -> _Compiled:
        rules = one.ordered()
        return _Compiled(
            rules=rules,
            traffic=tuple(self.cuts.mask(rule.traffic) for rule in rules),
            default=one.default,
            source_at=at,
            destination_at=at + len(rules),
            source_groups=_by_group([rule.source.groups for rule in rules]),
            destination_groups=_by_group([rule.destination.groups for rule in rules]),
            anyone=(_anyone([rule.source for rule in rules]), _anyone([rule.destination for rule in rules])),
            untargeted=sum(1 << index for index, rule in enumerate(rules) if rule.target is None),
            target_groups=_by_group([rule.target or frozenset() for rule in rules]),
        )


def _walk(compiled: _Compiled, mask: int, everything: int) -> Passed:
    """Read the matching rules in order; a rule with unknown values counts for `may` when it opens and against
    `must` when it closes, so that the truth lies between the two whatever the values become."""
    allowed = {Action.ALLOW: [0, 0], Action.NEXT: [0, 0], Action.DENY: [0, 0]}
    open_must = open_may = everything
    while mask and open_may:
        low = mask & -mask
        mask ^= low
        index = low.bit_length() - 1
        rule, atoms = compiled.rules[index], compiled.traffic[index]
        found = allowed[rule.action]
        found[1] |= open_may & atoms
        if not rule.unknown:
            found[0] |= open_must & atoms
            open_may &= ~atoms
        if not rule.unknown or rule.action is not Action.ALLOW:
            open_must &= ~atoms
    allowed[compiled.default][0] |= open_must
    allowed[compiled.default][1] |= open_may
    return Passed(*allowed[Action.ALLOW], *allowed[Action.NEXT])


def _side(compiled: _Compiled, side: Side, as_source: bool) -> int:
    key = (side, as_source)
    mask = compiled.masks.get(key)
    if mask is None:
        at = compiled.source_at if as_source else compiled.destination_at
        groups = compiled.source_groups if as_source else compiled.destination_groups
        every = (1 << len(compiled.rules)) - 1
        mask = (
            side.signature >> at & every | compiled.anyone[0 if as_source else 1] | _any(groups, side.groups)
        )
        compiled.masks[key] = mask
    return mask


def _any(by_group: dict[str, int], groups: frozenset[str]) -> int:
    found = 0
    for group in groups:
        found |= by_group.get(group, 0)
    return found


def _by_group(members: Sequence[frozenset[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, groups in enumerate(members):
        for group in groups:
            found[group] = found.get(group, 0) | 1 << index
    return found


def _anyone(matches: Sequence[Match]) -> int:
    return sum(1 << index for index, match in enumerate(matches) if match.anyone)
