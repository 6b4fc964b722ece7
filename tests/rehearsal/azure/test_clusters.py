"""AKS and ACR as the rehearsal knows them: what they refuse by themselves, and because of what is there."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.azure import PACKAGE
from rehearsal.model import Existing
from tests.rehearsal.azure.test_azure import AZURE, IN_GROUP, SUBSCRIPTION, type
from tests.rehearsal.clouds import Cloud

ZONES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones"
REGISTRY = {**IN_GROUP, "registryName": "acmesoftware", "sku": {"name": "Premium"}}
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
ID = f"{GROUP}/Microsoft.ContainerRegistry/registries/acmesoftware"
CLUSTER: dict[str, Any] = {
    **IN_GROUP,
    "resourceName": "aks",
    "identity": {"type": "UserAssigned"},
    "agentPoolProfiles": [{"name": "system", "vmSize": "Standard_D4ds_v5"}],
    "fqdnSubdomain": "aks",
    "apiServerAccessProfile": {
        "enablePrivateCluster": True,
        "enablePrivateClusterPublicFQDN": False,
        "privateDNSZone": f"{ZONES}/privatelink.westeurope.azmk8s.io",
    },
    "networkProfile": {
        "serviceCidr": "10.64.160.0/20",
        "dnsServiceIP": "10.64.160.10",
        "outboundType": "none",
    },
    "bootstrapProfile": {"artifactSource": "Cache", "containerRegistryId": ID},
}


def registry(**changes: Any) -> Existing:
    return AZURE.existing(type("containerregistry:Registry"), "r", {**REGISTRY, **changes})


def rule(name: str = "aks-managed-mcr") -> Existing:
    inputs = {
        "resourceGroupName": "rg",
        "registryName": "acmesoftware",
        "cacheRuleName": name,
        "sourceRepository": "mcr.microsoft.com/*",
        "targetRepository": "aks-managed-repository/*",
    }
    return AZURE.existing(type("containerregistry:CacheRule"), "c", inputs)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The cluster with one property otherwise."""
    top, _, rest = path.partition(".")
    return {**CLUSTER, top: {**CLUSTER[top], rest: value} if rest else value}


def refusal(inputs: dict[str, Any], *there: Existing, name: str = "containerservice:ManagedCluster") -> str:
    """Why the object cannot be where these are; empty when it can."""
    resource = AZURE.resource(type(name), "aks", inputs)
    found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), Cloud(*there))
    return found.problem if found else ""


def test_an_isolated_cluster_starts_from_a_premium_registry_with_the_cache() -> None:
    assert refusal(CLUSTER, registry(), rule()) == ""
    assert "has no cache rule aks-managed-mcr" in refusal(CLUSTER, registry())
    assert "has no cache rule aks-managed-mcr" in refusal(CLUSTER, registry(), rule("aks-managed-rule"))
    assert "no Premium registry" in refusal(CLUSTER, registry(sku={"name": "Standard"}), rule())
    arm = {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}}
    assert "takes no tokens" in refusal(CLUSTER, registry(policies=arm), rule())
    # Another stack's registry is taken as given.
    assert refusal(CLUSTER) == ""


def test_the_zone_is_the_locations() -> None:
    wrong = changed("apiServerAccessProfile.privateDNSZone", f"{ZONES}/privatelink.northeurope.azmk8s.io")
    assert "is none of this cluster's" in refusal(wrong)
    below = changed("apiServerAccessProfile.privateDNSZone", f"{ZONES}/a.privatelink.westeurope.azmk8s.io")
    assert refusal(below) == ""


def test_names_are_answered_inside_the_range_of_services() -> None:
    assert "no address that a Service" in refusal(changed("networkProfile.dnsServiceIP", "10.64.128.10"))
    assert "no address that a Service" in refusal(changed("networkProfile.dnsServiceIP", "10.64.160.1"))


def test_an_api_server_is_found_by_its_private_name_only() -> None:
    made = AZURE.created(type("containerservice:ManagedCluster"), "aks", CLUSTER)
    assert made["privateFQDN"] == "aks.privatelink.westeurope.azmk8s.io"
    assert not made.get("fqdn")


