"""How the servers of a Kubernetes cluster get here: etcd and kube-apiserver, from their Go modules.

One folder per server version holds the `go.mod` and `go.sum` that pin it. `ensure()` builds what is missing,
once, into the checkout's `.palisade/servers`.

Left out: controllers, schedulers and kubelets. Nothing here runs a pod.
"""

from tools.servers.choice import NEWEST, VERSIONS, Servers, ServersError, ensure, is_built, lacking

__all__ = ["NEWEST", "VERSIONS", "Servers", "ServersError", "ensure", "is_built", "lacking"]
