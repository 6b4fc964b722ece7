"""What stands before the models: Azure's side of `policies/rules/edge.yaml`, without `waf.py`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, check, stack_check
from policies.framework.values import View
from policies.rules.azure.machines import CLUSTER
from policies.rules.azure.references import names, naming

GATEWAY = "azure-native:network:ApplicationGateway"
FIREWALL = "azure-native:network:WebApplicationFirewallPolicy"
ADDRESS = "azure-native:network:PublicIPAddress"
SETTING = "azure-native:monitor:DiagnosticSetting"
ACCOUNT = "azure-native:cognitiveservices:Account"
MODEL = "azure-native:cognitiveservices:Deployment"
FILTERS = "azure-native:cognitiveservices:RaiPolicy"
SECRET = "azure-native:keyvault:Secret"
ASSIGNMENT = "azure-native:authorization:PolicyAssignment"
# TLS 1.2 at least, with forward secrecy and authenticated encryption only.
# Source: learn.microsoft.com/azure/application-gateway/application-gateway-ssl-policy-overview.
MODERN_POLICIES = ("AppGwSslPolicy20220101", "AppGwSslPolicy20220101S")
MODERN_VERSIONS = ("TLSv1_2", "TLSv1_3")
CREDENTIALS = {"authorization", "x-api-key"}
REQUESTS = {"applicationgatewayaccesslog", "applicationgatewayfirewalllog"}
# "Secrets should have the specified maximum validity period".
# Source: learn.microsoft.com/azure/key-vault/policy-reference.
VALIDITY = "342e8053-e12e-4c44-be01-c3c2f318400f"
LONGEST_DAYS = 120


@check("gateways-have-a-firewall", GATEWAY)
def is_behind_a_firewall(gateway: Resource) -> Iterator[Finding]:
    """A policy of the gateway holds for all its listeners; one of each listener does as well."""
    yield from must_be(gateway.at("sku.tier"), "WAF_v2")
    policy = gateway.at("firewallPolicy.id")
    if not policy.missing:
        return
    listeners = list(gateway.at("httpListeners").items())
    if not listeners or any(each.at("firewallPolicy.id").missing for each in listeners):
        yield from must_be_set(policy)


@stack_check("public-addresses-belong-to-the-gateway", ADDRESS)
def belongs_to_a_gateway(stack: Stack) -> Iterator[Finding]:
    gateways = list(stack.of_type(GATEWAY))
    for address in stack.of_type(ADDRESS):
        if not any(_fronts(stack, gateway, address) for gateway in gateways):
            yield Finding(f"{address.label} belongs to no application gateway", urn=address.urn)
    for gateway in gateways:
        for port in gateway.at("frontendPorts").items():
            for finding in must_be(port.at("port"), 443):
                yield Finding(f"{gateway.label}: {finding.problem}", urn=gateway.urn)


def _fronts(stack: Stack, gateway: Resource, address: Resource) -> bool:
    return any(
        names(stack, front.at("publicIPAddress.id"), gateway, address)
        for front in gateway.at("frontendIPConfigurations").items()
    )


@stack_check("gateways-know-their-callers", GATEWAY)
def knows_its_callers(stack: Stack) -> Iterator[Finding]:
    """The firewall refuses whoever shows nothing; what is shown, the gateway in the cluster verifies."""
    for gateway in stack.of_type(GATEWAY):
        policies = [each for each in stack.of_type(FIREWALL) if _holds(stack, gateway, each)]
        if not any(_asks_for_a_credential(rule) for each in policies for rule in _rules(each)):
            yield Finding(f"{gateway.label} lets in whoever shows no credential", urn=gateway.urn)


def _holds(stack: Stack, gateway: Resource, policy: Resource) -> bool:
    return names(stack, gateway.at("firewallPolicy.id"), gateway, policy)


def _rules(policy: Resource) -> Iterator[View]:
    yield from policy.at("customRules").items()


def _asks_for_a_credential(rule: View) -> bool:
    """Whether a rule blocks requests in which none of the credentials' headers is as it must be."""
    conditions = list(rule.at("matchConditions").items())
    return (
        bool(conditions)
        and rule.at("action").text == "Block"
        and rule.at("state").text != "Disabled"
        and rule.at("ruleType").text == "MatchRule"
        and all(
            each.at("negationConditon").value is True
            and {variable.at("selector").text.lower() for variable in each.at("matchVariables").items()}
            <= CREDENTIALS
            for each in conditions
        )
    )


