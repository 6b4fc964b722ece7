"""What a cluster adds to an object: identity, addresses, status.

Guarantees: the fields that programs read have values of their real form, the same in every run; before
creation whatever the cluster would assign is unknown.
Leaves out: the behaviour behind them. Every Deployment is available at once, every claim is bound, every load
balancer has its address: whether an image starts or a selector finds pods is for a real cluster to say.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from rehearsal import paths
from rehearsal.kubernetes import kubeconfig, workloads
from rehearsal.kubernetes.kinds import Kind
from rehearsal.model import UNKNOWN, Resource

# The Service range of a kubeadm cluster, and documentation addresses (RFC 5737) for what faces the internet.
_SERVICES: Final = "10.96.0.0/12"
_PUBLIC: Final = "203.0.113.0/24"


def metadata(kind: Kind, resource: Resource) -> dict[str, Any]:
    """Return the metadata fields that the API server sets, by path."""
    version = json.dumps(resource.inputs, sort_keys=True, default=repr)
    fields: dict[str, Any] = {
        "metadata.uid": workloads.seeded(resource, "uuid", "", "uid"),
        "metadata.creationTimestamp": workloads.CREATED,
        "metadata.resourceVersion": workloads.seeded(resource, "number", "6", version),
        "metadata.generation": 1,
    }
    if kind.kind == "Namespace":
        name = paths.get(resource.inputs, "metadata.name")
        fields['metadata.labels["kubernetes.io/metadata.name"]'] = name
    return fields


def fields(kind: Kind, resource: Resource) -> dict[str, Any]:
    """Return the other computed fields of a kind, by path: allocated addresses, defaults, status."""
    if kind.is_patch:
        return {}
    # A status that nothing here computes is empty, as it is before a controller has looked at the object.
    return _KINDS.get(kind.kind, lambda _: {"status": {}})(resource)


def planned(kind: Kind) -> dict[str, Any]:
    """Return what is unknown of a kind before its creation: addresses, names the cluster gives, status."""
    if kind.is_patch:
        return {}
    paths_ = [*_ALLOCATED.get(kind.kind, ()), *([] if kind.kind in _STATELESS else ["status"])]
    return dict.fromkeys(paths_, UNKNOWN) if kind.kind in _KINDS else {}


def _service(resource: Resource) -> dict[str, Any]:
    spec = cast(Mapping[str, Any], resource.inputs.get("spec") or {})
    sort = spec.get("type", "ClusterIP")
    if sort == "ExternalName":
        return {"spec.type": sort, "status": {"loadBalancer": {}}}
    address = spec.get("clusterIP") or workloads.seeded(resource, "ipv4", _SERVICES, "clusterIP")
    result: dict[str, Any] = {
        "spec.type": sort,
        "spec.clusterIP": address,
        "spec.clusterIPs": [address],
        "spec.ipFamilies": ["IPv6" if ":" in str(address) else "IPv4"],
        "spec.ipFamilyPolicy": "SingleStack",
        "spec.internalTrafficPolicy": "Cluster",
        "spec.sessionAffinity": "None",
        "spec.ports[*].protocol": "TCP",
        "status": {"loadBalancer": {}},
    }
    for index, port in enumerate(cast(list[Mapping[str, Any]], spec.get("ports") or [])):
        result[f"spec.ports[{index}].targetPort"] = port.get("targetPort", port.get("port"))
        if sort in ("NodePort", "LoadBalancer"):
            drawn = 30000 + int(resource.seed(f"nodePort{index}")[:8], 16) % 2768
            result[f"spec.ports[{index}].nodePort"] = port.get("nodePort", drawn)
    if sort == "LoadBalancer":
        result["spec.externalTrafficPolicy"] = "Cluster"
        result["spec.allocateLoadBalancerNodePorts"] = True
        result["status"] = {"loadBalancer": {"ingress": [_entrance(resource)]}}
    return result


def _ingress(resource: Resource) -> dict[str, Any]:
    return {"status": {"loadBalancer": {"ingress": [_entrance(resource)]}}}


def _entrance(resource: Resource) -> dict[str, Any]:
    """Return a load balancer's address: a name on EKS, an address everywhere else, as these clouds do."""
    cluster = kubeconfig.active_cluster(resource.context.config) or {}
    host = str(cluster.get("server", ""))
    if ".eks.amazonaws.com" not in host:
        wanted = paths.get(resource.inputs, "spec.loadBalancerIP")
        return {"ip": wanted or workloads.seeded(resource, "ipv4", _PUBLIC, "entrance"), "ipMode": "VIP"}
    region = host.partition(".eks.amazonaws.com")[0].rpartition(".")[2]
    name = f"a{resource.seed('entrance')[:31]}-{workloads.seeded(resource, 'number', '10', 'entrance')}"
    return {"hostname": f"{name}.{region}.elb.amazonaws.com"}


def _claim(resource: Resource) -> dict[str, Any]:
    spec = cast(Mapping[str, Any], resource.inputs.get("spec") or {})
    size = paths.get(spec, "resources.requests.storage")
    return {
        "spec.volumeName": spec.get("volumeName") or f"pvc-{workloads.seeded(resource, 'uuid', '', 'uid')}",
        "spec.volumeMode": "Filesystem",
        "status": {"phase": "Bound", "accessModes": spec.get("accessModes"), "capacity": {"storage": size}},
    }


def _volume(_resource: Resource) -> dict[str, Any]:
    return {"spec.volumeMode": "Filesystem", "status": {"phase": "Available"}}


def _namespace(_resource: Resource) -> dict[str, Any]:
    return {"spec.finalizers": ["kubernetes"], "status": {"phase": "Active"}}


def _secret(resource: Resource) -> dict[str, Any]:
    data = dict(cast(Mapping[str, Any], resource.inputs.get("data") or {}))
    for key, value in cast(Mapping[str, Any], resource.inputs.get("stringData") or {}).items():
        data[key] = base64.b64encode(str(value).encode()).decode()
    return {"type": "Opaque", **({"data": data} if data else {})}


def _definition(resource: Resource) -> dict[str, Any]:
    names = paths.get(resource.inputs, "spec.names")
    reasons = {"NamesAccepted": "NoConflicts", "Established": "InitialNamesAccepted"}
    return {
        "status": {"acceptedNames": names, "storedVersions": [], "conditions": workloads.conditions(reasons)}
    }


def _quota(resource: Resource) -> dict[str, Any]:
    hard = cast(Mapping[str, Any], paths.get(resource.inputs, "spec.hard") or {})
    return {"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}}


def _storage_class(_resource: Resource) -> dict[str, Any]:
    return {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}


_KINDS: Final[Mapping[str, Callable[[Resource], dict[str, Any]]]] = {
    "Service": _service,
    "Ingress": _ingress,
    "Deployment": workloads.deployment,
    "ReplicaSet": workloads.replica_set,
    "StatefulSet": workloads.stateful_set,
    "DaemonSet": workloads.daemon_set,
    "Pod": workloads.pod,
    "Job": workloads.job,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "Namespace": _namespace,
    "Secret": _secret,
    "CustomResourceDefinition": _definition,
    "ResourceQuota": _quota,
    "StorageClass": _storage_class,
}
_STATELESS: Final = frozenset({"Secret", "StorageClass"})
_ALLOCATED: Final[Mapping[str, tuple[str, ...]]] = {
    "Service": ("spec.clusterIP",),
    "PersistentVolumeClaim": ("spec.volumeName",),
}
