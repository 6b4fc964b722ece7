"""What stands before the models: AWS's side of `policies/rules/edge.yaml`, without `firewall.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, check, stack_check
from policies.framework.values import View
from policies.rules.aws.cluster import CLUSTER

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
ATTACHED = "aws:wafv2/webAclAssociation:WebAclAssociation"
GUARDRAIL = "aws:bedrock/guardrail:Guardrail"
SECRET = "aws:secretsmanager/secret:Secret"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
SCHEDULE = "aws:cloudwatch/eventRule:EventRule"
REMINDER = "aws:cloudwatch/eventTarget:EventTarget"
# Actions that know a caller before a request is forwarded.
KNOWING = {"authenticate-cognito", "authenticate-oidc", "jwt-validation"}
KEY_HEADER = "x-api-key"
# TLS 1.2 at least, without ciphers that are broken or have no forward secrecy.
# Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html.
MODERN = re.compile(r"^ELBSecurityPolicy-TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?-20\d\d-\d\d$")
LONGEST_DAYS = 90


@stack_check("gateways-have-a-firewall", BALANCER)
def is_behind_a_firewall(stack: Stack) -> Iterator[Finding]:
    for balancer in _public(stack):
        if not stack.pointing_at(balancer, ATTACHED, "resourceArn"):
            yield Finding(f"{balancer.label} has no web ACL", urn=balancer.urn)
        for finding in must_not_be(balancer.at("enableWafFailOpen"), True):
            yield Finding(f"{balancer.label}: {finding.problem}", urn=balancer.urn)


@check("gateways-have-a-firewall", "aws:apigatewayv2/api:Api")
def is_an_api_that_takes_a_firewall(api: Resource) -> Iterator[Finding]:
    """AWS WAF attaches to no HTTP API: docs.aws.amazon.com/waf/latest/developerguide/waf-chapter.html."""
    if api.at("protocolType").text == "HTTP":
        yield Finding("an HTTP API takes no firewall")


@check("gateways-have-a-firewall", "aws:cloudfront/distribution:Distribution")
def distribution_has_a_firewall(distribution: Resource) -> Iterator[Finding]:
    yield from must_be_set(distribution.at("webAclId"))


@stack_check("public-addresses-belong-to-the-gateway", BALANCER)
def is_a_gateway(stack: Stack) -> Iterator[Finding]:
    for balancer in stack.of_type(BALANCER):
        kind = balancer.at("loadBalancerType")
        if balancer.at("internal").value is not True and not kind.missing and kind.text != "application":
            yield Finding(f"{balancer.label} is public, and takes no firewall", urn=balancer.urn)
    for balancer in _public(stack):
        for listener in stack.pointing_at(balancer, LISTENER, "loadBalancerArn"):
            for finding in must_be(listener.at("port"), 443):
                yield Finding(f"{listener.label}: {finding.problem}", urn=listener.urn)


@stack_check("gateways-know-their-callers", BALANCER)
def knows_its_callers(stack: Stack) -> Iterator[Finding]:
    for balancer in _public(stack):
        for listener in stack.pointing_at(balancer, LISTENER, "loadBalancerArn"):
            if _forwards_anybody(listener.at("defaultActions")):
                yield Finding(f"{listener.label} forwards whoever asks", urn=listener.urn)
            for rule in stack.pointing_at(listener, LISTENER_RULE, "listenerArn"):
                if _forwards_anybody(rule.at("actions")) and not _asks_for_a_key(rule):
                    yield Finding(f"{rule.label} forwards whoever asks", urn=rule.urn)


def _forwards_anybody(actions: View) -> bool:
    kinds = {action.at("type").text for action in actions.items()}
    return "forward" in kinds and not kinds & KNOWING


def _asks_for_a_key(rule: Resource) -> bool:
    """Whether only requests with an API key go this way; `?*` is a key of one character at least."""
    for condition in rule.at("conditions").items():
        header = condition.at("httpHeader")
        if header.at("httpHeaderName").text.lower() == KEY_HEADER:
            return all(value.text.strip("*") for value in header.at("values").items())
    return False


@check("gateways-speak-modern-tls", LISTENER)
def speaks_modern_tls(listener: Resource) -> Iterator[Finding]:
    protocol = listener.at("protocol").text
    if protocol in {"GENEVE", "TCP", "UDP", "TCP_UDP"}:
        raise NotApplicable("it ends no connection")
    if protocol == "HTTP":
        kinds = {action.at("type").text for action in listener.at("defaultActions").items()}
        if kinds != {"redirect"}:
            yield Finding("protocol is HTTP, and it does more than redirect")
        return
    policy = listener.at("sslPolicy")
    if policy.missing or not MODERN.match(policy.text):
        yield Finding(f"{policy.path} is {policy.text or 'missing'}")


@check("client-certificates-are-checked", LISTENER)
def checks_client_certificates(listener: Resource) -> Iterator[Finding]:
    asked = listener.at("mutualAuthentication")
    if asked.missing:
        return
    yield from must_be(asked.at("mode"), "verify")
    yield from must_be_set(asked.at("trustStoreArn"))
    yield from must_not_be(asked.at("ignoreClientCertificateExpiry"), True)


@check("prompts-are-screened", GUARDRAIL)
def screens_prompts(guardrail: Resource) -> Iterator[Finding]:
    attacks = [
        each
        for each in guardrail.at("contentPolicyConfig.filtersConfigs").items()
        if each.at("type").text == "PROMPT_ATTACK"
    ]
    if not attacks:
        yield Finding("contentPolicyConfig has no filter PROMPT_ATTACK")
    for each in attacks:
        yield from must_not_be(each.at("inputStrength"), "NONE")
        yield from must_not_be(each.at("inputEnabled"), False)
        yield from must_not_be(each.at("inputAction"), "NONE")
    yield from must_be_set(guardrail.at("sensitiveInformationPolicyConfig"))


@stack_check("served-models-have-a-screen", CLUSTER)
def has_a_screen(stack: Stack) -> Iterator[Finding]:
    if not Phase.ADVANCED.reached(stack.situation.phase):
        raise NotApplicable("it is asked from phase advanced on")
    if not _public(stack):
        raise NotApplicable("nothing is served")
    if not list(stack.of_type(GUARDRAIL)):
        yield Finding("models are served, and no guardrail judges prompts")


@stack_check("api-keys-are-rotated", SECRET)
def is_rotated(stack: Stack) -> Iterator[Finding]:
    for secret in stack.of_type(SECRET):
        rotations = stack.pointing_at(secret, ROTATION, "secretId")
        days = [int(each.at("rotationRules.automaticallyAfterDays").value or 0) for each in rotations]
        name = secret.at("name").text
        for reminder in stack.of_type(REMINDER):
            if name and name in reminder.at("input").text:
                schedule = stack.target(reminder.at("rule"), reminder, SCHEDULE)
                days += [_days(schedule)] if isinstance(schedule, Resource) else []
        if not any(0 < each <= LONGEST_DAYS for each in days):
            text = f"{secret.label} is rotated by nothing within {LONGEST_DAYS} days, and nobody is reminded"
            yield Finding(text, urn=secret.urn)


def _days(schedule: Resource) -> int:
    """Days between two reminders of a rule with `rate(30 days)`; 0 for another expression."""
    found = re.match(r"^rate\((\d+) days?\)$", schedule.at("scheduleExpression").text)
    return int(found[1]) if found else 0


def _public(stack: Stack) -> list[Resource]:
    """Load balancers for applications that face the internet, as they do unless they are internal."""
    found: list[Resource] = []
    for balancer in stack.of_type(BALANCER):
        kind = balancer.at("loadBalancerType")
        if (kind.missing or kind.text == "application") and balancer.at("internal").value is not True:
            found.append(balancer)
    return found
