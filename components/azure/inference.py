"""The inference cluster: a private AKS cluster in the inference segment.

Builds the cluster of `cluster.py` and a pool of GPU machines for model servers.

Guarantees: what `cluster.py` and `nodepools.py` guarantee; the segment's rules let nothing but the edge reach
pods, on the serving port only; the cluster shares nothing with training but the subscription; the handle
resolves once the pool is ready.

Leaves out: what runs in the cluster (`components/kubernetes/model_server.py`), and the edge (`edge.py`).
"""

from __future__ import annotations

import pulumi

from components import contracts
from components.azure.cluster import CLUSTER, ClusterArgs, private_cluster
from components.azure.kubeconfig import kubeconfig
from components.azure.machines import GpuPoolArgs
from components.azure.nodepools import Ground, gpu_pools
from components.ready import after


class InferenceArgs(ClusterArgs):
    """A cluster, and the machines that answer.

    With `mounts_secrets`, pods can mount callers' API keys and certificates from the vault.
    """

    gpu_pool: GpuPoolArgs
    mounts_secrets: bool = False


class InferenceCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster."""

    handle: contracts.Cluster

    def __init__(self, name: str, args: InferenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:InferenceCluster", name, None, opts)
        made = private_cluster(name, args, self, mounts_secrets=args.mounts_secrets)
        pools = gpu_pools(Ground(name, args.place, args.segment, self), made.cluster, [args.gpu_pool])

        guards = (made.cluster, *made.guards, *pools)
        self.handle = contracts.Cluster(
            name=after(name, *guards),
            id=after(args.place.id(CLUSTER, name), *guards),
            kubeconfig=after(
                kubeconfig(name, args.place, made.cluster, args.deployer, args.authority), *guards
            ),
        )
        self.register_outputs({"id": self.handle.id})
