"""What the web application firewall must say: AWS WAF's side of `policies/rules/edge.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.framework.values import View

ACL = "aws:wafv2/webAcl:WebAcl"
LOG = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
ATTACKS = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
FLOODS = "AWSManagedRulesAntiDDoSRuleSet"
# Bytes of a body that are looked at before a load balancer, and the most before anything else.
# Source: docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html.
WINDOW, WIDEST = 8192, 65536


@check("firewalls-deny-by-default", ACL)
def denies_by_default(acl: Resource) -> Iterator[Finding]:
    default = acl.at("defaultAction")
    if default.at("block").missing:
        yield Finding(f"{default.path}.block is missing")
    yield from _must_not_be_there(default.at("allow"))


@check("firewalls-look-for-attacks", ACL)
def looks_for_attacks(acl: Resource) -> Iterator[Finding]:
    for name in ATTACKS:
        yield from _group_blocks(acl, name)


@check("firewalls-adapt", ACL)
def adapts(acl: Resource) -> Iterator[Finding]:
    yield from _group_blocks(acl, FLOODS)


def _group_blocks(acl: Resource, name: str) -> Iterator[Finding]:
    found = [
        rule
        for rule in acl.at("rules").items()
        if rule.at("statement.managedRuleGroupStatement.name").text == name
    ]
    if not found:
        yield Finding(f"rules lacks the group {name}")
    for rule in found:
        yield from _must_not_be_there(rule.at("overrideAction.count"))
        yield from _must_not_be_there(rule.at("statement.managedRuleGroupStatement.scopeDownStatement"))


@check("firewalls-inspect-whole-bodies", ACL)
def inspects_whole_bodies(acl: Resource) -> Iterator[Finding]:
    """A body that is longer than what is looked at is blocked, before anything lets it through."""
    widest = WINDOW if acl.at("associationConfig").missing else WIDEST
    limits = [rule for rule in acl.at("rules").items() if _limits_bodies(rule, widest)]
    if not limits:
        yield Finding(f"rules lacks one that blocks bodies over {widest} bytes or less")
        return
    first = min(int(rule.at("priority").value) for rule in limits)
    for rule in acl.at("rules").items():
        if not rule.at("action.allow").missing and int(rule.at("priority").value) < first:
            yield Finding(f"{rule.path} lets through what no rule has measured")


def _must_not_be_there(view: View) -> Iterator[Finding]:
    """An action is an empty block, so that being there is all it says. Raises `Undecided` when unknown."""
    if not view.missing and view.value is not None:
        yield Finding(f"{view.path} is set")


def _limits_bodies(rule: View, widest: int) -> bool:
    size = rule.at("statement.sizeConstraintStatement")
    body = size.at("fieldToMatch.body")
    if size.missing or body.missing or rule.at("action.block").missing:
        return False
    small = size.at("comparisonOperator").text in {"GT", "GE"} and int(size.at("size").value) <= widest
    return small and body.at("oversizeHandling").text == "MATCH"


@check("firewalls-limit-rates", ACL)
def limits_rates(acl: Resource) -> Iterator[Finding]:
    """Whoever is let through was counted before, per credential and per address."""
    counted = [
        rule
        for rule in acl.at("rules").items()
        if not rule.at("statement.rateBasedStatement").missing and not rule.at("action.block").missing
    ]
    kinds = {rule.at("statement.rateBasedStatement.aggregateKeyType").text for rule in counted}
    for kind, who in (("CUSTOM_KEYS", "credential"), ("IP", "address")):
        if kind not in kinds:
            yield Finding(f"rules lacks a rate per {who} ({kind}) that blocks")
    last = max((int(rule.at("priority").value) for rule in counted), default=0)
    for rule in acl.at("rules").items():
        if not rule.at("action.allow").missing and int(rule.at("priority").value) < last:
            yield Finding(f"{rule.path} lets through what is not counted")


@stack_check("gateway-requests-are-logged", ACL)
def logs_requests(stack: Stack) -> Iterator[Finding]:
    for acl in stack.of_type(ACL):
        logs = stack.pointing_at(acl, LOG, "resourceArn")
        if not logs:
            yield Finding(f"{acl.label} logs no request", urn=acl.urn)
        for log in logs:
            chosen = log.at("loggingFilter")
            for finding in (
                *must_not_be(chosen.at("defaultBehavior"), "DROP"),
                *(
                    each
                    for one in chosen.at("filters").items()
                    for each in must_not_be(one.at("behavior"), "DROP")
                ),
            ):
                yield Finding(f"{log.label}: {finding.problem}", urn=log.urn)
