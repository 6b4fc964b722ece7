"""Workloads and the pods they make, from pods, templates and the owners between them.

A workload is the topmost owner that is known: a pod of a ReplicaSet of a Deployment counts for the
Deployment. Live pods, where the folder has them, stand for their workload instead of its template. Labels
that controllers add by a fixed rule are added (a Job's name); those nobody can know before the pods exist
(template hashes, StatefulSet pod names) count only where live pods carry them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from isolation.addresses import addresses
from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.documents import Document, Unreadable
from isolation.kubernetes.objects import Metadata, PodSpec, read

_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_APIS = {
    "",
    "v1",
    "apps/v1",
    "batch/v1",
    "batch/v1beta1",
    "apps/v1beta1",
    "apps/v1beta2",
    "extensions/v1beta1",
}

Key = tuple[str, str, str]  # namespace, kind, name


@dataclass(frozen=True, slots=True, eq=False)
class Pod:
    """What of a pod policies can see.

    Attributes:
        ports: declared ports as (name, protocol, number).
        address: the addresses its status gives; empty before it runs.
    """

    namespace: str
    labels: Mapping[str, str]
    ports: frozenset[tuple[str, str, int]]
    host_network: bool
    address: IntervalSet


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """A namespace's Deployment, StatefulSet, bare Pod and so on, with the kinds of pod it runs."""

    namespace: str
    kind: str
    name: str
    pods: tuple[Pod, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    key: Key
    owner: Key | None
    pod: Pod


def is_workload(document: Document) -> bool:
    """Whether the document is one of the kinds that make pods and are modelled."""
    return document.kind in _TEMPLATES and document.api in _APIS


def makes_pods(document: Document) -> bool:
    """Whether the document has a pod template although its kind is not modelled."""
    template = _at(document.body, ("spec", "template", "spec"))
    return not is_workload(document) and isinstance(template, Mapping) and "containers" in template


def read_workloads(documents: Sequence[Document]) -> list[Workload]:
    """The workloads among `documents`, in the order of namespace, name and kind.

    Raises:
        Unreadable: a workload without name, template or containers, or with a label that is no text.
    """
    found = [_read(document) for document in documents if is_workload(document)]
    owners = {one.key: one.owner for one in found}
    members: dict[Key, list[_Found]] = {}
    for one in found:
        members.setdefault(_topmost(one.key, owners), []).append(one)
    return [
        Workload(key[0], key[1], key[2], _pods(key, members[key]))
        for key in sorted(members, key=lambda key: (key[0], key[2], key[1]))
    ]


def _pods(key: Key, members: Sequence[_Found]) -> tuple[Pod, ...]:
    live = [one.pod for one in members if one.key[1] == "Pod"]
    own = [one.pod for one in members if one.key == key]
    return tuple(live or own or [one.pod for one in members])


def _topmost(key: Key, owners: Mapping[Key, Key | None]) -> Key:
    seen = {key}
    while (owner := owners.get(key)) is not None and owner not in seen:
        seen.add(owner)
        key = owner
    return key


def _read(document: Document) -> _Found:
    metadata = read(document, Metadata, "metadata", document.body.get("metadata") or {})
    name = metadata.name or metadata.generateName
    if not name:
        raise Unreadable(f"{document.label}: metadata.name is missing; write it")
    namespace = metadata.namespace or "default"
    path = _TEMPLATES[document.kind]
    template = _at(document.body, path)
    if not isinstance(template, Mapping):
        raise Unreadable(f"{document.label}: {'.'.join(path)} is missing; write the pod's template")
    whole = cast("Mapping[str, Any]", template)
    where = ".".join((*path, "spec"))
    spec = read(document, PodSpec, where, whole.get("spec"))
    made = metadata
    if path:
        made = read(document, Metadata, ".".join((*path, "metadata")), whole.get("metadata") or {})
    labels = dict(made.labels or {})
    if document.kind == "Job":
        labels = {"job-name": name, "batch.kubernetes.io/job-name": name} | labels
    pod = Pod(namespace, labels, _ports(spec), bool(spec.hostNetwork), _address(document))
    return _Found((namespace, document.kind, name), _owner(metadata, namespace), pod)


def _owner(metadata: Metadata, namespace: str) -> Key | None:
    for owner in metadata.ownerReferences or ():
        if owner.kind == "Node" or owner.controller is False:
            continue
        suffix = "-" + (metadata.labels or {}).get("pod-template-hash", "\0")
        if owner.kind == "ReplicaSet" and owner.name.endswith(suffix):
            return namespace, "Deployment", owner.name.removesuffix(suffix)
        return namespace, owner.kind, owner.name
    return None


def _ports(spec: PodSpec) -> frozenset[tuple[str, str, int]]:
    sidecars = [one for one in spec.initContainers or () if one.restartPolicy == "Always"]
    return frozenset(
        (port.name, port.protocol or "TCP", port.containerPort)
        for container in [*spec.containers, *sidecars]
        for port in container.ports or ()
        if port.name
    )


def _address(document: Document) -> IntervalSet:
    """The addresses in a live pod's status."""
    status = _at(document.body, ("status",)) if document.kind == "Pod" else None
    if not isinstance(status, Mapping):
        return EMPTY
    found = cast("Mapping[str, Any]", status)
    listed: object = found.get("podIPs")
    several = cast("list[object]", listed) if isinstance(listed, list) else []
    texts = [found.get("podIP"), *(_at(item, ("ip",)) for item in several)]
    try:
        return addresses(*(str(text) for text in texts if text))
    except ValueError as problem:
        raise Unreadable(f"{document.label}: status.podIP: {problem}") from problem


def _at(body: object, path: Sequence[str]) -> object:
    for part in path:
        body = cast("Mapping[str, Any]", body).get(part) if isinstance(body, Mapping) else None
    return body
