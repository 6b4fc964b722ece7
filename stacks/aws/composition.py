"""A whole platform on AWS, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
from pulumi_aws.provider import Provider

from components.accounts import TRAINING_ACCOUNTS
from components.aws.cluster_access import ClusterAccess
from components.aws.controllers import Controllers
from components.aws.deployer import Deployer
from components.aws.identity import Identities
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.registry import Registry
from components.aws.storage import Stores
from components.aws.training import TrainingCluster
from components.aws.workload_bindings import WorkloadBindings
from components.contracts import Cluster, SegmentName
from components.kubernetes.tenants import Role
from stacks.aws import cluster_args, data_args, network_args
from stacks.aws.base import Base, amazon
from stacks.aws.workloads import adapters, equip, inside
from stacks.model.problems import Problem
from stacks.settings import EXPLAINED, Settings
from stacks.workloads import Released, lay_ground, run_training


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next.

    Raises SystemExit: the stack file asks for what is not built on AWS yet.
    """
    problems = list(unbuilt(settings))
    for problem in problems:
        pulumi.log.error(str(problem))
    if problems:
        raise SystemExit(EXPLAINED)
    name = settings.prefix
    opts = pulumi.ResourceOptions(providers=[_provider(settings)])

    identities = Identities(name, data_args.identities(settings), opts).handles
    vault = Keys(name, data_args.keys(settings, identities), opts)
    base = Base(settings, identities, vault.handles)
    registry = Registry(name, data_args.registry(base), opts).handle
    stores = Stores(name, data_args.stores(base), opts).handles
    network = Network(name, network_args.network(base), opts)
    released = Released(registry, vault.signing, stores)

    training = TrainingCluster(
        f"{name}-training", cluster_args.training(base, network.placements[SegmentName.TRAINING]), opts
    ).handle
    _run_training(base, training, released, opts)
    if given := amazon(settings).deployments:
        args = cluster_args.deployer(base, given, network, released)
        pulumi.export("deployer", Deployer(f"{name}-deployer", args, opts).project)

    place = base.place
    pulumi.export("training_cluster", training.name)
    pulumi.export("connect", f"aws eks update-kubeconfig --region {place.region} --name {name}-training")
    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("registry", {"images": registry.images})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in vault.handles.items()})


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


def unbuilt(settings: Settings) -> Iterator[Problem]:
    """What a stack file asks for and AWS does not have yet, so that nothing is passed over in silence."""
    if settings.inference:
        yield Problem("inference", "AWS has no edge and no inference cluster yet", "no such section")


def _provider(settings: Settings) -> Provider:
    place = amazon(settings)
    return Provider(
        "amazon",
        region=place.region,
        # A credential of another account is refused before anything is made.
        allowed_account_ids=[place.account],
        default_tags={"tags": dict(settings.all_labels)},
    )
