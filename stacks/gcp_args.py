"""What each component of a Google Cloud stack is told: arguments from the settings and from other handles."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.contracts import AllowEntry, Cluster, Identity, Key, Purpose, SegmentName, Workload
from components.gcp.cluster_access import ClusterAccessArgs
from components.gcp.existing_network import ExistingNetwork
from components.gcp.firewall_rules import SegmentRanges
from components.gcp.identity import IdentitiesArgs
from components.gcp.keys import KeysArgs
from components.gcp.machines import GpuPoolArgs
from components.gcp.network import Network, NetworkArgs, Placement
from components.gcp.node_tags import NodeTagsArgs
from components.gcp.perimeter import PerimeterArgs
from components.gcp.storage import StoresArgs
from components.gcp.training import TrainingArgs
from components.gcp.workload_bindings import KubernetesAccount, WorkloadBindingsArgs
from stacks.flows import table
from stacks.model.choices import Accelerator, Environment
from stacks.model.places import Google
from stacks.settings import Settings

Identities = Mapping[Workload, Identity]
Keys = Mapping[Purpose, Key]

# The Kubernetes accounts as which the training cluster's workloads run; components/kubernetes makes them.
ACCOUNTS = {
    Workload.TRAINER: KubernetesAccount(namespace="training", name="trainer"),
    Workload.PIPELINE: KubernetesAccount(namespace="pipeline", name="pipeline"),
    Workload.SIGNER: KubernetesAccount(namespace="pipeline", name="signer"),
}


def google(settings: Settings) -> Google:
    """The section of this cloud, which the settings' own rules require."""
    assert settings.google is not None
    return settings.google


def identities_args(settings: Settings) -> IdentitiesArgs:
    place = google(settings)
    return IdentitiesArgs(project=place.project, deployers=place.deployers)


def keys_args(settings: Settings, identities: Identities) -> KeysArgs:
    place = google(settings)
    return KeysArgs(
        project=place.project,
        region=place.region,
        production=settings.production,
        signer=identities[Workload.SIGNER],
        labels=settings.all_labels,
        protected=settings.protected,
    )


def stores_args(settings: Settings, keys: Keys, identities: Identities) -> StoresArgs:
    place = google(settings)
    return StoresArgs(
        project=place.project,
        region=place.region,
        production=settings.production,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days,
        soft_delete_days=settings.data.soft_delete_days,
        log_days=settings.retention.logs_days,
        keys=keys,
        identities=identities,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def network_args(settings: Settings, number: pulumi.Output[str], identities: Identities) -> NetworkArgs:
    place = google(settings)
    return NetworkArgs(
        project=place.project,
        project_number=number,
        region=place.region,
        ranges=_ranges(settings),
        flows=table().flows,
        enterprise_ranges=settings.network.enterprise_ranges,
        allow=_allowed(settings),
        existing=_existing(settings),
        perimeter=_perimeter(place, identities[Workload.DEPLOYER].principal),
    )


def node_tags_args(settings: Settings, number: pulumi.Output[str], network: Network) -> NodeTagsArgs:
    segments = [SegmentName.TRAINING, *([SegmentName.INFERENCE] if settings.inference else [])]
    return NodeTagsArgs(
        project=google(settings).project,
        project_number=number,
        placements={segment: network.placements[segment] for segment in segments},
    )


def training_args(
    settings: Settings, number: pulumi.Output[str], placement: Placement, keys: Keys, identities: Identities
) -> TrainingArgs:
    place = google(settings)
    return TrainingArgs(
        project=place.project,
        project_number=number,
        region=place.region,
        zones=place.zones,
        placement=placement,
        nodes=identities[Workload.NODES],
        secrets_key=keys[Purpose.CLUSTER_SECRETS],
        disks_key=keys[Purpose.DISKS],
        gpu_pools=_gpu_pools(settings),
        labels=settings.all_labels,
        deletion_protection=settings.protected and settings.environment is not Environment.DEV,
    )


def bindings_args(settings: Settings, cluster: Cluster, identities: Identities) -> WorkloadBindingsArgs:
    return WorkloadBindingsArgs(
        project=google(settings).project, cluster=cluster, accounts=ACCOUNTS, identities=identities
    )


def access_args(settings: Settings, identities: Identities) -> ClusterAccessArgs:
    place = google(settings)
    return ClusterAccessArgs(
        project=place.project, deployer=identities[Workload.DEPLOYER], operators=place.operators
    )


def _ranges(settings: Settings) -> dict[SegmentName, SegmentRanges]:
    return {
        segment: SegmentRanges(**{name: str(network) for name, network in ranges.named()})
        for segment, ranges in settings.segment_ranges.items()
    }


def _allowed(settings: Settings) -> tuple[AllowEntry, ...]:
    return tuple(
        AllowEntry(
            name=entry.name,
            owner=entry.owner,
            reason=entry.reason,
            source=_end(entry.source),
            destination=_end(entry.destination),
            protocol=entry.protocol,
            ports=entry.ports,
            expires=entry.expires,
        )
        for entry in settings.allow
    )


def _end(text: str) -> SegmentName | str:
    return SegmentName(text) if text in set(SegmentName) else text


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


def _gpu_pools(settings: Settings) -> tuple[GpuPoolArgs, ...]:
    wanted = settings.training
    if wanted.accelerator is Accelerator.NONE:
        return ()
    pool = GpuPoolArgs(
        accelerator=wanted.accelerator.value,
        per_node=wanted.accelerators_per_node,
        min_nodes=wanted.nodes.min,
        max_nodes=wanted.nodes.max,
        capacity=wanted.capacity.value,
        reservation=wanted.reservation,
        confidential=wanted.confidential,
    )
    return (pool,)
