"""Where a stack on AWS lives, and what it may rely on there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from stacks.model.fields import AwsRole, Section, digits


class Deployments(Section):
    """Where the team keeps programs and state, for the deployer inside the network (docs/state.md)."""

    bucket: str = Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="Bucket with `programs/<stack>.zip` and the state: of this account, or of the "
        "organisation where `organization_id` is written.",
        examples=["acme-pulumi-state"],
    )
    key: str = Field(
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$",
        description="KMS key that encrypts the state's secrets, by ARN.",
        examples=["arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"],
    )


class Issuer(Section):
    """Who issues callers' tokens, when it is not the stack's own user pool."""

    url: str = Field(
        pattern=r"^https://[^?#]+$",
        description="The issuer as tokens name it (claim `iss`).",
        examples=["https://login.example.com/"],
    )
    keys_url: str = Field(
        pattern=r"^https://[^?#]+$",
        description="Where its public keys are: at most ten, RS256, reachable from the internet.",
        examples=["https://login.example.com/.well-known/jwks.json"],
    )
    scope: str = Field(min_length=1, description="The scope that a token must have.", examples=["models/ask"])


class Amazon(Section):
    """AWS: where the stack lives and what it may rely on there."""

    account: Annotated[str, BeforeValidator(digits)] = Field(
        pattern=r"^[0-9]{12}$", description="Account number: 12 digits, in quotes.", examples=["123456789012"]
    )
    region: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="Region.", examples=["eu-central-1"]
    )
    zones: tuple[str, ...] = Field(
        min_length=2,
        max_length=4,
        description="Availability zones of the region; EKS needs at least two.",
        examples=[["eu-central-1a", "eu-central-1b"]],
    )
    organization_id: str | None = Field(
        default=None,
        pattern=r"^o-[a-z0-9]{10,32}$",
        description="Organisation's id; private endpoints then admit the organisation, and nobody else. "
        "Without it they admit this account only.",
        examples=["o-exampleorgid"],
    )
    deployers: tuple[AwsRole, ...] = Field(
        default=(),
        description="Who may act as the deployer: roles of the enterprise's directory or of a CI, by ARN.",
        examples=[["arn:aws:iam::123456789012:role/ci-deployer"]],
    )
    operators: tuple[AwsRole, ...] = Field(
        default=(),
        description="Who may look into clusters, from the operations segment: roles, by ARN.",
        examples=[["arn:aws:iam::123456789012:role/ml-operations"]],
    )
    deployments: Deployments | None = Field(
        default=None,
        description="Brings the deployer: a build inside the network, which fills clusters that nobody "
        "outside reaches.",
    )
    fill_clusters: bool = Field(
        default=True,
        description="False for the first `up`, from outside the network: it leaves clusters empty, which the "
        "deployer then fills from inside.",
    )
    callers: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$")], ...] = Field(
        default=(),
        description="Programs that may call the models; each gets a client of the stack's own user pool.",
        examples=[["support-app"]],
    )
    issuer: Issuer | None = Field(
        default=None,
        description="An issuer of the enterprise's, whose tokens count instead of the user pool's.",
    )
    countries: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = Field(
        default=(),
        description="Countries that callers may come from, as two letters (ISO 3166); none means all.",
        examples=[["DE", "AT"]],
    )
    public_zone: str | None = Field(
        default=None,
        pattern=r"^Z[A-Z0-9]{1,31}$",
        description="Id of the hosted zone that serves the public host names, when it is in this account; "
        "without it, the records that prove the names are told while `up` waits for them.",
        examples=["Z0123456789ABCDEFGHIJ"],
    )
    shield: bool = Field(
        default=False,
        description="Protects the edge by Shield Advanced, which the account must have subscribed to.",
    )
    trail: Literal["own", "elsewhere", "organization"] = Field(
        default="own",
        description="Who records calls: a trail of this stack, another one's, or this stack's for the whole "
        "organisation, whose management account it then is.",
    )
    recorder: Literal["own", "elsewhere"] = Field(
        default="own",
        description="An account has one recorder of AWS Config in a region: this stack's, or another one's.",
    )
    threat_detection: Literal["own", "elsewhere"] = Field(
        default="own", description="Who has GuardDuty's detector of the account and region."
    )
    security_hub: Literal["own", "elsewhere"] = Field(
        default="own", description="Who has Security Hub of the account and region."
    )
    macie: Literal["own", "elsewhere"] = Field(
        default="own",
        description="Who has Macie of the account and region; it is used where personal data is.",
    )
    catalog_settings: Literal["own", "elsewhere"] = Field(
        default="own",
        description="Who writes the encryption and administrators of the account's data catalogue.",
    )
    data_domain: bool = Field(
        default=False,
        description="Makes a DataZone domain, where people look for data; it is paid by use and by user.",
    )
    registry_settings: Literal["own", "elsewhere"] = Field(
        default="own",
        description="An account has one scanning and one signing configuration of its registry in a region: "
        "this stack writes them, or another one does.",
    )
