"""What the web application firewall says, as plain rules: `armor.yaml` and a stack's own limits.

Guarantees: whatever no rule lets through is denied; a request is let through only by a rule that counts it
against its caller; a body that cannot be inspected whole, or at all, is denied. Every rule fits the service's
limits for expressions, and no argument takes a rule away.

Cloud Armor stops at the first rule that matches, a rate limit included, so the order is: refuse attackers,
refuse what is malformed, refuse what is not on the allow-list, then count. The two ways in differ in who is
counted. Callers that signed in show a token; a rate is kept per token and address together, because only the
first 128 bytes of a header count, which tokens of one issuer share. Callers with API keys are counted by key.
Whoever shows nothing is counted per address, far lower, and reaches nothing but the sign-in.
Source: cloud.google.com/armor/docs/rate-limiting-overview.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

DEFAULT_PRIORITY = 2147483647
MINUTE = 60


class Way(StrEnum):
    """The two ways in: signed in, or with an API key."""

    SIGNED_IN = "signed-in"
    API_KEY = "api-key"


class Waf(BaseModel):
    """Preconfigured sets, and signatures that are silent, by set, each list with its reasons beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sensitivity: int
    sets: tuple[str, ...]
    silent: Mapping[str, tuple[str, ...]]


class Limits(BaseModel):
    """The service's own limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expression: int
    subexpression: int
    subexpressions: int
    hosts: int
    description: int
    advanced_rules: int
    intervals: tuple[int, ...]


class Table(BaseModel):
    """`armor.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    waf: Waf
    threat_lists: tuple[str, ...]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    headers: Mapping[str, int]
    keyless_per_minute: int
    limits: Limits


@cache
def table() -> Table:
    """`armor.yaml`, read once."""
    text = Path(__file__).with_name("armor.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Rate:
    """Requests per minute, counted by these keys together: `(kind, header name or "")`."""

    per_minute: int
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rule:
    """One rule. Without a `rate` it denies what its expression matches."""

    priority: int
    about: str
    expression: str
    rate: Rate | None = None


def rules(
    way: Way, hosts: tuple[str, ...], body_bytes: int, requests_per_minute: int, *, enterprise: bool
) -> list[Rule]:
    """Every rule of one way in, best priority first, without the default, which denies."""
    found: list[Made] = [
        *_attackers(enterprise=enterprise),
        *_attacks(),
        *_malformed(body_bytes),
        *_not_offered(hosts),
        *_counted(way, requests_per_minute),
    ]
    return [Rule(1000 + 10 * index, about, text, rate) for index, (about, text, rate) in enumerate(found)]


# What a rule is about, its expression, and a rate where it does not deny.
Made = tuple[str, str, Rate | None]


def _attackers(*, enterprise: bool) -> Iterator[Made]:
    if not enterprise:
        return
    yield "Attack that adaptive protection found", "evaluateAdaptiveProtectionAutoDeploy()", None
    known = " || ".join(f"evaluateThreatIntelligence('{name}')" for name in table().threat_lists)
    yield "Known attacker", known, None


def _attacks() -> Iterator[Made]:
    waf, most = table().waf, table().limits.subexpressions
    for first in range(0, len(waf.sets), most):
        sets = waf.sets[first : first + most]
        yield "Web application attack", " || ".join(map(_set, sets)), None


def _set(name: str) -> str:
    waf = table().waf
    silent = ", ".join(f"'{id_}'" for id_ in waf.silent.get(name, ()))
    options = f"'sensitivity': {waf.sensitivity}"
    if silent:
        options += f", 'opt_out_rule_ids': [{silent}]"
    return f"evaluatePreconfiguredWaf('{name}', {{{options}}})"


def _malformed(body_bytes: int) -> Iterator[Made]:
    length, kind = "request.headers['content-length']", "request.headers['content-type']"
    posts = "request.method == 'POST'"
    yield (
        "Body without a length, or beyond what is inspected",
        f"({posts} && !has({length})) || (has({length}) && int({length}) > {body_bytes})",
        None,
    )
    json = f"has({kind}) && {kind}.lower().startsWith('application/json')"
    methods = f"request.method.matches('^({'|'.join(table().methods)})$')"
    yield (
        "Method not offered; body packed, or not JSON",
        f"!{methods} || has(request.headers['content-encoding']) || ({posts} && !({json}))",
        None,
    )
    headers = [
        f"(has(request.headers['{name}']) && size(request.headers['{name}']) > {most})"
        for name, most in table().headers.items()
    ]
    yield "Header that is too long", " || ".join(headers), None


def _not_offered(hosts: tuple[str, ...]) -> Iterator[Made]:
    path = f"request.path.matches('^/v1/({'|'.join(table().paths)})$')"
    names = " || ".join(f"request.headers['host'].lower() == '{host}'" for host in hosts)
    yield "Path or host that is not offered", f"!{path} || !({names})", None


def _counted(way: Way, requests_per_minute: int) -> Iterator[Made]:
    if way is Way.API_KEY:
        rate = Rate(requests_per_minute, (("HTTP_HEADER", "x-api-key"),))
        yield "Caller with a key", "has(request.headers['x-api-key'])", rate
        return
    token = "has(request.headers['authorization'])"
    rate = Rate(requests_per_minute, (("HTTP_HEADER", "authorization"), ("IP", "")))
    yield "Caller with a token", token, rate
    yield "Caller without a credential", f"!{token}", Rate(table().keyless_per_minute, (("IP", ""),))
