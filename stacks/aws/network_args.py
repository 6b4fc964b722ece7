"""Arguments of the network, from a stack's settings."""

from __future__ import annotations

from components.aws.network import NetworkArgs
from components.contracts import Purpose
from stacks.aws.base import Base, amazon
from stacks.flows import table
from stacks.segments import allowed_flows, segment_ranges


def network(base: Base) -> NetworkArgs:
    settings = base.settings
    return NetworkArgs(
        place=base.place,
        ranges=segment_ranges(settings),
        flows=table().flows,
        logs_key=base.keys[Purpose.LOGS],
        log_days=settings.retention.logs_days,
        serves=settings.inference is not None,
        enterprise_ranges=settings.network.enterprise_ranges,
        allow=allowed_flows(settings),
        organization=amazon(settings).organization_id,
        labels=settings.all_labels,
    )
