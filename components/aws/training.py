"""The training cluster: a private EKS cluster in the training segment, with groups of GPU machines.

Builds the cluster of `cluster.py`, its add-ons (`addons.py`) and node groups (`nodegroups.py`): one for the
cluster's own services, and one for each kind of GPU machine asked for.

Guarantees: what those files guarantee; nodes run as the node identity only, and the training segment's rules
hold them from their first packet; the handle resolves once every group is ready.

Leaves out: what runs in the cluster, who reaches it (`cluster_access.py`), and what of it acts on AWS
(`workload_bindings.py`, `controllers.py`).
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


class TrainingArgs(ClusterArgs):
    """A cluster, and its GPU machines."""

    gpu_groups: tuple[GpuGroupArgs, ...] = ()


class TrainingCluster(pulumi.ComponentResource):
    """`handle` for whoever deploys into the cluster; `printed` is the log group of what its pods print."""

    handle: contracts.Cluster
    printed: pulumi.Output[str]

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:TrainingCluster", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        cluster = private_cluster(ground, args)
        logs = container_logs(ground, args)
        working = populate(ground, cluster, args, args.gpu_groups, logs.values())

        self.handle = contracts.Cluster(
            name=after(name, *working),
            id=after(cluster.arn, *working),
            kubeconfig=after(kubeconfig(name, args.place.region, cluster), *working),
        )
        self.printed = logs[PRINTED].name
        self.register_outputs({"id": self.handle.id})
