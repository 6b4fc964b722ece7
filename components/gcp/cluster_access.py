"""Who reaches the clusters' API servers: the deployer, the signer, and the operators who look.

Guarantees: the Connect gateway is open to those named here and nobody else; operators change nothing and read
no secrets; the signer gets as far as the gateway, and inside to the one list of released digests
(`components/kubernetes/image_lists.py`); nobody here may change or delete a cluster.

On the project, because the gateway and GKE ask for these permissions there; none of the roles reaches data.

Leaves out: finer rights inside a cluster, which are Kubernetes' own roles.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.projects.iam_member import IAMMember
from pydantic import BaseModel, ConfigDict

from components.contracts import Identity
from components.gcp.grants import not_public

# Source: cloud.google.com/kubernetes-engine/enterprise/multicluster-management/gateway/setup#grant_iam_roles.
DEPLOYER_ROLES = {
    "gateway": "roles/gkehub.gatewayEditor",
    "memberships": "roles/gkehub.viewer",
    "workloads": "roles/container.developer",
}
SIGNER_ROLES = {
    "gateway": "roles/gkehub.gatewayEditor",
    "memberships": "roles/gkehub.viewer",
}
OPERATOR_ROLES = {
    "gateway": "roles/gkehub.gatewayReader",
    "memberships": "roles/gkehub.viewer",
    "workloads": "roles/container.viewer",
}


class ClusterAccessArgs(BaseModel):
    """The deployer's and the signer's identities, and the operators (`group:…`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    deployer: Identity
    signer: Identity
    operators: tuple[str, ...] = ()


class ClusterAccess(pulumi.ComponentResource):
    """The grants."""

    def __init__(
        self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:ClusterAccess", name, None, opts)
        self._grant(f"{name}-deployer", args, args.deployer.principal, DEPLOYER_ROLES)
        self._grant(f"{name}-signer", args, args.signer.principal, SIGNER_ROLES)
        for operator in args.operators:
            self._grant(f"{name}-operator-{operator}", args, operator, OPERATOR_ROLES)
        self.register_outputs({})

    def _grant(
        self, name: str, args: ClusterAccessArgs, member: pulumi.Input[str], roles: Mapping[str, str]
    ) -> None:
        for what, role in roles.items():
            IAMMember(
                f"{name}-{what}",
                project=args.project,
                role=role,
                member=pulumi.Output.from_input(member).apply(not_public),
                opts=pulumi.ResourceOptions(parent=self),
            )
