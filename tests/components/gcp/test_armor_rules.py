"""The firewall's rules: they fit the service's limits, and count whatever they let through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.gcp.armor_rules import DEFAULT_PRIORITY, MINUTE, Way, rules, table
from components.gcp.edge import KEY_HEADER
from tests.components.gcp.serving import firewall_args

HOST = st.from_regex(r"[a-z][a-z0-9-]{0,40}[a-z0-9]\.example\.(com|org)", fullmatch=True)
HOSTS = st.lists(HOST, min_size=1, max_size=table().limits.hosts, unique=True).map(tuple)
QUOTED = re.compile(r"'[^']*'")


def parts(expression: str) -> list[str]:
    """The subexpressions, as the service counts them."""
    hidden = QUOTED.sub(lambda found: "'" + "q" * (len(found[0]) - 2) + "'", expression)
    return re.split(r"&&|\|\|", hidden)


BODY, RATE = st.integers(1024, 65536), st.integers(1, 100_000)


@given(way=st.sampled_from(Way), hosts=HOSTS, body=BODY, rate=RATE, enterprise=st.booleans())
def test_every_rule_fits_the_service(
    way: Way, hosts: tuple[str, ...], body: int, rate: int, enterprise: bool
) -> None:
    limits = table().limits
    made = rules(way, hosts, body, rate, enterprise=enterprise)
    for rule in made:
        assert len(rule.expression) <= limits.expression
        assert len(parts(rule.expression)) <= limits.subexpressions, rule
        assert max(len(part.strip()) for part in parts(rule.expression)) <= limits.subexpression
        assert len(rule.about) <= limits.description
        assert rule.expression.count(".matches(") <= 1
        # A missing header is an error, and an erring rule is passed over; the host is always there.
        for header in re.findall(r"request\.headers\['([a-z-]+)'\]", rule.expression):
            assert header == "host" or f"has(request.headers['{header}'])" in rule.expression
    priorities = [rule.priority for rule in made]
    assert priorities == sorted(set(priorities))
    assert priorities[-1] < DEFAULT_PRIORITY


@pytest.mark.parametrize("enterprise", [True, False])
def test_both_ways_in_fit_the_advanced_rules_of_a_project(enterprise: bool) -> None:
    hosts = tuple(f"h{index}.example.com" for index in range(table().limits.hosts))
    both = [rule for way in Way for rule in rules(way, hosts, 65536, 60, enterprise=enterprise)]
    assert len(both) <= table().limits.advanced_rules


@pytest.mark.parametrize("way", Way)
def test_only_rules_that_count_let_anything_through_and_they_come_last(way: Way) -> None:
    made = rules(way, ("a.example.com",), 32768, 60, enterprise=True)
    counting = [rule for rule in made if rule.rate]
    assert made[-len(counting) :] == counting
    for rule in counting:
        assert rule.rate
        assert rule.rate.keys
        assert len(rule.rate.keys) <= 3
    assert MINUTE in table().limits.intervals


def test_callers_without_a_credential_are_counted_apart_and_lower() -> None:
    made = rules(Way.SIGNED_IN, ("a.example.com",), 32768, 60, enterprise=False)
    token, nothing = (rule for rule in made if rule.rate)
    assert token.rate
    assert nothing.rate
    assert nothing.expression == f"!{token.expression}"
    assert nothing.rate.keys == (("IP", ""),)
    assert nothing.rate.per_minute < token.rate.per_minute


def test_on_the_way_of_keys_nothing_without_a_key_passes() -> None:
    made = rules(Way.API_KEY, ("a.example.com",), 32768, 60, enterprise=False)
    (counting,) = [rule for rule in made if rule.rate]
    assert counting.expression == f"has(request.headers['{KEY_HEADER}'])"


def test_more_hosts_than_one_expression_holds_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 4"):
        firewall_args(hosts=tuple(f"h{index}.example.com" for index in range(5)))


def test_a_body_beyond_what_is_inspected_is_refused() -> None:
    with pytest.raises(ValidationError, match="65536"):
        firewall_args(body_bytes=65537)
