"""The way in: Google Cloud's side of `policies/rules/edge.yaml`, without the firewall's own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be, must_refer_to
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, check, stack_check
from policies.rules.gcp.armor import POLICY, admits_only_keys
from policies.rules.gcp.public import HTTPS_PROXY, INTERNAL_SCHEMES

BACKEND = "gcp:compute/backendService:BackendService"
SSL_POLICY = "gcp:compute/sSLPolicy:SSLPolicy"
SERVER_TLS = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"
TEMPLATE = "gcp:modelarmor/template:Template"
SECRETS = ("gcp:secretmanager/secret:Secret", "gcp:secretmanager/regionalSecret:RegionalSecret")
POLICY_NAME = re.compile(r"securityPolicies/.+")
SSL_NAME = re.compile(r"sslPolicies/.+")
MOST_SECONDS = 90 * 86_400


def _internal(service: Resource) -> bool:
    """Whether it serves inside a network only. An absent scheme is external."""
    scheme = service.at("loadBalancingScheme")
    return not scheme.missing and scheme.text in INTERNAL_SCHEMES


def _external(service: Resource) -> None:
    if _internal(service):
        raise NotApplicable("it serves inside a network")


@check("gateways-have-a-firewall", BACKEND)
def has_a_firewall(service: Resource) -> Iterator[Finding]:
    _external(service)
    yield from must_refer_to(service.at("securityPolicy"), POLICY, form=POLICY_NAME)


@stack_check("gateways-know-their-callers", BACKEND)
def knows_its_callers(stack: Stack) -> Iterator[Finding]:
    for service in stack.of_type(BACKEND):
        if _internal(service) or service.at("iap.enabled").value is True:
            continue
        attached = [
            policy
            for policy in stack.of_type(POLICY)
            if stack.points_at(service.at("securityPolicy"), service, policy)
        ]
        if not any(admits_only_keys(policy) for policy in attached):
            yield Finding(f"{service.label} lets callers in who proved nothing", urn=service.urn)


@check("gateway-requests-are-logged", BACKEND)
def logs_requests(service: Resource) -> Iterator[Finding]:
    _external(service)
    yield from must_be(service.at("logConfig.enable"), True)
    rate = service.at("logConfig.sampleRate")
    # Absent, the service logs everything once logging is on.
    if not rate.missing:
        yield from must_be(rate, 1)


@check("gateways-speak-modern-tls", HTTPS_PROXY)
def names_a_tls_policy(proxy: Resource) -> Iterator[Finding]:
    yield from must_refer_to(proxy.at("sslPolicy"), SSL_POLICY, form=SSL_NAME)
    yield from must_not_be(proxy.at("tlsEarlyData"), "UNRESTRICTED", "PERMISSIVE")


@check("gateways-speak-modern-tls", SSL_POLICY)
def speaks_modern_tls(policy: Resource) -> Iterator[Finding]:
    yield from must_be(policy.at("minTlsVersion"), "TLS_1_2", "TLS_1_3")
    yield from must_be(policy.at("profile"), "RESTRICTED", "MODERN", "FIPS_202205")


@check("client-certificates-are-checked", SERVER_TLS)
def checks_client_certificates(policy: Resource) -> Iterator[Finding]:
    yield from must_not_be(policy.at("allowOpen"), True)
    if policy.at("mtlsPolicy").missing:
        raise NotApplicable("it asks clients for nothing")
    yield from must_be(policy.at("mtlsPolicy.clientValidationMode"), "REJECT_INVALID")
    yield from must_be_set(policy.at("mtlsPolicy.clientValidationTrustConfig"))


@check("prompts-are-screened", TEMPLATE)
def screens_prompts(template: Resource) -> Iterator[Finding]:
    injection = template.at("filterConfig.piAndJailbreakFilterSettings")
    yield from must_be(injection.at("filterEnforcement"), "ENABLED")
    yield from must_not_be(injection.at("confidenceLevel"), "HIGH")
    for name in ("maliciousUriFilterSettings", "sdpSettings.basicConfig"):
        yield from must_be(template.at(f"filterConfig.{name}.filterEnforcement"), "ENABLED")
    yield from must_not_be(template.at("templateMetadata.logSanitizeOperations"), True)


@stack_check("served-models-have-a-screen", BACKEND)
def has_a_screen(stack: Stack) -> Iterator[Finding]:
    if all(_internal(service) for service in stack.of_type(BACKEND)):
        raise NotApplicable("nothing is served to the outside")
    if not Phase.ADVANCED.reached(stack.situation.phase):
        raise NotApplicable("it begins with phase advanced")
    if not any(True for _ in stack.of_type(TEMPLATE)):
        yield Finding("models are served, and nothing screens prompts")


@check("api-keys-are-rotated", *SECRETS)
def is_rotated(secret: Resource) -> Iterator[Finding]:
    period = secret.at("rotation.rotationPeriod")
    if period.missing:
        yield Finding(f"{period.path} is missing")
    elif float(period.text.removesuffix("s")) > MOST_SECONDS:
        yield Finding(f"{period.path} is above {MOST_SECONDS}s")
    topics = secret.at("topics")
    yield from must_be_set(topics)
    if not topics.missing and not topics.unknown and not list(topics.items()):
        yield Finding(f"{topics.path} is empty")
