"""The matcher against a walker that tries every packet, and every world that unknown values leave open."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from isolation.addresses import addresses
from isolation.intervals import IntervalSet
from isolation.matching import Matcher, Side
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

PORTS = range(1, 5)
HOSTS = tuple(addresses(text).lowest for text in ("10.0.0.0", "10.0.0.1", "10.0.0.2", "2001:db8::1"))
PREFIXES = ("10.0.0.0/31", "10.0.0.2", "0.0.0.0/0", "2001:db8::/64", "::/0")
GROUPS = st.frozensets(st.sampled_from(["a", "b"]), max_size=2)
MATCHES = st.builds(
    Match,
    st.lists(st.sampled_from(PREFIXES), max_size=2).map(lambda texts: addresses(*texts)),
    GROUPS,
    st.booleans(),
)
RULES = st.builds(
    Rule,
    name=st.just("rule"),
    action=st.sampled_from(Action),
    source=MATCHES,
    destination=MATCHES,
    traffic=st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(
        lambda pair: traffic("TCP", min(pair), max(pair))
    ),
    priority=st.integers(0, 2),
    target=st.none() | GROUPS,
    unknown=st.sampled_from([(), (), ("rule.source",)]),
)
FILTERS = st.builds(
    Filter, st.just("filter"), st.lists(RULES, max_size=4).map(tuple), st.sampled_from(Action)
)
CHAINS = st.lists(FILTERS, min_size=1, max_size=2).map(lambda found: Chain("chain", tuple(found)))
End = tuple[int, frozenset[str]]
Ends = tuple[End, End]
Off = set[int]
ENDS = st.tuples(st.sampled_from(HOSTS), GROUPS)


def allowed(chain: Chain, ends: Ends, guarded: frozenset[str], port: int, off: Off) -> bool:
    """Straight from the words: `off` are the rules that turn out not to match."""
    point = traffic("TCP", port).lowest
    for one in chain.filters:
        action = one.default
        for rule in sorted(one.rules, key=lambda rule: (rule.priority, rule.action.value)):
            fits = point in rule.traffic and (rule.target is None or bool(rule.target & guarded))
            for (host, groups), match in zip(ends, (rule.source, rule.destination), strict=True):
                fits &= match.anyone or host in match.addresses or bool(groups & match.groups)
            if fits and id(rule) not in off:
                action = rule.action
                break
        if action is not Action.NEXT:
            return action is Action.ALLOW
    return False


@settings(max_examples=300, deadline=None)
@given(CHAINS, ENDS, ENDS, GROUPS)
def test_the_matcher_agrees_with_every_packet_in_every_world(
    chain: Chain, source: End, destination: End, guarded: frozenset[str]
) -> None:
    universe = IntervalSet.union(traffic("TCP", port) for port in PORTS)
    matcher = Matcher(chain.filters, universe, traffics=[traffic("TCP", port) for port in PORTS])
    sides = [Side(matcher.signatures.at(host), groups) for host, groups in (source, destination)]
    must, may = (matcher.cuts.members(mask) for mask in matcher.chain(chain, sides[0], sides[1], guarded))
    open_rules = [id(rule) for one in chain.filters for rule in one.rules if rule.unknown]
    for port in PORTS:
        worlds = [
            allowed(
                chain,
                (source, destination),
                guarded,
                port,
                {r for r, is_off in zip(open_rules, world, strict=True) if is_off},
            )
            for world in product((False, True), repeat=len(open_rules))
        ]
        point = traffic("TCP", port).lowest
        assert point not in must or all(worlds), "sure although a world denies it"
        assert point in may or not any(worlds), "excluded although a world allows it"
        if not open_rules:
            assert (point in must) == (point in may) == worlds[0]


def _reach(*rules: Rule) -> bool:
    one = Filter("vpc", rules, Action.DENY)
    matcher = Matcher([one])
    side = Side(matcher.signatures.at(addresses("10.0.0.1").lowest))
    return bool(matcher.passed(one, side, side, frozenset()).must)


def test_at_equal_priority_a_deny_wins_and_behind_an_allow_it_does_not() -> None:
    deny = Rule("deny", Action.DENY, priority=10)
    assert not _reach(Rule("allow", Action.ALLOW, priority=10), deny)
    assert _reach(Rule("allow", Action.ALLOW, priority=9), deny)


def test_a_rule_whose_target_nobody_has_is_skipped() -> None:
    assert not _reach(Rule("allow", Action.ALLOW, target=frozenset({"web"})))
    assert not _reach(Rule("allow", Action.ALLOW, target=frozenset()))
    assert _reach(Rule("allow", Action.ALLOW))
