"""A whole platform on Google Cloud, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.organizations.get_project import get_project_output
from pulumi_gcp.provider import Provider

from components.contracts import AllowEntry, Purpose, SegmentName, Workload
from components.gcp.cluster_access import ClusterAccess, ClusterAccessArgs
from components.gcp.existing_network import ExistingNetwork
from components.gcp.firewall_rules import SegmentRanges
from components.gcp.identity import Identities, IdentitiesArgs
from components.gcp.keys import Keys, KeysArgs
from components.gcp.machines import GpuPoolArgs
from components.gcp.network import Network, NetworkArgs
from components.gcp.perimeter import PerimeterArgs
from components.gcp.services import Services, ServicesArgs
from components.gcp.storage import Stores, StoresArgs
from components.gcp.training import TrainingArgs, TrainingCluster
from components.gcp.workload_bindings import KubernetesAccount, WorkloadBindings, WorkloadBindingsArgs
from stacks.choices import Accelerator, Environment
from stacks.flows import table
from stacks.places import Google
from stacks.settings import Settings

# The Kubernetes accounts as which the training cluster's workloads run; components/kubernetes makes them.
ACCOUNTS = {
    Workload.TRAINER: KubernetesAccount(namespace="training", name="trainer"),
    Workload.PIPELINE: KubernetesAccount(namespace="pipeline", name="pipeline"),
    Workload.SIGNER: KubernetesAccount(namespace="pipeline", name="signer"),
}


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    place = settings.google
    assert place is not None, "the settings' own rules require the section of the chosen cloud"
    name, project = settings.prefix, place.project
    google = _provider(settings, place)
    first = pulumi.ResourceOptions(providers=[google])

    services = Services(name, ServicesArgs(project=project), first)
    opts = pulumi.ResourceOptions(providers=[google], depends_on=[services])
    number = get_project_output(project_id=project, opts=pulumi.InvokeOutputOptions(provider=google)).number

    people = IdentitiesArgs(project=project, deployers=place.deployers)
    identities = Identities(name, people, opts).handles
    keys = Keys(
        name,
        KeysArgs(
            project=project,
            region=place.region,
            production=settings.production,
            signer=identities[Workload.SIGNER],
            labels=settings.all_labels,
            protected=settings.protected,
        ),
        opts,
    ).handles
    stores = Stores(
        name,
        StoresArgs(
            project=project,
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
        ),
        opts,
    ).handles
    network = Network(
        name,
        NetworkArgs(
            project=project,
            project_number=number,
            region=place.region,
            ranges=_ranges(settings),
            flows=table().flows,
            enterprise_ranges=settings.network.enterprise_ranges,
            allow=_allowed(settings),
            existing=_existing(settings),
            perimeter=_perimeter(place, identities[Workload.DEPLOYER].principal),
        ),
        opts,
    )
    training = TrainingCluster(
        f"{name}-training",
        TrainingArgs(
            project=project,
            project_number=number,
            region=place.region,
            zones=place.zones,
            placement=network.placements[SegmentName.TRAINING],
            nodes=identities[Workload.NODES],
            secrets_key=keys[Purpose.CLUSTER_SECRETS],
            disks_key=keys[Purpose.DISKS],
            gpu_pools=_gpu_pools(settings),
            labels=settings.all_labels,
            deletion_protection=settings.protected and settings.environment is not Environment.DEV,
        ),
        opts,
    ).handle
    bindings = WorkloadBindingsArgs(
        project=project, cluster=training, accounts=ACCOUNTS, identities=identities
    )
    WorkloadBindings(f"{name}-training", bindings, opts)
    access = ClusterAccessArgs(
        project=project, deployer=identities[Workload.DEPLOYER], operators=place.operators
    )
    ClusterAccess(name, access, opts)

    gateway = f"gcloud container fleet memberships get-credentials {name}-training"
    pulumi.export("training_cluster", training.name)
    pulumi.export("connect", f"{gateway} --location {place.region} --project {project}")
    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in keys.items()})


def _provider(settings: Settings, place: Google) -> Provider:
    return Provider(
        "google",
        project=place.project,
        region=place.region,
        default_labels=dict(settings.all_labels),
        # Quota and billing of API calls are the project's own, whoever's credential makes them.
        user_project_override=True,
        billing_project=place.project,
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
        access_policy=place.access_policy, deployers=(deployer,), enforced=place.perimeter == "enforced"
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
