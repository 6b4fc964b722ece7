"""Who acts in a cluster: the deployer, the operators who look, and administrators in an emergency.

Builds roles of Azure on the cluster, which is all that its API server asks. The administrators' is not given:
members of these groups may take it for hours, with a reason, and that is recorded (Privileged Identity
Management, which takes a licence of Entra ID P2 or Governance).

Guarantees: nobody but those named here gets in; operators change nothing and read no secrets; the deployer is
the only one who administrates for good.

Leaves out: how they get there. The API server is inside the network: the deployer runs there (`deployer.py`),
people come through the enterprise network to the operations segment.
Sources: learn.microsoft.com/azure/aks/manage-azure-rbac,
learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles.
"""

from __future__ import annotations

from dataclasses import replace

import pulumi
from pulumi_azure_native.authorization._inputs import (
    RoleEligibilityScheduleRequestPropertiesExpirationArgs,
    RoleEligibilityScheduleRequestPropertiesScheduleInfoArgs,
)
from pulumi_azure_native.authorization.pim_role_eligibility_schedule import PimRoleEligibilitySchedule
from pydantic import BaseModel, ConfigDict

from components.azure.grants import Granted, Holder, grant, role_id, settled
from components.azure.place import Place
from components.contracts import Cluster, Identity

ADMINISTRATES = "kubernetes-cluster-admin"
LOOKS = "kubernetes-reader"
# Lets one ask Azure for the address of the cluster, with which the roles above are used.
FINDS = "kubernetes-cluster-user"
# A fixed day, so that a program that runs again asks for nothing new.
SINCE = "2026-01-01T00:00:00Z"


class ClusterAccessArgs(BaseModel):
    """The cluster, the deployer's identity, and groups of operators and administrators by object id."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    cluster: Cluster
    deployer: Identity
    operators: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()


class ClusterAccess(pulumi.ComponentResource):
    """`cluster` is the cluster, whose `kubeconfig` resolves once the deployer may change what is in it."""

    cluster: Cluster

    def __init__(
        self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:ClusterAccess", name, None, opts)
        own = args.deployer.principal
        given = [
            grant(f"{name}-deployer-{what}", args.place, Granted(role, own, args.cluster.id), self)
            for what, role in (("administrates", ADMINISTRATES), ("finds", FINDS))
        ]
        self.cluster = replace(args.cluster, kubeconfig=settled(args.cluster.kubeconfig, *given))
        for group in args.operators:
            for what, role in (("looks", LOOKS), ("finds", FINDS)):
                looking = Granted(role, group, args.cluster.id, Holder.GROUP)
                grant(f"{name}-operators-{group}-{what}", args.place, looking, self)
        for group in args.administrators:
            self._eligible(f"{name}-administrators-{group}", args, group)
        self.register_outputs({})

    def _eligible(self, name: str, args: ClusterAccessArgs, group: str) -> PimRoleEligibilitySchedule:
        return PimRoleEligibilitySchedule(
            name,
            principal_id=group,
            role_definition_id=role_id(args.place, ADMINISTRATES),
            scope=args.cluster.id,
            justification="Administers the cluster in an emergency.",
            schedule_info=RoleEligibilityScheduleRequestPropertiesScheduleInfoArgs(
                start_date_time=SINCE,
                expiration=RoleEligibilityScheduleRequestPropertiesExpirationArgs(type="NoExpiration"),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
