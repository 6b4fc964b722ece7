"""How nodes of EKS clusters are launched: disks, network interfaces, and what a pod can learn of its node.

Guarantees, for every node: no public address; the segment's security group and no other; disks under the
customer's key; metadata by session tokens only, at one hop, so that a pod on the pod network never gets the
node's credentials; no key for a login.

Leaves out: what nodes run as and how many there are (`nodegroups.py`).
Sources: docs.aws.amazon.com/eks/latest/userguide/launch-templates.html, pod-id-considerations (one hop is
enough), docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html (cards).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.ec2.launch_template import LaunchTemplate
from pulumi_aws.ec2.placement_group import PlacementGroup

from components.aws.cluster import ClusterArgs
from components.aws.machines import GpuGroupArgs, machines
from components.aws.subnets import Ground
from components.contracts import Capacity

ROOT_DISK = "/dev/xvda"
# Nodes use their local disks, if there are any, for images and for what pods write.
# Source: awslabs.github.io/amazon-eks-ami/nodeadm/doc/api.
LOCAL_DISKS = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
"""


@dataclass(frozen=True)
class Machines:
    """One kind of nodes: its name in the cluster, machine type, and boot disk in GB."""

    name: str
    machine: str
    disk_gb: int


def system_template(ground: Ground, args: ClusterArgs) -> LaunchTemplate:
    """Machines for the cluster's own services."""
    kind = Machines("system", machines().system.machine, machines().system.disk_gb)
    return _template(ground, args, kind, _one_card(args))


def gpu_template(ground: Ground, args: ClusterArgs, group: GpuGroupArgs) -> LaunchTemplate:
    """GPU machines of one kind, close together where their collectives need it."""
    kind = Machines(group.key, group.machine.machine, machines().gpu.disk_gb)
    cards = group.machine.efa_cards
    return _template(
        ground,
        args,
        kind,
        {
            **(_cards(args, cards) if cards > 1 else _one_card(args)),
            **_capacity(group),
            "placement": {"group_name": _close(ground, group).name} if group.compact else None,
            "user_data": _base64(LOCAL_DISKS),
        },
    )


def _template(ground: Ground, args: ClusterArgs, kind: Machines, more: Mapping[str, Any]) -> LaunchTemplate:
    name = f"{ground.name}-{kind.name}"
    tags = {**ground.labels, "Name": name}
    return LaunchTemplate(
        name,
        name=name,
        description=f"{kind.name} nodes of {ground.name}.",
        instance_type=kind.machine,
        update_default_version=True,
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        block_device_mappings=[
            {
                "device_name": ROOT_DISK,
                "ebs": {
                    "encrypted": "true",
                    "kms_key_id": args.disks_key.id,
                    "volume_size": kind.disk_gb,
                    "volume_type": "gp3",
                    "delete_on_termination": "true",
                },
            }
        ],
        monitoring={"enabled": True},
        tag_specifications=[
            {"resource_type": what, "tags": tags} for what in ("instance", "volume", "network-interface")
        ],
        tags=tags,
        **more,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def _one_card(args: ClusterArgs) -> dict[str, Any]:
    return {"network_interfaces": [_interface(args, 0, 0, "interface")]}


def _cards(args: ClusterArgs, cards: int) -> dict[str, Any]:
    """The first card carries addresses; every card has an adapter that carries collectives and no address."""
    others = [_interface(args, card, 0, "efa-only") for card in range(1, cards)]
    return {
        "network_interfaces": [
            _interface(args, 0, 0, "interface"),
            _interface(args, 0, 1, "efa-only"),
            *others,
        ]
    }


def _interface(args: ClusterArgs, card: int, device: int, kind: str) -> dict[str, Any]:
    return {
        "network_card_index": card,
        "device_index": device,
        "interface_type": kind,
        "security_groups": [args.placement.groups[args.placement.segment.name]],
        "associate_public_ip_address": "false" if (card, device) == (0, 0) else None,
        "delete_on_termination": "true",
    }


def _close(ground: Ground, group: GpuGroupArgs) -> PlacementGroup:
    name = f"{ground.name}-{group.key}"
    return PlacementGroup(
        name,
        name=name,
        strategy="cluster",
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def _capacity(group: GpuGroupArgs) -> dict[str, Any]:
    """Which reservation the machines are taken from."""
    if group.reservation is None:
        return {}
    target = {"capacity_reservation_target": {"capacity_reservation_id": group.reservation}}
    block = {"instance_market_options": {"market_type": "capacity-block"}}
    return {
        "capacity_reservation_specification": target,
        **(block if group.capacity is Capacity.BLOCK else {}),
    }


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
