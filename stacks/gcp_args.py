"""What each component of a Google Cloud stack is told: arguments from the settings and from other handles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp.pubsub.topic import Topic

from components.contracts import (
    AllowEntry,
    Cluster,
    Identity,
    Key,
    Purpose,
    SegmentName,
    SigningKey,
    Store,
    StoreName,
    Workload,
)
from components.gcp.alerts import AlertsArgs
from components.gcp.audit import AuditArgs
from components.gcp.catalog import CatalogArgs
from components.gcp.cluster_access import ClusterAccessArgs
from components.gcp.existing_network import ExistingNetwork
from components.gcp.findings import FindingsArgs
from components.gcp.firewall_rules import SegmentRanges
from components.gcp.identity import IdentitiesArgs
from components.gcp.inference import InferenceArgs
from components.gcp.keys import KeysArgs
from components.gcp.machines import GpuPoolArgs
from components.gcp.network import Network, NetworkArgs, Placement
from components.gcp.node_tags import NodeTagsArgs
from components.gcp.perimeter import PerimeterArgs
from components.gcp.registry import RegistryArgs
from components.gcp.storage import StoresArgs
from components.gcp.training import TrainingArgs
from components.gcp.workload_bindings import KubernetesAccount, WorkloadBindingsArgs
from stacks.flows import table
from stacks.model.choices import Accelerator, Environment, Phase
from stacks.model.places import Google
from stacks.model.sections import Inference
from stacks.settings import Settings

Identities = Mapping[Workload, Identity]
Keys = Mapping[Purpose, Key]

# The Kubernetes accounts as which workloads run, by cluster; components/kubernetes makes them.
TRAINING_ACCOUNTS = {
    Workload.TRAINER: KubernetesAccount(namespace="training", name="trainer"),
    Workload.PIPELINE: KubernetesAccount(namespace="pipeline", name="pipeline"),
    Workload.SIGNER: KubernetesAccount(namespace="pipeline", name="signer"),
}
INFERENCE_ACCOUNTS = {
    Workload.INFERENCE: KubernetesAccount(namespace="inference", name="inference"),
}


def google(settings: Settings) -> Google:
    """The section of this cloud, which the settings' own rules require."""
    assert settings.google is not None
    return settings.google


@dataclass(frozen=True)
class Base:
    """What nearly every component of a stack stands on."""

    settings: Settings
    number: pulumi.Output[str]
    identities: Identities
    keys: Keys

    @property
    def place(self) -> Google:
        return google(self.settings)

    @property
    def deletion_protection(self) -> bool:
        """Clusters of a dev stack come and go."""
        return self.settings.protected and self.settings.environment is not Environment.DEV


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


def registry_args(base: Base, signing: SigningKey) -> RegistryArgs:
    return RegistryArgs(
        project=base.place.project,
        region=base.place.region,
        key=base.keys[Purpose.REGISTRY],
        signing=signing,
        identities=base.identities,
        labels=base.settings.all_labels,
        protected=base.settings.holds_valuable_data,
        writes_image_policy=base.place.image_policy == "own",
    )


def stores_args(base: Base) -> StoresArgs:
    settings, place = base.settings, base.place
    return StoresArgs(
        project=place.project,
        region=place.region,
        production=settings.production,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days,
        soft_delete_days=settings.data.soft_delete_days,
        log_days=settings.retention.logs_days,
        keys=base.keys,
        identities=base.identities,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def audit_args(base: Base) -> AuditArgs:
    settings = base.settings
    return AuditArgs(
        project=base.place.project,
        region=base.place.region,
        key=base.keys[Purpose.LOGS],
        log_days=settings.retention.logs_days,
        # A lock is for good: no teardown lifts it, and a stack that comes and goes has none.
        locked=settings.production and settings.sensitive,
        writes_audit_config=base.place.audit_config == "own",
        protected=settings.holds_valuable_data,
    )


def alerts_args(base: Base) -> AlertsArgs:
    return AlertsArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        key=base.keys[Purpose.MESSAGES],
        contacts=_mailboxes(base.settings),
        serves=base.settings.inference is not None,
        labels=base.settings.all_labels,
    )


