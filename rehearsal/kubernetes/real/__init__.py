"""Real API servers behind the rehearsal's clusters: etcd and kube-apiserver on loopback, a pair for each.

Guarantees: what a cluster of the rehearsal holds was stored by a kube-apiserver, after its own admission,
defaulting and validation; servers live as long as one command and leave no process and no folder; whatever
stood in the record before is applied again first.

Left out: controllers, kubelets and webhooks. `stand_ins` does the few things of the controller manager that
the API server waits for; nothing schedules, runs or reconciles.
"""

from rehearsal.kubernetes.real.clusters import Clusters

__all__ = ["Clusters"]
