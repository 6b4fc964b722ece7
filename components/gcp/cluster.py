"""A private GKE cluster: what every cluster of the platform has, whatever runs in it.

Builds the cluster without its node pools.

Guarantees: the control plane has no address for users, inside the network or outside; nodes have no external
address; Kubernetes secrets are encrypted under the customer's key; pods act by workload identity; every
admission is asked of Binary Authorization; the API server's log is kept; nothing is anonymous but health
checks, and no role can be bound to everyone who is authenticated.

The DNS endpoint of the control plane stays on for holders of `container.clusters.connect`: a cluster with
neither an address nor that endpoint is described in no document. Tokens and certificates of Kubernetes do not
open it, only IAM does, and a service perimeter restricts it. The platform itself uses `kubeconfig.py`.

Leaves out: encryption of packets between nodes by GKE, which costs collectives their bandwidth. Google
encrypts and authenticates traffic between machines of a network by itself:
cloud.google.com/docs/security/encryption-in-transit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp.container._inputs import ClusterNodeConfigArgs
from pulumi_gcp.container.cluster import Cluster
from pydantic import BaseModel, ConfigDict

from components.contracts import Key
from components.gcp.network import Placement

# Upgrades and repairs happen at weekends. At least 48 hours in any 32 days, in windows of at least 4 hours:
# cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions#restrictions.
MAINTENANCE = {
    "start_time": "2026-01-03T00:00:00Z",
    "end_time": "2026-01-03T08:00:00Z",
    "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
}
LOGS = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"]
# Without GKE's own exporter of GPU measures: components/kubernetes/gpu_metrics.py runs one on every cloud.
METRICS = ["SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"]


class ClusterArgs(BaseModel):
    """Where a cluster stands and which key encrypts its secrets.

    `placement` carries a tag that GKE's agents may use (`node_tags.py`). `zones` hold nodes; the control
    plane is regional. With `deletion_protection` neither the engine nor the provider deletes or replaces the
    cluster: both are told, since the provider alone would refuse in the middle of an update.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    region: str
    zones: tuple[str, ...]
    placement: Placement
    secrets_key: Key
    labels: Mapping[str, str] = {}
    deletion_protection: bool = True


def private_cluster(
    name: str,
    args: ClusterArgs,
    default_node: Mapping[str, Any],
    parent: pulumi.Resource,
    *,
    serves: bool = False,
    mounts_secrets: bool = False,
) -> Cluster:
    """The cluster without its pools. `default_node` is what its first node is like.

    A cluster that `serves` tells load balancers outside it where its pods are. One that `mounts_secrets` lets
    pods mount the secrets of Secret Manager that their identity may read.

    GKE makes no cluster without a first pool of nodes, which is gone right after. Those nodes, too, have the
    segment's tag (or the firewall would keep them from the control plane), the account and the key.
    """
    return Cluster(
        name,
        **_cluster(name, args, serves=serves),
        secret_manager_config={"enabled": True} if mounts_secrets else None,
        node_config=ClusterNodeConfigArgs(**default_node),
        opts=pulumi.ResourceOptions(
            parent=parent, ignore_changes=["nodeConfig"], protect=args.deletion_protection
        ),
    )


def _cluster(name: str, args: ClusterArgs, *, serves: bool) -> dict[str, Any]:
    """The cluster's own arguments, without its default pool."""
    return {
        "name": name,
        "project": args.project,
        "location": args.region,
        "node_locations": list(args.zones),
        "resource_labels": dict(args.labels),
        "deletion_protection": args.deletion_protection,
        "release_channel": {"channel": "REGULAR"},
        "maintenance_policy": {"recurring_window": MAINTENANCE},
        "initial_node_count": 1,
        "remove_default_node_pool": True,
        "fleet": {"project": args.project},
        "cost_management_config": {"enabled": True},
        "logging_config": {"enable_components": LOGS},
        "monitoring_config": {"enable_components": METRICS, "managed_prometheus": {"enabled": True}},
        "addons_config": {
            "gcs_fuse_csi_driver_config": {"enabled": True},
            # It keeps the groups of endpoints that a load balancer sends to; without one, nothing calls in.
            "http_load_balancing": {"disabled": not serves},
        },
        **_network(args),
        **_access(args),
    }


def _network(args: ClusterArgs) -> dict[str, Any]:
    return {
        "network": args.placement.network_id,
        "subnetwork": args.placement.segment.subnet_ids[0],
        "networking_mode": "VPC_NATIVE",
        "ip_allocation_policy": {
            "cluster_secondary_range_name": args.placement.pods_range_name,
            "services_secondary_range_name": args.placement.services_range_name,
        },
        "datapath_provider": "ADVANCED_DATAPATH",
        "enable_cilium_clusterwide_network_policy": True,
        "service_external_ips_config": {"enabled": False},
        "private_cluster_config": {"enable_private_nodes": True, "enable_private_endpoint": True},
        "control_plane_endpoints_config": {
            "dns_endpoint_config": {
                "allow_external_traffic": True,
                "enable_k8s_tokens_via_dns": False,
                "enable_k8s_certs_via_dns": False,
            },
            "ip_endpoints_config": {"enabled": False},
        },
    }


def _access(args: ClusterArgs) -> dict[str, Any]:
    return {
        "database_encryption": {"state": "ENCRYPTED", "key_name": args.secrets_key.id},
        "workload_identity_config": {"workload_pool": f"{args.project}.svc.id.goog"},
        "binary_authorization": {"evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE"},
        "enable_shielded_nodes": True,
        "enable_legacy_abac": False,
        "master_auth": {"client_certificate_config": {"issue_client_certificate": False}},
        "anonymous_authentication_config": {"mode": "LIMITED"},
        "rbac_binding_config": {
            "enable_insecure_binding_system_authenticated": False,
            "enable_insecure_binding_system_unauthenticated": False,
        },
        "security_posture_config": {"mode": "BASIC", "vulnerability_mode": "VULNERABILITY_DISABLED"},
        "node_pool_defaults": {
            "node_config_defaults": {"insecure_kubelet_readonly_port_enabled": "FALSE"},
        },
    }
