"""The inference cluster: a private GKE cluster in the inference segment, and where the edge finds its pods.

Builds the cluster of `cluster.py`, a pool for the cluster's own services and one of GPU machines for model
servers. `backend` names the groups of endpoints (NEGs) that GKE's controller keeps for one Service.

Guarantees: what `cluster.py` and `nodepools.py` guarantee; the segment's rules let nothing but the load
balancer's front ends reach pods, on the serving port only; the cluster shares nothing with training but the
project; the handle resolves once every pool is ready.

Leaves out: what runs in the cluster (`components/kubernetes/model_server.py`) and the edge (`edge.py`). The
groups are made by GKE's controller from the Service's annotation, never here: the controller refuses groups
that it did not make (cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg). Their addresses follow
from project, zone and name, so that they are known at preview.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp.container.node_pool import NodePool

from components import contracts
from components.contracts import Backend, Identity, Key
from components.gcp.cluster import ClusterArgs, private_cluster
from components.gcp.kubeconfig import kubeconfig
from components.gcp.machines import GpuPoolArgs
from components.gcp.nodepools import PoolPlace, gpu_pool, system_node, system_pool
from components.ready import after

NEG_ANNOTATION = "cloud.google.com/neg"
COMPUTE = "https://www.googleapis.com/compute/v1"


class InferenceArgs(ClusterArgs):
    """A cluster, whom its nodes run as, the key of their boot disks, and the machines that answer.

    With `mounts_secrets`, pods can mount callers' API keys from Secret Manager.
    """

    nodes: Identity
    disks_key: Key
    gpu_pool: GpuPoolArgs
    mounts_secrets: bool = False


class InferenceCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster."""

    handle: contracts.Cluster

    def __init__(self, name: str, args: InferenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:InferenceCluster", name, None, opts)
        tag = args.placement.tag
        place = PoolPlace(name, args.zones, args.nodes, args.disks_key, tag, args.labels)

        cluster = private_cluster(
            name, args, system_node(place), self, serves=True, mounts_secrets=args.mounts_secrets
        )
        pools: list[NodePool] = [
            system_pool(place, cluster, self),
            gpu_pool(place, args.gpu_pool, cluster, self),
        ]

        self.handle = contracts.Cluster(
            name=after(name, *pools),
            id=after(cluster.id, *pools),
            kubeconfig=after(kubeconfig(name, args.region, args.project_number), *pools),
        )
        self.register_outputs({"id": self.handle.id})


@dataclass(frozen=True)
class Serving:
    """One port of a model server: its group's name, the port, and the path that health checks ask."""

    group: str
    port: int
    health_path: str

    @property
    def annotations(self) -> Mapping[str, str]:
        """What the Service says so that GKE keeps a group of its endpoints in every zone that has nodes."""
        exposed = {"exposed_ports": {str(self.port): {"name": self.group}}}
        return {NEG_ANNOTATION: json.dumps(exposed, sort_keys=True)}

    def backend(self, project: str, zones: Sequence[str], server: pulumi.Resource) -> Backend:
        """Where the edge finds the pods of `server`, which is waited for: groups exist once its pods run."""
        groups = {
            zone: after(
                f"{COMPUTE}/projects/{project}/zones/{zone}/networkEndpointGroups/{self.group}", server
            )
            for zone in zones
        }
        return Backend(groups=groups, port=self.port, health_path=self.health_path)
