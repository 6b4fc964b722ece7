"""Arguments of clusters for tests, and the placements of the network that they stand in."""

from __future__ import annotations

from typing import Any

import pulumi

from components.aws.machines import GpuGroupArgs
from components.aws.network import Placement
from components.aws.subnets import control_ranges, zone_ranges
from components.contracts import Capacity, Purpose, Segment, SegmentName, Workload
from tests.components.aws.platform import PLACE, RANGES, identity, key

L4 = GpuGroupArgs(accelerator="l4", per_node=1, max_nodes=2, capacity=Capacity.SPOT)


def placement(name: SegmentName) -> Placement:
    """A segment of a network that exists."""
    own = RANGES[name]
    cidr = own.pods or own.nodes

    def ids(what: str, ranges: Any) -> dict[str, pulumi.Output[str]]:
        return {zone: pulumi.Output.from_input(f"{name}-{what}-{zone}") for zone in ranges}

    subnets = ids("machines", zone_ranges(name, cidr, PLACE.zones))
    groups = (*SegmentName, "training-control", "inference-control")
    return Placement(
        network_id=pulumi.Output.from_input("vpc-1"),
        segment=Segment(name, tuple(subnets.values()), cidr, own.pods, own.services),
        subnets=subnets,
        control=ids("control", control_ranges(name, cidr, PLACE.zones)),
        groups={group: pulumi.Output.from_input(f"group-{group}") for group in groups},
    )


def cluster_args(segment: SegmentName, **changes: Any) -> dict[str, Any]:
    """What every cluster is told."""
    return {
        "place": PLACE,
        "placement": placement(segment),
        "nodes": identity(Workload.NODES),
        "secrets_key": key(Purpose.CLUSTER_SECRETS),
        "disks_key": key(Purpose.DISKS),
        "logs_key": key(Purpose.LOGS),
        "log_days": 2192,
        "labels": {"platform": "palisade"},
        **changes,
    }
