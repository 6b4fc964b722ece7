"""A whole platform on Google Cloud, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.organizations.get_project import get_project_output
from pulumi_gcp.provider import Provider

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
from stacks import gcp_args as args
from stacks.gcp_serving import Surroundings, serve
from stacks.gcp_workloads import Released, run_training
from stacks.settings import Settings


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    name, place = settings.prefix, args.google(settings)
    google = _provider(settings)

    services = Services(name, ServicesArgs(project=place.project), pulumi.ResourceOptions(providers=[google]))
    opts = pulumi.ResourceOptions(providers=[google], depends_on=[services])
    ask = pulumi.InvokeOutputOptions(provider=google)
    number = get_project_output(project_id=place.project, opts=ask).number

    identities = Identities(name, args.identities_args(settings), opts).handles
    vault = Keys(name, args.keys_args(settings, identities), opts)
    keys, signing = vault.handles, vault.signing
    base = args.Base(settings, number, identities, keys)
    registry = Registry(name, args.registry_args(base, signing), opts)
    stores = Stores(name, args.stores_args(base), opts).handles
    Audit(name, args.audit_args(base), opts)
    alerts = Alerts(name, args.alerts_args(base), opts)
    Findings(name, args.findings_args(base, alerts.topic), opts)
    Catalog(name, args.catalog_args(base, stores), opts)
    network = Network(name, args.network_args(base), opts)
    placements = NodeTags(name, args.node_tags_args(base, network), opts).placements

    training = TrainingCluster(
        f"{name}-training", args.training_args(base, placements[SegmentName.TRAINING]), opts
    ).handle
    WorkloadBindings(f"{name}-training", args.bindings_args(base, training, args.TRAINING_ACCOUNTS), opts)
    released = Released(registry.handle, signing, stores)
    # A stack that is being taken down empties its clusters first, while their API servers still answer.
    if not settings.teardown:
        run_training(f"{name}-training", base, training, released)
    if asked := settings.inference:
        placement = placements[SegmentName.INFERENCE]
        channels = list(alerts.channels.values())
        around = Surroundings(network, placement, vault.authority, channels, released)
        serve(base, asked, around, opts)
    ClusterAccess(name, args.access_args(base), opts)

    gateway = f"gcloud container fleet memberships get-credentials {name}-training"
    pulumi.export("training_cluster", training.name)
    pulumi.export("connect", f"{gateway} --location {place.region} --project {place.project}")
    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("registry", {"images": registry.handle.images, "attestor": registry.attestor})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in keys.items()})


def _provider(settings: Settings) -> Provider:
    place = args.google(settings)
    return Provider(
        "google",
        project=place.project,
        region=place.region,
        default_labels=dict(settings.all_labels),
        # Quota and billing of API calls are the project's own, whoever's credential makes them.
        user_project_override=True,
        billing_project=place.project,
    )
