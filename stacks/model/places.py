"""Where a stack lives: one section per cloud, and only the chosen cloud's is required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from stacks.model.fields import GUID, AwsRole, GcpPrincipal, HostName, ObjectId, Section, digits


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


class Federation(Section):
    """A pipeline of the enterprise's, known by the tokens that its platform issues about it."""

    name: str = Field(
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}$", description="What to call it.", examples=["pipeline"]
    )
    issuer: str = Field(
        pattern=r"^https://[^?#]+$",
        description="The issuer as tokens name it (claim `iss`).",
        examples=["https://token.actions.githubusercontent.com"],
    )
    subject: str = Field(
        min_length=1,
        max_length=600,
        description="Whom tokens must be about (claim `sub`), whole.",
        examples=["repo:acme/platform:environment:production"],
    )


class VaultCertificates(Section):
    """The two certificates that the vault holds once somebody asked it for them (README)."""

    hosts: str = Field(
        pattern=r"^[A-Za-z0-9-]{1,127}$",
        description="Name in the vault of the certificate of `inference.hosts`.",
        examples=["models"],
    )
    inside: str = Field(
        pattern=r"^[A-Za-z0-9-]{1,127}$",
        description="Name in the vault of the certificate that pods show the edge.",
        examples=["inside"],
    )


class AzureDeployments(Section):
    """Where the team keeps programs and state, for the deployer inside the network (docs/state.md)."""

    container: str = Field(
        pattern=r"^/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]+/providers/Microsoft\.Storage"
        r"/storageAccounts/[a-z0-9]{3,24}/blobServices/default/containers/[a-z0-9-]{3,63}$",
        description="Container of blobs with `programs/<stack>.zip` and the state, by its id.",
        examples=[
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/platform/providers"
            "/Microsoft.Storage/storageAccounts/acmestate/blobServices/default/containers/pulumi"
        ],
    )
    key: str = Field(
        pattern=r"^/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]+/providers/Microsoft\.KeyVault"
        r"/vaults/[A-Za-z0-9-]{3,24}/keys/[A-Za-z0-9-]{1,127}$",
        description="Key of a vault that encrypts the state's secrets, by its id.",
        examples=[
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/platform/providers"
            "/Microsoft.KeyVault/vaults/acme-state/keys/pulumi"
        ],
    )


