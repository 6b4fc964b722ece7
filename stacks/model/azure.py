"""Where a stack on Azure lives, and what it may rely on there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from components.azure.place import Place
from stacks.model.fields import GUID, HostName, HsmKey, ObjectId, Section, refusal


def _near(sku: object) -> object:
    """Global kinds are known well enough to be asked for, and answer wherever there is room."""
    if isinstance(sku, str) and sku.startswith(("Global", "Developer")):
        raise refusal(f"`{sku}` processes prompts anywhere in the world", "`Standard` or `DataZoneStandard`")
    return sku


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


class ManagedHsm(Section):
    """A Managed HSM, and what it seals once people activated it and made keys in it (README)."""

    administrators: tuple[ObjectId, ...] = Field(
        min_length=1,
        max_length=10,
        description="Who activates it and gives every right in it, by object id; a group rather than people. "
        "Read when the HSM is made; later ones are given inside.",
        examples=[["00000000-0000-0000-0000-000000000000"]],
    )
    keys: Mapping[Literal["data", "models", "disks", "logs"], HsmKey] = Field(
        default_factory=dict[Literal["data", "models", "disks", "logs"], str],
        description="Keys in it by purpose, as `az keyvault key create` tells them (`key.kid`). Left out for "
        "the first `up`, which makes the HSM; other purposes stay in the vault.",
        examples=[{"data": "https://hsm.managedhsm.azure.net/keys/data/00000000000000000000000000000000"}],
    )


class FoundryModel(Section):
    """One model that Azure runs."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{1,63}$",
        description="What callers ask for it by, in `model` of their requests.",
        examples=["gpt-5-mini"],
    )
    model: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
        description="Which model of OpenAI it is, as Azure calls it.",
        examples=["gpt-5-mini"],
    )
    version: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="Which version of it; it changes when this line does.",
        examples=["2025-08-07"],
    )
    sku: Annotated[
        Literal["Standard", "ProvisionedManaged", "DataZoneStandard", "DataZoneProvisionedManaged"],
        BeforeValidator(_near),
    ] = Field(
        description="Where prompts are processed: in the location (the first two), or in its data zone. "
        "Provisioned ones are paid by the hour, whether they are asked or not.",
    )
    capacity: int = Field(
        ge=1,
        le=100_000,
        description="Thousands of tokens a minute, for all callers together; of a provisioned one, units.",
        examples=[50],
    )


class Foundry(Section):
    """Models that Azure runs: an account with a private endpoint, which model servers ask for callers."""

    models: tuple[FoundryModel, ...] = Field(min_length=1, max_length=32, description="Which ones.")
    review: Literal["possible", "exempt"] = Field(
        default="possible",
        description="Microsoft may keep what its filters point out for 30 days, and have people read it. "
        "`exempt` says that it has exempted the subscription, on request; where data is about people, it "
        "must have (decision 20).",
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
        description="True for one `up` takes the destroyed vault of the same name back, keys and all, and so "
        "the HSM.",
    )
    managed_hsm: ManagedHsm | None = Field(
        default=None,
        description="Brings a Managed HSM for keys of stores, disks and records, which people activate; it "
        "costs about USD 2,300 a month from the moment it is made until 90 days after it is deleted.",
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
    foundry: Foundry | None = Field(
        default=None,
        description="Models that Azure runs, behind the same gateway as the stack's own.",
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
        default=False,
        description="Makes a Purview account over the stores, with private endpoints; a tenant may have to "
        "allow it.",
    )
    purview_account: str | None = Field(
        default=None,
        pattern=r"^/subscriptions/.+/providers/Microsoft\.Purview/accounts/[^/]+$",
        description="Id of a Purview account that there is already, which gets private endpoints here.",
    )
    activity_log: Literal["own", "elsewhere"] = Field(
        default="own", description="Who keeps the subscription's log of activities."
    )
    defender: Literal["own", "elsewhere"] = Field(
        default="own", description="Who switches on the subscription's plans of Defender for Cloud."
    )

    def place(self, group: str) -> Place:
        """The subscription, location and zones, with the stack's resource group of that name."""
        return Place(
            subscription=self.subscription,
            tenant=self.tenant,
            location=self.location,
            zones=self.zones,
            group=group,
            entropy=self.entropy,
        )
