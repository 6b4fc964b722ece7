"""Which Kubernetes service account of a cluster acts as which workload.

Builds one workload-identity binding per workload, once the cluster exists: before a project's first cluster
its identity pool does not exist, and a binding is refused.

Guarantees: exact namespace and account names, one workload each; the node account and the deployer are bound
to nothing.

Leaves out: the Kubernetes side (`components/kubernetes`). A service account of the same namespace and name in
any cluster of the project is the same identity; admission policies keep others out of these namespaces.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pydantic import BaseModel, ConfigDict

from components.accounts import KubernetesAccount, refuse_unbound
from components.contracts import Cluster, Identity, Workload
from components.gcp.grants import account_grant
from components.ready import after


class WorkloadBindingsArgs(BaseModel):
    """Which Kubernetes service account of a cluster acts as which workload.

    `cluster` is waited for: its project's workload identity pool must exist. Nodes and the deployer are no
    workloads of a cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    cluster: Cluster
    accounts: Mapping[Workload, KubernetesAccount]
    identities: Mapping[Workload, Identity]


class WorkloadBindings(pulumi.ComponentResource):
    """`handles` by workload, which resolve once the cluster's pods can act as them."""

    handles: Mapping[Workload, Identity]

    def __init__(
        self, name: str, args: WorkloadBindingsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:WorkloadBindings", name, None, opts)
        self.handles = {
            workload: self._bound(name, args, workload, account)
            for workload, account in args.accounts.items()
        }
        self.register_outputs({})

    def _bound(
        self, name: str, args: WorkloadBindingsArgs, workload: Workload, account: KubernetesAccount
    ) -> Identity:
        refuse_unbound(workload)
        identity = args.identities[workload]
        pod = f"{args.project}.svc.id.goog[{account.namespace}/{account.name}]"
        binding = account_grant(
            f"{name}-{workload}",
            pulumi.Output.concat("projects/", args.project, "/serviceAccounts/", identity.id),
            "roles/iam.workloadIdentityUser",
            args.cluster.id.apply(lambda _: f"serviceAccount:{pod}"),
            self,
        )
        return Identity(
            workload=workload,
            id=after(identity.id, binding),
            principal=after(identity.principal, binding),
        )
