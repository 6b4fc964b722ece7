"""Nodes of an AKS cluster: one small pool for the cluster's own services, and pools of GPU machines.

Guarantees, on every pool: nodes have no public address, stand in the segment's subnet, encrypt temporary
disks and caches on their host, measure their boot, and take no logins. GPU nodes take only pods that tolerate
their taint; an update takes a node away before it asks for another, since GPUs are scarce.

Leaves out: enforced signatures of what boots (Secure Boot) on GPU nodes, whose driver AKS installs and does
not sign, and InfiniBand, whose driver AKS does not install; the control plane's right to take machines from a
reservation group, which whoever holds the group grants (Contributor on that group).
Sources: learn.microsoft.com/azure/aks/use-trusted-launch (both at once are refused), .../use-nvidia-gpu,
.../spot-node-pool, .../use-capacity-reservation-groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native.containerservice._inputs import AgentPoolUpgradeSettingsArgs
from pulumi_azure_native.containerservice.agent_pool import AgentPool
from pulumi_azure_native.containerservice.managed_cluster import ManagedCluster

from components.azure.machines import GpuPoolArgs, machines
from components.azure.place import Place
from components.contracts import Capacity, Segment

GPU_TAINT = "nvidia.com/gpu=present:NoSchedule"
SPOT = ("kubernetes.azure.com/scalesetpriority", "spot")


def system_pool(place: Place, segment: Segment) -> dict[str, Any]:
    """One to three machines for the cluster's own services in each zone. A cluster is born with this pool."""
    zones = len(place.zones)
    return {
        "name": "system",
        "mode": "System",
        "count": zones,
        "min_count": zones,
        "max_count": 3 * zones,
        "node_labels": {"palisade/pool": "system"},
        "upgrade_settings": {"max_surge": "1"},
        **_node(place, segment, machines().system.machine, machines().system.disk_gb, secure_boot=True),
    }


@dataclass(frozen=True)
class Ground:
    """Where pools are added: a cluster by its name, where it stands, and the component they belong to."""

    name: str
    place: Place
    segment: Segment
    parent: pulumi.Resource


def gpu_pools(
    ground: Ground, cluster: ManagedCluster, wanted: Sequence[GpuPoolArgs]
) -> list[pulumi.Resource]:
    """The pools, one after the other: a cluster takes one change at a time."""
    place, segment = ground.place, ground.segment
    made: list[pulumi.Resource] = []
    for pool in wanted:
        made.append(
            AgentPool(
                f"{ground.name}-{pool.key}",
                resource_group_name=place.group,
                resource_name_=cluster.name,
                agent_pool_name=pool.key,
                mode="User",
                count=pool.min_nodes,
                min_count=pool.min_nodes,
                max_count=pool.max_nodes,
                **_marks(pool),
                gpu_profile={"driver": "Install"},
                upgrade_settings=_upgrades(pool),
                **_node(place, segment, pool.machine, machines().gpu.disk_gb, secure_boot=False),
                **_capacity(pool),
                opts=pulumi.ResourceOptions(
                    parent=ground.parent,
                    depends_on=made[-1:],
                    # The autoscaler sets how many nodes there are.
                    ignore_changes=["count"],
                ),
            )
        )
    return made


def _upgrades(pool: GpuPoolArgs) -> AgentPoolUpgradeSettingsArgs | None:
    """Spot nodes are upgraded in a way of AKS's own, which takes no settings."""
    if pool.capacity is Capacity.SPOT:
        return None
    return AgentPoolUpgradeSettingsArgs(max_surge="0", max_unavailable="1")


def _marks(pool: GpuPoolArgs) -> dict[str, Any]:
    """Labels and taints. AKS adds its own to spot nodes, and would be at odds with us if we left them out."""
    labels = {"palisade/pool": "gpu", "palisade/accelerator": pool.accelerator}
    if pool.capacity is not Capacity.SPOT:
        return {"node_labels": labels, "node_taints": [GPU_TAINT]}
    key, value = SPOT
    return {
        "node_labels": {**labels, key: value},
        "node_taints": [GPU_TAINT, f"{key}={value}:NoSchedule"],
    }


def _node(place: Place, segment: Segment, size: str, disk_gb: int, *, secure_boot: bool) -> dict[str, Any]:
    """What every node has."""
    return {
        "type": "VirtualMachineScaleSets",
        "vm_size": size,
        "os_type": "Linux",
        "os_sku": "Ubuntu",
        # A managed disk, which the cluster's disk encryption set encrypts.
        "os_disk_type": "Managed",
        "os_disk_size_gb": disk_gb,
        "kubelet_disk_type": "OS",
        "vnet_subnet_id": segment.subnet_ids[0],
        "availability_zones": list(place.zones),
        "enable_auto_scaling": True,
        "enable_node_public_ip": False,
        "enable_encryption_at_host": True,
        "security_profile": {
            "enable_vtpm": True,
            "enable_secure_boot": secure_boot,
            "ssh_access": "Disabled",
        },
    }


def _capacity(pool: GpuPoolArgs) -> dict[str, Any]:
    """How the machines are bought. A spot node costs at most the price on demand."""
    if pool.capacity is Capacity.SPOT:
        return {"scale_set_priority": "Spot", "scale_set_eviction_policy": "Delete", "spot_max_price": -1}
    if pool.reservation is not None:
        return {"capacity_reservation_group_id": pool.reservation}
    return {}
