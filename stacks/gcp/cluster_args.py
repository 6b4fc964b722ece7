"""Arguments of the clusters and of who reaches them, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.accounts import KubernetesAccount
from components.contracts import (
    Cluster,
    Purpose,
    Workload,
)
from components.gcp.cluster_access import ClusterAccessArgs
from components.gcp.inference import InferenceArgs
from components.gcp.machines import GpuPoolArgs
from components.gcp.network import Placement
from components.gcp.training import TrainingArgs
from components.gcp.workload_bindings import WorkloadBindingsArgs
from stacks.gcp.base import Base
from stacks.model.choices import Accelerator
from stacks.model.sections import Inference
from stacks.settings import Settings


def training(base: Base, placement: Placement) -> TrainingArgs:
    return TrainingArgs(**_cluster(base, placement), gpu_pools=_gpu_pools(base.settings))


def inference(base: Base, asked: Inference, placement: Placement) -> InferenceArgs:
    return InferenceArgs(
        **_cluster(base, placement),
        gpu_pool=_answering_pool(asked),
        mounts_secrets=bool(asked.access.api_keys),
    )


def _cluster(base: Base, placement: Placement) -> dict[str, Any]:
    """What every cluster of the stack is told."""
    return {
        "project": base.place.project,
        "project_number": base.number,
        "region": base.place.region,
        "zones": base.place.zones,
        "placement": placement,
        "nodes": base.identities[Workload.NODES],
        "secrets_key": base.keys[Purpose.CLUSTER_SECRETS],
        "disks_key": base.keys[Purpose.DISKS],
        "labels": base.settings.all_labels,
        "deletion_protection": base.settings.protects_clusters,
    }


def bindings(
    base: Base, cluster: Cluster, accounts: Mapping[Workload, KubernetesAccount]
) -> WorkloadBindingsArgs:
    return WorkloadBindingsArgs(
        project=base.place.project, cluster=cluster, accounts=accounts, identities=base.identities
    )


def access(base: Base) -> ClusterAccessArgs:
    return ClusterAccessArgs(
        project=base.place.project,
        deployer=base.identities[Workload.DEPLOYER],
        signer=base.identities[Workload.SIGNER],
        operators=base.place.operators,
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
        capacity=wanted.capacity,
        reservation=wanted.reservation,
        confidential=wanted.confidential,
    )
    return (pool,)


def _answering_pool(asked: Inference) -> GpuPoolArgs:
    """One node for each model server, and one more while a new version takes over."""
    return GpuPoolArgs(
        accelerator=asked.accelerator.value,
        per_node=asked.accelerators_per_node,
        min_nodes=asked.replicas.min,
        max_nodes=asked.replicas.max + 1,
        capacity=asked.capacity,
        reservation=asked.reservation,
    )
