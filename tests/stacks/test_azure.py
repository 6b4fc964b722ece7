"""The composition of Azure under mocks, and what it asks of the SDK before it registers anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from components.azure import hsm_keys
from stacks import azure
from stacks.azure import aliases, echoes
from stacks.azure.base import place
from stacks.settings import Settings, own_fields
from tests.components.azure.clusters import ANSWERS
from tests.components.recorder import Made, build, value
from tools.stack import stack_settings

SUBNET = "azure-native:network:Subnet"
OLD = pulumi.Alias(type_="azure-native:network/v20230901:Subnet")
MOVED = pulumi.Alias(type_="azure-native:network:PrivateZone")
OURS = pulumi.Alias(name="before")


def left(type_: str, given: list[pulumi.Input[str | pulumi.Alias]]) -> list[object] | None:
    """The aliases that a resource is registered with; None where nothing is changed."""
    resource = pulumi.Resource.__new__(pulumi.Resource)
    opts = pulumi.ResourceOptions(protect=True, aliases=given)
    args = pulumi.ResourceTransformationArgs(resource, type_, "subnet", {"a": 1}, opts)
    done = aliases._without(args)
    if done is None:
        return None
    assert done.opts.protect is True
    assert done.props == {"a": 1}
    assert opts.aliases == given, "the options that were given are as they were"
    return list(done.opts.aliases or [])


def test_only_names_in_old_api_versions_are_left_out() -> None:
    assert left(SUBNET, [OLD, MOVED, OURS, "urn:pulumi:a"]) == [MOVED, OURS, "urn:pulumi:a"]
    assert left(SUBNET, [MOVED]) is None
    assert left("kubernetes:core/v1:Service", [OLD]) is None


def test_a_list_is_read_where_a_map_belongs_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "_get_list_element_type", rpc._get_list_element_type)

    def read(typ: type | None) -> object:
        return rpc.translate_output_properties(["/id"], str, typ, transform_using_type_metadata=True)

    with pytest.raises(AssertionError):
        read(Mapping[str, int])
    echoes.read_lists_for_maps()
    assert read(Mapping[str, int]) == ["/id"]
    assert read(list[str]) == ["/id"]
    with pytest.raises(AssertionError):
        read(int)


def asking(asked: Mapping[str, Any]) -> Settings:
    """azure-dev with empty clusters, which asks Azure for something more."""
    fields = own_fields(stack_settings("azure-dev")["config"])
    return Settings.load({**fields, "azure": {**fields["azure"], **asked, "fill_clusters": False}})


def built(monkeypatch: pytest.MonkeyPatch, asked: Mapping[str, Any]) -> list[Made]:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "azure-native:1")
    settings = asking(asked)
    return build(lambda: azure.build(settings), ANSWERS)


def test_models_of_azures_own_are_there_where_a_stack_file_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "azure-native:1")
    fields = own_fields(stack_settings("azure-prod")["config"])
    for named in (fields["azure"]["foundry"], None):
        asked = {**fields["azure"], "foundry": named, "fill_clusters": False, "signing_key": None}
        settings = Settings.load({**fields, "azure": asked})
        resources = build(lambda settings=settings: azure.build(settings), ANSWERS)
        kinds = [each.type.rpartition(":")[2] for each in resources if ":cognitiveservices:" in each.type]
        made = ["Account", "Deployment", "RaiPolicy"] if named else []
        assert sorted(kinds) == sorted(["Account", *made])


THEIRS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Purview/accounts/theirs"
OURS_MADE = (
    "/subscriptions/12345678-90ab-4cde-8f01-234567890abc/resourceGroups/palisade-dev"
    "/providers/Microsoft.Purview/accounts/palisade-dev"
)


@pytest.mark.parametrize(
    ("asked", "made", "reached"),
    [
        ({}, 0, {}),
        ({"purview": True}, 1, {"account": OURS_MADE, "portal": OURS_MADE}),
        ({"purview_account": THEIRS}, 0, {"account": THEIRS, "portal": THEIRS}),
    ],
)
def test_a_catalogue_of_purview_answers_inside_the_network(
    asked: Mapping[str, Any], made: int, reached: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = built(monkeypatch, asked)
    assert len([each for each in resources if each.type == "azure-native:purview:Account"]) == made
    connections = [
        value(each, "privateLinkServiceConnections[0]")
        for each in resources
        if each.type == "azure-native:network:PrivateEndpoint" and "catalogue" in each.name
    ]
    assert {each["groupIds"][0]: each["privateLinkServiceId"] for each in connections} == reached


HSM = hsm_keys.own_name(place(asking({})))
VERSION = 32 * "a"
ADMINISTRATORS = ["5d1f0c7e-2b64-4c1c-9a53-0f4e6b8a7d21"]
KEYS = {
    purpose: f"https://{HSM}.managedhsm.azure.net/keys/acme-{purpose}/{VERSION}"
    for purpose in ("data", "models", "disks", "logs")
}
CONTAINER = (
    "/subscriptions/12345678-90ab-4cde-8f01-234567890abc/resourceGroups/acme/providers"
    "/Microsoft.Storage/storageAccounts/acmestate/blobServices/default/containers/pulumi"
)
STATE_KEY = (
    "/subscriptions/12345678-90ab-4cde-8f01-234567890abc/resourceGroups/acme/providers"
    "/Microsoft.KeyVault/vaults/acme-state/keys/pulumi"
)


def vaults_of(resources: list[Made]) -> dict[str, str]:
    """Whose keys encrypt what, by the names of resources."""
    paths = {
        "azure-native:storage:StorageAccount": "encryption.keyVaultProperties.keyVaultUri",
        "azure-native:compute:DiskEncryptionSet": "activeKey.keyUrl",
        "azure-native:containerregistry:Registry": "encryption.keyVaultProperties.keyIdentifier",
        "azure-native:cognitiveservices:Account": "properties.encryption.keyVaultProperties.keyVaultUri",
        "azure-native:containerinstance:ContainerGroup": "encryptionProperties.vaultBaseUrl",
        "azure-native:operationalinsights:Cluster": "keyVaultProperties.keyVaultUri",
    }
    return {
        f"{each.type.rpartition(':')[2]} {each.name}": str(value(each, paths[each.type]))
        for each in resources
        if each.type in paths
    }


@pytest.mark.parametrize("keys", [{}, KEYS])
def test_an_hsm_seals_what_its_keys_are_named_for(
    keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stores, disks and records move; what takes no key of an HSM stays under the vault's."""
    asked = {
        "managed_hsm": {"administrators": ADMINISTRATORS, "keys": keys},
        "log_cluster": "encrypted",
        "deployments": {"container": CONTAINER, "key": STATE_KEY},
    }
    resources = built(monkeypatch, asked)
    found = vaults_of(resources)
    in_hsm = {name for name, uri in found.items() if f"//{HSM}.managedhsm.azure.net/" in uri}
    stays = {name for name in found if name.split()[0] in {"Registry", "Account", "ContainerGroup"}}
    assert len(stays) >= 3
    assert in_hsm == (set(found) - stays if keys else set())
    assert not [each for each in resources if each.type == "azure-native:keyvault:Key" and not each.protect]


def test_an_hsm_answers_inside_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = built(monkeypatch, {"managed_hsm": {"administrators": ADMINISTRATORS}})
    (endpoint,) = [
        each
        for each in resources
        if each.type == "azure-native:network:PrivateEndpoint" and each.name.endswith("-hsm")
    ]
    (connection,) = value(endpoint, "privateLinkServiceConnections")
    assert connection["groupIds"] == ["managedhsm"]
    assert connection["privateLinkServiceId"].endswith(f"/Microsoft.KeyVault/managedHSMs/{HSM}")
    (names,) = [
        each
        for each in resources
        if each.type == "azure-native:network:PrivateDnsZoneGroup" and each.name == endpoint.name
    ]
    (zone,) = value(names, "privateDnsZoneConfigs")
    assert zone["privateDnsZoneId"].endswith("/privateDnsZones/privatelink.managedhsm.azure.net")
