"""A whole platform on Azure, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.provider import Provider

from components.accounts import TRAINING_ACCOUNTS
from components.azure.alerts import Alerts
from components.azure.assignments import Assignments
from components.azure.audit import Audit
from components.azure.catalog import Catalog
from components.azure.cluster_access import ClusterAccess
from components.azure.deployer import Deployer
from components.azure.disks import Disks
from components.azure.endpoints import Target
from components.azure.findings import Findings
from components.azure.identity import Identities
from components.azure.keys import Keys
from components.azure.network import Network
from components.azure.registry import Registry
from components.azure.resource_group import ResourceGroup
from components.azure.secrets import Secrets
from components.azure.storage import Stores
from components.azure.training import TrainingCluster
from components.azure.workload_bindings import WorkloadBindings
from components.azure.workspace import Workspace
from components.contracts import Cluster, SegmentName
from components.kubernetes.tenants import Role
from stacks.azure import cluster_args, data_args, edge_args, network_args, records_args
from stacks.azure.aliases import leave_out_versioned_aliases
from stacks.azure.base import Base, azure
from stacks.azure.echoes import read_lists_for_maps
from stacks.azure.sealing import Sealing
from stacks.azure.serving import Around, answer
from stacks.azure.surroundings import Surroundings, surround
from stacks.azure.workloads import equip, inside
from stacks.settings import Settings
from stacks.workloads import Released, lay_ground, run_training


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next."""
    read_lists_for_maps()
    leave_out_versioned_aliases()
    name = settings.prefix
    provider = _provider(settings)
    group = ResourceGroup(
        name, data_args.resource_group(settings), pulumi.ResourceOptions(providers=[provider])
    )
    opts = pulumi.ResourceOptions(providers=[provider], depends_on=[group])

    workspace = Workspace(name, records_args.workspace(settings), opts)
    identities = Identities(name, data_args.identities(settings), opts)
    vault = Keys(name, data_args.keys(settings, identities.handles, workspace.logs), opts)
    sealing = Sealing(settings, vault, workspace.logs, opts)
    base = Base(
        settings=settings,
        identities=identities.handles,
        actors=identities.actors,
        keys=sealing.keys,
        seals=sealing.seals,
        vaulted=sealing.vaulted,
        logs=workspace.logs,
    )
    secrets = Secrets(name, edge_args.secrets(base), opts)
    kept = Stores(name, data_args.stores(base), opts)
    registry = Registry(name, cluster_args.registry(base), opts)
    records = _keep_records(base, kept, opts)
    reached = {
        "keys": Target("vault", vault.vault.id),
        "secrets": Target("vault", secrets.keys.id),
        "certificates": Target("vault", secrets.certificates.id),
        "records": Target("monitor", workspace.scope),
        **{which: Target("registry", id_) for which, id_ in registry.registries.items()},
        **{store.value: Target("blob", account.id) for store, account in kept.accounts.items()},
        **sealing.reached,
        **_elsewhere(settings),
        **records.reached,
    }
    network = Network(name, network_args.network(base, reached), opts)
    disks = Disks(name, cluster_args.disks(base), opts)
    ground = cluster_args.Ground(network.handle, registry.bootstrap, disks.id, workspace.collection)

    training = TrainingCluster(f"{name}-training", cluster_args.training(base, ground), opts).handle
    released = Released(registry.handle, vault.signing, kept.handles)
    _run_training(base, training, released, opts)
    if asked := settings.inference:
        serving = surround(base, asked, Surroundings(network, secrets), opts)
        answer(base, asked, Around(ground, released, serving), opts)

    if state := cluster_args.state(settings):
        args = cluster_args.deployer(base, state, network.handle, released)
        pulumi.export("deployer", Deployer(f"{name}-deployer", args, opts).group)

    sealing.tell(records.encrypts)
    pulumi.export("training_cluster", training.name)
    pulumi.export("connect", _connect(base, f"{name}-training"))
    pulumi.export("network", network.handle.id)
    pulumi.export("registry", {"images": registry.handle.images})
    pulumi.export("buckets", {store.value: handle.uri for store, handle in kept.handles.items()})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in sealing.keys.items()})
    pulumi.export("identities", {each.value: own.id for each, own in identities.handles.items()})


@dataclass(frozen=True)
class Records:
    """The id of the Purview account, and who encrypts in the cluster of records, where there are any."""

    catalogue: pulumi.Output[str] | None
    encrypts: pulumi.Output[str] | None

    @property
    def reached(self) -> Mapping[str, Target]:
        """What the network makes reachable."""
        if self.catalogue is None:
            return {}
        return {which: Target(which, self.catalogue) for which in ("catalogue", "catalogue-portal")}


def _elsewhere(settings: Settings) -> Mapping[str, Target]:
    """What the deployer reaches that is no part of the stack: the state, and the key of its secrets."""
    state = cluster_args.state(settings)
    if state is None:
        return {}
    return {
        "state": Target("blob", pulumi.Output.from_input(state.account_id)),
        "state-key": Target("vault", pulumi.Output.from_input(state.vault_id)),
    }


def _keep_records(base: Base, kept: Stores, opts: pulumi.ResourceOptions) -> Records:
    """Who did what, who is told, what is found, what Azure itself measures, and what the stores hold."""
    name = base.settings.prefix
    audit = Audit(name, records_args.audit(base), opts)
    Alerts(name, records_args.alerts(base), opts)
    Findings(name, records_args.findings(base), opts)
    Assignments(name, records_args.assignments(base), opts)
    catalogue = Catalog(name, records_args.catalog(base, kept.handles), opts)
    return Records(catalogue.account, audit.encrypts)


def _run_training(base: Base, cluster: Cluster, released: Released, opts: pulumi.ResourceOptions) -> None:
    """Who acts in and for the training cluster, and what runs in it."""
    settings, name = base.settings, f"{base.settings.prefix}-training"
    WorkloadBindings(name, cluster_args.bindings(base, cluster, TRAINING_ACCOUNTS), opts)
    access = ClusterAccess(name, cluster_args.access(base, cluster), opts)
    # A stack that is being taken down empties its clusters first, while their API servers still answer.
    if settings.teardown or not azure(settings).fill_clusters:
        return
    around = inside(name, base, SegmentName.TRAINING, access.cluster)
    ground = lay_ground(name, settings, around, released, Role.TRAINING)
    equip(ground, base, settings.training, TRAINING_ACCOUNTS)
    run_training(ground, settings, released)


def _connect(base: Base, cluster: str) -> str:
    place = base.place
    return (
        f"az aks get-credentials --subscription {place.subscription} "
        f"--resource-group {place.group} --name {cluster}"
    )


def _provider(settings: Settings) -> Provider:
    given = azure(settings)
    return Provider(
        "azure",
        subscription_id=given.subscription,
        tenant_id=given.tenant,
        location=given.location,
        # Nothing is told to Microsoft about which tool made what.
        disable_pulumi_partner_id=True,
    )
