"""The catalogue: what each store holds, how sensitive it is, why it may be used, and who may look.

Builds a Glue database with an entry for each store, the encryption of the catalogue, and Lake Formation's
settings, tags and rights on the entries; a DataZone domain by setting.

Guarantees: every store has an entry that states its class, its source and its lawful basis; what the
catalogue says is under the customer's key; nobody sees entries by being in the account: Lake Formation's
rights are given, to the pipeline, which writes what it makes, and to those who read.

Leaves out: what lies in a store, which Macie looks into where data is personal (`findings.py`), and
lineage, which runs write as OpenLineage events to the domain. An account has one catalogue per region: with
`amazon.catalog_settings: elsewhere` another stack has its encryption and administrators.
Sources: docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html,
docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html,
docs.aws.amazon.com/sagemaker-unified-studio/latest/adminguide/domain-execution-role.html.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.datazone.domain import Domain
from pulumi_aws.glue.catalog_database import CatalogDatabase
from pulumi_aws.glue.catalog_table import CatalogTable
from pulumi_aws.glue.data_catalog_encryption_settings import DataCatalogEncryptionSettings
from pulumi_aws.lakeformation.data_lake_settings import DataLakeSettings
from pulumi_aws.lakeformation.permissions import Permissions
from pydantic import BaseModel, ConfigDict, Field

from components.aws.identity import service_trust
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
from components.contracts import Identity, Key, Store, StoreName, Workload

# The catalogue's rights, by who has them:
# https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html.
DOMAINS = "datazone.amazonaws.com"
RIGHTS = {
    Workload.PIPELINE: ["DESCRIBE", "ALTER"],
    Workload.TRAINER: ["DESCRIBE"],
    Workload.SIGNER: ["DESCRIBE"],
}


class CatalogArgs(BaseModel):
    """Which stores are catalogued, what the stack can say of them, and who works with entries.

    `lawful_basis`, `purpose` and `owner` are what each entry states. `owns_settings` writes the catalogue's
    encryption and administrators, `domain` makes a DataZone domain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    stores: Mapping[StoreName, Store]
    identities: Mapping[Workload, Identity]
    classification: str
    retention_days: int
    lawful_basis: str
    purpose: str
    owner: str
    owns_settings: bool = True
    domain: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Catalog(pulumi.ComponentResource):
    """`database` is the catalogue's name, where pipelines add entries."""

    database: pulumi.Output[str]

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Catalog", name, None, opts)
        settings = self._settings(name, args) if args.owns_settings else []
        database = CatalogDatabase(
            name,
            name=name.replace("-", "_"),
            description=f"Data and models of {name}, with their source, lawful basis and class.",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=settings),
        )
        for store, handle in args.stores.items():
            entry = self._entry(name, args, database, store, handle)
            for workload, rights in RIGHTS.items():
                self._right(f"{name}-{store}-{workload}", args, entry, workload, rights)
        if args.domain:
            self._domain(name, args)
        self.database = database.name
        self.register_outputs({"database": self.database})

    def _settings(self, name: str, args: CatalogArgs) -> list[pulumi.Resource]:
        """The catalogue's key, and its one administrator; lists that are left out would be emptied."""
        child = pulumi.ResourceOptions(parent=self)
        encryption = DataCatalogEncryptionSettings(
            name,
            data_catalog_encryption_settings={
                "encryption_at_rest": {
                    "catalog_encryption_mode": "SSE-KMS",
                    "sse_aws_kms_key_id": args.key.id,
                },
                "connection_password_encryption": {
                    "return_connection_password_encrypted": True,
                    "aws_kms_key_id": args.key.id,
                },
            },
            opts=child,
        )
        lake = DataLakeSettings(
            name,
            admins=[args.identities[Workload.DEPLOYER].principal],
            # Without these, everybody who may use Glue sees every entry.
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            opts=child,
        )
        return [encryption, lake]

    def _entry(
        self, name: str, args: CatalogArgs, database: CatalogDatabase, store: StoreName, handle: Store
    ) -> CatalogTable:
        return CatalogTable(
            f"{name}-{store}",
            name=store.value,
            database_name=database.name,
            description=f"What is in the store {store}.",
            table_type="EXTERNAL_TABLE",
            parameters={
                "classification": args.classification,
                "source": f"store {store} of this platform",
                "owner": args.owner,
                "lawful-basis": args.lawful_basis,
                "purpose": args.purpose,
                "retention-days": str(args.retention_days),
            },
            storage_descriptor={"location": handle.uri},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _right(
        self, name: str, args: CatalogArgs, entry: CatalogTable, workload: Workload, rights: list[str]
    ) -> None:
        Permissions(
            name,
            principal=args.identities[workload].principal,
            permissions=rights,
            table={"database_name": entry.database_name, "name": entry.name},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _domain(self, name: str, args: CatalogArgs) -> None:
        """Where people look for data, and where runs write lineage."""
        ground = Ground(name, args.place, args.labels, self)
        tagged = {"ForAllValues:StringLike": {"aws:TagKeys": ["datazone*"]}}
        trusts = {
            # People act in a domain as its execution role, which carries who they are.
            "execution": service_trust(args.place, DOMAINS, "sts:TagSession", "sts:SetContext", when=tagged),
            "service": service_trust(args.place, DOMAINS),
        }
        roles = {
            what: acting_role(
                ground,
                f"domain-{what}",
                Acting(
                    f"What the catalogue's domain acts as ({what}).",
                    trust,
                    managed=f"service-role/SageMakerStudioDomain{what.capitalize()}RolePolicy",
                ),
            )
            for what, trust in trusts.items()
        }
        Domain(
            name,
            name=name,
            domain_version="V2",
            domain_execution_role=roles["execution"],
            service_role=roles["service"],
            kms_key_identifier=args.key.id,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
