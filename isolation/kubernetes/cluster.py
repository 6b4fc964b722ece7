"""A cluster as its YAML declares it: workloads, the labels of namespaces, policies, and whether it has IPv6.

Guarantees that a policy of a kind that is not modelled here is refused rather than ignored, and that one
object written twice with different contents is refused too. Services are read and checked for their address
families only: packets are judged at the pod, after the Service's address has been translated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from isolation.kubernetes.cilium import KINDS, CiliumPolicy, is_cilium, read_cilium
from isolation.kubernetes.documents import Document, Unreadable
from isolation.kubernetes.objects import Metadata, PolicySpec, read
from isolation.kubernetes.workloads import Workload, is_workload, makes_pods, read_workloads

_POLICY_APIS = {"networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1", ""}
# Kinds beside NetworkPolicy that allow or deny a pod's packets, where their names do not end in
# NetworkPolicy.
_OTHER_FILTERS = {
    "EgressFirewall",
    "CiliumLocalRedirectPolicy",
    "AuthorizationPolicy",
    "CiliumEgressGatewayPolicy",
}
_NAMED = {"NetworkPolicy", "Namespace", "Service", *KINDS}
_NAME_LABEL = "kubernetes.io/metadata.name"  # set by the API server, whatever the object says


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy with its place."""

    namespace: str
    name: str
    spec: PolicySpec

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What decides who may talk to whom; `notes` are sentences about what was left out of it."""

    workloads: tuple[Workload, ...]
    namespaces: Mapping[str, Mapping[str, str]]
    policies: tuple[Policy, ...]
    cilium: tuple[CiliumPolicy, ...]
    ipv6: bool
    notes: tuple[str, ...]

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """The labels of a namespace; one without a document has its name's label alone."""
        return {**self.namespaces.get(namespace, {}), _NAME_LABEL: namespace}


class _ServiceSpec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    ipFamilies: tuple[Literal["IPv4", "IPv6"], ...] | None = Field(default=None, strict=False)
    ipFamilyPolicy: Literal["SingleStack", "PreferDualStack", "RequireDualStack"] | None = None
    selector: dict[str, str] | None = None
    ports: tuple[_ServicePort, ...] | None = Field(default=None, strict=False)


class _ServicePort(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Literal["TCP", "UDP", "SCTP"] | None = None


def read_cluster(documents: Sequence[Document]) -> Cluster:
    """The cluster that `documents` declare.

    Raises:
        Unreadable: one sentence about the first object that cannot be judged.
    """
    documents = _once(documents)
    _refuse_other_filters(documents)
    workloads = tuple(read_workloads(documents))
    policies = tuple(
        _policy(document)
        for document in documents
        if document.kind == "NetworkPolicy" and document.api in _POLICY_APIS
    )
    return Cluster(
        workloads=workloads,
        namespaces=dict(
            _namespace(one) for one in documents if one.kind == "Namespace" and one.api in ("", "v1")
        ),
        policies=policies,
        cilium=tuple(policy for one in documents if is_cilium(one) for policy in read_cilium(one)),
        ipv6=_has_ipv6(documents, policies),
        notes=tuple(_notes(documents, workloads)),
    )


def _policy(document: Document) -> Policy:
    metadata = read(document, Metadata, "metadata", document.body.get("metadata") or {})
    if not metadata.name:
        raise Unreadable(f"{document.label}: metadata.name is missing; write it")
    unknown = sorted(set(document.body) - {"apiVersion", "kind", "metadata", "spec", "status"})
    if unknown:
        raise Unreadable(f"{document.label}: {unknown[0]} is no field of a NetworkPolicy; move it into spec")
    if document.body.get("spec") is None:
        raise Unreadable(f"{document.label}: spec is missing; write it")
    spec = read(document, PolicySpec, "spec", document.body["spec"])
    return Policy(metadata.namespace or "default", metadata.name, spec)


def _namespace(document: Document) -> tuple[str, Mapping[str, str]]:
    metadata = read(document, Metadata, "metadata", document.body.get("metadata") or {})
    if not metadata.name:
        raise Unreadable(f"{document.label}: metadata.name is missing; write it")
    return metadata.name, metadata.labels or {}


def _once(documents: Sequence[Document]) -> list[Document]:
    """The documents without repetitions; the same object with two contents is refused."""
    seen: dict[tuple[str, ...], Document] = {}
    kept: list[Document] = []
    for document in documents:
        if not (is_workload(document) or document.kind in _NAMED):
            kept.append(document)
            continue
        metadata = read(document, Metadata, "metadata", document.body.get("metadata") or {})
        name = metadata.name or f"{metadata.generateName}{len(kept)}"
        space = "" if document.kind == "Namespace" else metadata.namespace or "default"
        first = seen.setdefault((document.api, document.kind, space, name), document)
        if first is document:
            kept.append(document)
        elif first.body != document.body:
            raise Unreadable(f"{document.label}: {first.file} declares it differently; keep one of the two")
    return kept


def _refuse_other_filters(documents: Sequence[Document]) -> None:
    for document in documents:
        plain = document.kind == "NetworkPolicy" and document.api in _POLICY_APIS
        if not (plain or is_cilium(document)) and (
            document.kind.endswith("NetworkPolicy") or document.kind in _OTHER_FILTERS
        ):
            raise Unreadable(
                f"{document.label}: {document.api} decides about packets too and is not modelled;"
                " take it out of the folder to see what the NetworkPolicies alone allow"
            )


def _has_ipv6(documents: Sequence[Document], policies: Sequence[Policy]) -> bool:
    """Whether an object says that the cluster speaks IPv6: an ipBlock or a Service's families."""
    found = False
    for document in documents:
        if document.kind == "Service" and document.api in ("", "v1"):
            spec = read(document, _ServiceSpec, "spec", document.body.get("spec") or {})
            found |= "IPv6" in (spec.ipFamilies or ()) or spec.ipFamilyPolicy == "RequireDualStack"
    for policy in policies:
        for rule in [*(policy.spec.ingress or ()), *(policy.spec.egress or ())]:
            found |= any(peer.ipBlock is not None and ":" in peer.ipBlock.cidr for peer in rule.peers)
    return found


def _notes(documents: Sequence[Document], workloads: Sequence[Workload]) -> list[str]:
    notes = [
        f"{one.label} makes pods by itself and is not modelled, so they are missing here"
        for one in documents
        if makes_pods(one)
    ]
    return notes + [
        f"{workload.namespace}/{workload.name} uses the node's network: NetworkPolicies neither"
        " select it nor guard it, as most network plugins have it"
        for workload in workloads
        if any(pod.host_network for pod in workload.pods)
    ]
