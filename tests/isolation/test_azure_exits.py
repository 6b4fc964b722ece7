"""Ways out for data on Azure that are no packets, and services with interfaces in subnets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.model import Exit
from isolation.resources import UNKNOWN, Resource
from tests.isolation.azure_plan import (
    BASE,
    GROUP,
    PLACES,
    arm,
    group,
    made,
    never,
    ref,
    report,
    rule,
    subnet,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

CLAIM = Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))
PROVIDER = made(
    "pulumi:providers:azure-native", "azure", {"subscriptionId": "00000000-0000-0000-0000-000000000001"}
)
THEIRS = "/subscriptions/99999999-0000-0000-0000-000000000009/resourceGroups/rg/providers"
OURS = f"{GROUP}/providers"


def exits(*resources: Resource, base: Sequence[Resource] = PLACES) -> list[Exit]:
    return list(report([*base, PROVIDER, *resources], CLAIM).exits)


def loose(*resources: Resource) -> list[str]:
    """Why each way out is one that nothing holds, but for names, which any network has."""
    return [one.why for one in exits(*resources) if not one.limited_by and "any name" not in one.why]


def service(kind: str, name: str = "it", **properties: Any) -> Resource:
    return made(f"azure-native:{kind}", name, properties)


NETWORK: dict[str, Any] = {"publicNetworkAccess": "Disabled"}
ACCOUNT: dict[str, Any] = {**NETWORK, "allowSharedKeyAccess": False, "allowedCopyScope": "PrivateLink"}
REGISTRY: dict[str, Any] = {**NETWORK, "policies": {"exportPolicy": {"status": "disabled"}}}
FOUNDRY: dict[str, Any] = {**NETWORK, "disableLocalAuth": True, "restrictOutboundNetworkAccess": True}
LEARNING: dict[str, Any] = {**NETWORK, "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}
WORKSPACE: dict[str, Any] = {
    "publicNetworkAccessForIngestion": "Disabled",
    "publicNetworkAccessForQuery": "Disabled",
}
SHUT = [
    service("storage:StorageAccount", **ACCOUNT),
    service("storage:BlobContainer", publicAccess="None"),
    service("keyvault:Vault", properties=NETWORK),
    service("keyvault:ManagedHsm", properties=NETWORK),
    service("containerregistry:Registry", **REGISTRY),
    service("cognitiveservices:Account", properties=FOUNDRY),
    service("cognitiveservices:Deployment", sku={"name": "DataZoneStandard"}),
    service("machinelearningservices:Workspace", **LEARNING),
    service("purview:Account", **NETWORK),
    service("monitor:PrivateLinkScope", accessModeSettings={"ingestionAccessMode": "PrivateOnly"}),
    service("monitor:DataCollectionEndpoint", networkAcls=NETWORK),
    service("operationalinsights:Workspace", **WORKSPACE),
    service("compute:Disk", networkAccessPolicy="DenyAll"),
    service("compute:Snapshot", networkAccessPolicy="AllowPrivate"),
    service("compute:Gallery", sharingProfile={"permissions": "Private"}),
]


def test_services_that_are_shut_let_nothing_out() -> None:
    assert loose(*SHUT) == []


@pytest.mark.parametrize(
    ("kind", "properties", "why"),
    [
        ("storage:StorageAccount", {**ACCOUNT, "publicNetworkAccess": "Enabled"}, "answers on the internet"),
        ("storage:StorageAccount", {**ACCOUNT, "publicNetworkAccess": None}, "answers on the internet"),
        ("storage:StorageAccount", {**ACCOUNT, "publicNetworkAccess": UNKNOWN}, "is not known yet"),
        ("storage:StorageAccount", {**ACCOUNT, "allowSharedKeyAccess": None}, "without an identity"),
        ("storage:StorageAccount", {**ACCOUNT, "allowBlobPublicAccess": True}, "opened to everybody"),
        ("storage:StorageAccount", {**ACCOUNT, "allowCrossTenantReplication": True}, "of other tenants"),
        ("storage:StorageAccount", {**ACCOUNT, "allowedCopyScope": None}, "accounts of any tenant"),
        ("storage:StorageAccount", {**ACCOUNT, "isSftpEnabled": True}, "by SFTP"),
        ("storage:BlobContainer", {"publicAccess": "Blob"}, "everybody reads it"),
        ("keyvault:Vault", {"properties": {}}, "answers on the internet"),
        ("keyvault:ManagedHsm", {"properties": {}}, "answers on the internet"),
        ("keyvault:ManagedHsm", {"properties": {"publicNetworkAccess": UNKNOWN}}, "is not known yet"),
        ("containerregistry:Registry", {**REGISTRY, "publicNetworkAccess": None}, "answers on the internet"),
        ("containerregistry:Registry", {**REGISTRY, "anonymousPullEnabled": True}, "everybody pulls"),
        ("containerregistry:Registry", {**REGISTRY, "adminUserEnabled": True}, "has a password"),
        ("containerregistry:Registry", NETWORK, "registries of others"),
        ("cognitiveservices:Account", {"properties": {**FOUNDRY, "disableLocalAuth": False}}, "has a key"),
        (
            "cognitiveservices:Account",
            {"properties": {**FOUNDRY, "restrictOutboundNetworkAccess": None}},
            "any address on the internet",
        ),
        ("cognitiveservices:Deployment", {"sku": {"name": "GlobalStandard"}}, "anywhere in the world"),
        ("machinelearningservices:Workspace", NETWORK, "reach the internet"),
        ("monitor:PrivateLinkScope", {}, "workspaces of others"),
        ("monitor:DataCollectionEndpoint", {}, "answers on the internet"),
        ("monitor:DataCollectionEndpoint", {"networkAcls": UNKNOWN}, "is not known yet"),
        (
            "operationalinsights:Workspace",
            {**WORKSPACE, "publicNetworkAccessForQuery": None},
            "answers on the internet",
        ),
        (
            "operationalinsights:Workspace",
            {**WORKSPACE, "publicNetworkAccessForIngestion": "Enabled"},
            "takes logs from the internet",
        ),
        ("compute:Disk", {}, "can be exported"),
        ("compute:Gallery", {"sharingProfile": {"permissions": "Community"}}, "are shared"),
    ],
)
def test_a_setting_that_lets_data_out_is_told(kind: str, properties: dict[str, Any], why: str) -> None:
    found = loose(service(kind, **properties))
    assert any(why in one for one in found), found


def test_rules_of_a_services_own_network_hold_and_are_named() -> None:
    acls: dict[str, Any] = {
        **ACCOUNT,
        "publicNetworkAccess": "Enabled",
        "networkRuleSet": {"defaultAction": "Deny"},
    }
    assert loose(service("storage:StorageAccount", **acls)) == []
    held = [one.limited_by for one in exits(service("storage:StorageAccount", **acls)) if one.limited_by]
    assert any("networkRuleSet.defaultAction" in one for one in held)
    allowed: dict[str, Any] = {**acls, "networkRuleSet": {"defaultAction": "Allow"}}
    assert loose(service("storage:StorageAccount", **allowed))


@pytest.mark.parametrize(
    "kind",
    [
        "storage:ObjectReplicationPolicy",
        "storage:LocalUser",
        "cognitiveservices:AccountConnection",
        "containerregistry:Replication",
        "containerregistry:ExportPipeline",
        "containerregistry:Task",
        "managedservices:RegistrationAssignment",
    ],
)
def test_what_is_a_way_out_by_being_there_is_told(kind: str) -> None:
    assert len(loose(service(kind))) == 1
    assert loose() == []


def endpoint(to: Any, path: str = "privateLinkServiceConnections") -> Resource:
    return made(
        types.PRIVATE_ENDPOINT,
        "store",
        {
            "privateEndpointName": "store",
            "subnet": ref("virtualNetworks/net/subnets/data"),
            path: [{"name": "store", "privateLinkServiceId": to, "groupIds": ["blob"]}],
        },
    )


def test_an_endpoint_into_somebody_elses_account() -> None:
    ours = exits(endpoint(f"{OURS}/Microsoft.Storage/storageAccounts/a"))
    assert any("one resource of this subscription" in one.limited_by for one in ours)
    assert loose(endpoint(f"{OURS}/Microsoft.Storage/storageAccounts/a")) == []
    theirs = loose(endpoint(f"{THEIRS}/Microsoft.Storage/storageAccounts/a"))
    assert any("which is not this stack's" in one for one in theirs)
    alias = loose(
        endpoint("theirs.0123.westeurope.azure.privatelinkservice", "manualPrivateLinkServiceConnections")
    )
    assert any("is somebody's" in one for one in alias)
    assert any("nobody knows whose" in one for one in loose(endpoint(UNKNOWN)))


def test_an_endpoint_of_an_hsm_leads_to_this_stacks_or_to_somebody_elses() -> None:
    assert loose(endpoint(f"{OURS}/Microsoft.KeyVault/managedHSMs/hsm")) == []
    assert loose(endpoint(f"{THEIRS}/Microsoft.KeyVault/managedHSMs/hsm"))


@pytest.mark.parametrize(
    "kind", ["keyvault:MHSMPrivateEndpointConnection", "keyvault:PrivateEndpointConnection"]
)
def test_an_endpoint_that_is_let_in_may_be_somebody_elses(kind: str) -> None:
    def said(status: Any) -> list[str]:
        return loose(service(kind, privateLinkServiceConnectionState={"status": status}))

    assert any("whoever's network" in one for one in said("Approved"))
    assert any("not known yet" in one for one in said(UNKNOWN))
    assert said("Rejected") == []
    assert loose(service(kind)) == []


def test_an_endpoint_of_a_resource_that_is_not_made_yet_is_ours() -> None:
    account = service("storage:StorageAccount", **ACCOUNT)
    waiting = endpoint(UNKNOWN)
    known = Resource.of(
        waiting.urn,
        waiting.type,
        waiting.properties,
        references={"privateLinkServiceConnections": [account.urn]},
    )
    assert loose(account, known) == []


def test_where_logs_are_sent_is_told_when_it_is_not_ours() -> None:
    def sent(to: str) -> Resource:
        return service("monitor:DiagnosticSetting", workspaceId=to, resourceUri="x")

    assert loose(sent(f"{OURS}/Microsoft.OperationalInsights/workspaces/w")) == []
    assert loose(sent(f"{THEIRS}/Microsoft.OperationalInsights/workspaces/w"))


def test_what_pods_print_is_told_when_one_of_its_stores_is_not_ours() -> None:
    ours, theirs = (f"{whose}/Microsoft.OperationalInsights/workspaces/w" for whose in (OURS, THEIRS))

    def sent(kind: str, step: str, *targets: Any) -> list[str]:
        stores: dict[str, Any] = {kind: [{"name": "w", step: to} for to in targets]}
        return loose(service("monitor:DataCollectionRule", destinations=stores))

    assert sent("logAnalytics", "workspaceResourceId", ours) == []
    assert len(sent("logAnalytics", "workspaceResourceId", ours, theirs)) == 1
    assert sent("storageBlobsDirect", "storageAccountResourceId", theirs)
    assert sent("logAnalytics", "workspaceResourceId", UNKNOWN)
    assert loose(service("monitor:DataCollectionRule", destinations={"logAnalytics": UNKNOWN}))
    waiting = service("monitor:DataCollectionRule", destinations=UNKNOWN)
    assert loose(waiting)


def test_rights_of_whom_nobody_here_made() -> None:
    identity = service("managedidentity:UserAssignedIdentity", principalId="abc")
    known = made(types.ROLE_ASSIGNMENT, "ours", {"principalId": "abc", "scope": "s"})
    assert loose(identity, known) == []
    stranger = made(types.ROLE_ASSIGNMENT, "theirs", {"principalId": "def", "scope": "s"})
    assert any("nobody in this stack made" in one for one in loose(identity, stranger))
    across = made(
        types.ROLE_ASSIGNMENT,
        "across",
        {"principalId": "abc", "scope": "s", "delegatedManagedIdentityResourceId": "x"},
    )
    assert any("another tenant" in one for one in loose(identity, across))


def test_identities_that_tokens_of_others_act_as() -> None:
    def trust(issuer: str) -> list[Exit]:
        one = made(
            types.FEDERATION, "trust", {"issuer": issuer, "subject": "repo:acme/x:ref:refs/heads/main"}
        )
        return [each for each in exits(one) if "tokens of" in each.why]

    (found,) = trust("https://token.actions.githubusercontent.com")
    assert "repo:acme/x" in found.limited_by
    assert trust("https://westeurope.oic.prod-aks.azure.com/0/1/") == []


def test_names_are_a_way_out_until_all_but_listed_ones_are_refused() -> None:
    def held(*more: Resource) -> str:
        (found,) = [one for one in exits(*more) if "any name" in one.why]
        return found.limited_by

    assert held() == ""
    policy = {"dnsResolverPolicyName": "names"}
    parts = [
        made(types.NAME_POLICY, "names", policy),
        made(
            types.NAME_POLICY_LINK,
            "link",
            {
                **policy,
                "dnsResolverPolicyVirtualNetworkLinkName": "link",
                "virtualNetwork": ref("virtualNetworks/net"),
            },
        ),
        made(types.NAME_LIST, "all", {"dnsResolverDomainListName": "all", "domains": ["."]}),
    ]

    def refusal(action: str) -> Resource:
        return made(
            types.NAME_RULE,
            "none",
            {
                **policy,
                "dnsSecurityRuleName": "none",
                "action": {"actionType": action},
                "dnsResolverDomainLists": [ref("dnsResolverDomainLists/all")],
            },
        )

    assert "names" in held(*parts, refusal("Block"))
    assert held(*parts, refusal("Alert")) == ""


def test_forwarded_names_are_told_with_their_server() -> None:
    rule_ = service(
        "dnsresolver:ForwardingRule", domainName="corp.", targetDnsServers=[{"ipAddress": "172.16.0.53"}]
    )
    assert any("172.16.0.53" in one for one in loose(rule_))


@pytest.mark.parametrize("apart", [False, True])
def test_a_service_endpoint_is_held_by_a_policy_that_names_ours_only(apart: bool) -> None:
    def held(*resources: str) -> str:
        says = {"service": "Microsoft.Storage", "serviceResources": list(resources)}
        inline = {} if apart else {"serviceEndpointPolicyDefinitions": [{"name": "own", **says}]}
        policy = made(types.ENDPOINT_POLICY, "own", {"serviceEndpointPolicyName": "own", **inline})
        names = {"serviceEndpointPolicyName": "own", "serviceEndpointPolicyDefinitionName": "own"}
        definition = made(types.ENDPOINT_POLICY_DEFINITION, "own", {**names, **says})
        with_policy = subnet(
            "training",
            "10.0.0.0/24",
            serviceEndpoints=[{"service": "Microsoft.Storage"}],
            serviceEndpointPolicies=[ref("serviceEndpointPolicies/own")] if resources else [],
        )
        plan = [*without(PLACES, "training"), with_policy]
        found = exits(policy, *([definition] if apart else []), base=plan)
        (one,) = [each for each in found if "service endpoint" in each.why.lower()]
        return one.limited_by

    ours = f"{OURS}/Microsoft.Storage/storageAccounts/a"
    assert held(ours) == "service endpoint policy own"
    assert held(ours, f"{THEIRS}/Microsoft.Storage/storageAccounts/a") == ""
    assert held("/services/Azure/MachineLearning") == ""
    assert held() == ""


def at(name: str = "training") -> str:
    return arm(f"virtualNetworks/net/subnets/{name}")


@pytest.mark.parametrize(
    ("kind", "properties", "name"),
    [
        ("containerinstance:ContainerGroup", {"subnetIds": [{"id": at()}]}, "container group it"),
        (
            "app:ManagedEnvironment",
            {"vnetConfiguration": {"infrastructureSubnetId": at(), "internal": True}},
            "container apps it",
        ),
        ("web:WebApp", {"virtualNetworkSubnetId": at(), "publicNetworkAccess": "Disabled"}, "web app it"),
        ("dnsresolver:OutboundEndpoint", {"subnet": {"id": at()}}, "resolver endpoint it"),
        (
            "cognitiveservices:Account",
            {"properties": {"networkInjections": [{"subnetArmId": at()}]}},
            "agents of it",
        ),
    ],
)
def test_services_with_interfaces_in_subnets_are_behind_their_groups(
    kind: str, properties: dict[str, Any], name: str
) -> None:
    plan = [*BASE, service(kind, **properties)]
    assert violated(never(plan, f"={name}", "edge!"))
    shut = [
        *without(plan, "training"),
        group("own"),
        rule("no", "own", "Outbound Deny 100"),
        subnet("training", "10.0.0.0/24", nsg="own"),
    ]
    assert proven(never(shut, f"={name}", "edge!"))


@pytest.mark.parametrize(
    ("kind", "properties", "shut"),
    [
        ("web:WebApp", {"virtualNetworkSubnetId": at()}, {"publicNetworkAccess": "Disabled"}),
        (
            "app:ManagedEnvironment",
            {"vnetConfiguration": {"infrastructureSubnetId": at()}},
            {"vnetConfiguration": {"infrastructureSubnetId": at(), "internal": True}},
        ),
        (
            "web:AppServiceEnvironment",
            {"virtualNetwork": {"id": at()}},
            {"internalLoadBalancingMode": "Web, Publishing"},
        ),
    ],
)
def test_what_is_reached_past_its_network_leaves_its_claims_open(
    kind: str, properties: dict[str, Any], shut: dict[str, Any]
) -> None:
    found = never([*BASE, service(kind, **properties)], "internet", "training!")
    assert unproven(found)
    assert any("the internet reaches" in one for one in found.missing)
    assert proven(never([*BASE, service(kind, **{**properties, **shut})], "internet", "training!"))


def test_people_reach_machines_through_bastion() -> None:
    bastion = service("network:BastionHost", ipConfigurations=[{"subnet": {"id": at("edge")}}])
    assert unproven(never([*BASE, bastion], "internet", "training!"))
    assert proven(never(BASE, "internet", "training!"))


def test_a_container_group_outside_the_network_has_a_way_to_the_internet() -> None:
    outside = service("containerinstance:ContainerGroup")
    assert any("no network of the stack carries" in one for one in loose(outside))
    assert loose(service("containerinstance:ContainerGroup", subnetIds=[{"id": at()}])) == []


def test_a_public_database_is_on_the_internet() -> None:
    def database(**properties: Any) -> Resource:
        return service("sql:ManagedInstance", subnetId=at("data"), **properties)

    found = never([*PLACES, database(publicDataEndpointEnabled=True)], "internet", "=database it")
    assert violated(found), told(found)
    assert proven(never([*PLACES, database()], "internet", "=database it"))
    open_ = never([*PLACES, database(publicDataEndpointEnabled=UNKNOWN)], "internet", "=database it")
    assert unproven(open_)


def test_an_endpoint_without_a_zone_is_noted() -> None:
    zoned = made(
        types.ZONE_GROUP, "store", {"privateEndpointName": "store", "privateDnsZoneGroupName": "default"}
    )

    def noted(*more: Resource) -> bool:
        plan = [*PLACES, endpoint(f"{OURS}/Microsoft.Storage/storageAccounts/a"), *more]
        return any("endpoint store" in one for one in report(plan, CLAIM).notes)

    assert noted()
    assert not noted(zoned)
