"""Which identities the pods of a cluster may act as, without a way to Entra of their own.

Builds one identity binding for each workload of a cluster. A pod's token then goes to a proxy beside the API
server, which asks Entra for it; AKS makes the one federated credential that this needs on the identity. A
federated credential for each account would need a way to login.microsoftonline.com, which has no private
endpoint (docs/adr/0017).

Guarantees: nodes and the deployer are bound to nothing; a cluster holds bindings for its own workloads only,
which pods of the others can therefore not act as, whatever somebody grants in the cluster.

Leaves out: which account acts as which identity, which the cluster itself says
(`components/kubernetes/managed_identities.py`).
Sources: learn.microsoft.com/azure/aks/identity-bindings-concepts, .../identity-bindings.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.containerservice._inputs import (
    IdentityBindingManagedIdentityProfileArgs,
    IdentityBindingPropertiesArgs,
)
from pulumi_azure_native.containerservice.identity_binding import IdentityBinding
from pydantic import BaseModel, ConfigDict

from components.accounts import KubernetesAccount, refuse_unbound
from components.azure.place import Place
from components.contracts import Cluster, Identity, Workload
from components.ready import after


class WorkloadBindingsArgs(BaseModel):
    """Which Kubernetes service account of a cluster acts as which workload.

    Nodes and the deployer are no workloads of a cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
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
        made: list[pulumi.Resource] = []
        handles: dict[Workload, Identity] = {}
        for workload in args.accounts:
            refuse_unbound(workload)
            identity = args.identities[workload]
            # A cluster takes one change at a time.
            made.append(self._binding(f"{name}-{workload}", args, workload, identity, made[-1:]))
            handles[workload] = Identity(
                workload=workload,
                id=after(identity.id, made[-1]),
                principal=after(identity.principal, made[-1]),
            )
        self.handles = handles
        self.register_outputs({})

    def _binding(
        self,
        name: str,
        args: WorkloadBindingsArgs,
        workload: Workload,
        identity: Identity,
        before: list[pulumi.Resource],
    ) -> IdentityBinding:
        return IdentityBinding(
            name,
            resource_group_name=args.place.group,
            resource_name_=args.cluster.name,
            identity_binding_name=workload.value,
            properties=IdentityBindingPropertiesArgs(
                managed_identity=IdentityBindingManagedIdentityProfileArgs(resource_id=identity.id)
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
