"""Object stores: a storage account each for datasets, models and outputs, with one container.

Guarantees, for every store: its own purpose's customer key; what `accounts.py` guarantees; no grant but
those of `store_access.yaml`, on the one container, under the prefix that is said, by two roles of the stack's
own of which one reads and one writes, and none deletes or hands out signed links; where data is not about
people, objects are neither replaced nor deleted for `retention_days`. A handle resolves only after the
grants.

Leaves out: that lock where data is about people, who may ask for its deletion (GDPR Art. 17): there, what is
replaced or deleted stays for `retention_days` as a version; and the endpoint of each account, which is the
network's (`accounts` says what is to be reached). Who read what is recorded by `diagnostics.py`.
Sources: learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory,
learn.microsoft.com/azure/role-based-access-control/conditions-format.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import pulumi
from pulumi_azure_native.authorization import _inputs as inputs
from pulumi_azure_native.authorization.role_definition import RoleDefinition
from pydantic import BaseModel, ConfigDict, Field

from components.azure.accounts import Account, AccountPlan, Lock, guarded_account
from components.azure.diagnostics import Logs
from components.azure.grants import Granted, grant, settled
from components.azure.keys import Seal
from components.azure.place import Place
from components.contracts import Identity, Purpose, Store, StoreName, Workload
from components.ready import after
from components.store_access import PURPOSE_OF, Access, Right, table

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
# Writing in blocks takes the second, even of a new object; neither deletes.
# Source: learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory (permissions).
ACTIONS_OF = {Right.READ: (f"{BLOBS}/read",), Right.ADD: (f"{BLOBS}/add/action", f"{BLOBS}/write")}


class StoresArgs(BaseModel):
    """Where the stores live, how long things stay, and who works with them.

    `sensitive` says whether personal data is among the data, `entries` what the catalogue states of stores,
    and `logs` where it is recorded who reads and writes. `protected` keeps the accounts from deletion; with
    `torn_down` nothing is locked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    sensitive: bool
    retention_days: int = Field(ge=1)
    seals: Mapping[Purpose, Seal]
    identities: Mapping[Workload, Identity]
    logs: Logs
    entries: Mapping[StoreName, Mapping[str, str]] = Field(default_factory=dict[StoreName, Mapping[str, str]])
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False


class Stores(pulumi.ComponentResource):
    """`handles` by store: `id` is the account's id, `uri` the container's address (`https://`).

    `accounts` are what the network makes reachable and what is recorded.
    """

    handles: Mapping[StoreName, Store]
    accounts: Mapping[StoreName, Account]

    def __init__(self, name: str, args: StoresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Stores", name, None, opts)
        roles = {right: self._role(name, args.place, right) for right in Right}
        self.accounts = {store: guarded_account(self._plan(name, args, store), self) for store in StoreName}
        self.handles = {store: self._store(name, args, store, roles) for store in StoreName}
        self.register_outputs({"stores": {each.value: handle.uri for each, handle in self.handles.items()}})

    def _plan(self, name: str, args: StoresArgs, store: StoreName) -> AccountPlan:
        locked = not (args.sensitive or args.torn_down)
        return AccountPlan(
            name=name,
            place=args.place,
            what=store.value,
            seal=args.seals[PURPOSE_OF[store]],
            logs=args.logs,
            containers=(store.value,),
            kept_days=args.retention_days,
            lock=Lock(days=args.retention_days, appends=False) if locked else None,
            labels={**args.labels, **args.entries.get(store, {})},
            protected=args.protected,
        )

    def _role(self, name: str, place: Place, right: Right) -> pulumi.Output[str]:
        """The id of the stack's own role for a right. Its name is a GUID, the same in every run."""
        guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{place.group_id}/stores/{right}"))
        definition = RoleDefinition(
            f"{name}-stores-{right}",
            role_definition_id=guid,
            role_name=f"{name}: stores, {right}",
            role_type="CustomRole",
            description=f"May {right} objects of a store of {name}, and nothing else.",
            scope=place.group_id,
            assignable_scopes=[place.group_id],
            permissions=[inputs.PermissionArgs(actions=[], data_actions=list(ACTIONS_OF[right]))],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return after(place.role(guid), definition)

    def _store(
        self, name: str, args: StoresArgs, store: StoreName, roles: Mapping[Right, pulumi.Output[str]]
    ) -> Store:
        account = self.accounts[store]
        grants = [
            grant(
                f"{name}-{each.store}-{each.workload}-{each.right}",
                args.place,
                Granted(
                    role=roles[each.right],
                    principal=args.identities[each.workload].principal,
                    scope=account.containers[store.value],
                    when=condition(each),
                ),
                self,
            )
            for each in table()
            if each.store is store
        ]
        uri = after(f"https://{account.name}.blob.core.windows.net/{store}", *account.guards)
        return Store(name=store, id=settled(account.id, *grants), uri=settled(uri, *grants))


def condition(access: Access) -> str | None:
    """The prefix under which objects may be used, as a condition; names may be listed beyond."""
    if access.under is None:
        return None
    listed = " AND NOT SubOperationMatches{'Blob.List'}" if access.right is Right.READ else ""
    others = " AND ".join(f"!(ActionMatches{{'{action}'}}{listed})" for action in ACTIONS_OF[access.right])
    return f"(({others}) OR (@Resource[{BLOBS}:path] StringStartsWith '{access.under}'))"
