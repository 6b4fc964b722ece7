"""A whole platform on Google Cloud, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.organizations.get_project import get_project_output
from pulumi_gcp.provider import Provider

from components.accounts import TRAINING_ACCOUNTS
from components.contracts import SegmentName
from components.gcp.alerts import Alerts
from components.gcp.audit import Audit
from components.gcp.catalog import Catalog
from components.gcp.cluster_access import ClusterAccess
from components.gcp.findings import Findings
from components.gcp.identity import Identities
from components.gcp.keys import Keys
from components.gcp.network import Network
from components.gcp.node_tags import NodeTags
from components.gcp.registry import Registry
from components.gcp.services import Services, ServicesArgs
from components.gcp.storage import Stores
from components.gcp.training import TrainingCluster
from components.gcp.workload_bindings import WorkloadBindings
from components.kubernetes.tenants import Role
from stacks.gcp import cluster_args, data_args, network_args, records_args
from stacks.gcp.base import Base, google
from stacks.gcp.serving import Surroundings, serve
from stacks.gcp.workloads import inside
from stacks.settings import Settings
from stacks.workloads import Released, lay_ground, run_training


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    name, place = settings.prefix, google(settings)
    provider = _provider(settings)

    services = Services(
        name, ServicesArgs(project=place.project), pulumi.ResourceOptions(providers=[provider])
    )
    opts = pulumi.ResourceOptions(providers=[provider], depends_on=[services])
    ask = pulumi.InvokeOutputOptions(provider=provider)
    number = get_project_output(project_id=place.project, opts=ask).number

    identities = Identities(name, data_args.identities(settings), opts).handles
    vault = Keys(name, data_args.keys(settings, identities), opts)
    keys, signing = vault.handles, vault.signing
    base = Base(settings, number, identities, keys)
    registry = Registry(name, data_args.registry(base, signing), opts)
    stores = Stores(name, data_args.stores(base), opts).handles
    Audit(name, records_args.audit(base), opts)
    alerts = Alerts(name, records_args.alerts(base), opts)
    Findings(name, records_args.findings(base, alerts.topic), opts)
    Catalog(name, data_args.catalog(base, stores), opts)
    network = Network(name, network_args.network(base), opts)
    placements = NodeTags(name, network_args.node_tags(base, network), opts).placements

    training = TrainingCluster(
        f"{name}-training", cluster_args.training(base, placements[SegmentName.TRAINING]), opts
    ).handle
    WorkloadBindings(f"{name}-training", cluster_args.bindings(base, training, TRAINING_ACCOUNTS), opts)
    released = Released(registry.handle, signing, stores)
    # A stack that is being taken down empties its clusters first, while their API servers still answer.
    if not settings.teardown:
        around = inside(f"{name}-training", base, SegmentName.TRAINING, training)
        ground = lay_ground(f"{name}-training", settings, around, released, Role.TRAINING)
        run_training(ground, settings, released)
    if asked := settings.inference:
        placement = placements[SegmentName.INFERENCE]
        channels = list(alerts.channels.values())
        around = Surroundings(network, placement, vault.authority, channels, released)
        serve(base, asked, around, opts)
    ClusterAccess(name, cluster_args.access(base), opts)

    gateway = f"gcloud container fleet memberships get-credentials {name}-training"
    pulumi.export("training_cluster", training.name)
    pulumi.export("connect", f"{gateway} --location {place.region} --project {place.project}")
    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("registry", {"images": registry.handle.images, "attestor": registry.attestor})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in keys.items()})


def _provider(settings: Settings) -> Provider:
    place = google(settings)
    return Provider(
        "google",
        project=place.project,
        region=place.region,
        default_labels=dict(settings.all_labels),
        # Quota and billing of API calls are the project's own, whoever's credential makes them.
        user_project_override=True,
        billing_project=place.project,
    )
