"""The training cluster: a private AKS cluster in the training segment, with pools of GPU machines.

Builds the cluster of `cluster.py` and the node pools of `nodepools.py`, one for each kind of GPU machine.

Guarantees: what those files guarantee; the training segment's rules hold nodes from their first packet, and
there is no way out of it; the handle resolves once every pool is ready.

Leaves out: what runs in the cluster, who reaches it (`cluster_access.py`), and what of it acts on Azure
(`workload_bindings.py`).
"""

from __future__ import annotations

import pulumi

from components import contracts
from components.azure.cluster import CLUSTER, ClusterArgs, private_cluster
from components.azure.kubeconfig import kubeconfig
from components.azure.machines import GpuPoolArgs
from components.azure.nodepools import Ground, gpu_pools
from components.ready import after


class TrainingArgs(ClusterArgs):
    """A cluster, and its GPU machines."""

    gpu_pools: tuple[GpuPoolArgs, ...] = ()


class TrainingCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster."""

    handle: contracts.Cluster

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:TrainingCluster", name, None, opts)
        made = private_cluster(name, args, self)
        pools = gpu_pools(Ground(name, args.place, args.segment, self), made.cluster, args.gpu_pools)

        guards = (made.cluster, *made.guards, *pools)
        self.handle = contracts.Cluster(
            name=after(name, *guards),
            id=after(args.place.id(CLUSTER, name), *guards),
            kubeconfig=after(
                kubeconfig(name, args.place, made.cluster, args.deployer, args.authority), *guards
            ),
        )
        self.register_outputs({"id": self.handle.id})
