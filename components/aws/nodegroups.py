"""Nodes of an EKS cluster: one small group for the cluster's own services, and groups of GPU machines.

Guarantees, on every group: nodes run as the node identity only, whose rights end at joining and pulling; they
are launched as `launch_templates.py` says; a broken node is replaced. GPU nodes take only pods that tolerate
their taint.

Leaves out: growing and shrinking by demand, which the cluster's autoscaler does (`controllers.py`), and
access entries for nodes, which EKS makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pulumi
from pulumi_aws.ec2.launch_template import LaunchTemplate
from pulumi_aws.eks.cluster import Cluster
from pulumi_aws.eks.node_group import NodeGroup

from components.aws.addons import addons
from components.aws.cluster import ClusterArgs
from components.aws.launch_templates import gpu_template, system_template
from components.aws.machines import GpuGroupArgs
from components.aws.subnets import Ground
from components.contracts import Capacity

CAPACITY = {
    Capacity.ON_DEMAND: "ON_DEMAND",
    Capacity.SPOT: "SPOT",
    Capacity.RESERVATION: "ON_DEMAND",
    Capacity.BLOCK: "CAPACITY_BLOCK",
}


def populate(
    ground: Ground,
    cluster: Cluster,
    args: ClusterArgs,
    groups: Sequence[GpuGroupArgs],
    logs: Iterable[pulumi.Resource],
    *,
    mounts_secrets: bool = False,
) -> list[pulumi.Resource]:
    """Add-ons and nodes, in the order in which they need each other. The cluster works once all exist.

    `logs` are the groups that nodes and containers log to.
    """
    first = addons(ground, cluster, before_nodes=True)
    system = _system_group(ground, cluster, args, first)
    gpus = [_gpu_group(ground, cluster, args, group, first) for group in groups]
    rest = addons(ground, cluster, system, *logs, before_nodes=False, mounts_secrets=mounts_secrets)
    return [*first, system, *gpus, *rest]


def _system_group(
    ground: Ground, cluster: Cluster, args: ClusterArgs, after: Sequence[pulumi.Resource]
) -> NodeGroup:
    """One to three machines for the cluster's own services, at least one in each zone."""
    zones = len(args.place.zones)
    return NodeGroup(
        f"{ground.name}-system",
        **_group(args, cluster, system_template(ground, args)),
        node_group_name_prefix="system-",
        ami_type="AL2023_x86_64_STANDARD",
        capacity_type="ON_DEMAND",
        subnet_ids=list(args.placement.subnets.values()),
        scaling_config={"min_size": zones, "desired_size": zones, "max_size": 3 * zones},
        labels={"palisade/pool": "system"},
        tags=ground.labels,
        opts=_opts(ground, after),
    )


def _gpu_group(
    ground: Ground,
    cluster: Cluster,
    args: ClusterArgs,
    group: GpuGroupArgs,
    after: Sequence[pulumi.Resource],
) -> NodeGroup:
    subnets = list(args.placement.subnets.values())
    return NodeGroup(
        f"{ground.name}-{group.key}",
        **_group(args, cluster, gpu_template(ground, args, group)),
        node_group_name_prefix=f"{group.key}-",
        ami_type="AL2023_x86_64_NVIDIA",
        capacity_type=CAPACITY[group.capacity],
        subnet_ids=subnets[:1] if group.one_zone else subnets,
        scaling_config={
            "min_size": group.min_nodes,
            "desired_size": group.min_nodes,
            "max_size": group.max_nodes,
        },
        labels={"palisade/pool": "gpu", "palisade/accelerator": group.accelerator},
        taints=[{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
        tags=ground.labels,
        opts=_opts(ground, after),
    )


def _group(args: ClusterArgs, cluster: Cluster, template: LaunchTemplate) -> dict[str, Any]:
    """What every group is told. GPUs are scarce: an update takes a node away before it asks for another."""
    return {
        "cluster_name": cluster.name,
        "node_role_arn": args.nodes.principal,
        "version": cluster.version,
        "launch_template": {"id": template.id, "version": template.latest_version.apply(str)},
        "update_config": {"max_unavailable": 1, "update_strategy": "MINIMAL"},
        "node_repair_config": {"enabled": True},
    }


def _opts(ground: Ground, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
    """The autoscaler sets how many nodes there are."""
    return pulumi.ResourceOptions(
        parent=ground.parent, depends_on=list(after), ignore_changes=["scalingConfig.desiredSize"]
    )
