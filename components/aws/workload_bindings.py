"""Which Kubernetes service account of a cluster acts as which workload.

Builds one Pod Identity association per workload, once the cluster exists.

Guarantees: exact namespace and account names, one workload each; the node role and the deployer are bound to
nothing. A role's own trust names the same account once more (`identity.py`), so that an association that
somebody else makes gives nothing away.

Leaves out: the Kubernetes side (`components/kubernetes`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.eks.pod_identity_association import PodIdentityAssociation
from pydantic import BaseModel, ConfigDict, Field

from components.accounts import KubernetesAccount, refuse_unbound
from components.contracts import Cluster, Identity, Workload
from components.ready import after


class WorkloadBindingsArgs(BaseModel):
    """Which Kubernetes service account of a cluster acts as which workload.

    Nodes and the deployer are no workloads of a cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    cluster: Cluster
    accounts: Mapping[Workload, KubernetesAccount]
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


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
        binding = PodIdentityAssociation(
            f"{name}-{workload}",
            cluster_name=args.cluster.name,
            namespace=account.namespace,
            service_account=account.name,
            role_arn=identity.principal,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Identity(
            workload=workload,
            id=after(identity.id, binding),
            principal=after(identity.principal, binding),
        )
