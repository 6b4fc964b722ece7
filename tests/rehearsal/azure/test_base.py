"""What the rehearsal knows of roles, stores' properties, private names, flow logs and network managers."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.azure import PACKAGE
from tests.rehearsal.azure.test_azure import AZURE, IN_GROUP, type
from tests.rehearsal.clouds import Cloud

GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
GROUP = "/subscriptions/1/resourceGroups/rg"
NSG = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/a"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/a"
WATCHER = {"resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "w", "storageId": "/s"}
ROLE: dict[str, Any] = {
    "roleDefinitionId": GUID,
    "roleName": "reads",
    "roleType": "CustomRole",
    "scope": GROUP,
    "assignableScopes": [GROUP],
}


def refusals(kind: str, inputs: dict[str, Any]) -> list[str]:
    """The paths that are refused."""
    resource = AZURE.resource(type(kind), "it", inputs)
    return [each.path for each in PACKAGE.check(resource, None, Cloud()).refusals]


@pytest.mark.parametrize(
    ("kind", "inputs", "refused"),
    [
        ("authorization:RoleDefinition", ROLE, []),
        ("authorization:RoleDefinition", {**ROLE, "roleDefinitionId": "reads"}, ["roleDefinitionId"]),
        ("authorization:RoleDefinition", {**ROLE, "assignableScopes": ["/"]}, ["assignableScopes[0]"]),
        ("authorization:RoleDefinition", {**ROLE, "roleType": "BuiltInRole"}, ["roleType"]),
        (
            "storage:BlobServiceProperties",
            {**IN_GROUP, "accountName": "a", "deleteRetentionPolicy": {"enabled": True, "days": 400}},
            ["deleteRetentionPolicy.days"],
        ),
        (
            "storage:ManagementPolicy",
            {**IN_GROUP, "accountName": "a", "managementPolicyName": "mine", "policy": {"rules": []}},
            ["managementPolicyName", "policy.rules"],
        ),
        (
            "network:PrivateDnsZoneGroup",
            {**IN_GROUP, "privateEndpointName": "a", "privateDnsZoneConfigs": [{"name": "z"}] * 6},
            ["privateDnsZoneConfigs"],
        ),
        ("network:FlowLog", {**WATCHER, "targetResourceId": VNET, "format": {"version": 2}}, []),
        ("network:FlowLog", {**WATCHER, "targetResourceId": NSG}, ["targetResourceId"]),
        (
            "network:FlowLog",
            {**WATCHER, "targetResourceId": VNET, "format": {"version": 3}},
            ["format.version"],
        ),
        (
            "network:AdminRule",
            {**IN_GROUP, "priority": 5000, "access": "Deny", "direction": "Inbound"},
            ["priority"],
        ),
    ],
)
def test_limits(kind: str, inputs: dict[str, Any], refused: list[str]) -> None:
    assert refusals(kind, inputs) == refused


@pytest.mark.parametrize(
    ("kind", "inputs", "others"),
    [
        ("authorization:RoleDefinition", ROLE, {"roleDefinitionId": GUID.replace("3", "4")}),
        (
            "network:PrivateDnsZoneGroup",
            {**IN_GROUP, "privateEndpointName": "a", "privateDnsZoneGroupName": "one"},
            {"privateDnsZoneGroupName": "two"},
        ),
        (
            "network:AdminRule",
            {
                **IN_GROUP,
                "networkManagerName": "m",
                "configurationName": "c",
                "ruleCollectionName": "r",
                "direction": "Inbound",
                "priority": 100,
                "ruleName": "one",
            },
            {"ruleName": "two"},
        ),
    ],
)
def test_what_there_is_one_of_is_taken_once(
    kind: str, inputs: dict[str, Any], others: dict[str, Any]
) -> None:
    first = AZURE.resource(type(kind), "one", inputs)
    second = AZURE.resource(type(kind), "two", {**inputs, **others})
    keys = [set(PACKAGE.unique(each, PACKAGE.identify(each))) for each in (first, second)]
    assert keys[0] & keys[1]


def test_a_flow_log_of_another_network_is_another_log() -> None:
    assert "targetResourceId" in PACKAGE.immutable(type("network:FlowLog"))
