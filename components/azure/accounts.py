"""A storage account with everything that guards it, as every account of the platform is made.

Guarantees: the customer's key for all that is in it, and a second layer of encryption under Azure's own;
no public network, no anonymous reader, no account key, no local user; TLS 1.2 at least; no copy to accounts
that are not reached privately; copies in all zones; versions of what is replaced, and deleted objects, for
as long as is said. With a `lock`, objects can be neither changed nor deleted for so many days.

Leaves out: locking the lock itself, after which nobody shortens it: that is a call of its own, made once by a
person who means it (learn.microsoft.com/azure/storage/blobs/immutable-policy-configure-container-scope).
Sources: learn.microsoft.com/azure/storage/blobs/security-recommendations, versioning-overview and
immutable-storage-overview there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native.storage import _inputs as inputs
from pulumi_azure_native.storage._enums import DefaultAction, PublicAccess
from pulumi_azure_native.storage.blob_container import BlobContainer
from pulumi_azure_native.storage.blob_container_immutability_policy import BlobContainerImmutabilityPolicy
from pulumi_azure_native.storage.blob_service_properties import BlobServiceProperties
from pulumi_azure_native.storage.management_policy import ManagementPolicy
from pulumi_azure_native.storage.storage_account import StorageAccount

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.keys import Seal
from components.azure.place import Place
from components.ready import after

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = f"{ACCOUNT}/blobServices/containers"
# Azure keeps deleted objects at most a year.
LONGEST_UNDELETE = 365


@dataclass(frozen=True)
class Lock:
    """How long nobody deletes or changes an object, and whether records may grow at their end meanwhile."""

    days: int
    appends: bool


@dataclass(frozen=True)
class AccountPlan:
    """What an account holds, where, under which key, for how long, and where it is recorded who reads it.

    `containers` are made with it. `kept_days` is how long versions and deleted objects stay; `ends_days` when
    objects go by themselves. `services` says whether Azure's own services on its list write into it.
    """

    name: str
    place: Place
    what: str
    seal: Seal
    logs: Logs
    containers: tuple[str, ...]
    kept_days: int
    ends_days: int | None = None
    lock: Lock | None = None
    services: bool = False
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    protected: bool = True

    @property
    def own_name(self) -> str:
        """The account's own name, which is one in all the world."""
        return self.place.world_name(self.what)


@dataclass(frozen=True)
class Account:
    """An account by its id, and its containers' ids by name; they resolve once all `guards` exist."""

    name: str
    id: pulumi.Output[str]
    containers: Mapping[str, pulumi.Output[str]]
    guards: tuple[pulumi.Resource, ...]


def guarded_account(plan: AccountPlan, parent: pulumi.Resource) -> Account:
    """The account. Its private endpoint is the network's."""
    account = _account(plan, parent)
    versions = _versions(plan, account, parent)
    told = recorded(f"{plan.name}-{plan.what}", Kind.BLOBS, account.id, plan.logs, parent)
    guards: list[pulumi.Resource] = [versions, _lifecycle(plan, account, versions, parent), told]
    containers: dict[str, pulumi.Output[str]] = {}
    for container in plan.containers:
        made = _container(plan, container, account, versions, parent)
        guards += made
        id_ = plan.place.id(CONTAINER, plan.own_name, "default", container)
        containers[container] = after(id_, *made)
    ids = {name: after(id_, *guards) for name, id_ in containers.items()}
    id_ = after(plan.place.id(ACCOUNT, plan.own_name), account, *guards)
    return Account(plan.own_name, id_, ids, (account, *guards))