def findings_args(base: Base, topic: Topic) -> FindingsArgs:
    return FindingsArgs(
        project=base.place.project,
        project_number=base.number,
        contacts=_mailboxes(base.settings),
        topic=topic,
        security_center=base.place.security_center,
        threat_detection=base.settings.phase is Phase.CONTINUOUS,
        labels=base.settings.all_labels,
    )


def catalog_args(base: Base, stores: Mapping[StoreName, Store]) -> CatalogArgs:
    settings = base.settings
    return CatalogArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        stores=stores,
        classification=settings.data.classification.value,
        sensitive=settings.sensitive,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        lawful_basis=settings.data.lawful_basis.value.upper().replace("-", "_"),
        purpose=settings.data.purpose,
        owner=settings.contacts.privacy or settings.contacts.security,
        labels=settings.all_labels,
    )


def network_args(base: Base) -> NetworkArgs:
    settings, place = base.settings, base.place
    return NetworkArgs(
        project=place.project,
        project_number=base.number,
        region=place.region,
        ranges=_ranges(settings),
        flows=table().flows,
        enterprise_ranges=settings.network.enterprise_ranges,
        allow=_allowed(settings),
        existing=_existing(settings),
        perimeter=_perimeter(place, base.identities[Workload.DEPLOYER].principal),
    )


def node_tags_args(base: Base, network: Network) -> NodeTagsArgs:
    segments = [SegmentName.TRAINING, *([SegmentName.INFERENCE] if base.settings.inference else [])]
    return NodeTagsArgs(
        project=base.place.project,
        project_number=base.number,
        placements={segment: network.placements[segment] for segment in segments},
    )


def training_args(base: Base, placement: Placement) -> TrainingArgs:
    return TrainingArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        zones=base.place.zones,
        placement=placement,
        nodes=base.identities[Workload.NODES],
        secrets_key=base.keys[Purpose.CLUSTER_SECRETS],
        disks_key=base.keys[Purpose.DISKS],
        gpu_pools=_gpu_pools(base.settings),
        labels=base.settings.all_labels,
        deletion_protection=base.deletion_protection,
    )


def inference_args(base: Base, asked: Inference, placement: Placement) -> InferenceArgs:
    return InferenceArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        zones=base.place.zones,
        placement=placement,
        nodes=base.identities[Workload.NODES],
        secrets_key=base.keys[Purpose.CLUSTER_SECRETS],
        disks_key=base.keys[Purpose.DISKS],
        gpu_pool=_answering_pool(asked),
        mounts_secrets=bool(asked.access.api_keys),
        labels=base.settings.all_labels,
        deletion_protection=base.deletion_protection,
    )


def bindings_args(
    base: Base, cluster: Cluster, accounts: Mapping[Workload, KubernetesAccount]
) -> WorkloadBindingsArgs:
    return WorkloadBindingsArgs(
        project=base.place.project, cluster=cluster, accounts=accounts, identities=base.identities
    )


def access_args(base: Base) -> ClusterAccessArgs:
    return ClusterAccessArgs(
        project=base.place.project,
        deployer=base.identities[Workload.DEPLOYER],
        operators=base.place.operators,
    )


def _mailboxes(settings: Settings) -> dict[str, str]:
    return {who: email for who, email in settings.contacts.model_dump().items() if email}


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


def _answering_pool(asked: Inference) -> GpuPoolArgs:
    """One node for each model server, and one more while a new version takes over."""
    return GpuPoolArgs(
        accelerator=asked.accelerator.value,
        per_node=asked.accelerators_per_node,
        min_nodes=asked.replicas.min,
        max_nodes=asked.replicas.max + 1,
        capacity=asked.capacity.value,
        reservation=asked.reservation,
    )
