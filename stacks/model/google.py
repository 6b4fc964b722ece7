"""Where a stack on Google Cloud lives, and what it may rely on there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from stacks.model.fields import GcpPrincipal, Section, digits


class Google(Section):
    """Google Cloud: where the stack lives and what it may rely on there."""

    project: str = Field(
        pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$",
        description="Project id (not its number): 6 to 30 lower-case letters, digits and hyphens.",
        examples=["acme-ai-dev"],
    )
    region: str = Field(
        pattern=r"^[a-z]+-[a-z]+[0-9]+$",
        description="Region of every regional resource, keys included.",
        examples=["europe-west4"],
    )
    zones: tuple[str, ...] = Field(
        min_length=1,
        max_length=4,
        description="Zones of the region for nodes; prod needs at least two.",
        examples=[["europe-west4-a", "europe-west4-b"]],
    )
    organization_id: Annotated[str, BeforeValidator(digits)] | None = Field(
        default=None,
        pattern=r"^[0-9]+$",
        description="Organisation number; with `access_policy` it brings the service perimeter.",
        examples=["123456789012"],
    )
    access_policy: Annotated[str, BeforeValidator(digits)] | None = Field(
        default=None,
        pattern=r"^[0-9]+$",
        description="Number of the organisation's access policy, in which the service perimeter is made.",
        examples=["987654321098"],
    )
    perimeter: Literal["dry-run", "enforced"] = Field(
        default="dry-run",
        description="The service perimeter logs what it would refuse, or refuses it. Read the log first.",
    )
    deployers: tuple[GcpPrincipal, ...] = Field(
        default=(),
        description="Who may act as the deployer's identity: groups, or a CI's federated identities.",
        examples=[["group:platform@example.com"]],
    )
    operators: tuple[GcpPrincipal, ...] = Field(
        default=(),
        description="Who reaches clusters through the Connect gateway to look at them.",
        examples=[["group:ml-operations@example.com"]],
    )
    callers: tuple[GcpPrincipal, ...] = Field(
        default=(),
        description="Who may call the models, once signed in. Nobody else passes the gateway.",
        examples=[["group:support-apps@example.com"]],
    )
    public_zone: str | None = Field(
        default=None,
        description="Name of the managed zone that serves the public host names, when it is in this project; "
        "without it, the records that prove the names are told after `up`.",
    )
    image_policy: Literal["own", "elsewhere"] = Field(
        default="own",
        description="A project has one Binary Authorization policy: this stack writes it, or another one "
        "does, whose policy must then name this stack's clusters.",
    )
    audit_config: Literal["own", "elsewhere"] = Field(
        default="own",
        description="A project has one audit configuration: this stack writes it, or another one does.",
    )
    security_center: bool = Field(
        default=False,
        description="Whether the Security Command Center is active; its findings are then sent on.",
    )
    armor: Literal["standard", "enterprise"] = Field(
        default="standard",
        description="Tier of Cloud Armor; `enterprise` is paid by subscription and adds automatic "
        "deployment of adaptive protection and threat intelligence.",
    )