def _account(plan: AccountPlan, parent: pulumi.Resource) -> StorageAccount:
    own = inputs.EncryptionServiceArgs(enabled=True, key_type="Account")
    return StorageAccount(
        f"{plan.name}-{plan.what}",
        resource_group_name=plan.place.group,
        account_name=plan.own_name,
        location=plan.place.location,
        kind="StorageV2",
        sku=inputs.SkuArgs(name="Standard_ZRS" if len(plan.place.zones) > 1 else "Standard_LRS"),
        identity=inputs.IdentityArgs(type="UserAssigned", user_assigned_identities=[plan.seal.actor.id]),
        encryption=inputs.EncryptionArgs(
            key_source="Microsoft.Keyvault",
            encryption_identity=inputs.EncryptionIdentityArgs(
                encryption_user_assigned_identity=plan.seal.actor.id
            ),
            key_vault_properties=inputs.KeyVaultPropertiesArgs(
                key_name=plan.seal.name, key_vault_uri=plan.seal.vault_uri
            ),
            require_infrastructure_encryption=True,
            # Without it, queues and tables stay under a key of Azure's; it cannot be changed later.
            services=inputs.EncryptionServicesArgs(blob=own, file=own, queue=own, table=own),
        ),
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        allow_shared_key_access=False,
        allowed_copy_scope="PrivateLink",
        default_to_o_auth_authentication=True,
        enable_https_traffic_only=True,
        is_hns_enabled=False,
        is_local_user_enabled=False,
        is_sftp_enabled=False,
        minimum_tls_version="TLS1_2",
        public_network_access="Disabled",
        network_rule_set=inputs.NetworkRuleSetArgs(
            default_action=DefaultAction.DENY, bypass="AzureServices" if plan.services else "None"
        ),
        tags={**plan.labels, "holds": plan.what},
        opts=pulumi.ResourceOptions(parent=parent, protect=plan.protected),
    )


def _versions(plan: AccountPlan, account: StorageAccount, parent: pulumi.Resource) -> BlobServiceProperties:
    kept = inputs.DeleteRetentionPolicyArgs(
        enabled=True, days=min(plan.kept_days, LONGEST_UNDELETE), allow_permanent_delete=False
    )
    return BlobServiceProperties(
        f"{plan.name}-{plan.what}",
        resource_group_name=plan.place.group,
        account_name=account.name,
        blob_services_name="default",
        is_versioning_enabled=True,
        delete_retention_policy=kept,
        container_delete_retention_policy=inputs.DeleteRetentionPolicyArgs(
            enabled=True, days=min(plan.kept_days, LONGEST_UNDELETE)
        ),
        change_feed=inputs.ChangeFeedArgs(enabled=True, retention_in_days=plan.kept_days),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _lifecycle(
    plan: AccountPlan, account: StorageAccount, versions: pulumi.Resource, parent: pulumi.Resource
) -> ManagementPolicy:
    """What goes, and when: replaced versions, and what need not stay longer."""
    old = inputs.DateAfterCreationArgs(days_after_creation_greater_than=plan.kept_days)
    ends = inputs.DateAfterModificationArgs(days_after_modification_greater_than=plan.ends_days)
    actions = inputs.ManagementPolicyActionArgs(
        base_blob=inputs.ManagementPolicyBaseBlobArgs(delete=ends) if plan.ends_days else None,
        version=inputs.ManagementPolicyVersionArgs(delete=old),
    )
    definition = inputs.ManagementPolicyDefinitionArgs(
        actions=actions, filters=inputs.ManagementPolicyFilterArgs(blob_types=["blockBlob"])
    )
    rule = inputs.ManagementPolicyRuleArgs(
        name="ended", type="Lifecycle", enabled=True, definition=definition
    )
    return ManagementPolicy(
        f"{plan.name}-{plan.what}",
        resource_group_name=plan.place.group,
        account_name=account.name,
        management_policy_name="default",
        policy=inputs.ManagementPolicySchemaArgs(rules=[rule]),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versions]),
    )


def _container(
    plan: AccountPlan,
    what: str,
    account: StorageAccount,
    versions: pulumi.Resource,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    name = f"{plan.name}-{plan.what}" if what == plan.what else f"{plan.name}-{plan.what}-{what}"
    container = BlobContainer(
        name,
        resource_group_name=plan.place.group,
        account_name=account.name,
        container_name=what,
        public_access=PublicAccess.NONE,
        opts=pulumi.ResourceOptions(parent=parent, protect=plan.protected, depends_on=[versions]),
    )
    if plan.lock is None:
        return [container]
    locked = BlobContainerImmutabilityPolicy(
        name,
        resource_group_name=plan.place.group,
        account_name=account.name,
        container_name=container.name,
        immutability_policy_name="default",
        immutability_period_since_creation_in_days=plan.lock.days,
        allow_protected_append_writes=plan.lock.appends,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return [container, locked]
