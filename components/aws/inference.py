"""The inference cluster: a private EKS cluster in the inference segment.

Builds the cluster of `cluster.py`, its add-ons, a group for the cluster's own services and one of GPU
machines for model servers.

Guarantees: what `cluster.py` and `nodegroups.py` guarantee; the segment's rules let nothing but the edge
reach pods, on the serving port only; the cluster shares nothing with training but the account; the handle
resolves once every group is ready.

Leaves out: what runs in the cluster (`components/kubernetes/model_server.py`), the edge (`edge.py`), and how
pods get behind its load balancer: a controller in the cluster registers them (`controllers.py`).
"""

from __future__ import annotations

import pulumi

from components import contracts
from components.aws.addons import PRINTED, container_logs
from components.aws.cluster import ClusterArgs, private_cluster
from components.aws.kubeconfig import kubeconfig
from components.aws.machines import GpuGroupArgs
from components.aws.nodegroups import populate
from components.aws.subnets import Ground
from components.ready import after


class InferenceArgs(ClusterArgs):
    """A cluster, and the machines that answer.

    With `mounts_secrets`, pods can mount callers' API keys from Secrets Manager.
    """

    gpu_group: GpuGroupArgs
    mounts_secrets: bool = False


class InferenceCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster; `printed` is the log group of what its pods print."""

    handle: contracts.Cluster
    printed: pulumi.Output[str]

    def __init__(self, name: str, args: InferenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:InferenceCluster", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        cluster = private_cluster(ground, args)
        logs = container_logs(ground, args)
        working = populate(
            ground, cluster, args, [args.gpu_group], logs.values(), mounts_secrets=args.mounts_secrets
        )

        self.handle = contracts.Cluster(
            name=after(name, *working),
            id=after(cluster.arn, *working),
            kubeconfig=after(kubeconfig(name, args.place.region, cluster), *working),
        )
        self.printed = logs[PRINTED].name
        self.register_outputs({"id": self.handle.id})
