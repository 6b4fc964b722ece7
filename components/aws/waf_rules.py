"""What the web application firewall says, as plain rules: `waf.yaml` and a stack's own limits.

Guarantees: whatever no rule lets through is blocked; a request is let through only by a rule that tells the
gateway how its caller is to be checked, after it was counted; a body that cannot be inspected whole is
blocked; the rules fit into the capacity that an ACL has, with what Shield Advanced adds.

The order is: refuse attackers, refuse what is malformed, refuse attacks, refuse what is not offered, count,
let through. Rates are kept per credential, and per address for whoever shows none. A rule that counts lets
what is within its limit go on to the next.
Source: docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

MINUTE = 60
KEY_HEADER, TOKEN_HEADER = "x-api-key", "authorization"
PLAIN, LOWER = ({"priority": 0, "type": "NONE"},), ({"priority": 0, "type": "LOWERCASE"},)

Statement = dict[str, Any]


class Group(BaseModel):
    """A managed group, its capacity in units, and its rules that only count, each with the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    units: int
    counted: Mapping[str, str] = Field(default_factory=dict[str, str])
    blocks_from: str = ""


class Units(BaseModel):
    """Capacity of an ACL: the most, what is included, and what Shield Advanced takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    most: int
    included: int
    shield: int


class Table(BaseModel):
    """`waf.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[Group, ...]
    anti_ddos: Group
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    headers: Mapping[str, int]
    keyless_per_minute: int
    address_per_minute: int
    window: int
    units: Units


@cache
def table() -> Table:
    """`waf.yaml`, read once."""
    text = Path(__file__).with_name("waf.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Rule:
    """One rule: what it says, its capacity in units, and what happens to what it matches.

    `action` is `block`, `refuse` (429), `group` (the group's own), or what the gateway is told of whom it
    lets through.
    """

    name: str
    statement: Statement
    units: int
    action: str = "block"


@dataclass(frozen=True)
class Asked:
    """What a stack serves, and how much of it one caller may ask.

    `countries` are two-letter codes of those that callers may come from; empty is all. `keys` says whether
    callers may have API keys. `ways` is what the gateway is told: of who signed in, and of who has a key.
    """

    hosts: Sequence[str]
    body_bytes: int
    requests_per_minute: int
    countries: Sequence[str]
    keys: bool
    ways: tuple[str, str]


def rules(asked: Asked) -> list[Rule]:
    """Every rule, the first first, without the default, which blocks.

    Raises:
        ValueError: a body is longer than what can be inspected, or the rules need more capacity than there
        is.
    """
    known = table()
    if asked.body_bytes > known.window:
        raise ValueError(
            f"a firewall before a load balancer inspects {known.window} bytes of a body, "
            f"not {asked.body_bytes}; lower limits.body_bytes"
        )
    made = [
        *_attackers(asked),
        *_malformed(asked),
        *(_group(group) for group in known.groups),
        *_not_offered(asked),
        *_counted(asked),
        *_let_through(asked),
    ]
    if capacity(made) > known.units.included:
        raise ValueError(
            f"the firewall's rules need {capacity(made)} units and have {known.units.included}; "
            "name fewer hosts"
        )
    return made


def capacity(made: Sequence[Rule]) -> int:
    """Units that the rules take, with what Shield Advanced adds to an ACL."""
    return sum(rule.units for rule in made) + table().units.shield


def _attackers(asked: Asked) -> Iterator[Rule]:
    flood = table().anti_ddos
    config = {
        "aws_managed_rules_anti_ddos_rule_set": {
            "client_side_action_config": {"challenge": {"usage_of_action": "DISABLED"}},
            "sensitivity_to_block": flood.blocks_from,
        }
    }
    statement = {"vendor_name": "AWS", "name": flood.name, "managed_rule_group_configs": [config]}
    yield Rule("floods", {"managed_rule_group_statement": statement}, flood.units, "group")
    if asked.countries:
        within = {"geo_match_statement": {"country_codes": list(asked.countries)}}
        yield Rule("countries", _no(within), 1)


def _group(group: Group) -> Rule:
    counted: list[Statement] = [{"name": name, "action_to_use": {"count": {}}} for name in group.counted]
    statement: Statement = {
        "vendor_name": "AWS",
        "name": group.name,
        "rule_action_overrides": counted or None,
    }
    name = group.name.removeprefix("AWSManagedRules")
    return Rule(name, {"managed_rule_group_statement": statement}, group.units, "group")


def _malformed(asked: Asked) -> Iterator[Rule]:
    body = {"body": {"oversize_handling": "MATCH"}}
    yield Rule("body-beyond-inspection", _longer(body, asked.body_bytes), 1)
    packed = _longer(_header("content-encoding"), 0)
    yield Rule("body-packed", packed, 1)
    posts = _is({"method": {}}, "POST", PLAIN)
    json = {
        "byte_match_statement": {
            "search_string": "application/json",
            "positional_constraint": "STARTS_WITH",
            "field_to_match": _header("content-type"),
            "text_transformations": list(LOWER),
        }
    }
    yield Rule("body-not-json", _all([posts, _no(json)]), 2 + 12)
    long = [_longer(_header(name), most) for name, most in table().headers.items()]
    yield Rule("header-too-long", _any(long), len(long))


def _not_offered(asked: Asked) -> Iterator[Rule]:
    methods = [_is({"method": {}}, method, PLAIN) for method in table().methods]
    yield Rule("method-not-offered", _no(_any(methods)), 2 * len(methods))
    paths = [_is({"uri_path": {}}, path, PLAIN) for path in table().paths]
    yield Rule("path-not-offered", _no(_any(paths)), 2 * len(paths))
    hosts = [_is(_header("host"), host, LOWER) for host in asked.hosts]
    yield Rule("host-not-offered", _no(_any(hosts)), 12 * len(hosts))


def _counted(asked: Asked) -> Iterator[Rule]:
    """Per credential, and per address where there is none; whoever tries many credentials, by address too."""
    key, token = _longer(_header(KEY_HEADER), 0), _longer(_header(TOKEN_HEADER), 0)
    if asked.keys:
        yield Rule("rate-per-key", _rate(asked.requests_per_minute, KEY_HEADER, key), 2 + 30 + 1, "refuse")
    yield Rule("rate-per-token", _rate(asked.requests_per_minute, TOKEN_HEADER, token), 2 + 30 + 1, "refuse")
    shown = [token, key] if asked.keys else [token]
    nothing = _no(_any(shown))
    yield Rule("rate-without-credential", _rate(table().keyless_per_minute, None, nothing), 2 + 2, "refuse")
    yield Rule("rate-per-address", _rate(table().address_per_minute, None, None), 2, "refuse")


def _let_through(asked: Asked) -> Iterator[Rule]:
    """The gateway is told the way in a header that only the firewall writes. Whoever shows nothing is
    blocked.

    Who shows an API key, even an empty one, is never told to have signed in: a load balancer that sends
    requests with keys to the gateway has not looked at their tokens.
    """
    signed_in, with_key = asked.ways
    token = _longer(_header(TOKEN_HEADER), 0)
    if not asked.keys:
        yield Rule("caller-with-a-token", token, 1, signed_in)
        return
    key = _header(KEY_HEADER)
    yield Rule("caller-with-a-key", _longer(key, 0), 1, with_key)
    yield Rule("caller-with-a-token", _all([token, _no(_sized(key, "GE", 0))]), 2, signed_in)


def _header(name: str) -> Statement:
    return {"single_header": {"name": name}}


def _is(field: Statement, text: str, transformed: Sequence[Statement]) -> Statement:
    return {
        "byte_match_statement": {
            "search_string": text,
            "positional_constraint": "EXACTLY",
            "field_to_match": field,
            "text_transformations": list(transformed),
        }
    }


def _longer(field: Statement, size: int) -> Statement:
    return _sized(field, "GT", size)


def _sized(field: Statement, operator: str, size: int) -> Statement:
    return {
        "size_constraint_statement": {
            "comparison_operator": operator,
            "size": size,
            "field_to_match": field,
            "text_transformations": list(PLAIN),
        }
    }


def _rate(per_minute: int, header: str | None, scope: Statement | None) -> Statement:
    keys = [{"header": {"name": header, "text_transformations": list(PLAIN)}}] if header else None
    return {
        "rate_based_statement": {
            "limit": per_minute,
            "evaluation_window_sec": MINUTE,
            "aggregate_key_type": "CUSTOM_KEYS" if header else "IP",
            "custom_keys": keys,
            "scope_down_statement": scope,
        }
    }


def _any(statements: Sequence[Statement]) -> Statement:
    """One of them. A list of one has no `or`."""
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": list(statements)}}


def _all(statements: Sequence[Statement]) -> Statement:
    return {"and_statement": {"statements": list(statements)}}


def _no(statement: Statement) -> Statement:
    return {"not_statement": {"statement": statement}}
