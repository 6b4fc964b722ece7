"""Which accounts of an AKS cluster act as which identity of Azure: what the cluster itself says about it.

Builds a role and its binding for each account. The proxy that gives pods their tokens asks the API server for
the right to use an identity, which is named by its client id.

Guarantees: one account for each identity, by namespace and name; no group of accounts.

Leaves out: which identities the cluster may use at all (`components/azure/workload_bindings.py`).
Source: learn.microsoft.com/azure/aks/identity-bindings.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.rbac.v1.ClusterRole import ClusterRole
from pulumi_kubernetes.rbac.v1.ClusterRoleBinding import ClusterRoleBinding
from pydantic import BaseModel, ConfigDict

from components.accounts import KubernetesAccount
from components.contracts import Workload
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

GROUP, VERB = "cid.wi.aks.azure.com", "use-managed-identity"
RBAC = "rbac.authorization.k8s.io"


class ManagedIdentitiesArgs(BaseModel):
    """The cluster, its accounts by workload, and the client ids of the identities that they act as."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    accounts: Mapping[Workload, KubernetesAccount]
    clients: Mapping[Workload, pulumi.Output[str]]


class ManagedIdentities(pulumi.ComponentResource):
    """The roles and their bindings."""

    def __init__(
        self, name: str, args: ManagedIdentitiesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:ManagedIdentities", name, None, opts)
        scope = args.ready.scope.within(name, self)
        for workload, account in args.accounts.items():
            guards = args.ready.guards[account.namespace]
            self._usable(scope, workload, account, args.clients[workload], *guards)
        self.register_outputs({})

    def _usable(
        self,
        scope: Scope,
        workload: Workload,
        account: KubernetesAccount,
        client: pulumi.Output[str],
        *guards: pulumi.Resource,
    ) -> None:
        named = f"palisade-acts-as-{workload}"
        role = ClusterRole(
            scope.name(workload.value),
            metadata={"name": named},
            rules=[{"api_groups": [GROUP], "resources": [client], "verbs": [VERB]}],
            opts=scope.opts(*guards),
        )
        ClusterRoleBinding(
            scope.name(workload.value),
            metadata={"name": named},
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": named},
            subjects=[{"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}],
            opts=scope.opts(role),
        )
