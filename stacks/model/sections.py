"""The sections of a stack file that mean the same on every cloud, one field at a time.

Every model is frozen and refuses unknown fields; every field carries the description that editors show.
Rules that need more than one section are in `stacks/model/rules.py`, the clouds' own sections in
`google.py`, `amazon.py` and `azure.py` beside it; only the chosen cloud's is required.

Left out: what a cloud can tell by itself, and every guarantee of the platform. No field here turns one off,
except `teardown`, which says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from components.contracts import Capacity, SegmentName
from stacks.model.choices import Accelerator, Classification, LawfulBasis
from stacks.model.fields import (
    Cidr,
    ClaimEnd,
    ClientAuthority,
    Email,
    Endpoint,
    HostName,
    Port,
    Section,
    calendar_day,
)


class SegmentRanges(Section):
    """Address ranges of one segment, when they are not to be derived from the address plan."""

    nodes: Cidr = Field(description="Range of the subnet itself.", examples=["10.0.0.0/20"])
    pods: Cidr | None = Field(
        default=None, description="Range of the pods (training, inference).", examples=["10.16.0.0/14"]
    )
    services: Cidr | None = Field(
        default=None, description="Range of the cluster's Services.", examples=["10.20.0.0/20"]
    )


class ExistingSubnet(Section):
    """A subnet that somebody else runs."""

    id: str = Field(
        description="Full id of the subnet.",
        examples=["projects/host/regions/europe-west4/subnetworks/training"],
    )
    pods: str | None = Field(
        default=None, description="Google Cloud: name of its secondary range for pods.", examples=["pods"]
    )
    services: str | None = Field(
        default=None, description="Google Cloud: name of its secondary range for Services."
    )


class ExistingNetwork(Section):
    """A network that somebody else runs, used instead of one of our own."""

    id: str = Field(description="Full id of the network.", examples=["projects/host/global/networks/shared"])
    subnets: Mapping[SegmentName, ExistingSubnet] = Field(description="Its subnet for each segment.")


class NetworkSection(Section):
    """Addresses. What may flow between them is `stacks/flows.yaml`, and `allow` for exceptions."""

    address_plan: Cidr | None = Field(
        default=None,
        description="One private range, /12 to /18; the ranges of all five segments are cut from it.",
        examples=["10.64.0.0/14"],
    )
    ranges: Mapping[SegmentName, SegmentRanges] = Field(
        default_factory=dict[SegmentName, SegmentRanges],
        description="Ranges of single segments, where they must differ from the plan's.",
    )
    enterprise_ranges: tuple[Cidr, ...] = Field(
        default=(),
        description="Ranges of the enterprise network. Nothing from there reaches GPU nodes, nor back.",
        examples=[["10.0.0.0/12", "192.168.0.0/16"]],
    )
    existing: ExistingNetwork | None = Field(
        default=None, description="A network of somebody else, checked and used instead of our own."
    )


class Count(Section):
    """A lower and an upper bound."""

    min: int = Field(default=0, ge=0, le=1000, description="At least this many.")
    max: int = Field(default=1, ge=0, le=1000, description="At most this many.")


class Job(Section):
    """The training job that the stack prepares. Without it, jobs are submitted at run time."""

    base_model: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._/-]*$",
        description="Signed model it starts from, by its name in the model store.",
        examples=["acme/base-7b"],
    )
    workers: int = Field(default=1, ge=1, le=256, description="Pods that train together, a node each.")
    gradient_noise: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Differential privacy: noise multiplier handed to the trainer (DP-SGD).",
    )


class Training(Section):
    """The isolated cluster that trains models."""

    accelerator: Accelerator = Field(
        default=Accelerator.NONE, description="Accelerator of the nodes; `none` builds no GPU pool."
    )
    accelerators_per_node: int = Field(
        default=1, ge=1, le=16, description="Accelerators in each node; the machine follows from it."
    )
    nodes: Count = Field(
        default_factory=Count, description="GPU nodes over all zones; the pool scales between the two."
    )
    capacity: Capacity = Field(
        default=Capacity.ON_DEMAND,
        description="How accelerators are bought; `spot` can be taken away, `block` is bought before.",
    )
    reservation: str | None = Field(
        default=None,
        description="Name of the reservation, with `capacity: reservation`; on AWS its id, or with `block`, "
        "in the first of the stack's zones.",
    )
    confidential: bool = Field(default=False, description="Encrypt memory of CPU and GPU in use (H100 only).")
    job: Job | None = Field(
        default=None, description="A training job that waits in the queue from the start."
    )


class Limits(Section):
    """What one caller may ask of the inference service."""

    body_bytes: int = Field(
        default=32768, ge=1024, description="Largest request body, in bytes.", examples=[32768]
    )
    requests_per_minute: int = Field(
        default=60, ge=1, le=100000, description="Requests per credential and minute."
    )
    max_tokens: int = Field(default=2048, ge=1, description="Tokens per answer.")
    # The longest answer by default some fifty times.
    tokens_per_minute: int = Field(
        default=100_000,
        ge=1,
        le=100_000_000,
        description="Tokens of models per caller, minute and server: of prompts (estimated) and answers.",
    )


class ApiKey(Section):
    """A key for a caller that can neither sign in nor hold a certificate. It never lives long."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$", description="The caller.", examples=["billing-batch"]
    )
    owner: Email = Field(description="Who answers for the caller, and is told to rotate the key.")
    rotation_days: int = Field(
        default=30, ge=1, le=90, description="The key is replaced this often, in days."
    )


