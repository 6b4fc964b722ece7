"""A private AKS cluster without a way out: what every cluster of the platform has, whatever runs in it.

Builds the cluster with the pool of its own services, the identity of its control plane and what that may do,
the record of its control plane, the agent that sends what pods print, and when AKS may change it.

Guarantees: the API server has an address in its segment only, no public name, and no run command that comes
past the network; nodes start from the registry and have no way out (`outbound_type` none); nobody gets in but
by Entra and roles of Azure, since local accounts are off; network policies are enforced; disks are under the
customer's key, temporary ones are encrypted on the host; nodes boot measured software and take no logins; the
kubelets' identity may pull images, and do nothing else.

Leaves out, with the reasons in docs/adr/0017: the customer's key for Kubernetes secrets, API servers in the
network itself, and the add-ons that talk to names on the internet: Defender's sensor and Azure Policy. The
plan of Defender reads the control plane's record without a sensor.
Sources: learn.microsoft.com/azure/aks/concepts-network-isolated, .../private-clusters,
.../use-managed-identity, .../manage-azure-rbac.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_azure_native.containerservice._inputs import (
    MaintenanceWindowArgs,
    ManagedClusterAddonProfileArgs,
    ScheduleArgs,
    WeeklyScheduleArgs,
)
from pulumi_azure_native.containerservice.maintenance_configuration import MaintenanceConfiguration
from pulumi_azure_native.containerservice.managed_cluster import ManagedCluster
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.grants import Granted, grant, settled
from components.azure.identity import Actor, actor
from components.azure.nodepools import system_pool
from components.azure.place import Place
from components.azure.pod_logs import AGENT, Collection, agent, tied
from components.contracts import Segment
from components.ready import after

CLUSTER = "Microsoft.ContainerService/managedClusters"
# Where a cluster's Service for names is in the range of Services; the API server's is the first address.
NAMES = 10
# The add-on that mounts secrets. Source: learn.microsoft.com/azure/aks/csi-secrets-store-driver.
SECRETS = "azureKeyvaultSecretsProvider"


class ClusterArgs(BaseModel):
    """Where a cluster stands, whom its nodes run as, what they start from and what encrypts their disks.

    `network` and `zone` are the ids of the network and of the private zone that the API server's name is in
    (`privatelink.<location>.azmk8s.io`); `bootstrap` is the id of the registry with the cache of AKS's own
    images, once nodes may pull; `disks` that of a disk encryption set. `collection` tells the agents on nodes
    what to send of what pods print. `deployer` is the client id of whoever deploys into the cluster, and
    `authority` that of its certificates (PEM text, as base64), where Azure need not be asked. With
    `protected` the engine does not delete the cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    segment: Segment
    network: pulumi.Output[str]
    zone: pulumi.Output[str]
    nodes: Actor
    bootstrap: pulumi.Output[str]
    disks: pulumi.Output[str]
    logs: Logs
    collection: Collection
    deployer: pulumi.Output[str]
    authority: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


@dataclass(frozen=True)
class Made:
    """A cluster of AKS and what else must exist before anybody uses it."""

    cluster: ManagedCluster
    guards: tuple[pulumi.Resource, ...]


def private_cluster(
    name: str, args: ClusterArgs, parent: pulumi.Resource, *, mounts_secrets: bool = False
) -> Made:
    """The cluster with the pool of its own services. With `mounts_secrets`, pods can mount a vault's."""
    cluster = ManagedCluster(
        name,
        resource_name_=name,
        resource_group_name=args.place.group,
        location=args.place.location,
        node_resource_group=f"{name}-nodes",
        # Who may change what AKS makes for nodes could give them addresses and other networks.
        node_resource_group_profile={"restriction_level": "ReadOnly"},
        sku={"name": "Base", "tier": "Standard"},
        kubernetes_version=data()["version"],
        auto_upgrade_profile={"upgrade_channel": "patch", "node_os_upgrade_channel": "NodeImage"},
        disk_encryption_set_id=args.disks,
        bootstrap_profile={"artifact_source": "Cache", "container_registry_id": args.bootstrap},
        tags=args.labels,
        addon_profiles={SECRETS: _secrets(mounts_secrets=mounts_secrets), AGENT: agent(args.logs)},
        **_pool_and_storage(args),
        **_network(name, args),
        **_access(name, args, parent),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=args.protected,
            # The autoscaler sets how many nodes there are.
            ignore_changes=["agentPoolProfiles[*].count"],
        ),
    )
    id_ = after(args.place.id(CLUSTER, name), cluster)
    record = recorded(f"{name}-record", Kind.CLUSTER, id_, args.logs, parent)
    ties = tied(name, id_, args.collection, parent)
    return Made(cluster, (record, *ties, *_maintenance(name, args, cluster, parent)))