@pytest.mark.parametrize(
    ("name", "inputs", "path", "words"),
    [
        ("containerservice:ManagedCluster", changed("dnsPrefix", "aks"), "dnsPrefix", "fqdnSubdomain"),
        (
            "containerservice:ManagedCluster",
            changed("apiServerAccessProfile.privateDNSZone", "none"),
            "apiServerAccessProfile.privateDNSZone",
            "system",
        ),
        (
            "containerservice:ManagedCluster",
            changed("apiServerAccessProfile.authorizedIPRanges", ["192.0.2.0/24"]),
            "apiServerAccessProfile.authorizedIPRanges",
            "",
        ),
        (
            "containerservice:ManagedCluster",
            changed("bootstrapProfile.artifactSource", "Direct"),
            "bootstrapProfile.artifactSource",
            "Cache",
        ),
        (
            "containerservice:ManagedCluster",
            {**CLUSTER, "autoUpgradeProfile": {"nodeOSUpgradeChannel": "SecurityPatch"}},
            "autoUpgradeProfile.nodeOSUpgradeChannel",
            "NodeImage",
        ),
        (
            "containerservice:ManagedCluster",
            {**CLUSTER, "disableLocalAccounts": True},
            "aadProfile",
            "managed",
        ),
        (
            "containerservice:AgentPool",
            {
                "scaleSetPriority": "Spot",
                "scaleSetEvictionPolicy": "Delete",
                "upgradeSettings": {"maxSurge": "1"},
            },
            "upgradeSettings",
            "",
        ),
        ("containerservice:AgentPool", {"agentPoolName": "a100x1ondemand"}, "agentPoolName", "12"),
        ("containerservice:AgentPool", {"nodeTaints": ["gpu"]}, "nodeTaints[0]", "NoSchedule"),
        (
            "containerservice:MaintenanceConfiguration",
            {"configName": "aksManagedAutoUpgradeSchedule", "maintenanceWindow": {"durationHours": 2}},
            "maintenanceWindow.durationHours",
            "4",
        ),
        (
            "containerregistry:Registry",
            {"sku": {"name": "Standard"}, "encryption": {"status": "enabled"}},
            "sku.name",
            "Premium",
        ),
        (
            "containerregistry:Registry",
            {"encryption": {"keyVaultProperties": {"identity": "/subscriptions/1/identity"}}},
            "encryption.keyVaultProperties.identity",
            "client id",
        ),
        (
            "containerregistry:Registry",
            {"policies": {"exportPolicy": {"status": "disabled"}}, "publicNetworkAccess": "Enabled"},
            "publicNetworkAccess",
            "Disabled",
        ),
        (
            "containerregistry:Registry",
            {
                "policies": {
                    "softDeletePolicy": {"status": "enabled"},
                    "retentionPolicy": {"status": "enabled"},
                }
            },
            "policies.softDeletePolicy.status",
            "disabled",
        ),
        (
            "compute:DiskEncryptionSet",
            {"activeKey": {"keyUrl": "https://v.vault.azure.net/keys/disks"}},
            "activeKey.keyUrl",
            "version",
        ),
        (
            "containerservice:IdentityBinding",
            {"properties": {"managedIdentity": {"resourceId": "trainer"}}},
            "properties.managedIdentity.resourceId",
            "user-assigned identity",
        ),
    ],
)
def test_what_azure_refuses_is_refused(name: str, inputs: dict[str, Any], path: str, words: str) -> None:
    assert words in AZURE.refused(type(name), inputs).get(path, "nothing is refused")


def test_secure_boot_and_the_driver_of_aks_exclude_each_other() -> None:
    pool: dict[str, Any] = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "agentPoolName": "gpus",
        "vmSize": "Standard_NC24ads_A100_v4",
        "securityProfile": {"enableSecureBoot": True},
    }
    name = "containerservice:AgentPool"
    assert "Secure Boot on a GPU pool" in refusal(pool, name=name)
    assert refusal({**pool, "gpuProfile": {"driver": "None"}}, name=name) == ""
    assert refusal({**pool, "vmSize": "Standard_D4ds_v5"}, name=name) == ""


def test_identities_are_bound_to_clusters_outside_the_network() -> None:
    identity = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
    identity += "/Microsoft.ManagedIdentity/userAssignedIdentities/trainer"
    binding = {
        "resourceGroupName": "rg",
        "resourceName": "aks",
        "identityBindingName": "trainer",
        "properties": {"managedIdentity": {"resourceId": identity}},
    }
    name = "containerservice:IdentityBinding"
    workload = {"workloadIdentity": {"enabled": True}}
    good = {**CLUSTER, "securityProfile": workload, "oidcIssuerProfile": {"enabled": True}}
    inside = {**good, "apiServerAccessProfile": {"enableVnetIntegration": True, "privateDNSZone": "system"}}
    for cluster, said in ((good, ""), (CLUSTER, "no workload identity"), (inside, "do not work with API")):
        there = AZURE.existing(type("containerservice:ManagedCluster"), "aks", cluster)
        assert said in refusal(binding, there, name=name) if said else not refusal(binding, there, name=name)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("containerservice:ManagedCluster", "networkProfile.outboundType"),
        ("containerservice:ManagedCluster", "diskEncryptionSetID"),
        ("containerservice:ManagedCluster", "fqdnSubdomain"),
        ("containerservice:AgentPool", "enableEncryptionAtHost"),
        ("containerservice:AgentPool", "gpuProfile"),
        ("containerregistry:Registry", "encryption"),
        ("containerregistry:CacheRule", "sourceRepository"),
    ],
)
def test_what_cannot_change_replaces(name: str, path: str) -> None:
    assert path in PACKAGE.immutable(type(name))