class SignIn(Section):
    """An OAuth client of your own, for callers from outside the organisation."""

    client_id: str = Field(min_length=10, description="Id of the OAuth client.")
    client_secret: str = Field(
        min_length=10,
        description="Its secret; set it with `pulumi config set --secret --path palisade:inference...`.",
    )


class Access(Section):
    """How callers prove who they are. Signing in is always asked; the rest comes on top."""

    client_ca: ClientAuthority | None = Field(
        default=None,
        description="mTLS: PEM text of the authority that issues client certificates, or `own` for the "
        "stack's private authority.",
    )
    sign_in: SignIn | None = Field(
        default=None, description="An OAuth client of your own; without it, the organisation's users only."
    )
    api_keys: tuple[ApiKey, ...] = Field(
        default=(), description="Callers with API keys, each with its rotation."
    )


class Inference(Section):
    """The service that answers with a model."""

    model: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._/-]*$",
        description="Name of the model in the model registry.",
        examples=["acme/support-7b"],
    )
    hosts: tuple[HostName, ...] = Field(
        min_length=1,
        # One expression of the firewall names them all: components/gcp/armor.yaml.
        max_length=4,
        description="Public host names.",
        examples=[["models.example.com"]],
    )
    accelerator: Accelerator = Field(
        default=Accelerator.L4, description="Accelerator of the nodes that answer."
    )
    accelerators_per_node: int = Field(
        default=1, ge=1, le=8, description="Accelerators of each model server; it has a node of its own."
    )
    capacity: Capacity = Field(default=Capacity.ON_DEMAND, description="How its accelerators are bought.")
    reservation: str | None = Field(
        default=None,
        description="Name of the reservation, with `capacity: reservation`; on AWS its id, or with `block`, "
        "in the first of the stack's zones.",
    )
    replicas: Count = Field(default_factory=lambda: Count(min=1, max=2), description="Model servers.")
    access: Access = Field(default_factory=Access, description="How callers prove who they are.")
    limits: Limits = Field(default_factory=Limits, description="What one caller may ask.")


class Data(Section):
    """The data on the platform."""

    classification: Classification = Field(
        description="The most sensitive class of data on the platform.", examples=["internal"]
    )
    retention_days: int = Field(
        default=7,
        ge=1,
        le=3650,
        description="Replaced and deleted objects stay as old versions, in days.",
        examples=[7],
    )
    soft_delete_days: int = Field(
        default=7,
        ge=7,
        le=90,
        description="After that, they can still be brought back by an administrator, in days.",
        examples=[7],
    )
    lawful_basis: LawfulBasis = Field(
        default=LawfulBasis.NONE_NEEDED,
        description="Why personal data may be processed (GDPR Art. 6); the catalogue states it.",
    )
    purpose: str = Field(
        default="No personal data.",
        min_length=10,
        max_length=200,
        description="What personal data may be used for; the catalogue states it.",
        examples=["Answering patients' questions about their bills"],
    )
    retention_basis: str | None = Field(
        default=None,
        min_length=10,
        description="The law that demands to keep data beyond GDPR's month for erasure.",
        examples=["Section 630f of the German Civil Code: 10 years after treatment"],
    )


class Retention(Section):
    """Records of what happened."""

    logs_days: int = Field(
        default=90, ge=1, le=3650, description="Security and access logs, in days.", examples=[90]
    )


class Contacts(Section):
    """Whom the cloud and the alerts write to. Mailboxes of teams, not of people."""

    security: Email = Field(description="Security incidents.", examples=["security@example.com"])
    privacy: Email | None = Field(default=None, description="Personal data (GDPR's officer).")
    operations: Email | None = Field(default=None, description="Outages and maintenance.")


class AllowEntry(Section):
    """One flow beyond the flow table: who wants it, why, and until when."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$", description="Short unique name.")
    owner: Email = Field(description="Who answers for it.")
    # It becomes part of a firewall rule's description, which clouds limit to a few hundred characters.
    reason: str = Field(min_length=15, max_length=120, description="Why it is needed, in a sentence.")
    source: Endpoint = Field(alias="from", description="A segment, or a range.")
    destination: Endpoint = Field(alias="to", description="A segment, or a range.")
    protocol: Literal["tcp", "udp"] = Field(description="Protocol.")
    ports: tuple[Port, ...] = Field(
        min_length=1, description="Ports and port ranges.", examples=[["443", "8000-8010"]]
    )
    expires: Annotated[date, BeforeValidator(calendar_day, json_schema_input_type=str)] = Field(
        description="Last day on which it is valid, at most a year ahead.", examples=["2027-06-30"]
    )


class NeverEntry(Section):
    """One more claim of the isolation proof, on top of the flow table's. No entry of `allow` opens it."""

    source: ClaimEnd = Field(alias="from", description="A segment, `internet`, `enterprise`, or a range.")
    destination: ClaimEnd = Field(alias="to", description="A segment, `internet`, `enterprise`, or a range.")
    reason: str | None = Field(
        default=None, min_length=15, max_length=200, description="Why it is claimed, in a sentence."
    )


class Teardown(Section):
    """Turns deletion protection off, so that `destroy` can remove everything. Data is lost."""

    approved_by: Email = Field(description="Who approved it.")
    reason: str = Field(min_length=15, description="Why the stack is taken down, in a sentence.")
