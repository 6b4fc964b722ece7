"""Arguments of the clusters, of who reaches them and of what acts for them, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.accounts import KubernetesAccount
from components.aws.cluster_access import ClusterAccessArgs
from components.aws.controllers import ControllersArgs
from components.aws.deployer import DeployerArgs
from components.aws.inference import InferenceArgs
from components.aws.machines import GpuGroupArgs
from components.aws.network import Network, Placement
from components.aws.training import TrainingArgs
from components.aws.workload_bindings import WorkloadBindingsArgs
from components.contracts import Cluster, Purpose, SegmentName, Workload
from components.kubernetes.software import Software
from stacks.aws.base import Base, amazon
from stacks.gpu_machines import answering_pool, training_pools
from stacks.model.amazon import Deployments
from stacks.model.sections import Inference
from stacks.settings import Settings
from stacks.workloads import Released

# The image of the deployer's builds.
IMAGE = "deployer"


def training(base: Base, placement: Placement) -> TrainingArgs:
    return TrainingArgs(
        **_cluster(base, placement), gpu_groups=training_pools(base.settings.training, GpuGroupArgs)
    )


def inference(base: Base, asked: Inference, placement: Placement) -> InferenceArgs:
    return InferenceArgs(
        **_cluster(base, placement),
        gpu_group=answering_pool(asked, GpuGroupArgs),
        mounts_secrets=bool(asked.access.api_keys),
    )


def _cluster(base: Base, placement: Placement) -> dict[str, Any]:
    """What every cluster of the stack is told."""
    return {
        "place": base.place,
        "placement": placement,
        "nodes": base.identities[Workload.NODES],
        "secrets_key": base.keys[Purpose.CLUSTER_SECRETS],
        "disks_key": base.keys[Purpose.DISKS],
        "logs_key": base.keys[Purpose.LOGS],
        "log_days": base.settings.retention.logs_days,
        "labels": base.settings.all_labels,
        "deletion_protection": base.settings.protects_clusters,
    }


def bindings(
    base: Base, cluster: Cluster, accounts: Mapping[Workload, KubernetesAccount]
) -> WorkloadBindingsArgs:
    return WorkloadBindingsArgs(
        cluster=cluster,
        accounts=accounts,
        identities=base.identities,
        labels=base.settings.all_labels,
    )


def access(base: Base, cluster: Cluster) -> ClusterAccessArgs:
    return ClusterAccessArgs(
        place=base.place,
        cluster=cluster,
        deployer=base.identities[Workload.DEPLOYER],
        operators=amazon(base.settings).operators,
        labels=base.settings.all_labels,
    )


def controllers(
    base: Base, name: str, cluster: Cluster, target_group: pulumi.Output[str] | None = None
) -> ControllersArgs:
    return ControllersArgs(
        place=base.place,
        cluster=cluster,
        cluster_name=name,
        target_group=target_group,
        labels=base.settings.all_labels,
    )


def deployer(base: Base, given: Deployments, network: Network, released: Released) -> DeployerArgs:
    settings = base.settings
    return DeployerArgs(
        place=base.place,
        placement=network.placements[SegmentName.OPERATIONS],
        identity=base.identities[Workload.DEPLOYER],
        image=Software(released.registry, settings.software).image(IMAGE),
        repository=released.registry.name.apply(lambda images: f"{images}/{IMAGE}"),
        bucket=given.bucket,
        state_key=given.key,
        clusters=tuple(f"{settings.prefix}-{segment}" for segment in clusters_of(settings)),
        signing=released.signing,
        logs_key=base.keys[Purpose.LOGS],
        log_days=settings.retention.logs_days,
        labels=settings.all_labels,
    )


def clusters_of(settings: Settings) -> tuple[SegmentName, ...]:
    """The segments with a cluster."""
    return (SegmentName.TRAINING, SegmentName.INFERENCE) if settings.inference else (SegmentName.TRAINING,)
