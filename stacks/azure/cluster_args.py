"""Arguments of the registries, the clusters and of who reaches them, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.accounts import KubernetesAccount
from components.azure.cluster_access import ClusterAccessArgs
from components.azure.deployer import DeployerArgs, State
from components.azure.disks import DisksArgs
from components.azure.inference import InferenceArgs
from components.azure.machines import GpuPoolArgs
from components.azure.pod_logs import Collection
from components.azure.registry import RegistryArgs
from components.azure.training import TrainingArgs
from components.azure.workload_bindings import WorkloadBindingsArgs
from components.contracts import Cluster, Network, Purpose, SegmentName, Workload
from components.kubernetes.software import Software
from stacks.azure.base import Base, azure
from stacks.gpu_machines import answering_pool, training_pools
from stacks.model.sections import Inference
from stacks.settings import Settings
from stacks.workloads import Released

ZONE = "Microsoft.Network/privateDnsZones"
# The image of the deployer.
IMAGE = "deployer"


def registry(base: Base) -> RegistryArgs:
    return RegistryArgs(
        place=base.place,
        seal=base.seals[Purpose.REGISTRY],
        identities=base.identities,
        logs=base.logs,
        labels=base.settings.all_labels,
        protected=base.settings.holds_valuable_data,
    )


def disks(base: Base) -> DisksArgs:
    seal = base.seals[Purpose.DISKS]
    return DisksArgs(
        place=base.place,
        key_version=seal.version,
        reader=seal.actor.id,
        labels=base.settings.all_labels,
    )


@dataclass(frozen=True)
class Ground:
    """What clusters stand on: the network, the registry that nodes start from, what encrypts disks, and what
    tells agents what to collect.

    `bootstrap` and `disks` are ids.
    """

    network: Network
    bootstrap: pulumi.Output[str]
    disks: pulumi.Output[str]
    collection: Collection


def training(base: Base, ground: Ground) -> TrainingArgs:
    return TrainingArgs(
        **_cluster(base, ground, SegmentName.TRAINING),
        gpu_pools=training_pools(base.settings.training, GpuPoolArgs),
    )


def inference(base: Base, asked: Inference, ground: Ground) -> InferenceArgs:
    return InferenceArgs(
        **_cluster(base, ground, SegmentName.INFERENCE),
        gpu_pool=answering_pool(asked, GpuPoolArgs),
        # The issuer's keys and the certificate that pods show the edge are in the vault, always.
        mounts_secrets=True,
    )


def _cluster(base: Base, ground: Ground, segment: SegmentName) -> dict[str, Any]:
    """What every cluster of the stack is told."""
    zone = base.place.id(ZONE, f"privatelink.{base.place.location}.azmk8s.io")
    return {
        "place": base.place,
        "segment": ground.network.segments[segment],
        "network": ground.network.id,
        # The network's handle resolves once its zones are there.
        "zone": ground.network.id.apply(lambda _: zone),
        "nodes": base.actors[Workload.NODES],
        "bootstrap": ground.bootstrap,
        "disks": ground.disks,
        "logs": base.logs,
        "collection": ground.collection,
        "deployer": base.actors[Workload.DEPLOYER].client,
        "authority": _authority(base.settings, segment),
        "labels": base.settings.all_labels,
        "protected": base.settings.protects_clusters,
    }


def _authority(settings: Settings, segment: SegmentName) -> str | None:
    given = azure(settings).authorities
    return given.get("training" if segment is SegmentName.TRAINING else "inference")


def bindings(
    base: Base, cluster: Cluster, accounts: Mapping[Workload, KubernetesAccount]
) -> WorkloadBindingsArgs:
    return WorkloadBindingsArgs(
        place=base.place, cluster=cluster, accounts=accounts, identities=base.identities
    )


def access(base: Base, cluster: Cluster) -> ClusterAccessArgs:
    given = azure(base.settings)
    return ClusterAccessArgs(
        place=base.place,
        cluster=cluster,
        deployer=base.identities[Workload.DEPLOYER],
        operators=given.operators,
        administrators=given.administrators,
    )


def deployer(base: Base, state: State, network: Network, released: Released) -> DeployerArgs:
    return DeployerArgs(
        place=base.place,
        subnet=network.segments[SegmentName.OPERATIONS].subnet_ids[0],
        actor=base.actors[Workload.DEPLOYER],
        image=Software(released.registry, base.settings.software).image(IMAGE),
        state=state,
        # Container groups take no key of an HSM (components/azure/keys.yaml has the source).
        seal=base.vaulted[Purpose.DISKS],
        labels=base.settings.all_labels,
    )


def state(settings: Settings) -> State | None:
    """The team's program and state, where a deployer uses them."""
    given = azure(settings).deployments
    return State(container=given.container, key=given.key) if given else None
