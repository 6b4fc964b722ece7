"""Arguments of the network, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping

from components.azure.deployer import SERVICE
from components.azure.endpoints import Target
from components.azure.network import NetworkArgs
from components.contracts import Purpose, SegmentName
from stacks.azure.base import Base, azure
from stacks.flows import table
from stacks.segments import allowed_flows, segment_ranges


def network(base: Base, reached: Mapping[str, Target]) -> NetworkArgs:
    """`reached` is what was made before the network, by the names of its endpoints."""
    settings = base.settings
    return NetworkArgs(
        place=base.place,
        ranges=segment_ranges(settings),
        flows=table().flows,
        seal=base.seals[Purpose.LOGS],
        logs=base.logs,
        log_days=settings.retention.logs_days,
        watcher_group=azure(settings).watcher_group,
        reached=reached,
        enterprise_ranges=settings.network.enterprise_ranges,
        allow=allowed_flows(settings),
        manager=azure(settings).network_manager,
        handed={SegmentName.OPERATIONS: SERVICE} if azure(settings).deployments else {},
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
    )
