"""Who acts in a cluster: the deployer, and the operators who look.

Builds access entries. Without one, no right on AWS is worth anything in the cluster.

Guarantees: nobody but those named here gets in; operators change nothing and read no secrets; the deployer is
known in the cluster by the group `DEPLOYERS`, whatever its session is called.

Leaves out: how they get there. The endpoint is inside the network: the deployer builds there (`deployer.py`),
people come through the enterprise network to the operations segment. Nodes' entries are EKS's own.
Source: docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.eks.access_entry import AccessEntry
from pulumi_aws.eks.access_policy_association import AccessPolicyAssociation
from pydantic import BaseModel, ConfigDict, Field

from components.accounts import DEPLOYERS
from components.aws.place import Place
from components.contracts import Cluster, Identity

DEPLOYER_POLICY = "AmazonEKSClusterAdminPolicy"
OPERATOR_POLICY = "AmazonEKSViewPolicy"


class ClusterAccessArgs(BaseModel):
    """The cluster, the deployer's identity, and the operators' roles by ARN."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    cluster: Cluster
    deployer: Identity
    operators: tuple[str, ...] = ()
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class ClusterAccess(pulumi.ComponentResource):
    """`deployer` is there once the deployer may change what is in the cluster."""

    deployer: pulumi.Resource

    def __init__(
        self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:ClusterAccess", name, None, opts)
        self.deployer = self._entry(
            f"{name}-deployer", args, args.deployer.principal, DEPLOYER_POLICY, [DEPLOYERS]
        )
        for operator in args.operators:
            who = operator.rpartition("/")[2]
            self._entry(f"{name}-operator-{who}", args, operator, OPERATOR_POLICY, [])
        self.register_outputs({})

    def _entry(
        self, name: str, args: ClusterAccessArgs, who: pulumi.Input[str], policy: str, groups: list[str]
    ) -> pulumi.Resource:
        opts = pulumi.ResourceOptions(parent=self)
        entry = AccessEntry(
            name,
            cluster_name=args.cluster.name,
            principal_arn=who,
            type="STANDARD",
            kubernetes_groups=groups,
            tags=args.labels,
            opts=opts,
        )
        return AccessPolicyAssociation(
            name,
            cluster_name=args.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{args.place.partition}:eks::aws:cluster-access-policy/{policy}",
            access_scope={"type": "cluster"},
            opts=opts,
        )