def fqdn(name: str, location: str) -> str:
    """The API server's name, which answers inside the network only."""
    return f"{name}.privatelink.{location}.azmk8s.io"


@cache
def data() -> Mapping[str, Any]:
    """`cluster.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("cluster.yaml").read_text(encoding="utf-8"))


def _network(name: str, args: ClusterArgs) -> dict[str, Any]:
    services = IPv4Network(args.segment.service_range or "")
    return {
        "network_profile": {
            "network_plugin": "azure",
            "network_plugin_mode": "overlay",
            "network_dataplane": "cilium",
            "network_policy": "cilium",
            "outbound_type": "none",
            "load_balancer_sku": "standard",
            "ip_families": ["IPv4"],
            "pod_cidr": args.segment.pod_range,
            "service_cidr": str(services),
            "dns_service_ip": str(services[NAMES]),
        },
        "fqdn_subdomain": name,
        "public_network_access": "Disabled",
        "api_server_access_profile": {
            "enable_private_cluster": True,
            "enable_private_cluster_public_fqdn": False,
            "private_dns_zone": args.zone,
            "disable_run_command": True,
        },
    }


def _access(name: str, args: ClusterArgs, parent: pulumi.Resource) -> dict[str, Any]:
    return {
        "identity": {
            "type": "UserAssigned",
            "user_assigned_identities": [_control_plane(name, args, parent)],
        },
        "identity_profile": {
            "kubeletidentity": {
                "resource_id": args.nodes.id,
                "client_id": args.nodes.client,
                "object_id": args.nodes.principal,
            }
        },
        "disable_local_accounts": True,
        "enable_rbac": True,
        "aad_profile": {"managed": True, "enable_azure_rbac": True, "tenant_id": args.place.tenant},
        "oidc_issuer_profile": {"enabled": True},
        "security_profile": {
            "workload_identity": {"enabled": True},
            "image_cleaner": {"enabled": True, "interval_hours": 168},
        },
    }


def _control_plane(name: str, args: ClusterArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """The id of the identity that AKS acts as for this cluster, once it may do what it must."""
    acts = actor(f"{name}-control-plane", args.place, args.labels, parent)
    needed = {
        # It puts nodes, load balancers and the API server's endpoint into the network.
        "network": Granted("network-contributor", acts.principal, args.network),
        "zone": Granted("private-dns-zone-contributor", acts.principal, args.zone),
        "nodes": Granted("managed-identity-operator", acts.principal, args.nodes.id),
        "disks": Granted("reader", acts.principal, args.disks),
    }
    grants = [
        grant(f"{name}-control-plane-{what}", args.place, each, parent) for what, each in needed.items()
    ]
    return settled(acts.id, *grants)


def _pool_and_storage(args: ClusterArgs) -> dict[str, Any]:
    """Nothing here keeps state in a cluster: objects are reached by the services' own programs."""
    drivers = ("blob_csi_driver", "disk_csi_driver", "file_csi_driver", "snapshot_controller")
    return {
        "agent_pool_profiles": [system_pool(args.place, args.segment)],
        "storage_profile": {driver: {"enabled": False} for driver in drivers},
    }


def _secrets(*, mounts_secrets: bool) -> ManagedClusterAddonProfileArgs:
    """What lets pods mount secrets of a vault. A mount follows its secret."""
    if not mounts_secrets:
        return ManagedClusterAddonProfileArgs(enabled=False)
    config = {"enableSecretRotation": "true", "rotationPollInterval": "2m"}
    return ManagedClusterAddonProfileArgs(enabled=True, config=config)


def _maintenance(
    name: str, args: ClusterArgs, cluster: ManagedCluster, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """One after the other: a cluster takes one change at a time."""
    made: list[pulumi.Resource] = []
    for schedule, when in data()["maintenance"].items():
        made.append(
            MaintenanceConfiguration(
                f"{name}-{schedule}",
                resource_group_name=args.place.group,
                resource_name_=cluster.name,
                config_name=schedule,
                maintenance_window=MaintenanceWindowArgs(
                    duration_hours=when["hours"],
                    start_time=when["start"],
                    utc_offset="+00:00",
                    schedule=ScheduleArgs(
                        weekly=WeeklyScheduleArgs(day_of_week=when["day"], interval_weeks=1)
                    ),
                ),
                opts=pulumi.ResourceOptions(parent=parent, depends_on=made[-1:]),
            )
        )
    return made
