"""A whole platform on AWS, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

import pulumi
from pulumi_aws.provider import Provider

from components.accounts import TRAINING_ACCOUNTS
from components.aws.alerts import Alerts
from components.aws.audit import Audit
from components.aws.catalog import Catalog
from components.aws.cluster_access import ClusterAccess
from components.aws.controllers import Controllers
from components.aws.deployer import Deployer
from components.aws.findings import Findings
from components.aws.identity import Identities
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.pod_alerts import PodAlerts
from components.aws.recorder import Recorder
from components.aws.registry import Registry
from components.aws.storage import Stores
from components.aws.topic import Topic
from components.aws.training import TrainingCluster
from components.aws.workload_bindings import WorkloadBindings
from components.contracts import Cluster, SegmentName
from components.kubernetes.tenants import Role
from stacks.aws import cluster_args, data_args, network_args, records_args
from stacks.aws.base import Base, amazon
from stacks.aws.serving import Surroundings, serve
from stacks.aws.workloads import adapters, equip, inside
from stacks.settings import Settings
from stacks.workloads import Released, lay_ground, run_training


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    name = settings.prefix
    opts = pulumi.ResourceOptions(providers=[_provider(settings)])

    identities = Identities(name, data_args.identities(settings), opts).handles
    vault = Keys(name, data_args.keys(settings, identities), opts)
    base = Base(settings, identities, vault.handles)
    registry = Registry(name, data_args.registry(base), opts).handle
    kept = Stores(name, data_args.stores(base), opts)
    stores = kept.handles
    topic = Topic(f"{name}-alerts", records_args.topic(base), opts)
    _keep_records(base, kept, topic, opts)
    network = Network(name, network_args.network(base), opts)
    released = Released(registry, vault.signing, stores)

    training = TrainingCluster(
        f"{name}-training", cluster_args.training(base, network.placements[SegmentName.TRAINING]), opts
    )
    PodAlerts(f"{name}-training", records_args.pod_alerts(base, training.printed, topic.arn), opts)
    _run_training(base, training.handle, released, opts)
    if asked := settings.inference:
        serve(base, asked, Surroundings(network, topic, kept.access_logs, released), opts)
    if given := amazon(settings).deployments:
        args = cluster_args.deployer(base, given, network, released)
        pulumi.export("deployer", Deployer(f"{name}-deployer", args, opts).project)

    place = base.place
    pulumi.export("training_cluster", training.handle.name)
    pulumi.export("connect", f"aws eks update-kubeconfig --region {place.region} --name {name}-training")
    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("registry", {"images": registry.images})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in vault.handles.items()})


def _keep_records(base: Base, kept: Stores, topic: Topic, opts: pulumi.ResourceOptions) -> None:
    """Who did what, what the account is like, who is told, and what the stores hold."""
    name, given = base.settings.prefix, amazon(base.settings)
    trail = None
    if given.trail != "elsewhere":
        trail = Audit(name, records_args.audit(base, kept.access_logs), opts).group
    Alerts(name, records_args.alerts(base, trail, topic.arn), opts)
    if given.recorder == "own":
        Recorder(name, records_args.recorder(base, kept.access_logs), opts)
    Findings(name, records_args.findings(base, topic.channel), opts)
    Catalog(name, records_args.catalog(base, kept.handles), opts)


def _run_training(base: Base, cluster: Cluster, released: Released, opts: pulumi.ResourceOptions) -> None:
    """Who acts in and for the training cluster, and what runs in it."""
    settings, name = base.settings, f"{base.settings.prefix}-training"
    WorkloadBindings(name, cluster_args.bindings(base, cluster, TRAINING_ACCOUNTS), opts)
    access = ClusterAccess(name, cluster_args.access(base, cluster), opts)
    rights = Controllers(name, cluster_args.controllers(base, name, cluster), opts)
    # A stack that is being taken down empties its clusters first, while their API servers still answer.
    if settings.teardown or not amazon(settings).fill_clusters:
        return
    around = inside(name, base, SegmentName.TRAINING, cluster, (access.deployer,))
    ground = lay_ground(name, settings, around, released, Role.TRAINING)
    equip(ground, base, settings.training, rights)
    run_training(ground, settings, released, adapters(settings.training))


def _provider(settings: Settings) -> Provider:
    place = amazon(settings)
    return Provider(
        "amazon",
        region=place.region,
        # A credential of another account is refused before anything is made.
        allowed_account_ids=[place.account],
        default_tags={"tags": dict(settings.all_labels)},
    )
