"""Node pools of a GKE cluster: one small pool for the cluster's own services, and pools of GPU machines.

Guarantees, on every pool: nodes have no external address, run as the node identity only, carry the segment's
firewall tag, boot verified software (Secure Boot, integrity monitoring) from a disk under the customer's key,
give pods the metadata of their workload identity and never the node's, and have no unauthenticated kubelet
port. GPU nodes take only pods that tolerate their taint.

Leaves out: the extra interfaces of 8-GPU machines (GPUDirect). They stand in networks of their own that this
network's firewall does not cover, so they come with rules of their own or not at all. Collectives then use
the one interface with gVNIC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import pulumi
from pulumi_gcp.container._inputs import NodePoolNodeConfigArgs, NodePoolUpgradeSettingsArgs
from pulumi_gcp.container.cluster import Cluster
from pulumi_gcp.container.node_pool import NodePool

from components.contracts import Capacity, Identity, Key
from components.gcp.firewall import SegmentTag
from components.gcp.machines import GpuPoolArgs, Node, machines

CONFIDENTIAL = {"enabled": True, "confidential_instance_type": "TDX"}


@dataclass(frozen=True)
class PoolPlace:
    """What all pools of a cluster share."""

    name: str
    zones: tuple[str, ...]
    nodes: Identity
    disk_key: Key
    tag: SegmentTag
    labels: Mapping[str, str]


def system_pool(place: PoolPlace, cluster: Cluster, parent: pulumi.Resource) -> NodePool:
    """One to three machines for the cluster's own services, at least one in each zone."""
    return NodePool(
        f"{place.name}-system",
        name="system",
        project=cluster.project,
        cluster=cluster.name,
        location=cluster.location,
        node_locations=list(place.zones),
        initial_node_count=1,
        autoscaling={
            "total_min_node_count": len(place.zones),
            "total_max_node_count": 3 * len(place.zones),
            "location_policy": "BALANCED",
        },
        management={"auto_repair": True, "auto_upgrade": True},
        network_config={"enable_private_nodes": True},
        node_config=NodePoolNodeConfigArgs(**system_node(place), labels={"palisade/pool": "system"}),
        # GKE may raise it when a pool is resized by hand; that is no reason to build the pool anew.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["initialNodeCount"]),
    )


def gpu_pool(place: PoolPlace, args: GpuPoolArgs, cluster: Cluster, parent: pulumi.Resource) -> NodePool:
    """One pool of GPU machines, from `args.min_nodes` to `args.max_nodes` of them."""
    # A compact placement policy holds in one zone only.
    zones = place.zones[:1] if args.compact else place.zones
    return NodePool(
        f"{place.name}-{args.key}",
        name=args.key,
        project=cluster.project,
        cluster=cluster.name,
        location=cluster.location,
        node_locations=list(zones),
        initial_node_count=ceil(args.min_nodes / len(zones)),
        autoscaling={
            "total_min_node_count": args.min_nodes,
            "total_max_node_count": args.max_nodes,
            "location_policy": "ANY",
        },
        # Machines that are queued for and given for a time cannot be repaired.
        management={"auto_repair": args.capacity is not Capacity.FLEX_START, "auto_upgrade": True},
        network_config={"enable_private_nodes": True},
        placement_policy={"type": "COMPACT"} if args.compact else None,
        upgrade_settings=_upgrades(args),
        node_config=NodePoolNodeConfigArgs(**_gpu_node(place, args)),
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["initialNodeCount"]),
    )


def _upgrades(args: GpuPoolArgs) -> NodePoolUpgradeSettingsArgs | None:
    """GPUs are scarce: an upgrade takes a node away before it asks for another.

    Google upgrades flex-start nodes in a way of its own, SHORT_LIVED, which the provider refuses to be told.
    """
    if args.capacity is Capacity.FLEX_START:
        return None
    return NodePoolUpgradeSettingsArgs(strategy="SURGE", max_surge=0, max_unavailable=1)


def _gpu_node(place: PoolPlace, args: GpuPoolArgs) -> dict[str, Any]:
    ssds = args.machine.local_ssds
    driver = {"gpu_driver_version": "LATEST"}
    return {
        **_node(place, machines().gpu),
        **_capacity(args),
        "machine_type": args.machine.machine,
        "guest_accelerators": [
            {"type": args.kind.type, "count": args.per_node, "gpu_driver_installation_config": driver}
        ],
        "labels": {"palisade/pool": "gpu", "palisade/accelerator": args.accelerator},
        # The taint that GKE's own machinery for GPUs knows.
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
        "ephemeral_storage_local_ssd_config": {"local_ssd_count": ssds} if ssds else None,
        "confidential_nodes": CONFIDENTIAL if args.confidential else None,
    }


def _capacity(args: GpuPoolArgs) -> dict[str, Any]:
    """How the machines are bought. Spot and flex-start refuse reservations, and must say so."""
    if args.capacity is Capacity.RESERVATION:
        return {
            "reservation_affinity": {
                "consume_reservation_type": "SPECIFIC_RESERVATION",
                "key": "compute.googleapis.com/reservation-name",
                "values": [args.reservation],
            }
        }
    none = {"reservation_affinity": {"consume_reservation_type": "NO_RESERVATION"}}
    if args.capacity is Capacity.SPOT:
        return {"spot": True, **none}
    if args.capacity is Capacity.FLEX_START:
        return {"flex_start": True, **none}
    return {}


def system_node(place: PoolPlace) -> dict[str, Any]:
    """A machine for the cluster's own services; a cluster's first node is one, too."""
    return {**_node(place, machines().system), "machine_type": machines().system.machine}


def _node(place: PoolPlace, node: Node) -> dict[str, Any]:
    """What every node has."""
    return {
        "image_type": "COS_CONTAINERD",
        "service_account": place.nodes.id,
        # What nodes may do is decided by their account's roles, not by scopes.
        "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "boot_disk_kms_key": place.disk_key.id,
        "disk_size_gb": node.disk_gb,
        "disk_type": node.disk_type,
        "gvnic": {"enabled": True},
        "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
        "workload_metadata_config": {"mode": "GKE_METADATA"},
        # Left out, the provider sends a false quota along with the port, and no pod's CPU limit holds.
        "kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE", "cpu_cfs_quota": True},
        "metadata": {"disable-legacy-endpoints": "true"},
        "resource_labels": dict(place.labels),
        "resource_manager_tags": pulumi.Output.all(place.tag.key, place.tag.value).apply(
            lambda tag: {tag[0]: tag[1]}
        ),
    }
