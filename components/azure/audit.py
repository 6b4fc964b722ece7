"""Audit: who did what, kept where nobody changes it.

Builds a store for records with its lock, what sends the subscription's activities there and to the workspace,
the continuous export of the workspace's tables to it, and, by setting, a cluster of Log Analytics under the
customer's key.

Guarantees: every call that changes something in the subscription is recorded, whoever makes it, and so is
whatever resources tell of themselves (`diagnostics.py`): logins, reads and writes of data, keys and clusters.
What is exported is under the customer's key, can be added to and neither changed nor deleted for as long as
the stack file says, and reads of it are recorded too.

The lock can be shortened or lifted, openly, until somebody makes it final: that is a call of its own, since
no stack could be torn down any more (docs/state.md).

Leaves out: who is told (`alerts.py`), what it means (`findings.py`). The workspace itself is under keys of
Azure's, unless the cluster is paid for.
Sources: learn.microsoft.com/azure/azure-monitor/logs/logs-data-export (containers `am-<table>`),
learn.microsoft.com/azure/azure-monitor/logs/customer-managed-keys,
learn.microsoft.com/azure/azure-monitor/platform/activity-log (container `insights-activity-logs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_azure_native.monitor._inputs import SubscriptionLogSettingsArgs
from pulumi_azure_native.monitor.subscription_diagnostic_setting import SubscriptionDiagnosticSetting
from pulumi_azure_native.operationalinsights._inputs import (
    ClusterSkuArgs,
    KeyVaultPropertiesArgs,
    ManagedServiceIdentityArgs,
)
from pulumi_azure_native.operationalinsights.cluster import Cluster
from pulumi_azure_native.operationalinsights.data_export import DataExport
from pulumi_azure_native.operationalinsights.linked_service import LinkedService
from pydantic import BaseModel, ConfigDict, Field

from components.azure.accounts import Account, AccountPlan, Lock, guarded_account
from components.azure.diagnostics import Logs
from components.azure.grants import Granted, grant
from components.azure.keys import Seal
from components.azure.place import Place

# Of the workspace's tables, those that say who did what. Each is a container of its own.
# Source: learn.microsoft.com/azure/azure-monitor/logs/logs-data-export#supported-tables.
TABLES = (
    "AGWAccessLogs",
    "AGWFirewallLogs",
    "AKSAudit",
    "AZKVAuditLogs",
    "ContainerRegistryLoginEvents",
    "ContainerRegistryRepositoryEvents",
    "SecurityAlert",
    "StorageBlobLogs",
)
ACTIVITIES = "insights-activity-logs"
# Categories of activities that a person answers for. Source: the page on activities above.
CATEGORIES = ("Administrative", "Security", "Alert", "Policy", "Recommendation", "ServiceHealth")
# GB a day that a cluster is paid for at the least.
LEAST_GB = 100


class AuditArgs(BaseModel):
    """Where records are, what encrypts those that are exported, and for how long they stay.

    `activities` says whether this stack keeps the subscription's. `cluster` is how far the workspace's own
    cluster is. Without `lock`, which is for teardown only, records can be deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    logs: Logs
    seal: Seal
    log_days: int
    activities: bool = True
    cluster: Literal["none", "prepared", "encrypted"] = "none"
    lock: bool = True
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Audit(pulumi.ComponentResource):
    """`store` is the id of the account that records are exported to.

    `encrypts` is the object id of the cluster's own identity, where there is a cluster.
    """

    store: pulumi.Output[str]
    encrypts: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: AuditArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Audit", name, None, opts)
        account = self._store(name, args)
        if args.activities:
            self._activities(name, args, account)
        self._exported(name, args, account)
        if args.cluster != "none":
            self.encrypts = self._cluster(name, args)
        self.store = account.id
        self.register_outputs({"store": self.store})

    def _store(self, name: str, args: AuditArgs) -> Account:
        containers = (ACTIVITIES, *(f"am-{table.lower()}" for table in TABLES))
        return guarded_account(
            AccountPlan(
                name=name,
                place=args.place,
                what="records",
                seal=args.seal,
                logs=args.logs,
                containers=containers,
                kept_days=args.log_days,
                ends_days=args.log_days,
                lock=Lock(args.log_days, appends=True) if args.lock else None,
                services=True,
                labels=args.labels,
                protected=args.protected,
            ),
            self,
        )

    def _activities(self, name: str, args: AuditArgs, account: Account) -> None:
        SubscriptionDiagnosticSetting(
            name,
            name=name,
            workspace_id=args.logs.workspace,
            storage_account_id=account.id,
            logs=[SubscriptionLogSettingsArgs(category=each, enabled=True) for each in CATEGORIES],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _exported(self, name: str, args: AuditArgs, account: Account) -> None:
        DataExport(
            name,
            data_export_name=name,
            resource_group_name=args.place.group,
            workspace_name=_own(args.logs),
            resource_id=account.id,
            table_names=list(TABLES),
            enable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _cluster(self, name: str, args: AuditArgs) -> pulumi.Output[str]:
        """First the cluster with an identity that may use the key, then, by another `up`, the key.

        A vault inside the network takes the cluster's own identity only, which exists once the cluster does.
        Of a key in an HSM, the HSM's administrators give that identity the role between the two.
        """
        key = KeyVaultPropertiesArgs(
            key_vault_uri=args.seal.vault_uri, key_name=args.seal.name, key_version=""
        )
        cluster = Cluster(
            name,
            cluster_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            identity=ManagedServiceIdentityArgs(type="SystemAssigned"),
            sku=ClusterSkuArgs(name="CapacityReservation", capacity=LEAST_GB),
            is_availability_zones_enabled=True,
            is_double_encryption_enabled=True,
            key_vault_properties=key if args.cluster == "encrypted" else None,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        principal = cluster.identity.apply(lambda own: own.principal_id if own else "")
        may = Granted("key-vault-crypto-service-encryption-user", principal, args.seal.id)
        grant(f"{name}-logs", args.place, may, self)
        if args.cluster == "encrypted":
            LinkedService(
                name,
                linked_service_name="cluster",
                resource_group_name=args.place.group,
                workspace_name=_own(args.logs),
                write_access_resource_id=cluster.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return principal


def _own(logs: Logs) -> pulumi.Output[str]:
    """The workspace's own name, at the end of its id."""
    return logs.workspace.apply(lambda id_: id_.rpartition("/")[2])
