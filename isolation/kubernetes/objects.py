"""The fields of Kubernetes objects that decide who may talk to whom, checked as the API server checks them.

Guarantees that a NetworkPolicy with an unknown field is refused: a misspelt `egress` would otherwise open a
pod without a word. Workloads are read leniently, since only their labels, ports and owners matter here.
Limits and rules are those of the reference of `networking.k8s.io/v1` and of the API server's validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from isolation.addresses import addresses
from isolation.kubernetes.documents import Document, Unreadable

_PORT_NAME = re.compile(r"(?=.{1,15}$)(?!.*--)(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?")  # IANA_SVC_NAME
Protocol = Literal["TCP", "UDP", "SCTP"]
Port = Annotated[int, Field(ge=1, le=65535)]
Labels = dict[str, str]


class _Exact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Requirement(_Exact):
    """One of a selector's `matchExpressions`."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] | None = Field(default=None, strict=False)

    @model_validator(mode="after")
    def _values_fit_the_operator(self) -> Requirement:
        if self.operator in ("In", "NotIn") and not self.values:
            raise ValueError(f"{self.operator} needs values; write at least one")
        if self.operator in ("Exists", "DoesNotExist") and self.values:
            raise ValueError(f"{self.operator} takes no values; leave them out")
        return self

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it; NotIn and DoesNotExist hold where the key is absent."""
        match self.operator:
            case "In":
                return labels.get(self.key) in (self.values or ())
            case "NotIn":
                return labels.get(self.key) not in (self.values or ())
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


class Selector(_Exact):
    """A label selector; an empty one selects everything."""

    matchLabels: Labels | None = None
    matchExpressions: tuple[Requirement, ...] | None = Field(default=None, strict=False)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy every pair and every expression."""
        pairs = (self.matchLabels or {}).items()
        return all(labels.get(key) == value for key, value in pairs) and all(
            requirement.holds(labels) for requirement in self.matchExpressions or ()
        )


def _is_prefix(text: str) -> str:
    if "/" not in text:
        raise ValueError(f"{text!r} has no prefix length; write a prefix such as 10.0.0.0/8")
    addresses(text)
    return text


class IPBlock(_Exact):
    """A prefix without some of its parts."""

    cidr: Annotated[str, AfterValidator(_is_prefix)]
    except_: tuple[Annotated[str, AfterValidator(_is_prefix)], ...] | None = Field(
        default=None, alias="except", strict=False
    )

    @model_validator(mode="after")
    def _except_lies_within(self) -> IPBlock:
        whole = addresses(self.cidr)
        for part in self.except_ or ():
            if not whole.covers(addresses(part)) or whole == addresses(part):
                raise ValueError(f"except {part} is no part of {self.cidr}; write smaller prefixes inside it")
        return self


class Peer(_Exact):
    """Pods by one or two selectors, which must both hold, or an address block."""

    podSelector: Selector | None = None
    namespaceSelector: Selector | None = None
    ipBlock: IPBlock | None = None

    @model_validator(mode="after")
    def _names_someone(self) -> Peer:
        by_selector = self.podSelector is not None or self.namespaceSelector is not None
        if by_selector == (self.ipBlock is not None):
            raise ValueError("a peer is either selectors or an ipBlock; write one of the two")
        return self


class PolicyPort(_Exact):
    """Ports of one protocol: all, one by number or name, or a range up to `endPort`."""

    protocol: Protocol | None = None
    port: Port | str | None = None
    endPort: Port | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> PolicyPort:
        if isinstance(self.port, str) and not _PORT_NAME.fullmatch(self.port):
            raise ValueError(f"{self.port!r} is no port name; write a number, or a name such as http")
        if self.endPort is not None and (not isinstance(self.port, int) or self.port > self.endPort):
            raise ValueError(
                f"endPort {self.endPort} needs a number as port, not above it; write both as numbers"
            )
        return self


class IngressRule(_Exact):
    """Who may come in on which ports; an absent or empty list means everyone, or every port."""

    from_: tuple[Peer, ...] | None = Field(default=None, alias="from", strict=False)
    ports: tuple[PolicyPort, ...] | None = Field(default=None, strict=False)

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The rule's peers, none for everyone."""
        return self.from_ or ()


class EgressRule(_Exact):
    """Who may be called on which ports; an absent or empty list means everyone, or every port."""

    to: tuple[Peer, ...] | None = Field(default=None, strict=False)
    ports: tuple[PolicyPort, ...] | None = Field(default=None, strict=False)

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The rule's peers, none for everyone."""
        return self.to or ()


class PolicySpec(_Exact):
    """A NetworkPolicy's `spec`."""

    podSelector: Selector | None = None
    policyTypes: tuple[Literal["Ingress", "Egress"], ...] | None = Field(default=None, strict=False)
    ingress: tuple[IngressRule, ...] | None = Field(default=None, strict=False)
    egress: tuple[EgressRule, ...] | None = Field(default=None, strict=False)

    @property
    def directions(self) -> frozenset[str]:
        """What the policy isolates: as written, else ingress, and egress only where it has an egress rule."""
        if self.policyTypes:
            return frozenset(self.policyTypes)
        return frozenset({"Ingress", "Egress"} if self.egress else {"Ingress"})


class Owner(_Lenient):
    """Who made an object."""

    kind: str
    name: str
    controller: bool | None = None


class Metadata(_Lenient):
    """An object's name, labels and owners."""

    name: str | None = None
    generateName: str | None = None
    namespace: str | None = None
    labels: Labels | None = None
    ownerReferences: tuple[Owner, ...] | None = Field(default=None, strict=False)


class ContainerPort(_Lenient):
    """A port that a container declares."""

    name: str | None = None
    containerPort: Port
    protocol: Protocol | None = None


class Container(_Lenient):
    """A container's ports; `restartPolicy: Always` makes an init container a sidecar."""

    ports: tuple[ContainerPort, ...] | None = Field(default=None, strict=False)
    restartPolicy: str | None = None


class PodSpec(_Lenient):
    """What of a pod's `spec` matters to packets."""

    containers: tuple[Container, ...] = Field(strict=False)
    initContainers: tuple[Container, ...] | None = Field(default=None, strict=False)
    hostNetwork: bool | None = None


_Model = TypeVar("_Model", bound=BaseModel)
_REMEDIES = {
    "extra_forbidden": "is no field of this object; correct its spelling or take it out",
    "missing": "is missing; write it",
    "string_type": "must be text; put it in quotes",
}


def read(document: Document, model: type[_Model], path: str, value: Any) -> _Model:
    """`value`, found at `path` of the document, as a checked model.

    Raises:
        Unreadable: one sentence about the first thing that is wrong.
    """
    try:
        return model.model_validate(value)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = path + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}"
            for part in first["loc"]
            if part not in ("constrained-int", "int", "str")
        )
        wrong = _REMEDIES.get(first["type"]) or _sentence(first["msg"], first["input"])
        raise Unreadable(f"{document.label}: {where}: {wrong}") from problem


def _sentence(message: str, value: object) -> str:
    if message.startswith("Value error, "):
        return message.removeprefix("Value error, ")
    shown = repr(value)
    return f"{shown if len(shown) < 60 else shown[:57] + '...'} is wrong; {message[0].lower()}{message[1:]}"
