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
from stacks.gpu_machines import answering_pool, training_pools
from stacks.model.sections import Inference


def training(base: Base, placement: Placement) -> TrainingArgs:
    return TrainingArgs(
        **_cluster(base, placement),
        gpu_pools=training_pools(
            base.settings.training, GpuPoolArgs, confidential=base.settings.training.confidential
        ),
    )


def inference(base: Base, asked: Inference, placement: Placement) -> InferenceArgs:
    return InferenceArgs(
        **_cluster(base, placement),
        gpu_pool=answering_pool(asked, GpuPoolArgs),
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
