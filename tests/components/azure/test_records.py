"""What Azure records and finds: exact children, and what no argument leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

import components.kubernetes
from components.azure.alerts import Alerts, table
from components.azure.audit import TABLES, Audit
from components.azure.catalog import STATED, Catalog, Facts, entry
from components.azure.findings import PLANS, Findings, template
from components.azure.pod_logs import streams
from components.azure.workspace import Workspace, WorkspaceArgs
from components.contracts import StoreName
from components.kubernetes.runtime_security import NAMESPACE
from tests.components.azure.platform import NAME, PLACE
from tests.components.azure.records import alerts_args, audit_args, catalog_args, findings_args, recorded
from tests.components.recorder import build, differences, value

QUERY = "azure-native:monitor:ScheduledQueryRule"


def test_inventory() -> None:
    assert differences(build(recorded), "azure-records") == []


@pytest.mark.parametrize(("days", "kept"), [(1, 30), (365, 365), (2192, 730)])
def test_records_can_be_asked_as_long_as_the_service_keeps_them(days: int, kept: int) -> None:
    made = build(lambda: Workspace(NAME, WorkspaceArgs(place=PLACE, log_days=days)))
    (workspace,) = [each for each in made if each.type.endswith(":Workspace") and "operational" in each.type]
    assert value(workspace, "retentionInDays") == kept
    assert value(workspace, "features.disableLocalAuth") is True
    assert value(workspace, "publicNetworkAccessForQuery") == "Disabled"


def test_every_alert_tells_the_group_and_those_of_the_edge_need_one() -> None:
    for serves, edge in ((True, len(table().edge)), (False, 0)):
        made = build(lambda serves=serves: Alerts(NAME, alerts_args(serves=serves)))
        queries = [each for each in made if each.type == QUERY]
        assert len(queries) == len(table().log) + edge
        assert {tuple(value(each, "actions.actionGroups")) for each in queries} == {(f"{NAME}-id",)}
        done = [each for each in made if each.type == "azure-native:monitor:ActivityLogAlert"]
        assert len(done) == len(table().activities)
        assert all(value(each, "enabled") for each in [*queries, *done])


def test_alerts_over_pods_output_ask_for_what_pods_print() -> None:
    """Names in queries are those of Falco's namespace, the gateway's container and its verdicts."""
    log, edge = table().log, table().edge
    assert f'PodNamespace == "{NAMESPACE}"' in log["runtime"].query
    gateway = (Path(components.kubernetes.__file__).parent / "gateway.lua").read_text(encoding="utf-8")
    told = {"blocked": "blocked", "unscreened": "unscreened", "failed": "unscreened", "unasked": "unscreened"}
    for verdict, alert in told.items():
        query = edge[f"{alert}-prompts"].query
        assert 'ContainerName == "gateway"' in query
        assert f'"{verdict}"' in query
        assert f'"{verdict}"' in gateway
    over = [each.query for each in (*log.values(), *edge.values()) if "ContainerLogV2" in each.query]
    assert len(over) == 3
    assert "Microsoft-ContainerLogV2" in streams()


def test_agents_ask_inside_the_scope_and_send_to_the_workspace_alone() -> None:
    made = build(lambda: Workspace(NAME, WorkspaceArgs(place=PLACE, log_days=365)))
    (endpoint,) = [each for each in made if each.type.endswith(":DataCollectionEndpoint")]
    assert value(endpoint, "networkAcls.publicNetworkAccess") == "Disabled"
    scoped = {each.name: each for each in made if each.type.endswith(":PrivateLinkScopedResource")}
    own, agents = scoped[NAME], scoped[f"{NAME}-agents"]
    assert value(agents, "linkedResourceId") == f"{NAME}-agents-id"
    assert own.urn in agents.dependencies
    (rule,) = [each for each in made if each.type.endswith(":DataCollectionRule")]
    assert list(value(rule, "destinations")) == ["logAnalytics"]
    # An endpoint is used once it is in the scope.
    assert agents.urn in rule.dependencies
    # Inventories would bring the environment of containers along.
    assert not any("Inventory" in each or "Group-Default" in each for each in streams())


def test_operations_are_named_once_and_in_full() -> None:
    names = [each for done in table().activities.values() for each in done.operations]
    assert len(names) == len(set(names))
    assert all(name.startswith("Microsoft.") and name.count("/") >= 2 for name in names)
    # Source: learn.microsoft.com/azure/azure-monitor/service-limits#alerts (conditions of one rule).
    assert all(len(done.operations) <= 25 for done in table().activities.values())


def test_plans_of_defender_are_changed_one_after_the_other() -> None:
    first, *others = template()["resources"]
    assert "dependsOn" not in first
    before = first["name"]
    for plan in others:
        assert before in plan["dependsOn"][0]
        before = plan["name"]
    assert {plan["name"] for plan in template()["resources"]} == set(PLANS)
    assert {plan["properties"]["pricingTier"] for plan in template()["resources"]} == {"Standard"}


def test_a_stack_without_the_plans_still_watches_its_records() -> None:
    made = build(lambda: Findings(NAME, findings_args(plans=False)))
    kinds = {each.type for each in made}
    assert "azure-native:resources:DeploymentAtSubscriptionScope" not in kinds
    assert "azure-native:securityinsights:SentinelOnboardingState" in kinds


def test_every_store_states_what_the_query_lists() -> None:
    facts = Facts(
        classification="phi",
        retention_days=30,
        lawful_basis="legal-obligation",
        purpose="Billing.",
        owner="privacy@example.com",
    )
    assert set(entry(StoreName.DATASETS, facts)) == set(STATED)
    made = build(lambda: Catalog(NAME, catalog_args(purview=False)))
    (query,) = [each for each in made if each.type == "azure-native:resourcegraph:GraphQuery"]
    assert all(f"tags['{each}']" in value(query, "query") for each in STATED)
    assert not [each for each in made if "purview" in each.type]


def test_what_is_exported_can_be_added_to_and_not_changed() -> None:
    made = build(lambda: Audit(NAME, audit_args()))
    locks = [each for each in made if each.type.endswith(":BlobContainerImmutabilityPolicy")]
    assert {value(each, "immutabilityPeriodSinceCreationInDays") for each in locks} == {2192}
    assert {value(each, "allowProtectedAppendWrites") for each in locks} == {True}
    assert len(locks) == len(TABLES) + 1
    (export,) = [each for each in made if each.type == "azure-native:operationalinsights:DataExport"]
    assert value(export, "tableNames") == list(TABLES)
    assert all(table.islower() for table in {value(each, "containerName") for each in locks})


def test_a_stack_that_is_torn_down_locks_nothing_any_more() -> None:
    made = build(lambda: Audit(NAME, audit_args(lock=False, protected=False)))
    assert not [each for each in made if each.type.endswith(":BlobContainerImmutabilityPolicy")]


@pytest.mark.parametrize(("stage", "encrypted"), [("prepared", False), ("encrypted", True)])
def test_the_key_of_a_cluster_comes_once_it_may_be_used(stage: str, encrypted: bool) -> None:
    made = build(lambda: Audit(NAME, audit_args(cluster=stage)))
    (cluster,) = [each for each in made if each.type == "azure-native:operationalinsights:Cluster"]
    assert bool(value(cluster, "keyVaultProperties")) is encrypted
    assert any(each.type.endswith(":LinkedService") for each in made) is encrypted
    assert f"{NAME}-logs" in {each.name for each in made if each.type.endswith(":RoleAssignment")}


def test_activities_are_kept_once_for_a_subscription() -> None:
    kinds = {each.type for each in build(lambda: Audit(NAME, audit_args(activities=False)))}
    assert "azure-native:monitor:SubscriptionDiagnosticSetting" not in kinds
