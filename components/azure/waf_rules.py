"""What the web application firewall says, as plain rules: `waf.yaml` and a stack's own limits.

Guarantees: what is not offered is refused, and so is whoever shows no credential; a body beyond what is
inspected is refused; all is counted per address; the rules fit into what a policy may have.

A policy's own default lets pass, so every rule here refuses, and none lets through: who is let through by a
rule is not looked at by the managed ones. The order is: refuse by country, refuse what is malformed, refuse
what is not offered, refuse who shows nothing, count.

Leaves out: rates per credential, which the gateway in the cluster keeps, and sizes of single headers, which
no operator measures; the load balancer takes 32 KB of them together.
Sources: learn.microsoft.com/azure/web-application-firewall/ag/custom-waf-rules-overview and
rate-limiting-overview.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

KEY_HEADER, TOKEN_HEADER = "x-api-key", "authorization"
# An address that nobody has: the condition of a rule that counts everybody.
NOBODY = "255.255.255.255/32"
KB = 1024

Condition = dict[str, Any]


class Override(BaseModel):
    """What one managed rule does instead of what its set says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    rule: str
    action: str
    sensitivity: str | None = None


class RuleSet(BaseModel):
    """A managed rule set in one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    version: str
    overrides: tuple[Override, ...] = ()


class Size(BaseModel):
    """Bounds of a body in KB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: int
    most: int


class Limits(BaseModel):
    """What a policy may have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: int
    values: int
    body_kb: Size
    rate: int
    exclusions: int


class Table(BaseModel):
    """`waf.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_sets: tuple[RuleSet, ...]
    prompt_fields: tuple[str, ...]
    blind_to_prompts: Mapping[str, tuple[str, ...]] = Field(min_length=1)
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    address_per_minute: int
    limits: Limits
    scrubbed_headers: tuple[str, ...]


@cache
def table() -> Table:
    """`waf.yaml`, read once."""
    text = Path(__file__).with_name("waf.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Rate:
    """How often a minute, grouped by a variable of the firewall."""

    per_minute: int
    group_by: str


@dataclass(frozen=True)
class Rule:
    """One rule that refuses what meets all its conditions, or, with a rate, what meets them too often."""

    name: str
    priority: int
    conditions: tuple[Condition, ...]
    rate: Rate | None = None


@dataclass(frozen=True)
class Asked:
    """What a stack serves, and how much of it one request may hold.

    `countries` are two-letter codes of those that callers may come from; empty is all. `keys` says whether
    callers may have API keys.
    """

    hosts: Sequence[str]
    body_bytes: int
    countries: Sequence[str]
    keys: bool


def rules(asked: Asked) -> list[Rule]:
    """Every rule, the first first.

    Raises:
        ValueError: a condition needs more values than there may be.
    """
    known = table()
    priority = count(1)
    made = [
        Rule(name, next(priority), tuple(conditions), rate)
        for name, conditions, rate in (
            *_countries(asked),
            *_malformed(),
            *_not_offered(asked),
            *_shows_nothing(asked),
            *_counted(),
        )
    ]
    for rule in made:
        longest = max(len(condition["match_values"]) for condition in rule.conditions)
        if longest > known.limits.values:
            raise ValueError(
                f"a rule of the firewall names {known.limits.values} values at the most, and {rule.name} has "
                f"{longest}; name fewer hosts or countries"
            )
    return made


def body_kb(body_bytes: int) -> int:
    """The least whole KB that hold a body: what may be sent, and what is inspected of it.

    Raises:
        ValueError: a body is longer than what can be inspected.
    """
    sizes = table().limits.body_kb
    wanted = max(sizes.least, -(-body_bytes // KB))
    if wanted > sizes.most:
        raise ValueError(
            f"the firewall inspects {sizes.most * KB} bytes of a body, not {body_bytes}; "
            "lower limits.body_bytes"
        )
    return wanted


Made = tuple[str, list[Condition], Rate | None]


def _countries(asked: Asked) -> Iterator[Made]:
    """Nobody else's, or everybody's. A condition holds ten codes, so that more of them are several, all
    unmet by whoever comes from elsewhere.
    """
    most = table().limits.values
    chunks = [list(asked.countries[start : start + most]) for start in range(0, len(asked.countries), most)]
    if chunks:
        yield "countries", [_unless("RemoteAddr", "GeoMatch", chunk) for chunk in chunks], None


def _malformed() -> Iterator[Made]:
    packed = {"match_variables": [_header("content-encoding")], "operator": "Any", "match_values": []}
    yield "body-packed", [packed], None
    posts = _if("RequestMethod", "Equal", ["POST"])
    json = _unless(_header("content-type"), "BeginsWith", ["application/json"], lower=True)
    yield "body-not-json", [posts, json], None


def _not_offered(asked: Asked) -> Iterator[Made]:
    known = table()
    yield "method-not-offered", [_unless("RequestMethod", "Equal", known.methods)], None
    # The whole of it: none of what is offered takes a query.
    yield "path-not-offered", [_unless("RequestUri", "Equal", known.paths)], None
    yield "host-not-offered", [_unless(_header("host"), "Equal", asked.hosts, lower=True)], None


def _shows_nothing(asked: Asked) -> Iterator[Made]:
    """Two conditions that both must be unmet: a token, and where there are any, a key."""
    shown = [_unless(_header(TOKEN_HEADER), "BeginsWith", ["bearer "], lower=True)]
    if asked.keys:
        shown.append(_unless(_header(KEY_HEADER), "Regex", [".+"]))
    yield "no-credential", shown, None


def _counted() -> Iterator[Made]:
    known = table()
    everybody = _unless("RemoteAddr", "IPMatch", [NOBODY])
    yield "rate-per-address", [everybody], Rate(known.address_per_minute, "ClientAddr")


def _header(name: str) -> Condition:
    return {"variable_name": "RequestHeaders", "selector": name}


def _if(variable: str | Condition, operator: str, values: Sequence[str], *, lower: bool = False) -> Condition:
    named = {"variable_name": variable} if isinstance(variable, str) else variable
    return {
        "match_variables": [named],
        "operator": operator,
        "match_values": list(values),
        "transforms": ["Lowercase"] if lower else None,
    }


def _unless(
    variable: str | Condition, operator: str, values: Sequence[str], *, lower: bool = False
) -> Condition:
    # The service spells the property so.
    return {**_if(variable, operator, values, lower=lower), "negation_conditon": True}
