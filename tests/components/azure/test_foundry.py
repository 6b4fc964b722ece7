"""Azure's own models and the account that judges prompts: exact children, who reaches them and who asks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.azure.endpoints import services
from components.azure.foundry import Foundry, FoundryModel, Sku, filters
from components.azure.grants import roles
from components.azure.prompts import Prompts, PromptsArgs
from components.contracts import Purpose, Workload
from tests.components.azure.platform import NAME, PLACE, identity, logs, seal
from tests.components.azure.records import foundry_args, reach
from tests.components.recorder import Made, build, differences, value

ACCOUNT = "azure-native:cognitiveservices:Account"
DEPLOYMENT = "azure-native:cognitiveservices:Deployment"
POLICY = "azure-native:cognitiveservices:RaiPolicy"
GRANT = "azure-native:authorization:RoleAssignment"
ENDPOINT = "azure-native:network:PrivateEndpoint"


def made(**changes: Any) -> list[Made]:
    return build(lambda: Foundry(f"{NAME}-foundry", foundry_args(**changes)))


def screen() -> list[Made]:
    args = PromptsArgs(
        place=PLACE,
        seal=seal(Purpose.MESSAGES),
        asker=identity(Workload.INFERENCE),
        logs=logs(),
        reach=reach(),
    )
    return build(lambda: Prompts(f"{NAME}-prompts", args))


def of(kind: str, resources: list[Made]) -> list[Made]:
    return [each for each in resources if each.type == kind]


def test_inventory() -> None:
    assert differences(made(), "azure-foundry") == []


def test_both_accounts_are_guarded_alike() -> None:
    (models,), (prompts,) = of(ACCOUNT, made()), of(ACCOUNT, screen())
    assert (value(models, "kind"), value(prompts, "kind")) == ("AIServices", "ContentSafety")
    for account in (models, prompts):
        guarded = value(account, "properties")
        assert guarded["disableLocalAuth"] is True
        assert guarded["publicNetworkAccess"] == "Disabled"
        assert guarded["networkAcls"] == {"defaultAction": "Deny"}
        assert guarded["restrictOutboundNetworkAccess"] is True
        assert not guarded.get("allowProjectManagement")
        assert guarded["encryption"]["keyVaultProperties"]["keyName"] == Purpose.MESSAGES.value
        assert guarded["customSubDomainName"] == value(account, "accountName")


def test_only_model_servers_are_let_in_and_only_they_ask() -> None:
    assert services()["foundry"].models_only
    assert [name for name, each in services().items() if each.models_only] == ["foundry"]
    for resources in (made(), screen()):
        (endpoint,), (grant,) = of(ENDPOINT, resources), of(GRANT, resources)
        (group,) = value(endpoint, "applicationSecurityGroups")
        assert group["id"].endswith("/applicationSecurityGroups/palisade-test-model-endpoints")
        assert value(grant, "principalId") == f"{NAME}-inference-principal"
        assert "/accounts/" in value(grant, "scope")
    (grant,) = of(GRANT, made())
    assert value(grant, "roleDefinitionId").endswith(roles()["cognitive-services-openai-user"])


def test_a_model_keeps_its_version_its_filters_and_its_place() -> None:
    for each in of(DEPLOYMENT, made()):
        assert value(each, "properties.versionUpgradeOption") == "NoAutoUpgrade"
        assert value(each, "properties.raiPolicyName") == "palisade"
        assert value(each, "properties.model.version")
        assert value(each, "sku.name") in {sku.value for sku in Sku}
    assert not [sku for sku in Sku if "Global" in sku]


def test_what_is_found_is_refused_in_prompts_and_in_answers() -> None:
    (policy,) = of(POLICY, made())
    found = value(policy, "properties.contentFilters")
    assert all(each["enabled"] and each["blocking"] for each in found)
    assert len(found) == len({(each["name"], each["source"]) for each in found}) == len(filters())
    assert {each["name"] for each in found if each["source"] == "Prompt"} > {"Jailbreak", "Indirect Attack"}
    both = {each["name"] for each in found if "severityThreshold" in each}
    assert both == {"Hate", "Sexual", "Selfharm", "Violence"}
    assert value(policy, "properties.mode") == "Blocking"


def test_children_of_the_account_are_made_one_after_the_other() -> None:
    resources = made()
    (policy,), deployments = of(POLICY, resources), of(DEPLOYMENT, resources)
    before = {policy.urn}
    for each in deployments:
        assert before <= set(each.dependencies)
        before.add(each.urn)
    endpoint = of(ENDPOINT, resources)[0]
    assert endpoint.urn in policy.dependencies


def test_the_host_is_known_at_preview_and_waits_for_models_and_grant() -> None:
    told: list[str] = []

    def read() -> None:
        Foundry(f"{NAME}-foundry", foundry_args()).host.apply(told.append)

    resources = build(read, preview=True)
    (account,) = of(ACCOUNT, resources)
    assert told == [f"{value(account, 'accountName')}.openai.azure.com"]
    assert "prompts" not in json.dumps(account.inputs["properties"])


@pytest.mark.parametrize("changes", [{"models": ()}, {"projects": True}])
def test_what_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        foundry_args(**changes)


@pytest.mark.parametrize("sku", ["GlobalStandard", "DataZoneBatch"])
def test_kinds_that_answer_anywhere_or_another_day_are_none(sku: str) -> None:
    with pytest.raises(ValueError, match=sku):
        FoundryModel(name="chat", model="gpt-5-mini", version="1", sku=Sku(sku), capacity=1)
