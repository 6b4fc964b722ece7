"""Cloud Armor security policies: rules, expressions and rate limits.

Limits: https://cloud.google.com/armor/quotas; the rule language:
https://cloud.google.com/armor/docs/rules-language-reference; fields:
resource_compute_security_policy.go.tmpl in GoogleCloudPlatform/magic-modules.
Leaves out a full parse of the rule language: it counts, and finds what is known not to compile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.gcp.presence import as_list, as_mapping, given, otherwise
from rehearsal.model import UNKNOWN, Refusal, Resource

_QUOTAS = "https://cloud.google.com/armor/quotas"
_LANGUAGE = "https://cloud.google.com/armor/docs/rules-language-reference"
_FIELDS = "https://cloud.google.com/compute/docs/reference/rest/v1/securityPolicies"
_RATES = "https://cloud.google.com/armor/docs/rate-limiting-overview"

_DEFAULT_PRIORITY = 2147483647
_LONGEST_EXPRESSION = 2048
_LONGEST_PART = 1024
_MOST_PARTS = 5
_ACTIONS = re.compile(r"allow|deny\((?:403|404|502)\)|deny|throttle|rate_based_ban|redirect")
_INTERVALS = (10, 30, 60, 120, 180, 240, 300, 600, 900, 1200, 1800, 2700, 3600)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
# What an edge policy can see (https://cloud.google.com/armor/docs/security-policy-overview#edge-policies).
_NOT_AT_THE_EDGE = re.compile(r"\brequest\.|evaluatePreconfiguredWaf|token\.")


def check(resource: Resource) -> list[Refusal]:
    """Everything about the rules of a policy that Cloud Armor would refuse."""
    rules = as_list(resource.inputs.get("rules"))
    known = [(index, rule) for index, rule in enumerate(map(as_mapping, rules)) if rule is not None]
    kind = str(otherwise(resource.inputs.get("type"), "CLOUD_ARMOR"))
    refusals = [*_priorities([rule for _, rule in known])]
    for index, rule in known:
        for path, problem, remedy, source in _rule(rule, kind):
            refusals.append(Refusal(f"rules[{index}].{path}", problem, remedy, source))
    return refusals


Finding = tuple[str, str, str, str]
"""Path inside the rule, what is wrong, what would be right, source."""


def _priorities(rules: list[Mapping[str, Any]]) -> Iterator[Refusal]:
    priorities = [rule.get("priority") for rule in rules]
    numbers = [int(value) for value in priorities if isinstance(value, int | float)]
    if len(numbers) < len(priorities):
        return
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        yield Refusal("rules", f"the priority {twice[0]} is there twice", "give each rule its own", _FIELDS)
    if numbers and _DEFAULT_PRIORITY not in numbers:
        remedy = f'add one with priority {_DEFAULT_PRIORITY}, versionedExpr SRC_IPS_V1 and srcIpRanges ["*"]'
        yield Refusal("rules", "there is no default rule", remedy, _FIELDS)


def _rule(rule: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    action = rule.get("action")
    if isinstance(action, str) and not _ACTIONS.fullmatch(action):
        remedy = "write allow, deny(403), deny(404), deny(502), throttle, rate_based_ban or redirect"
        yield "action", f'"{action}" is no action', remedy, _FIELDS
    yield from _match(rule, kind)
    yield from _rate(rule, str(action))


def _match(rule: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    simple = paths.get(rule, "match.versionedExpr")
    config = paths.get(rule, "match.config")
    expression = paths.get(rule, "match.expr.expression")
    if (simple is None) != (config is None):
        yield (
            "match",
            "versionedExpr and config go together",
            'write versionedExpr "SRC_IPS_V1" and config',
            _FIELDS,
        )
    if (simple is None) == (expression is None):
        yield "match", "it needs versionedExpr or expr, and not both", "give exactly one of them", _FIELDS
    if rule.get("priority") == _DEFAULT_PRIORITY and paths.get(rule, "match.config.srcIpRanges") not in (
        ["*"],
        UNKNOWN,
    ):
        yield "match.config.srcIpRanges", "the default rule matches everything", 'write ["*"]', _FIELDS
    if isinstance(expression, str):
        for problem, remedy, source in _expression(expression, kind):
            yield "match.expr.expression", problem, remedy, source


def _expression(text: str, kind: str) -> Iterator[tuple[str, str, str]]:
    if len(text) > _LONGEST_EXPRESSION:
        yield f"{len(text)} characters are too many", f"write at most {_LONGEST_EXPRESSION}", _QUOTAS
    parts = re.split(r"&&|\|\|", _QUOTED.sub(lambda match: "'" + "q" * (len(match[0]) - 2) + "'", text))
    if len(parts) > _MOST_PARTS:
        yield (
            f"{len(parts)} subexpressions are too many",
            f"split the rule: at most {_MOST_PARTS} per rule",
            _QUOTAS,
        )
    longest = max(len(part.strip()) for part in parts)
    if longest > _LONGEST_PART:
        yield (
            f"a subexpression of {longest} characters is too long",
            f"write at most {_LONGEST_PART}",
            _QUOTAS,
        )
    bare = _QUOTED.sub("''", text)
    if bare.count("(") != bare.count(")") or bare.count("[") != bare.count("]"):
        yield "its brackets do not match", "close every bracket", _LANGUAGE
    if re.search(r"\bin\b", bare):
        yield "the rule language has no operator `in`", "compare one by one, or use inIpRange()", _LANGUAGE
    if len(re.findall(r"\.matches\(", bare)) > 1:
        yield "matches() is there more than once", "use one regular expression per rule", _LANGUAGE
    if kind == "CLOUD_ARMOR_EDGE" and _NOT_AT_THE_EDGE.search(bare):
        yield "an edge policy sees addresses and countries only", "move the rule to a backend policy", _FIELDS


def _rate(rule: Mapping[str, Any], action: str) -> Iterator[Finding]:
    found = rule.get("rateLimitOptions")
    options = as_mapping(found)
    limited = action in ("throttle", "rate_based_ban")
    if found is None and limited:
        yield (
            "rateLimitOptions",
            f"{action} needs it",
            "give rateLimitThreshold, conformAction and exceedAction",
            _RATES,
        )
    if options is None:
        return
    if not limited:
        yield "rateLimitOptions", f"{action} takes none", "use throttle or rate_based_ban", _RATES
    for name in ("rateLimitThreshold", "banThreshold"):
        interval = paths.get(options, f"{name}.intervalSec")
        if isinstance(interval, int | float) and interval not in _INTERVALS:
            remedy = f"write one of {', '.join(map(str, _INTERVALS))}"
            yield (
                f"rateLimitOptions.{name}.intervalSec",
                f"{interval:g} seconds are no interval",
                remedy,
                _RATES,
            )
    for name in ("banDurationSec", "banThreshold"):
        if options.get(name) is not None and action == "throttle":
            yield (
                f"rateLimitOptions.{name}",
                "throttle takes no ban",
                "leave it out, or use rate_based_ban",
                _RATES,
            )
    if action == "rate_based_ban" and options.get("banDurationSec") is None:
        yield (
            "rateLimitOptions.banDurationSec",
            "rate_based_ban needs it",
            "give the seconds of the ban",
            _RATES,
        )
    keys = as_list(options.get("enforceOnKeyConfigs"))
    if len(keys) > 3:
        yield "rateLimitOptions.enforceOnKeyConfigs", "more than 3 keys are refused", "give at most 3", _RATES
    if keys and given(options.get("enforceOnKey")):
        yield (
            "rateLimitOptions.enforceOnKey",
            "it stands beside enforceOnKeyConfigs",
            "leave one of them out",
            _RATES,
        )
