"""A private EKS cluster: what every cluster of the platform has, whatever runs in it.

Builds the cluster without its nodes and add-ons, its role, and the group of its logs.

Guarantees: the API server has addresses in its segment only, none on the internet, behind a security group of
its own; Kubernetes secrets are encrypted under the customer's key; who may act in the cluster is decided by
access entries alone, and whoever made the cluster is none of them; all five logs of the control plane are
kept under the customer's key; with `deletion_protection` neither the engine nor EKS deletes it.

Leaves out: the security group that EKS makes for the cluster, which lets members reach each other and is on
the control plane only, since nodes have the segment's group in its place (`launch_templates.py`).
Sources: docs.aws.amazon.com/eks/latest/best-practices,
docs.aws.amazon.com/eks/latest/userguide/private-clusters.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.eks.cluster import Cluster
from pydantic import BaseModel, ConfigDict, Field

from components.aws.group_rules import control
from components.aws.identity import service_trust
from components.aws.log_groups import log_group
from components.aws.network import Placement
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
from components.contracts import Identity, Key

LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


class ClusterArgs(BaseModel):
    """Where a cluster stands, whom its nodes run as, and which keys encrypt its secrets, disks and logs.

    With `deletion_protection` neither the engine nor EKS deletes the cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    placement: Placement
    nodes: Identity
    secrets_key: Key
    disks_key: Key
    logs_key: Key
    log_days: int
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    deletion_protection: bool = True


def private_cluster(ground: Ground, args: ClusterArgs) -> Cluster:
    """The cluster, ready for add-ons and nodes."""
    name, segment = ground.name, args.placement.segment
    acts = Acting(
        f"The control plane of {name}.",
        service_trust(ground.place, "eks.amazonaws.com"),
        managed="AmazonEKSClusterPolicy",
    )
    logs = log_group(ground, "api-server", f"/aws/eks/{name}/cluster", args.logs_key, args.log_days)
    return Cluster(
        name,
        name=name,
        role_arn=acting_role(ground, "control-plane", acts),
        version=eks()["version"],
        vpc_config={
            "subnet_ids": list(args.placement.control.values()),
            "security_group_ids": [args.placement.groups[control(segment.name)]],
            "endpoint_private_access": True,
            "endpoint_public_access": False,
        },
        kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": segment.service_range},
        access_config={
            "authentication_mode": "API",
            "bootstrap_cluster_creator_admin_permissions": False,
        },
        encryption_config={"provider": {"key_arn": args.secrets_key.id}, "resources": ["secrets"]},
        enabled_cluster_log_types=LOGS,
        bootstrap_self_managed_addons=False,
        upgrade_policy={"support_type": "STANDARD"},
        deletion_protection=args.deletion_protection,
        tags=ground.labels,
        opts=pulumi.ResourceOptions(
            parent=ground.parent, protect=args.deletion_protection, depends_on=[logs]
        ),
    )


@cache
def eks() -> Mapping[str, Any]:
    """`eks.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("eks.yaml").read_text(encoding="utf-8"))
