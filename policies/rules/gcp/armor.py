"""Web application firewalls: the part of `policies/rules/edge.yaml` about Cloud Armor's own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, check
from policies.framework.values import View

POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
DEFAULT_PRIORITY = 2147483647
COUNTING = ("throttle", "rate_based_ban")
# Sizes that can be inspected: cloud.google.com/armor/docs/security-policy-overview#post-body.
SIZES = {"8KB": 8, "16KB": 16, "32KB": 32, "48KB": 48, "64KB": 64}
LENGTH_LIMIT = re.compile(r"int\(request\.headers\['content-length'\]\)\s*>\s*(\d+)")
SHOWS_A_KEY = re.compile(r"\s*has\(request\.headers\['x-api-key'\]\)\s*(&&.*)?", re.DOTALL)


def _backend(policy: Resource) -> None:
    """Raises NotApplicable for a policy that sees no request."""
    if not policy.at("type").missing and policy.at("type").text != "CLOUD_ARMOR":
        raise NotApplicable("it is no policy of a backend service")


def _rules(policy: Resource) -> list[View]:
    return list(policy.at("rules").items())


def _in_force(rule: View) -> bool:
    return rule.at("preview").value is not True


def admits_only_keys(policy: Resource) -> bool:
    """Whether every rule that lets a request through asks for an API key."""
    opening = [rule for rule in _rules(policy) if not rule.at("action").text.startswith("deny")]
    return all(SHOWS_A_KEY.fullmatch(rule.at("match.expr.expression").text) for rule in opening)


@check("firewalls-deny-by-default", POLICY)
def denies_by_default(policy: Resource) -> Iterator[Finding]:
    _backend(policy)
    last = [rule for rule in _rules(policy) if rule.at("priority").value == DEFAULT_PRIORITY]
    if not last:
        yield Finding("rules has none with priority 2147483647")
    for rule in last:
        if not (rule.at("action").text.startswith("deny") and _in_force(rule)):
            yield Finding(f"{rule.path} is the default, and does not deny")
    for rule in _rules(policy):
        wide = any(view.text in ("*", "0.0.0.0/0") for view in rule.at("match.config.srcIpRanges").items())
        if wide and rule.at("action").text == "allow":
            yield Finding(f"{rule.path} allows everybody")


@check("firewalls-look-for-attacks", POLICY)
def looks_for_attacks(policy: Resource) -> Iterator[Finding]:
    _backend(policy)
    sets = [
        rule for rule in _rules(policy) if "evaluatePreconfiguredWaf" in rule.at("match.expr.expression").text
    ]
    if not sets:
        yield Finding("no rule looks for known attacks")
    for rule in sets:
        if not (_in_force(rule) and rule.at("action").text.startswith("deny")):
            yield Finding(f"{rule.path} finds attacks and does not refuse them")
    yield from must_be(policy.at("advancedOptionsConfig.jsonParsing"), "STANDARD", "STANDARD_WITH_GRAPHQL")


@check("firewalls-inspect-whole-bodies", POLICY)
def inspects_whole_bodies(policy: Resource) -> Iterator[Finding]:
    _backend(policy)
    size = policy.at("advancedOptionsConfig.requestBodyInspectionSize")
    # Absent, the first 8 KB are inspected.
    inspected = SIZES.get(size.text or "8KB", 0) * 1024
    limits = [
        int(found[1])
        for rule in _rules(policy)
        if _in_force(rule) and rule.at("action").text.startswith("deny")
        for found in [LENGTH_LIMIT.search(rule.at("match.expr.expression").text)]
        if found
    ]
    if not limits:
        yield Finding("no rule denies a body by its length")
    elif min(limits) > inspected:
        yield Finding(f"{size.path} inspects less than bodies may have")


@check("firewalls-limit-rates", POLICY)
def counts_what_it_lets_through(policy: Resource) -> Iterator[Finding]:
    _backend(policy)
    for rule in _rules(policy):
        action = rule.at("action").text
        if action.startswith("deny"):
            continue
        if action not in COUNTING:
            yield Finding(f"{rule.path} lets requests through uncounted")
            continue
        yield from must_be(rule.at("rateLimitOptions.exceedAction"), "deny(429)", "deny(403)")
        if not _in_force(rule):
            yield Finding(f"{rule.path} counts in preview only")


@check("firewalls-adapt", POLICY)
def adapts(policy: Resource) -> Iterator[Finding]:
    _backend(policy)
    yield from must_be(policy.at("adaptiveProtectionConfig.layer7DdosDefenseConfig.enable"), True)
