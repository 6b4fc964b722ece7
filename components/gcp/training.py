"""The training cluster: a private GKE cluster in the training segment, with pools of GPU machines.

Builds the cluster of `cluster.py` and the node pools of `nodepools.py`: one for the cluster's own services,
and one for each kind of GPU machine asked for.

Guarantees: what those files guarantee; nodes run as the node identity only, and the training segment's rules
hold them from their first packet; the handle resolves once every pool is ready.

Leaves out: what runs in the cluster, and the project's Binary Authorization policy.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.container.node_pool import NodePool

from components import contracts
from components.contracts import Identity, Key
from components.gcp.cluster import ClusterArgs, private_cluster
from components.gcp.kubeconfig import kubeconfig
from components.gcp.machines import GpuPoolArgs
from components.gcp.nodepools import PoolPlace, gpu_pool, system_node, system_pool
from components.ready import after


class TrainingArgs(ClusterArgs):
    """A cluster, whom its nodes run as, the key of their boot disks, and its GPU pools."""

    nodes: Identity
    disks_key: Key
    gpu_pools: tuple[GpuPoolArgs, ...] = ()


class TrainingCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster."""

    handle: contracts.Cluster

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:TrainingCluster", name, None, opts)
        tag = args.placement.tag
        place = PoolPlace(name, args.zones, args.nodes, args.disks_key, tag, args.labels)

        cluster = private_cluster(name, args, system_node(place), self)
        pools: list[NodePool] = [system_pool(place, cluster, self)]
        pools += [gpu_pool(place, pool, cluster, self) for pool in args.gpu_pools]

        self.handle = contracts.Cluster(
            name=after(name, *pools),
            id=after(cluster.id, *pools),
            kubeconfig=after(kubeconfig(name, args.region, args.project_number), *pools),
        )
        self.register_outputs({"id": self.handle.id})
