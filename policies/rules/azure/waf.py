"""The web application firewall before the edge: Azure's side of the rules `firewalls-…` of `edge.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, check
from policies.framework.values import View

FIREWALL = "azure-native:network:WebApplicationFirewallPolicy"
ATTACKS = {"Microsoft_DefaultRuleSet": (2, 1), "OWASP": (3, 2)}
FLOODS = "Microsoft_HTTPDDoSRuleSet"


@check("firewalls-deny-by-default", FIREWALL)
def denies_by_default(policy: Resource) -> Iterator[Finding]:
    """A policy's own default lets pass: rules refuse what is not offered, and let nothing past the rest."""
    yield from _prevents(policy)
    rules = list(policy.at("customRules").items())
    for rule in rules:
        if rule.at("action").text == "Allow":
            yield Finding(f"{rule.path}.action lets requests past all other rules")
    for variable in ("RequestMethod", "RequestUri"):
        if not any(_refuses_what_is_not(rule, variable) for rule in rules):
            yield Finding(f"no rule refuses every {variable} that is not offered")


def _prevents(policy: Resource) -> Iterator[Finding]:
    settings = policy.at("policySettings")
    yield from must_be(settings.at("mode"), "Prevention")
    yield from must_not_be(settings.at("state"), "Disabled")


def _blocks(rule: View, kind: str) -> bool:
    return (
        rule.at("action").text == "Block"
        and rule.at("state").text != "Disabled"
        and rule.at("ruleType").text == kind
    )


def _refuses_what_is_not(rule: View, variable: str) -> bool:
    conditions = list(rule.at("matchConditions").items())
    return (
        _blocks(rule, "MatchRule")
        and len(conditions) == 1
        and conditions[0].at("negationConditon").value is True
        and {each.at("variableName").text for each in conditions[0].at("matchVariables").items()}
        == {variable}
    )


@check("firewalls-look-for-attacks", FIREWALL)
def looks_for_attacks(policy: Resource) -> Iterator[Finding]:
    yield from _prevents(policy)
    yield from must_be(policy.at("policySettings.requestBodyCheck"), True)
    sets = list(policy.at("managedRules.managedRuleSets").items())
    if not any(_is_recent(each) for each in sets):
        yield Finding("managedRules.managedRuleSets lacks Microsoft_DefaultRuleSet 2.1 or newer")
    for each in sets:
        for group in each.at("ruleGroupOverrides").items():
            for rule in group.at("rules").items():
                if rule.at("state").text == "Disabled" or rule.at("action").text in {"Allow", "Log"}:
                    yield Finding(f"{rule.path} turns a rule off")
    for exclusion in policy.at("managedRules.exclusions").items():
        yield from _names_single_rules(exclusion)


def _is_recent(each: View) -> bool:
    least = ATTACKS.get(each.at("ruleSetType").text)
    version = each.at("ruleSetVersion").text
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    return least is not None and numbers >= least


def _names_single_rules(exclusion: View) -> Iterator[Finding]:
    """What is excluded from a whole set or group is looked at by nothing."""
    groups = [
        group
        for each in exclusion.at("exclusionManagedRuleSets").items()
        for group in each.at("ruleGroups").items()
    ]
    if not groups or any(not list(group.at("rules").items()) for group in groups):
        yield Finding(f"{exclusion.path} excludes from more than single rules")


@check("firewalls-inspect-whole-bodies", FIREWALL)
def inspects_whole_bodies(policy: Resource) -> Iterator[Finding]:
    settings = policy.at("policySettings")
    yield from must_be(settings.at("requestBodyCheck"), True)
    yield from must_be(settings.at("requestBodyEnforcement"), True)
    most, seen = settings.at("maxRequestBodySizeInKb"), settings.at("requestBodyInspectLimitInKB")
    for limit in (most, seen):
        if limit.missing:
            yield Finding(f"{limit.path} is missing")
            return
    if int(seen.value) < int(most.value):
        yield Finding(f"{seen.path} is below {most.path}")


@check("firewalls-limit-rates", FIREWALL)
def limits_rates(policy: Resource) -> Iterator[Finding]:
    if not any(_counts_addresses(rule) for rule in policy.at("customRules").items()):
        yield Finding("no rule counts requests of each address and blocks beyond a rate")


def _counts_addresses(rule: View) -> bool:
    grouped = {
        variable.at("variableName").text
        for session in rule.at("groupByUserSession").items()
        for variable in session.at("groupByVariables").items()
    }
    return _blocks(rule, "RateLimitRule") and "ClientAddr" in grouped


@check("firewalls-adapt", FIREWALL)
def adapts(policy: Resource) -> Iterator[Finding]:
    sets = {each.at("ruleSetType").text for each in policy.at("managedRules.managedRuleSets").items()}
    if FLOODS not in sets:
        yield Finding(f"managedRules.managedRuleSets lacks {FLOODS}")
