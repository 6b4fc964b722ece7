"""Arguments of the network, its perimeter and its tags, from a stack's settings."""

from __future__ import annotations

import pulumi

from components.contracts import SegmentName, Workload
from components.gcp.existing_network import ExistingNetwork
from components.gcp.network import Network, NetworkArgs
from components.gcp.node_tags import NodeTagsArgs
from components.gcp.perimeter import PerimeterArgs
from stacks.flows import table
from stacks.gcp.base import Base
from stacks.model.google import Google
from stacks.segments import allowed_flows, segment_ranges
from stacks.settings import Settings


def network(base: Base) -> NetworkArgs:
    settings, place = base.settings, base.place
    return NetworkArgs(
        project=place.project,
        project_number=base.number,
        region=place.region,
        ranges=segment_ranges(settings),
        flows=table().flows,
        enterprise_ranges=settings.network.enterprise_ranges,
        allow=allowed_flows(settings),
        existing=_existing(settings),
        perimeter=_perimeter(place, base.identities[Workload.DEPLOYER].principal),
    )


def node_tags(base: Base, network: Network) -> NodeTagsArgs:
    segments = [SegmentName.TRAINING, *([SegmentName.INFERENCE] if base.settings.inference else [])]
    return NodeTagsArgs(
        project=base.place.project,
        project_number=base.number,
        placements={segment: network.placements[segment] for segment in segments},
    )


def _existing(settings: Settings) -> ExistingNetwork | None:
    brought = settings.network.existing
    return ExistingNetwork.model_validate(brought.model_dump()) if brought else None


def _perimeter(place: Google, deployer: pulumi.Output[str]) -> PerimeterArgs | None:
    if place.access_policy is None:
        return None
    return PerimeterArgs(
        access_policy=place.access_policy,
        # Those who become the deployer are outside as well when they ask for its token.
        deployers=(deployer, *place.deployers),
        operators=place.operators,
        enforced=place.perimeter == "enforced",
    )
