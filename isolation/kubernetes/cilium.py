"""Cilium's policies, of a namespace and of the whole cluster, as lines that allow or deny.

A deny beats every allow, NetworkPolicies' included. A pod denies what no policy allows once any policy that
selects it asks for that: by default each policy does in the directions it has rules for, and
`enableDefaultDeny` says otherwise. A rule that is there and names nobody and no port, `- {}`, allows nothing.
Rules about applications (HTTP, DNS) count as what they open at the port.
Sources: docs.cilium.io, Policy Enforcement Modes, Layer 3, Layer 4, and Deny Policies.

Refused rather than guessed: names of hosts, services of the cluster, groups of a cloud, authentication, ICMP
types and named ports. The entities `host`, `remote-node`, `kube-apiserver`, `health`, `init`, `ingress` and
`unmanaged` are no workloads, so here they are nobody. Addresses do not hold pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from isolation.addresses import ALL_ADDRESSES, ALL_IPV4, ALL_IPV6, addresses
from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.documents import Document, Unreadable
from isolation.kubernetes.objects import IPBlock, Metadata, Selector, read
from isolation.rules import Action
from isolation.traffic import traffic

KINDS = frozenset({"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"})
API = "cilium.io/"
_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
_PODS = frozenset({"all", "cluster"})
_OUTSIDE = {"all": ALL_ADDRESSES, "world": ALL_ADDRESSES, "world-ipv4": ALL_IPV4, "world-ipv6": ALL_IPV6}
Entity = Literal[
    "all", "cluster", "world", "world-ipv4", "world-ipv6", "host", "remote-node", "kube-apiserver", "health",
    "init", "ingress", "unmanaged", "none",
]  # fmt: skip


def _plain_keys(value: object) -> object:
    """A selector whose keys have lost the prefix of their source, `k8s:` or `any:`."""
    if not isinstance(value, Mapping):
        return value
    found = dict(cast("Mapping[str, Any]", value))
    labels = found.get("matchLabels")
    if isinstance(labels, Mapping):
        found["matchLabels"] = {_bare(key): each for key, each in cast("Mapping[str, Any]", labels).items()}
    expressions = found.get("matchExpressions")
    if isinstance(expressions, list):
        found["matchExpressions"] = [
            {**each, "key": _bare(str(each.get("key")))}
            for each in cast("list[Mapping[str, Any]]", expressions)
        ]
    return found


def _bare(key: str) -> str:
    return key.removeprefix("k8s:").removeprefix("any:")


class _Exact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Labels = Annotated[Selector, BeforeValidator(_plain_keys)]


class _Port(_Exact):
    port: str
    endPort: int | None = None
    protocol: Literal["TCP", "UDP", "SCTP", "ANY"] = "ANY"


class _Ports(_Exact):
    ports: tuple[_Port, ...] | None = Field(default=None, strict=False)
    rules: dict[str, Any] | None = None


class _Rule(_Exact):
    """One rule of any of the four lists; a list of `from…` stands in ingress only, one of `to…` in egress."""

    fromEndpoints: tuple[Labels, ...] | None = Field(default=None, strict=False)
    toEndpoints: tuple[Labels, ...] | None = Field(default=None, strict=False)
    fromCIDR: tuple[str, ...] | None = Field(default=None, strict=False)
    toCIDR: tuple[str, ...] | None = Field(default=None, strict=False)
    fromCIDRSet: tuple[IPBlock, ...] | None = Field(default=None, strict=False)
    toCIDRSet: tuple[IPBlock, ...] | None = Field(default=None, strict=False)
    fromEntities: tuple[Entity, ...] | None = Field(default=None, strict=False)
    toEntities: tuple[Entity, ...] | None = Field(default=None, strict=False)
    toPorts: tuple[_Ports, ...] | None = Field(default=None, strict=False)

    @property
    def endpoints(self) -> tuple[Selector, ...] | None:
        """The selectors of either direction."""
        return self.toEndpoints if self.fromEndpoints is None else self.fromEndpoints

    @property
    def entities(self) -> tuple[Entity, ...] | None:
        """The entities of either direction."""
        return self.toEntities if self.fromEntities is None else self.fromEntities

    @property
    def blocks(self) -> IntervalSet:
        """The addresses outside that it names."""
        parts = [addresses(text) for text in (*(self.fromCIDR or ()), *(self.toCIDR or ()))]
        parts += [
            addresses(one.cidr) - addresses(*(one.except_ or ()))
            for one in (*(self.fromCIDRSet or ()), *(self.toCIDRSet or ()))
        ]
        parts += [_OUTSIDE.get(one, EMPTY) for one in self.entities or ()]
        return IntervalSet.union(parts)

    @property
    def names_somebody(self) -> bool:
        """Whether it says who at all; a rule that does not and has ports is about everyone."""
        lists = (self.endpoints, self.entities, self.fromCIDR, self.toCIDR, self.fromCIDRSet, self.toCIDRSet)
        return any(one is not None for one in lists)


class _DefaultDeny(_Exact):
    ingress: bool | None = None
    egress: bool | None = None


class _Spec(_Exact):
    endpointSelector: Labels
    ingress: tuple[_Rule, ...] | None = Field(default=None, strict=False)
    ingressDeny: tuple[_Rule, ...] | None = Field(default=None, strict=False)
    egress: tuple[_Rule, ...] | None = Field(default=None, strict=False)
    egressDeny: tuple[_Rule, ...] | None = Field(default=None, strict=False)
    enableDefaultDeny: _DefaultDeny | None = None
    description: str | None = None
    labels: tuple[Any, ...] | None = Field(default=None, strict=False)


@dataclass(frozen=True, slots=True)
class CiliumLine:
    """One rule: what it does, to whom, on which ports."""

    label: str
    action: Action
    namespace: str
    endpoints: tuple[Selector, ...]
    blocks: IntervalSet
    pods: bool
    everyone: bool
    traffic: IntervalSet

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether it names a pod, by the labels that `pod_labels` makes."""
        return self.pods or any(_selects(one, labels, self.namespace) for one in self.endpoints)


