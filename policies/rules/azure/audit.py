"""What is recorded, how long, and who is told: Azure's side of `policies/rules/audit.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.azure.machines import CLUSTER
from policies.rules.azure.network import ENDPOINT
from policies.rules.azure.references import names, naming
from policies.rules.data import read
from policies.rules.records import least_days

SETTING = "azure-native:monitor:DiagnosticSetting"
ACTIVITIES = "azure-native:monitor:SubscriptionDiagnosticSetting"
WORKSPACE = "azure-native:operationalinsights:Workspace"
EXPORT = "azure-native:operationalinsights:DataExport"
ACCOUNT = "azure-native:storage:StorageAccount"
LOCK = "azure-native:storage:BlobContainerImmutabilityPolicy"
DONE = "azure-native:monitor:ActivityLogAlert"
QUERY = "azure-native:monitor:ScheduledQueryRule"
MEASURE = "azure-native:monitor:MetricAlert"
GROUP = "azure-native:monitor:ActionGroup"
AGENTS = "azure-native:monitor:DataCollectionEndpoint"
SCOPE, SCOPED = "azure-native:monitor:PrivateLinkScope", "azure-native:monitor:PrivateLinkScopedResource"
# What holds data or decides about it, and where its records are told; NAMES of ids are in references.py.
RECORDED = {
    "azure-native:keyvault:Vault": "",
    "azure-native:keyvault:ManagedHsm": "",
    "azure-native:storage:StorageAccount": "/blobServices/default",
    "azure-native:containerregistry:Registry": "",
    "azure-native:containerservice:ManagedCluster": "",
    "azure-native:cognitiveservices:Account": "",
}
# Categories of which a setting has one at least; a group holds all or all that is audited.
AUDITING = {"alllogs", "audit", "auditevent", "kube-audit", "storageread"}
# Days that a workspace keeps records that can be asked; older ones are in a store.
MOST_DAYS = 730
CHANGES: dict[str, str] = read("azure/alerts")["changes"]
RUNTIME: list[str] = read("azure/alerts")["runtime"]
# Where a service answers: inside only, or as a perimeter says.
INSIDE = ("Disabled", "SecuredByPerimeter")


@check("data-access-is-recorded", SETTING, ACTIVITIES)
def records_everything(setting: Resource) -> Iterator[Finding]:
    logs = list(setting.at("logs").items())
    if not logs:
        yield Finding("logs is empty")
    for log in logs:
        yield from must_be(log.at("enabled"), True)
    if setting.at("workspaceId").missing and setting.at("storageAccountId").missing:
        yield Finding("it names neither workspaceId nor storageAccountId")


@stack_check("stacks-record-data-access", CLUSTER)
def records_what_holds_data(stack: Stack) -> Iterator[Finding]:
    for type_, tail in RECORDED.items():
        for resource in stack.of_type(type_):
            told = {
                (each.at("categoryGroup").text or each.at("category").text).lower()
                for setting in naming(stack, resource, SETTING, "resourceUri", tail)
                for each in setting.at("logs").items()
            }
            if not told & AUDITING:
                yield Finding(f"no diagnostic setting records {resource.label}", urn=resource.urn)


@check("records-stay-long-enough", WORKSPACE)
def keeps_records(workspace: Resource) -> Iterator[Finding]:
    situation = workspace.situation
    least = min(max(situation.log_days, least_days(situation)), MOST_DAYS)
    days = workspace.at("retentionInDays")
    if days.missing or int(days.value) < least:
        yield Finding(f"{days.path} is not at least {least}")


@stack_check("records-cannot-be-deleted", EXPORT, ACTIVITIES)
def is_locked(stack: Stack) -> Iterator[Finding]:
    situation = stack.situation
    if not (situation.is_prod and situation.sensitive):
        raise NotApplicable("no sensitive data in production")
    days = max(situation.log_days, least_days(situation))
    for account in _kept(stack):
        locks = [each for each in stack.of_type(LOCK) if _locks(stack, each, account)]
        if not locks:
            yield Finding(f"{account.label} keeps records and nothing locks them", urn=account.urn)
        for lock in locks:
            for finding in must_be(lock.at("allowProtectedAppendWrites"), True):
                yield Finding(f"{lock.label}: {finding.problem}", urn=lock.urn)
            kept = lock.at("immutabilityPeriodSinceCreationInDays")
            if kept.missing or int(kept.value) < days:
                yield Finding(f"{lock.label}: {kept.path} is not at least {days}", urn=lock.urn)


def _kept(stack: Stack) -> list[Resource]:
    """The accounts that records are exported to."""
    return [
        account
        for account in stack.of_type(ACCOUNT)
        if any(naming(stack, account, EXPORT, "resourceId"))
        or any(naming(stack, account, ACTIVITIES, "storageAccountId"))
    ]


def _locks(stack: Stack, lock: Resource, account: Resource) -> bool:
    named = lock.at("accountName")
    if named.unknown or account.at("accountName").unknown:
        return account in stack.sources(lock, "accountName")
    return named.text == account.at("accountName").text


@check("records-are-not-left-out", WORKSPACE)
def leaves_nothing_out(workspace: Resource) -> Iterator[Finding]:
    """Beyond a cap, records of the rest of the day are lost; a key lets anybody write them."""
    yield from must_be_absent(workspace.at("workspaceCapping.dailyQuotaGb"))
    yield from must_be(workspace.at("features.disableLocalAuth"), True)


@check("records-are-not-left-out", EXPORT)
def is_exported(export: Resource) -> Iterator[Finding]:
    yield from must_be(export.at("enable"), True)


@check("records-are-reached-from-inside-only", WORKSPACE)
def answers_inside(workspace: Resource) -> Iterator[Finding]:
    yield from must_be(workspace.at("publicNetworkAccessForIngestion"), *INSIDE)
    yield from must_be(workspace.at("publicNetworkAccessForQuery"), *INSIDE)


@check("records-are-reached-from-inside-only", AGENTS)
def agents_ask_inside(endpoint: Resource) -> Iterator[Finding]:
    yield from must_be(endpoint.at("networkAcls.publicNetworkAccess"), *INSIDE)


@check("records-are-reached-from-inside-only", SCOPE)
def leads_to_its_own(scope: Resource) -> Iterator[Finding]:
    """An open scope lets its network reach workspaces of everybody."""
    yield from must_be(scope.at("accessModeSettings.ingestionAccessMode"), "PrivateOnly")
    yield from must_be(scope.at("accessModeSettings.queryAccessMode"), "PrivateOnly")


@stack_check("records-are-reached-from-inside-only", WORKSPACE, AGENTS)
def lies_in_a_scope(stack: Stack) -> Iterator[Finding]:
    """What answers inside only is reached by nobody unless a scope holds it."""
    for resource in stack.of_type(WORKSPACE, AGENTS):
        if not any(naming(stack, resource, SCOPED, "linkedResourceId")):
            yield Finding(f"no private link scope holds {resource.label}", urn=resource.urn)


@stack_check("records-are-reached-from-inside-only", SCOPE)
def has_an_endpoint(stack: Stack) -> Iterator[Finding]:
    """A scope is reached at the private endpoints that lead to it."""
    for scope in stack.of_type(SCOPE):
        if not any(
            names(stack, connection.at("privateLinkServiceId"), endpoint, scope)
            for endpoint in stack.of_type(ENDPOINT)
            for connection in endpoint.at("privateLinkServiceConnections").items()
        ):
            yield Finding(f"no private endpoint leads to {scope.label}", urn=scope.urn)


@stack_check("stacks-keep-audit-records", CLUSTER)
def keeps_audit_records(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("azure.activity_log is elsewhere")
    kept = list(stack.of_type(ACTIVITIES))
    accounts = list(stack.of_type(ACCOUNT))
    if not any(
        names(stack, each.at("storageAccountId"), each, account) for each in kept for account in accounts
    ):
        yield Finding("no setting writes the subscription's activities to a store of this stack")


@check("alerts-reach-somebody", DONE)
def tells_what_was_done(alert: Resource) -> Iterator[Finding]:
    yield from must_not_be(alert.at("enabled"), False)
    if not list(alert.at("actions.actionGroups").items()):
        yield Finding("actions.actionGroups is empty")


@check("alerts-reach-somebody", QUERY)
def tells_what_was_found(alert: Resource) -> Iterator[Finding]:
    yield from must_not_be(alert.at("enabled"), False)
    if not list(alert.at("actions.actionGroups").items()):
        yield Finding("actions.actionGroups is empty")


@check("alerts-reach-somebody", MEASURE)
def tells_what_was_measured(alert: Resource) -> Iterator[Finding]:
    yield from must_not_be(alert.at("enabled"), False)
    if not list(alert.at("actions").items()):
        yield Finding("actions is empty")


@check("alerts-reach-somebody", GROUP)
def holds_mailboxes(group: Resource) -> Iterator[Finding]:
    yield from must_not_be(group.at("enabled"), False)
    if not any(name.endswith("Receivers") and list(group.at(name).items()) for name in group.inputs):
        yield Finding("it has no receiver")


@stack_check("stacks-are-told-of-changes", CLUSTER)
def is_told_of_changes(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("azure.activity_log is elsewhere")
    told = {
        leaf.at("equals").text.lower()
        for alert in stack.of_type(DONE)
        if alert.at("enabled").value is not False
        for condition in alert.at("condition.allOf").items()
        for leaf in (condition, *condition.at("anyOf").items())
        if leaf.at("field").text == "operationName"
    }
    for change, operation in CHANGES.items():
        if operation.lower() not in told:
            yield Finding(f"no alert tells of changes of {change}")


@stack_check("runtime-findings-reach-somebody", CLUSTER)
def is_told_of_findings(stack: Stack) -> Iterator[Finding]:
    queries = [
        condition.at("query").text
        for alert in stack.of_type(QUERY)
        if alert.at("enabled").value is not False
        for condition in alert.at("criteria.allOf").items()
    ]
    if not any(all(needle in query for needle in RUNTIME) for query in queries):
        yield Finding("no alert tells of what runtime detection sees")
