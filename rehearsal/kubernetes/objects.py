"""What the API server refuses in an object, kind by kind.

Guarantees: the table's rules (`limits.yaml`) and those between properties: selectors and template labels,
names of ports, contents of ConfigMaps and Secrets, ranges. Unknown parts are passed over.
Leaves out: what only a running cluster knows, and custom resources beyond their metadata.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from rehearsal import limits, paths
from rehearsal.kubernetes import contents, names, pods
from rehearsal.kubernetes.kinds import Kind
from rehearsal.model import UNKNOWN, Refusal

_KINDS: Final = cast(Mapping[str, list[Mapping[str, Any]]], names.LIMITS["kinds"])
_SELECTORS: Final = (
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"
)
# Where each kind keeps its pod specification.
_PODS: Final[Mapping[str, str]] = {
    "Pod": "spec",
    "Deployment": "spec.template.spec",
    "ReplicaSet": "spec.template.spec",
    "StatefulSet": "spec.template.spec",
    "DaemonSet": "spec.template.spec",
    "Job": "spec.template.spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    "PodTemplate": "template.spec",
}


def judge(kind: Kind, inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Refuse what the API server refuses; a patch is judged by its metadata alone, because it is a part."""
    yield from names.judge_metadata(kind.kind, inputs.get("metadata"))
    if kind.is_patch:
        return
    yield from limits.check(_KINDS.get(kind.kind, []), inputs)
    if kind.kind in _PODS:
        path = _PODS[kind.kind]
        yield from pods.judge(path, paths.get(inputs, path), _claimed(inputs))
        yield from names.judge_labels(
            path.removesuffix("spec") + "metadata.labels",
            paths.get(inputs, path.removesuffix("spec") + "metadata.labels") if path != "spec" else None,
        )
    if kind.kind in _JUDGES:
        yield from _JUDGES[kind.kind](inputs)


def _claimed(inputs: Mapping[str, Any]) -> frozenset[str]:
    found = paths.find(inputs, "spec.volumeClaimTemplates[*].metadata.name")
    return frozenset(name for _, name in found if isinstance(name, str))


def _workload(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    selector = paths.get(inputs, "spec.selector")
    labels = paths.get(inputs, "spec.template.metadata.labels")
    if selector is UNKNOWN or not isinstance(selector, Mapping):
        return
    wanted = cast(Mapping[str, Any], selector).get("matchLabels")
    expressions = cast(Mapping[str, Any], selector).get("matchExpressions")
    if wanted in (None, {}) and expressions in (None, []):
        yield Refusal(
            "spec.selector", "it is empty", "give the labels of the pods as matchLabels", _SELECTORS
        )
    if wanted is UNKNOWN or labels is UNKNOWN or not isinstance(wanted, Mapping):
        return
    have = cast(Mapping[str, Any], labels or {})
    for key, value in cast(Mapping[str, Any], wanted).items():
        mine = have.get(key)
        if UNKNOWN in (value, mine) or mine == value:
            continue
        problem = f"the selector wants {key}={value}, and the pod template has {key}={mine}"
        if mine is None:
            problem = f"the selector wants {key}={value}, and the pod template has no label {key}"
        yield Refusal("spec.template.metadata.labels", problem, "give both the same labels", _SELECTORS)


def _service(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    source = "https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services"
    ports = paths.get(inputs, "spec.ports")
    if not isinstance(ports, list):
        return
    known = [cast(Mapping[str, Any], port) for port in cast(list[Any], ports) if isinstance(port, Mapping)]
    port_names = [port.get("name") for port in known]
    for index, name in enumerate(port_names):
        yield from names.judge(f"spec.ports[{index}].name", name, "label")
        if name is None and len(known) > 1:
            yield Refusal(
                f"spec.ports[{index}].name", "it is missing", "name each port when there are several", source
            )
    for name in sorted({name for name in port_names if isinstance(name, str) and port_names.count(name) > 1}):
        yield Refusal(
            "spec.ports", f"the name {name!r} is there twice", "give each port a name of its own", source
        )
    address = paths.get(inputs, "spec.clusterIP")
    if isinstance(address, str) and address not in ("", "None") and not _is_address(address):
        yield Refusal("spec.clusterIP", f"{address!r} is no address", 'write an IP address or "None"', source)


def _namespace(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    labels = paths.get(inputs, "metadata.labels")
    levels = cast(list[str], names.LIMITS["pod_security_levels"])
    for mode in ("enforce", "audit", "warn"):
        key = f"pod-security.kubernetes.io/{mode}"
        value = cast(Mapping[str, Any], labels).get(key) if isinstance(labels, Mapping) else None
        if isinstance(value, str) and value not in levels:
            source = "https://kubernetes.io/docs/concepts/security/pod-security-admission/"
            remedy = f"write one of {', '.join(levels)}"
            yield Refusal(f'metadata.labels["{key}"]', f"there is no level {value!r}", remedy, source)


def _quota(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    hard = paths.get(inputs, "spec.hard")
    for name, amount in cast(Mapping[str, Any], hard).items() if isinstance(hard, Mapping) else ():
        yield from names.judge(f'spec.hard["{name}"]', amount, "quantity")


def _claim(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    yield from _size(inputs, "spec.resources.requests.storage")


def _volume(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    yield from _size(inputs, "spec.capacity.storage")


def _size(inputs: Mapping[str, Any], path: str) -> Iterator[Refusal]:
    size = paths.get(inputs, path)
    if size is None:
        source = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#capacity"
        yield Refusal(path, "it is missing", "say how much, such as 10Gi", source)
    yield from names.judge(path, size, "quantity")


def _scaler(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    least, most = paths.get(inputs, "spec.minReplicas"), paths.get(inputs, "spec.maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        source = "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"
        yield Refusal(
            "spec.minReplicas", f"{least} is more than maxReplicas {most}", "write no more than it", source
        )


def _binding(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    source = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects"
    for path, subject in paths.find(inputs, "subjects[*]"):
        if not isinstance(subject, Mapping):
            continue
        data = cast(Mapping[str, Any], subject)
        if data.get("kind") == "ServiceAccount" and data.get("namespace") in (None, ""):
            yield Refusal(
                f"{path}.namespace", "it is missing", "name the service account's namespace", source
            )


def _policy(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    source = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
    for pattern in ("spec.ingress[*].from[*].ipBlock", "spec.egress[*].to[*].ipBlock"):
        for path, block in paths.find(inputs, pattern):
            if not isinstance(block, Mapping):
                continue
            data = cast(Mapping[str, Any], block)
            for index, part in enumerate(data.get("except") or []):
                if (
                    isinstance(part, str)
                    and isinstance(data.get("cidr"), str)
                    and not _inside(part, data["cidr"])
                ):
                    problem = f"{part} is not a part of {data['cidr']}"
                    yield Refusal(
                        f"{path}.except[{index}]", problem, "write a smaller range inside it", source
                    )


_JUDGES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]]] = {
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Service": _service,
    "ConfigMap": contents.judge,
    "Secret": contents.judge_secret,
    "Namespace": _namespace,
    "ResourceQuota": _quota,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "HorizontalPodAutoscaler": _scaler,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "NetworkPolicy": _policy,
}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _inside(part: str, whole: str) -> bool:
    try:
        inner, outer = ipaddress.ip_network(part, strict=False), ipaddress.ip_network(whole, strict=False)
    except ValueError:
        return False
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer) and inner != outer
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer) and inner != outer
    return False