@dataclass(frozen=True, slots=True)
class CiliumPolicy:
    """One `spec` of a policy, with its place; `namespace` is empty for a policy of the whole cluster."""

    namespace: str
    name: str
    spec: _Spec

    def __str__(self) -> str:
        return f"{self.namespace or 'cluster'}/{self.name}"

    def guards(self, labels: Mapping[str, str]) -> bool:
        """Whether it selects a pod."""
        return _selects(self.spec.endpointSelector, labels, self.namespace)

    def denies_by_default(self, direction: str) -> bool:
        """Whether a pod that it selects denies what no policy allows."""
        chosen = self.spec.enableDefaultDeny
        own = chosen and (chosen.ingress if direction == "Ingress" else chosen.egress)
        return own if own is not None else any(self._rules(direction))

    def lines(self, direction: str, everything: IntervalSet) -> Iterator[CiliumLine]:
        """Its rules in a direction; `everything` is the traffic of a rule without ports."""
        for index, (action, rule) in enumerate(self._rules(direction)):
            if not rule.names_somebody and not rule.toPorts:
                continue
            kind = "deny" if action is Action.DENY else "allow"
            yield CiliumLine(
                f"{self} {direction.lower()} {kind}[{index}]",
                action,
                self.namespace,
                rule.endpoints or (),
                rule.blocks,
                bool(_PODS & set(rule.entities or ())),
                not rule.names_somebody,
                _traffic(rule, everything),
            )

    def _rules(self, direction: str) -> Iterator[tuple[Action, _Rule]]:
        ingress = direction == "Ingress"
        for action, rules in (
            (Action.ALLOW, self.spec.ingress if ingress else self.spec.egress),
            (Action.DENY, self.spec.ingressDeny if ingress else self.spec.egressDeny),
        ):
            yield from ((action, rule) for rule in rules or ())


def is_cilium(document: Document) -> bool:
    """Whether a document is one of Cilium's policies."""
    return document.kind in KINDS and document.api.startswith(API)


def read_cilium(document: Document) -> Iterator[CiliumPolicy]:
    """The policies of a document: its `spec`, or each of its `specs`.

    Raises:
        Unreadable: one sentence about the first thing that is wrong or not modelled.
    """
    metadata = read(document, Metadata, "metadata", document.body.get("metadata") or {})
    if not metadata.name:
        raise Unreadable(f"{document.label}: metadata.name is missing; write it")
    namespace = "" if document.kind.startswith("CiliumClusterwide") else metadata.namespace or "default"
    listed: object = document.body.get("specs")
    specs = [("spec", document.body.get("spec"))] if document.body.get("spec") is not None else []
    if isinstance(listed, list):
        specs += [(f"specs[{index}]", each) for index, each in enumerate(cast("list[Any]", listed))]
    if not specs:
        raise Unreadable(f"{document.label}: spec is missing; write it")
    for path, each in specs:
        spec = read(document, _Spec, path, each)
        for rules in (spec.ingress, spec.ingressDeny, spec.egress, spec.egressDeny):
            for rule in rules or ():
                _refuse_names(document, path, rule)
        yield CiliumPolicy(namespace, metadata.name + path.removeprefix("spec").removeprefix("s"), spec)


def pod_labels(namespace: str, labels: Mapping[str, str], space: Mapping[str, str]) -> dict[str, str]:
    """A pod's labels as Cilium sees them: its own, its namespace, its namespace's labels."""
    of_space = {f"{_NAMESPACE_LABELS}{key}": value for key, value in space.items()}
    return {**labels, **of_space, _NAMESPACE: namespace}


def _selects(selector: Selector, labels: Mapping[str, str], namespace: str) -> bool:
    """Whether a selector holds a pod; a policy of a namespace looks there unless it names another."""
    keys = {*(selector.matchLabels or {}), *(one.key for one in selector.matchExpressions or ())}
    elsewhere = any(key == _NAMESPACE or key.startswith(_NAMESPACE_LABELS) for key in keys)
    if namespace and not elsewhere and labels.get(_NAMESPACE) != namespace:
        return False
    return selector.selects(labels)


def _traffic(rule: _Rule, everything: IntervalSet) -> IntervalSet:
    ports = [port for one in rule.toPorts or () for port in one.ports or ()]
    if not ports:
        return everything
    parts: list[IntervalSet] = []
    for one in ports:
        protocols = ("TCP", "UDP", "SCTP") if one.protocol == "ANY" else (one.protocol,)
        first = int(one.port)
        span = (1, 65535) if first == 0 else (first, one.endPort or first)
        parts += [traffic(protocol, *span) for protocol in protocols]
    return IntervalSet.union(parts)


def _refuse_names(document: Document, path: str, rule: _Rule) -> None:
    for one in rule.toPorts or ():
        for port in one.ports or ():
            if not port.port.isdigit() or int(port.port) > 65535:
                raise Unreadable(f"{document.label}: {path}: port {port.port!r} is no number; write a number")
