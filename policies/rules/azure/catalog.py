"""What the catalogue knows: Azure's side of `policies/rules/catalog.yaml`. An entry is a store's own tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from policies.framework.expect import must_be_set
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.azure.audit import ACCOUNT, ACTIVITIES, EXPORT, SETTING
from policies.rules.azure.machines import CLUSTER
from policies.rules.azure.references import naming

FLOWS = "azure-native:network:FlowLog"
PLANS = "azure-native:resources:DeploymentAtSubscriptionScope"
PURVIEW = "azure-native:purview:Account"
# What keeps records in an account, by the property that names it: no data of anybody's.
KEEPERS = {
    EXPORT: "resourceId",
    ACTIVITIES: "storageAccountId",
    SETTING: "storageAccountId",
    FLOWS: "storageId",
}
STATED = ("classification", "source", "lawful-basis", "purpose")


@stack_check("stores-are-catalogued", CLUSTER)
def is_catalogued(stack: Stack) -> Iterator[Finding]:
    for account in stack.of_type(ACCOUNT):
        if any(any(naming(stack, account, type_, path)) for type_, path in KEEPERS.items()):
            continue
        if account.at("tags.store").missing:
            yield Finding(f"{account.label} has no entry of the catalogue in its tags", urn=account.urn)


@check("entries-state-class-and-basis", ACCOUNT)
def states_class_and_basis(account: Resource) -> Iterator[Finding]:
    if account.at("tags.store").missing:
        raise NotApplicable("it is no store of the catalogue")
    for stated in STATED:
        yield from must_be_set(account.at(f"tags.{stated}"))


@stack_check("personal-data-is-looked-for", CLUSTER)
def looks_for_personal_data(stack: Stack) -> Iterator[Finding]:
    if not stack.situation.sensitive:
        raise NotApplicable("no personal data is on the platform")
    if stack.situation.personal_data_elsewhere:
        raise NotApplicable("azure.defender is elsewhere")
    if not any(_discovers(each) for each in stack.of_type(PLANS)):
        yield Finding("no plan of Defender looks for personal data in stores")


def _discovers(deployment: Resource) -> bool:
    resources = cast("list[dict[str, Any]]", deployment.at("properties.template.resources").value or [])
    return any(_is_discovery(each) for each in resources)


def _is_discovery(plan: dict[str, Any]) -> bool:
    properties: dict[str, Any] = plan.get("properties", {})
    on = {each["name"] for each in properties.get("extensions", []) if each.get("isEnabled") == "True"}
    return (
        plan.get("name") == "StorageAccounts"
        and properties.get("pricingTier") == "Standard"
        and "SensitiveDataDiscovery" in on
    )
