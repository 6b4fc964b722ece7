"""The catalogue: where data comes from, how it was transformed, who read it, which models it trained.

Builds aspect types for the four answers and for classification (`catalog_aspects.yaml`), an entry type that
requires source, lawful basis and classification, an entry group with one entry per store, lineage, scans that
discover what lies in the buckets, and discovery of personal data when the classification asks for it.

Guarantees: no entry of our type exists without a source, a basis and a class; a store's entry states the
stack's own classification; scans see everything in the stores and run as Dataplex's agent, which may read
them and nothing else.

How it answers. Where from: the source aspect. How transformed: the transformation aspect that each run
writes, and lineage. Who accessed: data-access logs of the audit bucket and the stores' access logs. Which
models: the trained-models aspect that the training pipeline writes when it releases one.

Leaves out: entries of single data sets, which pipelines write as they make them, and the customer key of the
catalogue, which Dataplex takes for an organisation as a whole (`agents.yaml` says more).
Sources: cloud.google.com/dataplex/docs/enrich-entries-metadata, cloud.google.com/dataplex/docs/discover-data,
cloud.google.com/sensitive-data-protection/docs/profile-project-cloud-storage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
from pulumi_gcp.datalineage._inputs import (
    ConfigIngestionArgs,
    ConfigIngestionRuleArgs,
    ConfigIngestionRuleIntegrationSelectorArgs,
    ConfigIngestionRuleLineageEnablementArgs,
)
from pulumi_gcp.datalineage.config import Config as LineageConfig
from pulumi_gcp.dataplex.aspect_type import AspectType
from pulumi_gcp.dataplex.datascan import Datascan
from pulumi_gcp.dataplex.entry import Entry
from pulumi_gcp.dataplex.entry_group import EntryGroup
from pulumi_gcp.dataplex.entry_type import EntryType
from pulumi_gcp.projects.service_identity import ServiceIdentity
from pulumi_gcp.storage.bucket_iam_member import BucketIAMMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Store, StoreName
from components.gcp.catalog_aspects import aspects
from components.gcp.discovery import discover_personal_data
from components.gcp.grants import bucket_grant

REQUIRED = ("source", "lawful-basis", "classification")
# Source: cloud.google.com/dataplex/docs/discover-data#required-roles.
READS = "roles/dataplex.discoveryServiceAgent"
NIGHTLY = "TZ=UTC 0 2 * * *"
# Buckets belong to no project in their own names: cloud.google.com/dataplex/docs/discover-data#create-scan.
BUCKETS = "//storage.googleapis.com/projects/_/buckets"


class CatalogArgs(BaseModel):
    """What there is to catalogue, and how sensitive it is at most.

    `classification`, `lawful_basis`, `purpose`, `retention_days` and `owner` are what the stores' entries
    state; `sensitive` adds discovery of personal data in the buckets.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    region: str
    stores: Mapping[StoreName, Store]
    classification: str
    sensitive: bool
    retention_days: int
    lawful_basis: str
    purpose: str
    owner: str
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Catalog(pulumi.ComponentResource):
    """`group` is the entry group's full name, where pipelines add entries."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Catalog", name, None, opts)
        kind = self._entry_type(name, args, {key: self._aspect_type(name, args, key) for key in aspects()})
        group = self._group(name, args)
        self._lineage(name, args)
        for store in args.stores:
            self._entry(name, args, store, (group, kind))
        self._scans(name, args)
        if args.sensitive:
            discover_personal_data(name, args.project, args.region, self)
        self.group = group.id
        self.register_outputs({"group": self.group})

    def _aspect_type(self, name: str, args: CatalogArgs, key: str) -> AspectType:
        return AspectType(
            f"{name}-{key}",
            aspect_type_id=f"{name}-{key}",
            project=args.project,
            location=args.region,
            description=aspects()[key].about,
            metadata_template=json.dumps(aspects()[key].template(key)),
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _entry_type(self, name: str, args: CatalogArgs, types: Mapping[str, AspectType]) -> EntryType:
        return EntryType(
            f"{name}-store",
            entry_type_id=f"{name}-store",
            project=args.project,
            location=args.region,
            description="Data or models, with their source, lawful basis and class.",
            required_aspects=[{"type": types[key].name} for key in REQUIRED],
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _group(self, name: str, args: CatalogArgs) -> EntryGroup:
        return EntryGroup(
            f"{name}-stores",
            entry_group_id=f"{name}-stores",
            project=args.project,
            location=args.region,
            display_name=f"{name} data and models",
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _lineage(self, name: str, args: CatalogArgs) -> None:
        """Spark jobs report their lineage by themselves; other pipelines write it to the same API."""
        rule = ConfigIngestionRuleArgs(
            integration_selector=ConfigIngestionRuleIntegrationSelectorArgs(integration="DATAPROC"),
            lineage_enablement=ConfigIngestionRuleLineageEnablementArgs(enabled=True),
        )
        LineageConfig(
            f"{name}-lineage",
            parent=f"projects/{args.project}",
            location="global",
            ingestion=ConfigIngestionArgs(rules=[rule]),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _entry(
        self, name: str, args: CatalogArgs, store: StoreName, home: tuple[EntryGroup, EntryType]
    ) -> None:
        group, kind = home
        handle, stated = args.stores[store], _stated(args, store)
        aspect = f".{args.region}.{name}-"
        Entry(
            f"{name}-{store}",
            entry_id=f"{name}-{store}",
            entry_group_id=group.entry_group_id,
            entry_type=kind.name,
            # The service knows entries by the project's number.
            project=args.project_number,
            location=args.region,
            fully_qualified_name=pulumi.Output.concat("gcs:", handle.id),
            entry_source={"resource": handle.uri, "system": "Cloud Storage", "display_name": store.value},
            aspects=[
                {
                    "aspect_key": pulumi.Output.concat(args.project_number, aspect, key),
                    "aspect": {"data": json.dumps(stated[key])},
                }
                for key in REQUIRED
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _scans(self, name: str, args: CatalogArgs) -> None:
        agent = ServiceIdentity(
            f"{name}-scans",
            project=args.project,
            service="dataplex.googleapis.com",
            opts=pulumi.ResourceOptions(parent=self),
        )
        for store, handle in args.stores.items():
            reads: BucketIAMMember = bucket_grant(
                f"{name}-scans-{store}", handle.id, READS, agent.member, self
            )
            Datascan(
                f"{name}-{store}",
                data_scan_id=f"{name}-{store}",
                project=args.project,
                location=args.region,
                description=f"What lies in {store}.",
                data={"resource": handle.id.apply(lambda bucket: f"{BUCKETS}/{bucket}")},
                execution_spec={"trigger": {"schedule": {"cron": NIGHTLY}}},
                data_discovery_spec={},
                labels=dict(args.labels),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[reads]),
            )


def _stated(args: CatalogArgs, store: StoreName) -> Mapping[str, Mapping[str, object]]:
    """What the stack itself can say of a store. The entries of the data sets in it say more."""
    return {
        "source": {"origin": f"store {store} of this platform", "owner": args.owner},
        "lawful-basis": {
            "basis": args.lawful_basis,
            "purpose": args.purpose,
            "retention-days": args.retention_days,
        },
        "classification": {"class": args.classification.upper()},
    }
