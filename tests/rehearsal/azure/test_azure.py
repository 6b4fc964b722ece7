"""Azure through the interface that the core calls: names, locations, refusals, functions."""

import base64
import dataclasses
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from rehearsal.azure import PACKAGE
from rehearsal.model import UNKNOWN, Context, Refusal
from tests.rehearsal.clouds import Caller, Cloud
from tests.rehearsal.sdk_shapes import served

SUBSCRIPTION = "aaaaaaaa-0000-4000-8000-000000000001"
PLACE = Context(
    "azure-native", {"subscriptionId": SUBSCRIPTION, "tenantId": "bbbbbbbb-0000-4000-8000-000000000002"}
)
AZURE = Caller(served("azure-native"), PLACE)
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
IN_GROUP = {"resourceGroupName": "rg", "location": "westeurope"}
ENDPOINTS = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionEndpoints"
)

HSM: dict[str, Any] = {
    "sku": {"family": "B", "name": "Standard_B1"},
    "properties": {
        "tenantId": PLACE.config["tenantId"],
        "initialAdminObjectIds": ["cccccccc-0000-4000-8000-000000000003"],
        "enablePurgeProtection": True,
    },
}


def type(name: str) -> str:
    return f"azure-native:{name}"


def test_names_are_drawn_at_the_top_copied_below_and_guids_for_roles() -> None:
    vnet = AZURE.created(
        type("network:VirtualNetwork"),
        "net",
        {**IN_GROUP, "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    )
    assert vnet["name"].startswith("net")
    assert len(vnet["name"]) == 11
    subnet = {"resourceGroupName": "rg", "virtualNetworkName": vnet["name"], "addressPrefix": "10.0.0.0/24"}
    child = AZURE.created(type("network:Subnet"), "data", subnet)
    assert child["id"] == f"{vnet['id']}/subnets/data"
    role = {
        "principalId": "p",
        "scope": vnet["id"],
        "roleDefinitionId": ROLES + "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    }
    assert len(AZURE.created(type("authorization:RoleAssignment"), "r", role)["name"]) == 36


def test_the_location_is_the_group_s_unless_the_provider_has_one() -> None:
    group = AZURE.existing(
        type("resources:ResourceGroup"), "g", {"location": "North Europe", "resourceGroupName": "rg"}
    )
    sku = {"sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "accountName": "abc"}
    inside = dataclasses.replace(AZURE, record=Cloud(group))
    account = inside.created(type("storage:StorageAccount"), "s", {**sku, "resourceGroupName": "RG"})
    assert account["location"] == "North Europe"
    assert account["primaryLocation"] == "northeurope"
    configured = dataclasses.replace(
        inside, context=Context("azure-native", {**PLACE.config, "location": "eastus"})
    )
    assert (
        configured.created(type("storage:StorageAccount"), "s", {**sku, "resourceGroupName": "rg"})[
            "location"
        ]
        == "eastus"
    )


def test_outputs_have_the_formats_of_azure() -> None:
    account = AZURE.created(
        type("storage:StorageAccount"),
        "s",
        {**IN_GROUP, "accountName": "abc", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
    )
    assert account["primaryEndpoints"]["blob"] == "https://abc.blob.core.windows.net/"
    assert account["type"] == "Microsoft.Storage/storageAccounts"
    assert account["provisioningState"] == "Succeeded"
    assert account["azureApiVersion"] == "2024-01-01"
    properties = {"tenantId": "t", "sku": {"family": "A", "name": "standard"}}
    vault = AZURE.created(type("keyvault:Vault"), "kv", {**IN_GROUP, "properties": properties})
    assert vault["properties"]["vaultUri"] == f"https://{vault['name']}.vault.azure.net/"
    hsm = AZURE.created(type("keyvault:ManagedHsm"), "hsm", {**IN_GROUP, **HSM})
    assert hsm["id"].endswith(f"/providers/Microsoft.KeyVault/managedHSMs/{hsm['name']}")
    let_in = {"resourceGroupName": "rg", "name": hsm["name"], "privateEndpointConnectionName": "theirs"}
    connection = AZURE.created(type("keyvault:MHSMPrivateEndpointConnection"), "in", let_in)
    assert connection["id"] == f"{hsm['id']}/privateEndpointConnections/theirs"
    assert hsm["properties"]["hsmUri"] == f"https://{hsm['name']}.managedhsm.azure.net/"
    assert hsm["properties"]["securityDomainProperties"]["activationStatus"] == "NotActivated"
    site = AZURE.created(type("web:WebApp"), "app", {**IN_GROUP, "identity": {"type": "SystemAssigned"}})
    assert site["defaultHostName"] == f"{site['name']}.azurewebsites.net"
    assert site["identity"]["tenantId"] == PLACE.config["tenantId"]


def test_parts_written_in_line_have_ids_of_children() -> None:
    subnets = [{"name": "a", "addressPrefix": "10.0.0.0/24"}, {"name": "b", "addressPrefix": "10.0.1.0/24"}]
    vnet = AZURE.created(
        type("network:VirtualNetwork"),
        "net",
        {**IN_GROUP, "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets},
    )
    assert [item["id"] for item in vnet["subnets"]] == [f"{vnet['id']}/subnets/a", f"{vnet['id']}/subnets/b"]


def test_an_identity_is_the_same_wherever_it_is_named() -> None:
    identity = AZURE.created(type("managedidentity:UserAssignedIdentity"), "id", IN_GROUP)
    given = {"type": "UserAssigned", "userAssignedIdentities": [identity["id"]]}
    site = AZURE.created(type("web:WebApp"), "app", {**IN_GROUP, "identity": given})
    assigned = site["identity"]["userAssignedIdentities"][identity["id"]]
    assert assigned["principalId"] == identity["principalId"]
    assert assigned["clientId"] == identity["clientId"]


@pytest.mark.parametrize(
    ("name", "inputs", "path", "words"),
    [
        ("storage:StorageAccount", {"accountName": "My-Account"}, "accountName", "3 to 24 lower-case"),
        ("storage:StorageAccount", {"location": "west-europa"}, "location", "write one such as westeurope"),
        ("storage:BlobContainer", {"containerName": "a--b"}, "containerName", "single hyphens"),
        (
            "keyvault:Vault",
            {"properties": {"softDeleteRetentionInDays": 5}},
            "properties.softDeleteRetentionInDays",
            "7",
        ),
        (
            "keyvault:Vault",
            {"properties": {"enablePurgeProtection": False}},
            "properties.enablePurgeProtection",
            "leave it out",
        ),
        ("keyvault:ManagedHsm", {**HSM, "name": "1-hsm"}, "name", "beginning with a letter"),
        ("keyvault:ManagedHsm", {**HSM, "name": "a" * 25}, "name", "3 to 24 letters"),
        ("keyvault:ManagedHsm", {"properties": {}}, "properties.initialAdminObjectIds", "who administer it"),
        (
            "keyvault:ManagedHsm",
            {"properties": {"softDeleteRetentionInDays": 5}},
            "properties.softDeleteRetentionInDays",
            "7",
        ),
        ("keyvault:ManagedHsm", {"sku": {"family": "C", "name": "Standard_B1"}}, "sku.family", "B"),
        ("network:SecurityRule", {"priority": 50}, "priority", "100"),
        (
            "network:SecurityRule",
            {"sourceAddressPrefix": "*", "sourceAddressPrefixes": ["*"]},
            "sourceAddressPrefix",
            "together",
        ),
        (
            "network:PublicIPAddress",
            {"sku": {"name": "Standard"}, "publicIPAllocationMethod": "Dynamic"},
            "publicIPAllocationMethod",
            "Static",
        ),
        (
            "containerservice:ManagedCluster",
            {"agentPoolProfiles": [{"name": "Pool-1"}]},
            "agentPoolProfiles[0].name",
            "lower-case",
        ),
        (
            "containerservice:ManagedCluster",
            {"networkProfile": {"outboundType": "block"}},
            "networkProfile.outboundType",
            "none",
        ),
        (
            "containerservice:MaintenanceConfiguration",
            {"configName": "mine"},
            "configName",
            "aksManagedAutoUpgradeSchedule",
        ),
        ("containerregistry:Registry", {"registryName": "my-registry"}, "registryName", "5 to 50"),
        ("sql:Server", {"administratorLogin": "admin"}, "administratorLogin", "another login"),
        (
            "authorization:RoleAssignment",
            {"roleDefinitionId": "Reader"},
            "roleDefinitionId",
            "roleDefinitions",
        ),
        ("privatedns:PrivateZone", {"location": "westeurope"}, "location", "global"),
    ],
)
def test_what_azure_refuses_is_refused(name: str, inputs: dict[str, Any], path: str, words: str) -> None:
    assert words in AZURE.refused(type(name), inputs).get(path, "nothing")


def test_unknown_values_refuse_nothing() -> None:
    inputs = {"resourceGroupName": UNKNOWN, "accountName": UNKNOWN, "location": UNKNOWN}
    assert AZURE.refused(type("storage:StorageAccount"), inputs) == {}
    assert (
        AZURE.refused(type("network:Subnet"), {"addressPrefix": UNKNOWN, "virtualNetworkName": UNKNOWN}) == {}
    )


def test_subnets_lie_in_their_network_and_apart() -> None:
    net = {**IN_GROUP, "virtualNetworkName": "net", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    vnet = AZURE.existing(type("network:VirtualNetwork"), "net", net)
    first = {"resourceGroupName": "rg", "virtualNetworkName": "net", "addressPrefix": "10.0.0.0/24"}
    cloud = Cloud(vnet, AZURE.existing(type("network:Subnet"), "first", first))
    for block, words in (("10.1.0.0/24", "outside"), ("10.0.0.0/25", "overlaps"), ("10.0.1.0/24", "")):
        planned = AZURE.resource(type("network:Subnet"), "second", {**first, "addressPrefix": block})
        refusal = PACKAGE.refuse_create(planned, f"{vnet.id}/subnets/second", cloud)
        assert (refusal is None) == (words == ""), block
        assert words in (refusal.problem if refusal else "")


def test_ids_ignore_case_and_paths_cannot_change() -> None:
    account = type("storage:StorageAccount")
    small = AZURE.resource(account, "s", {"accountName": "abc", "resourceGroupName": "rg"})
    assert set(PACKAGE.unique(small, "/A/B")) == {"abc", "/a/b"}
    assert {"accountName", "resourceGroupName", "location"} <= PACKAGE.immutable(account)
    assert "tags" not in PACKAGE.immutable(account)


def test_an_hsm_keeps_its_name_its_purge_protection_and_who_it_was_made_with() -> None:
    hsm = type("keyvault:ManagedHsm")
    made = AZURE.existing(hsm, "hsm", {**IN_GROUP, **HSM, "name": "Acme-Hsm"})
    assert PACKAGE.keeps(made), "it stays deleted, and its name taken, for as long as nobody may purge it"
    unprotected = {**HSM, "properties": {**HSM["properties"], "enablePurgeProtection": False}}
    refused = PACKAGE.refuse_update(made, {**made.inputs, **unprotected})
    assert refused is not None
    assert refused.path == "properties.enablePurgeProtection"
    assert not PACKAGE.keeps(AZURE.existing(hsm, "hsm", {**IN_GROUP, **unprotected}))
    assert "acme-hsm" in PACKAGE.unique(AZURE.resource(hsm, "hsm", made.inputs), made.id)
    fixed = {"name", "location", "properties.softDeleteRetentionInDays", "properties.initialAdminObjectIds"}
    assert fixed <= PACKAGE.immutable(hsm)
    assert "properties.networkAcls" not in PACKAGE.immutable(hsm)


def test_a_lookup_finds_what_is_there_and_refuses_what_is_not() -> None:
    group = AZURE.existing(
        type("resources:ResourceGroup"), "g", {"location": "westus", "resourceGroupName": "rg"}
    )
    caller = dataclasses.replace(AZURE, record=Cloud(group))
    assert (
        caller.ask("azure-native:resources:getResourceGroup", {"resourceGroupName": "RG"})["location"]
        == "westus"
    )
    for token, args in (
        ("azure-native:resources:getResourceGroup", {"resourceGroupName": "none"}),
        ("azure-native:network:getVirtualNetwork", {"resourceGroupName": "rg", "virtualNetworkName": "none"}),
    ):
        with pytest.raises(Refusal, match="ResourceNotFound"):
            caller.ask(token, args)


def test_credentials_are_a_kubeconfig_that_parses() -> None:
    pool = [{"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_DS2_v2"}]
    inputs = {
        **IN_GROUP,
        "resourceName": "aks",
        "dnsPrefix": "aks",
        "identity": {"type": "SystemAssigned"},
        "agentPoolProfiles": pool,
    }
    cluster = AZURE.existing(type("containerservice:ManagedCluster"), "aks", inputs)
    caller = dataclasses.replace(AZURE, record=Cloud(cluster))
    token = "azure-native:containerservice:listManagedClusterAdminCredentials"
    answer = caller.ask(token, {"resourceGroupName": "rg", "resourceName": "aks"})
    config = json.loads(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    assert config["clusters"][0]["cluster"]["server"] == f"https://{cluster.outputs['fqdn']}:443"
    user = config["users"][0]["user"]
    certificate = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    key = load_pem_private_key(base64.b64decode(user["client-key-data"]), None)
    assert certificate.public_key() == key.public_key()


def test_keys_are_the_same_at_every_asking_and_differ_between_accounts() -> None:
    token = "azure-native:storage:listStorageAccountKeys"
    one, again, other = (
        AZURE.ask(token, {"accountName": name})["keys"][0]["value"] for name in ("a", "a", "b")
    )
    assert one == again
    assert one != other
    assert len(base64.b64decode(one)) == 64
    generic = AZURE.ask(
        "azure-native:search:listAdminKey", {"resourceGroupName": "rg", "searchServiceName": "s"}
    )
    assert set(generic) == {"primaryKey", "secondaryKey"}


def test_another_spelling_of_a_region_is_no_change() -> None:
    identity = type("managedidentity:UserAssignedIdentity")
    olds = {"resourceGroupName": "rg", "location": "West Europe", "resourceName": "id"}
    for written, kept in (("westeurope", "West Europe"), ("northeurope", "northeurope")):
        planned = AZURE.resource(identity, "id", {**olds, "location": written})
        assert PACKAGE.check(planned, olds, AZURE.record).inputs["location"] == kept


EDGE_AND_RECORDS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "network:ApplicationGateway",
        {"sku": {"name": "Standard_Large", "tier": "Standard"}},
        "sku.tier",
        "WAF_v2",
    ),
    (
        "network:ApplicationGateway",
        {"sku": {"tier": "Standard_v2"}, "firewallPolicy": {"id": "/w"}},
        "firewallPolicy",
        "WAF_v2",
    ),
    (
        "network:ApplicationGateway",
        {"requestRoutingRules": [{"name": "one"}]},
        "requestRoutingRules[*].priority",
        "20000",
    ),
    (
        "network:ApplicationGateway",
        {"sslCertificates": [{"name": "one", "keyVaultSecretId": "models"}]},
        "sslCertificates[0].keyVaultSecretId",
        "vault",
    ),
    (
        "network:ApplicationGateway",
        {"identity": {"type": "SystemAssigned"}},
        "identity.type",
        "UserAssigned",
    ),
    (
        "network:WebApplicationFirewallPolicy",
        {
            "customRules": [
                {"priority": 101, "action": "Block", "ruleType": "MatchRule", "matchConditions": []}
            ]
        },
        "customRules[0].priority",
        "100",
    ),
    (
        "network:WebApplicationFirewallPolicy",
        {"policySettings": {"maxRequestBodySizeInKb": 4000}},
        "policySettings.maxRequestBodySizeInKb",
        "2000",
    ),
    (
        "network:PublicIPAddress",
        {"ddosSettings": {"protectionMode": "Disabled", "ddosProtectionPlan": {"id": "/p"}}},
        "ddosSettings.ddosProtectionPlan",
        "Enabled",
    ),
    ("monitor:DiagnosticSetting", {"resourceUri": "/v", "logs": []}, "workspaceId", "at least one"),
    ("monitor:ActionGroup", {"groupShortName": "much too long for it"}, "groupShortName", "12"),
    ("monitor:ScheduledQueryRule", {"windowSize": "PT7M"}, "windowSize", "PT5M"),
    ("monitor:PrivateLinkScopedResource", {"linkedResourceId": "/vaults/v"}, "linkedResourceId", "workspace"),
    (
        "monitor:DataCollectionEndpoint",
        {"dataCollectionEndpointName": "a" * 45},
        "dataCollectionEndpointName",
        "44",
    ),
    ("monitor:DataCollectionEndpoint", {"immutableId": "dce-0"}, "immutableId", "Azure's to give"),
    ("monitor:DataCollectionRule", {"dataFlows": [{}] * 11}, "dataFlows", "10"),
    (
        "monitor:DataCollectionRuleAssociation",
        {"associationName": "asks", "dataCollectionEndpointId": f"{ENDPOINTS}/agents"},
        "associationName",
        "configurationAccessEndpoint",
    ),
    ("monitor:DataCollectionRuleAssociation", {"resourceUri": "/c"}, "dataCollectionRuleId", "exactly one"),
    (
        "containerservice:ManagedCluster",
        {"addonProfiles": {"omsagent": {"enabled": True, "config": {"useAADAuth": True}}}},
        "addonProfiles.omsagent.config.useAADAuth",
        '"true"',
    ),
    ("operationalinsights:Cluster", {"sku": {"capacity": 50}}, "sku.capacity", "100"),
    ("security:Pricing", {"pricingName": "Arm"}, "pricingName", "template"),
    (
        "resources:DeploymentAtSubscriptionScope",
        {"location": "westeurope", "properties": {"mode": "Complete"}},
        "properties.mode",
        "Incremental",
    ),
    (
        "authorization:PolicyAssignment",
        {"policyDefinitionId": "Audit"},
        "policyDefinitionId",
        "policyDefinitions",
    ),
    (
        "cognitiveservices:Account",
        {"properties": {"publicNetworkAccess": "Disabled"}},
        "properties.customSubDomainName",
        "subdomain",
    ),
    ("cognitiveservices:Deployment", {"sku": {"name": "DataZone"}}, "sku.name", "DataZoneStandard"),
    ("cognitiveservices:Deployment", {"sku": {"name": "Standard", "capacity": 0}}, "sku.capacity", "1"),
    ("cognitiveservices:Deployment", {"deploymentName": "a model"}, "deploymentName", "digits"),
    (
        "cognitiveservices:Deployment",
        {"properties": {"model": {"format": "OpenAI"}}},
        "properties.model.name",
        "",
    ),
    ("cognitiveservices:RaiPolicy", {"properties": {"mode": "Off"}}, "properties.mode", "Blocking"),
]


@pytest.mark.parametrize(("name", "inputs", "path", "words"), EDGE_AND_RECORDS)
def test_what_the_edge_and_the_records_may_not_be_is_refused(
    name: str, inputs: dict[str, Any], path: str, words: str
) -> None:
    assert words in AZURE.refused(type(name), inputs).get(path, "nothing")


def test_what_reads_a_workspace_lies_below_it() -> None:
    below = {"resourceGroupName": "rg", "workspaceName": "w"}
    made = AZURE.created(
        type("securityinsights:MSTIDataConnector"),
        "threats",
        {
            **below,
            "dataConnectorId": "threats",
            "kind": "MicrosoftThreatIntelligence",
            "tenantId": "t",
            "dataTypes": {"microsoftEmergingThreatFeed": {"state": "Enabled", "lookbackPeriod": "1970"}},
        },
    )
    assert made["id"].endswith("/workspaces/w/providers/Microsoft.SecurityInsights/dataConnectors/threats")


def collecting(*destinations: str) -> dict[str, Any]:
    """A rule whose flow leads to these destinations; it names `store`."""
    flow = {"streams": ["Microsoft-ContainerLogV2"], "destinations": list(destinations)}
    named = {"logAnalytics": [{"name": "store", "workspaceResourceId": "/workspaces/w"}]}
    return {**IN_GROUP, "dataCollectionRuleName": "pods", "dataFlows": [flow], "destinations": named}


def test_an_endpoint_of_agents_has_three_names_and_is_known_by_a_number() -> None:
    name = "monitor:DataCollectionEndpoint"
    made = AZURE.created(type(name), "e", {**IN_GROUP, "dataCollectionEndpointName": "Agents"})
    own = made["configurationAccess"]["endpoint"].removesuffix(
        ".westeurope-1.handler.control.monitor.azure.com"
    )
    assert own.startswith("https://agents-")
    assert made["logsIngestion"] == {"endpoint": f"{own}.westeurope-1.ingest.monitor.azure.com"}
    assert made["metricsIngestion"] == {"endpoint": f"{own}.westeurope-1.metrics.ingest.monitor.azure.com"}
    assert made["immutableId"].startswith("dce-")
    assert len(made["immutableId"]) == 36


def test_a_flow_leads_where_its_rule_says() -> None:
    def refusal(inputs: dict[str, Any]) -> str:
        resource = AZURE.resource(type("monitor:DataCollectionRule"), "pods", inputs)
        found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), Cloud())
        return found.sentence() if found else ""

    assert refusal(collecting("store")) == ""
    assert "no destination elsewhere; write one of store" in refusal(collecting("store", "elsewhere"))


def test_a_rule_stays_while_a_cluster_is_tied_to_it() -> None:
    rule = AZURE.existing(type("monitor:DataCollectionRule"), "pods", collecting("store"))
    cluster = (
        f"{ENDPOINTS.partition('/Microsoft.Insights')[0]}/Microsoft.ContainerService/managedClusters/aks"
    )
    tie = AZURE.existing(
        type("monitor:DataCollectionRuleAssociation"),
        "tie",
        {
            "resourceUri": cluster,
            "associationName": "ContainerInsightsExtension",
            "dataCollectionRuleId": rule.id,
        },
    )
    assert tie.id.startswith(f"{cluster}/providers/Microsoft.Insights/dataCollectionRuleAssociations/")
    refused = PACKAGE.refuse_delete(rule, Cloud(rule, tie))
    assert refused is not None
    assert "in use by" in refused.problem
    assert PACKAGE.refuse_delete(rule, Cloud(rule)) is None