class EntraCallers(Section):
    """Whose tokens count: those of a registration in the directory, which is made outside the stack."""

    audience: str = Field(
        pattern=GUID,
        description="Client id of the registration that stands for the models; it asks for tokens of "
        "version 2.",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    role: str = Field(
        default="Models.Ask",
        pattern=r"^[^\s]{1,120}$",
        description="The registration's role that callers must have.",
    )
    issuer: str | None = Field(
        default=None,
        pattern=r"^https://[^?#]+$",
        description="The issuer as tokens name it, where it is not the tenant.",
        examples=["https://login.example.com/"],
    )


class Azure(Section):
    """Azure: where the stack lives and what it may rely on there."""

    subscription: str = Field(
        pattern=GUID, description="Subscription id.", examples=["00000000-0000-0000-0000-000000000000"]
    )
    tenant: str = Field(
        pattern=GUID,
        description="Tenant id of the directory.",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    location: str = Field(pattern=r"^[a-z]+[0-9]?$", description="Location.", examples=["westeurope"])
    zones: tuple[Literal["1", "2", "3"], ...] = Field(
        min_length=1, max_length=3, description="Availability zones for nodes.", examples=[["1", "2"]]
    )
    entropy: str = Field(
        default="",
        pattern=r"^[a-z0-9]{0,12}$",
        description="Another text gives other names to vaults, storage accounts and registries, which are "
        "one in all the world; a destroyed vault keeps its name for 90 days.",
        examples=["second"],
    )
    recover_vault: bool = Field(
        default=False,
        description="True for one `up` takes the destroyed vault of the same name back, keys and all.",
    )
    deployers: tuple[Federation, ...] = Field(
        default=(), max_length=20, description="Pipelines that may act as the deployer's identity."
    )
    administrators: tuple[ObjectId, ...] = Field(
        default=(),
        description="Groups that administer clusters in an emergency, by object id.",
        examples=[["00000000-0000-0000-0000-000000000000"]],
    )
    operators: tuple[ObjectId, ...] = Field(
        default=(),
        description="Groups that may look into clusters, by object id.",
        examples=[["00000000-0000-0000-0000-000000000000"]],
    )
    fill_clusters: bool = Field(
        default=True,
        description="False for the first `up`, from outside the network: it leaves clusters empty, which the "
        "deployer then fills from inside.",
    )
    deployments: AzureDeployments | None = Field(
        default=None,
        description="Brings the deployer: a container inside the network, which fills clusters that nobody "
        "outside reaches. The operations segment is then its own.",
    )
    authorities: Mapping[
        Literal["training", "inference"], Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    ] = Field(
        default_factory=dict[Literal["training", "inference"], str],
        description="Authorities of the clusters' certificates, as `az aks get-credentials` writes them "
        "(`certificate-authority-data`): whoever deploys from inside the network cannot ask Azure's API.",
        examples=[{"training": "LS0tLS1CRUdJTg=="}],
    )
    signing_key: str | None = Field(
        default=None,
        pattern=r"^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]+\n)+-----END PUBLIC KEY-----\n?$",
        description="Public half of the key that signs releases, as PEM text: Azure tells it inside the "
        "network only, after the first `up`. Without it nothing is released.",
    )
    watcher_group: str = Field(
        default="NetworkWatcherRG",
        pattern=r"^[\w.()-]{0,89}[\w()-]$",
        description="Resource group of the location's network watcher, which Azure makes with the first "
        "network and which records connections.",
    )
    network_manager: bool = Field(
        default=False,
        description="Adds rules of a network manager, which no security group overrides; it is paid by "
        "subscription.",
    )
    inside_host: HostName | None = Field(
        default=None,
        description="Name that only the edge asks pods by, of a domain of yours: their certificate is for "
        "it. It needs no record in DNS.",
        examples=["inside.models.example.com"],
    )
    certificates: VaultCertificates | None = Field(
        default=None,
        description="The certificates in the vault. Left out for the first `up`, which makes the vault and "
        "tells what to ask it for; until then no edge is built.",
    )
    callers: EntraCallers | None = Field(
        default=None, description="Whose tokens count; a stack that serves models needs it."
    )
    countries: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = Field(
        default=(),
        description="Countries that callers may come from, as two letters (ISO 3166); none means all.",
        examples=[["DE", "AT"]],
    )
    flood_protection: Literal["basic", "address"] = Field(
        default="basic",
        description="`address` adds DDoS Protection for the edge's address, about USD 200 a month.",
    )
    flood_plan: str | None = Field(
        default=None,
        pattern=r"^/subscriptions/.+/providers/Microsoft\.Network/ddosProtectionPlans/[^/]+$",
        description="Id of the tenant's plan of DDoS Protection (about USD 3,000 a month), which then "
        "protects the edge's address.",
    )
    log_cluster: Literal["none", "prepared", "encrypted"] = Field(
        default="none",
        description="Puts records under the customer's key: a cluster of Log Analytics, which is paid for "
        "100 GB a day (about USD 6,000 a month) from the moment it is `prepared`, takes hours to come, and "
        "is `encrypted` by a second `up`.",
    )
    purview: bool = Field(
        default=False, description="Makes a Purview account over the stores; a tenant may have to allow it."
    )
    activity_log: Literal["own", "elsewhere"] = Field(
        default="own", description="Who keeps the subscription's log of activities."
    )
    defender: Literal["own", "elsewhere"] = Field(
        default="own", description="Who switches on the subscription's plans of Defender for Cloud."
    )
