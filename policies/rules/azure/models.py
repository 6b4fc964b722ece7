"""Services that answer prompts or judge them: Azure's side of `policies/rules/models.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check

ACCOUNT = "azure-native:cognitiveservices:Account"
MODEL = "azure-native:cognitiveservices:Deployment"
FILTERS = "azure-native:cognitiveservices:RaiPolicy"
# Kinds that process prompts in the account's location, or in the data zone around it.
# Source: learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types.
NEARBY = ("Standard", "ProvisionedManaged", "DataZoneStandard", "DataZoneProvisionedManaged", "DataZoneBatch")


@check("ai-services-are-private", ACCOUNT)
def is_private(account: Resource) -> Iterator[Finding]:
    yield from must_be(account.at("properties.publicNetworkAccess"), "Disabled")
    yield from must_be(account.at("properties.networkAcls.defaultAction"), "Deny")
    yield from must_be(account.at("properties.restrictOutboundNetworkAccess"), True)
    yield from must_be_absent(account.at("properties.allowedFqdnList"))


@check("ai-services-take-no-keys", ACCOUNT)
def takes_no_keys(account: Resource) -> Iterator[Finding]:
    yield from must_be(account.at("properties.disableLocalAuth"), True)


@check("data-at-rest-uses-a-customer-key", ACCOUNT)
def uses_a_customer_key(account: Resource) -> Iterator[Finding]:
    encryption = account.at("properties.encryption")
    yield from must_be(encryption.at("keySource"), "Microsoft.KeyVault")
    for part in ("keyName", "keyVaultUri"):
        yield from must_be_set(encryption.at(f"keyVaultProperties.{part}"))


@check("hosted-models-answer-nearby", MODEL)
def answers_nearby(model: Resource) -> Iterator[Finding]:
    yield from must_be(model.at("sku.name"), *NEARBY)


@check("hosted-models-change-when-asked", MODEL)
def keeps_its_version(model: Resource) -> Iterator[Finding]:
    yield from must_be(model.at("properties.versionUpgradeOption"), "NoAutoUpgrade")
    yield from must_be_set(model.at("properties.model.version"))


@stack_check("prompts-are-screened", MODEL)
def has_filters_of_the_stack(stack: Stack) -> Iterator[Finding]:
    """A model without a policy has Azure's default one, which somebody may exchange for the whole account."""
    policies = {each.at("raiPolicyName").text.lower() for each in stack.of_type(FILTERS)}
    for model in stack.of_type(MODEL):
        named = model.at("properties.raiPolicyName")
        if named.missing or named.text.lower() not in policies:
            problem = f"{model.label}: {named.path} names no RaiPolicy of this stack"
            yield Finding(problem, remedy="Set raiPolicyName to the name of such a policy", urn=model.urn)