@stack_check("gateway-requests-are-logged", GATEWAY)
def logs_requests(stack: Stack) -> Iterator[Finding]:
    for gateway in stack.of_type(GATEWAY):
        told: set[str] = set()
        for setting in naming(stack, gateway, SETTING, "resourceUri"):
            told |= {
                (each.at("categoryGroup").text or each.at("category").text).lower()
                for each in setting.at("logs").items()
                if each.at("enabled").value is True
            }
        if "alllogs" not in told and not told >= REQUESTS:
            yield Finding(f"{gateway.label} logs neither its requests nor verdicts", urn=gateway.urn)


@check("gateways-speak-modern-tls", GATEWAY)
def speaks_modern_tls(gateway: Resource) -> Iterator[Finding]:
    for listener in gateway.at("httpListeners").items():
        yield from must_be(listener.at("protocol"), "Https")
    yield from _modern(gateway.at("sslPolicy"))
    for profile in gateway.at("sslProfiles").items():
        if not profile.at("sslPolicy").missing:
            yield from _modern(profile.at("sslPolicy"))
    for settings in gateway.at("backendHttpSettingsCollection").items():
        yield from must_be(settings.at("protocol"), "Https")


def _modern(policy: View) -> Iterator[Finding]:
    kind = policy.at("policyType")
    if kind.text == "Predefined":
        yield from must_be(policy.at("policyName"), *MODERN_POLICIES)
    elif kind.text in {"Custom", "CustomV2"}:
        yield from must_be(policy.at("minProtocolVersion"), *MODERN_VERSIONS)
    else:
        yield from must_be_set(kind)


@check("client-certificates-are-checked", GATEWAY)
def checks_client_certificates(gateway: Resource) -> Iterator[Finding]:
    """A gateway that trusts an authority asks every client for a certificate of it."""
    trusted = list(gateway.at("trustedClientCertificates").items())
    profiles = [
        each
        for each in gateway.at("sslProfiles").items()
        if trusted or not each.at("clientAuthConfiguration").missing
    ]
    for profile in profiles:
        if not list(profile.at("trustedClientCertificates").items()):
            yield Finding(f"{profile.path}.trustedClientCertificates is empty")
        yield from must_be(profile.at("clientAuthConfiguration.verifyClientCertIssuerDN"), True)
    if trusted:
        for listener in gateway.at("httpListeners").items():
            yield from must_be_set(listener.at("sslProfile.id"))


@check("prompts-are-screened", FILTERS)
def screens_prompts(policy: Resource) -> Iterator[Finding]:
    filters = {each.at("name").text.lower(): each for each in policy.at("properties.contentFilters").items()}
    if "jailbreak" not in filters:
        yield Finding("properties.contentFilters has no filter Jailbreak")
    for each in filters.values():
        yield from must_not_be(each.at("enabled"), False)
        yield from must_not_be(each.at("blocking"), False)


@stack_check("served-models-have-a-screen", CLUSTER)
def has_a_screen(stack: Stack) -> Iterator[Finding]:
    if not Phase.ADVANCED.reached(stack.situation.phase):
        raise NotApplicable("it is asked from phase advanced on")
    if not list(stack.of_type(GATEWAY)):
        raise NotApplicable("nothing is served")
    if not any(_judges_prompts(stack, account) for account in stack.of_type(ACCOUNT)):
        yield Finding("models are served, and no account of Content Safety judges prompts")


def _judges_prompts(stack: Stack, account: Resource) -> bool:
    """An account that has models answers prompts, whatever else it could do."""
    kind = account.at("kind").text
    return kind == "ContentSafety" or (
        kind == "AIServices" and not any(naming(stack, account, MODEL, "accountName"))
    )


@stack_check("api-keys-are-rotated", SECRET)
def is_rotated(stack: Stack) -> Iterator[Finding]:
    """A secret that ends is told of 30 days before; a policy of the vault refuses one that ends late."""
    for secret in stack.of_type(SECRET):
        if secret.at("properties.attributes.expires").missing:
            yield Finding(f"{secret.label} has no end", urn=secret.urn)
    days = [_days(each) for each in stack.of_type(ASSIGNMENT) if _limits_secrets(each)]
    if not any(0 < each <= LONGEST_DAYS for each in days):
        for secret in stack.of_type(SECRET):
            yield Finding(f"no policy refuses a later end of {secret.label}", urn=secret.urn)


def _limits_secrets(assignment: Resource) -> bool:
    return (
        assignment.at("policyDefinitionId").text.lower().endswith(VALIDITY)
        and assignment.at("enforcementMode").text != "DoNotEnforce"
        and assignment.at("parameters.effect.value").text.lower() == "deny"
    )


def _days(assignment: Resource) -> int:
    return int(assignment.at("parameters.maximumValidityInDays.value").value or 0)
