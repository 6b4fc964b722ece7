"""The handles components pass to each other: cloud-neutral, frozen, made of `Output`s.

A handle means *ready and guarded*. Its outputs resolve only after the grants, locks and attachments that
make it safe exist, so whoever uses a handle needs no `depends_on` of their own. A component accepts handles,
never its siblings, so an owned and a brought-your-own key or network fit alike.

Left out: anything only one cloud knows. Such values stay inside that cloud's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pulumi


class Purpose(StrEnum):
    """What a key protects. One key per purpose, so that a grant never reaches further than its user needs."""

    DATA = "data"
    MODELS = "models"
    DISKS = "disks"
    CLUSTER_SECRETS = "cluster-secrets"
    REGISTRY = "registry"
    LOGS = "logs"
    CATALOG = "catalog"
    SECRETS = "secrets"
    MESSAGES = "messages"


class SegmentName(StrEnum):
    """The five segments every network has (the flow table between them is `stacks/flows.yaml`)."""

    EDGE = "edge"
    INFERENCE = "inference"
    TRAINING = "training"
    DATA = "data"
    OPERATIONS = "operations"


class Workload(StrEnum):
    """Who acts. One identity per workload, never shared."""

    TRAINER = "trainer"
    PIPELINE = "pipeline"
    INFERENCE = "inference"
    SIGNER = "signer"
    NODES = "nodes"
    DEPLOYER = "deployer"

    @property
    def duty(self) -> str:
        """What it is for, in a sentence."""
        return _DUTIES[self]


_DUTIES = {
    Workload.TRAINER: "Trains models: reads datasets and released models, writes outputs.",
    Workload.PIPELINE: "Prepares data and candidate models.",
    Workload.INFERENCE: "Answers with released models.",
    Workload.SIGNER: "Signs and releases models that passed their tests.",
    Workload.NODES: "Runs nodes; no workload acts as it.",
    Workload.DEPLOYER: "Deploys to clusters; reads no data.",
}


class StoreName(StrEnum):
    """What a store holds; each has its own key, grants and retention."""

    DATASETS = "datasets"
    MODELS = "models"
    OUTPUTS = "outputs"


class Capacity(StrEnum):
    """How accelerators are bought.

    Every cloud sells them on demand, as capacity that it may take back, and from a reservation that is paid
    whether it is used or not. `flex-start` is a queue of Google Cloud, `block` a capacity block of EC2.
    """

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    FLEX_START = "flex-start"
    RESERVATION = "reservation"
    BLOCK = "block"

    @property
    def reserved(self) -> bool:
        """Whether it goes with the id of what was reserved or bought before."""
        return self in {Capacity.RESERVATION, Capacity.BLOCK}


class Outside(StrEnum):
    """The two sides beyond the network."""

    INTERNET = "internet"
    ENTERPRISE = "enterprise"


class Carrier(StrEnum):
    """How a flow is carried, which decides what a cloud must open for it.

    - machines: packets from machines of one segment to machines of another.
    - gateway: through the load balancer and its web application firewall, never past it.
    - private-apis: to the cloud's own services, by their private addresses.
    - control-plane: to a cluster's API server.
    """

    MACHINES = "machines"
    GATEWAY = "gateway"
    PRIVATE_APIS = "private-apis"
    CONTROL_PLANE = "control-plane"


@dataclass(frozen=True)
class Flow:
    """One permission of the flow table: `source` may open connections to `destination`.

    `ports` holds numbers and ranges as text (`"443"`, `"8000-8010"`); with protocol `all` it is empty. With
    `models` it leads to those of the cloud's own services, too, that answer prompts or judge them.
    """

    name: str
    source: SegmentName | Outside
    destination: SegmentName | Outside
    carrier: Carrier
    protocol: str
    ports: tuple[str, ...]
    reason: str
    models: bool = False


@dataclass(frozen=True)
class AllowEntry:
    """One flow beyond the table, with the person who answers for it and its last day.

    `source` and `destination` are a segment or CIDR text; at least one is a segment. It opens the firewall
    and brings no route: an address that no route leads to stays out of reach.
    """

    name: str
    owner: str
    reason: str
    source: SegmentName | str
    destination: SegmentName | str
    protocol: str
    ports: tuple[str, ...]
    expires: date


@dataclass(frozen=True)
class Key:
    """A customer-held encryption key that its users may already use.

    `id` is what a resource's customer-key argument takes; it resolves after the grants to the services that
    encrypt with it.
    """

    purpose: Purpose
    id: pulumi.Output[str]


@dataclass(frozen=True)
class SigningKey:
    """An asymmetric key whose private half never leaves the key service.

    `version_id` names the exact version that signs; verifiers pin it, and `public_key`, its PEM text.
    """

    id: pulumi.Output[str]
    version_id: pulumi.Output[str]
    public_key: pulumi.Output[str]


@dataclass(frozen=True)
class Segment:
    """Subnets and their address ranges, as CIDR strings that are known at preview.

    `subnet_ids` holds one subnet, or one per zone where the cloud's subnets belong to a zone.
    """

    name: SegmentName
    subnet_ids: tuple[pulumi.Output[str], ...]
    node_range: str
    pod_range: str | None = None
    service_range: str | None = None


@dataclass(frozen=True)
class Network:
    """A private network whose default-deny rules, private API routes and zones are in force."""

    id: pulumi.Output[str]
    segments: Mapping[SegmentName, Segment]


@dataclass(frozen=True)
class Identity:
    """Who a workload acts as. `principal` is what a grant names; `id` is what a resource runs as."""

    workload: Workload
    id: pulumi.Output[str]
    principal: pulumi.Output[str]


@dataclass(frozen=True)
class Store:
    """An encrypted, versioned, private object store. `uri` carries the cloud's scheme (`gs://`, `s3://`)."""

    name: StoreName
    id: pulumi.Output[str]
    uri: pulumi.Output[str]


@dataclass(frozen=True)
class Cluster:
    """A private Kubernetes cluster whose node pools are ready.

    `kubeconfig` carries no token: its user authenticates with an exec plugin at run time.
    """

    name: pulumi.Output[str]
    id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]


@dataclass(frozen=True)
class Registry:
    """The only place that images, charts and models come from: encrypted, immutable, scanned.

    `images`, `charts` and `models` are prefixes that end in `/`, without a scheme, such as
    `europe-west4-docker.pkg.dev/acme-ai/palisade-prod-images/`. They resolve once admission of unsigned
    digests is refused. `name` is what a grant on the image repository takes.
    """

    name: pulumi.Output[str]
    images: pulumi.Output[str]
    charts: pulumi.Output[str]
    models: pulumi.Output[str]


@dataclass(frozen=True)
class Certificate:
    """A managed certificate of host names. `id` is what a load balancer's certificate argument takes."""

    id: pulumi.Output[str]
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Authority:
    """A private certificate authority: its id, and the PEM text of the root that verifiers trust."""

    id: pulumi.Output[str]
    certificate: pulumi.Output[str]


@dataclass(frozen=True)
class Backend:
    """Where the edge sends requests: groups of endpoints of one serving port, by zone, and what checks them.

    `groups` are what a load balancer's backend takes; they resolve once their machines answer.
    """

    groups: Mapping[str, pulumi.Output[str]]
    port: int
    health_path: str


@dataclass(frozen=True)
class Endpoint:
    """A public way in, with its firewall attached: host names and the address they belong on."""

    hosts: tuple[str, ...]
    address: pulumi.Output[str]
