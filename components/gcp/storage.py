"""Object stores: buckets for datasets, models and outputs, and one for the logs of who read them.

Guarantees, for every bucket: its own purpose's customer key, and no object under any other kind of key;
uniform access; no public access; access logs; deleted objects can be brought back for `soft_delete_days`;
no deletion of objects with their bucket unless the stack is being torn down. Stores keep replaced and deleted
versions for `retention_days` more. Logs cannot be deleted or changed for `log_days`, and in production with
personal data nobody can ever shorten that. A handle resolves only after the workloads' grants
(`store_access.yaml`), none of which allows deleting or overwriting.

Leaves out: a retention policy on the stores themselves. Google's documents call one mutually exclusive with
versions, which a store needs more; the logs, written once, carry it. Audit logs of the storage service are
the audit component's; the ones here tell who used which bucket, from where. Cloud Storage lets holders of the
project's basic roles into a new bucket; give nobody a basic role.

Two things only a real project shows. An organisation with domain-restricted sharing refuses the grant to
Google's log writers until it allows Google's own customer id (cloud.google.com/storage/docs/access-logs).
And access logs outlive a teardown: their bucket refuses to be deleted while one of them is younger than
`log_days`; where that is not locked, `gcloud storage buckets update --clear-retention-period` ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi
from pulumi_gcp.storage.bucket import Bucket
from pulumi_gcp.storage.bucket_iam_member import BucketIAMMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Identity, Key, Purpose, Store, StoreName, Workload
from components.gcp.grants import Condition, bucket_grant
from components.ready import after
from components.store_access import PURPOSE_OF, Access, Right, table

if TYPE_CHECKING:
    from pulumi_gcp.storage import BucketEncryptionArgsDict

DAY = 86_400

ROLE_OF = {Right.READ: "roles/storage.objectViewer", Right.ADD: "roles/storage.objectCreator"}

# The group as which Cloud Storage writes usage logs. Source: cloud.google.com/storage/docs/access-logs.
LOG_WRITER = "group:cloud-storage-analytics@google.com"


class StoresArgs(BaseModel):
    """Where the stores live, how long things stay, and who works with them.

    `sensitive` says whether personal data is among the data; with `production` it locks the logs' retention
    for good. `protected` keeps the buckets from deletion; with `torn_down` their objects go with them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    production: bool
    sensitive: bool
    retention_days: int = Field(ge=1)
    # Cloud Storage takes 7 to 90 days. Source: cloud.google.com/storage/docs/soft-delete.
    soft_delete_days: int = Field(ge=7, le=90)
    log_days: int = Field(ge=90)
    keys: Mapping[Purpose, Key]
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False

    @property
    def locked(self) -> bool:
        """Whether nobody can ever shorten the logs' retention."""
        return self.production and self.sensitive


class Stores(pulumi.ComponentResource):
    """`handles` by store. `id` is the bucket's name, `uri` begins with `gs://`."""

    handles: Mapping[StoreName, Store]

    def __init__(self, name: str, args: StoresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Stores", name, None, opts)
        logs = self._log_bucket(name, args)
        log_grant = bucket_grant(
            f"{name}-access-logs-writer", logs.name, ROLE_OF[Right.ADD], LOG_WRITER, self
        )
        self.handles = {
            store: self._store(name, args, store, after(logs.name, log_grant)) for store in StoreName
        }
        self.register_outputs({"stores": {each.value: handle.uri for each, handle in self.handles.items()}})

    def _log_bucket(self, name: str, args: StoresArgs) -> Bucket:
        return Bucket(
            f"{name}-access-logs",
            name=f"{args.project}-{name}-access-logs",
            project=args.project,
            location=args.region,
            encryption=_only_under(args.keys[Purpose.LOGS]),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            retention_policy={
                "retention_period": str(args.log_days * DAY),
                "is_locked": args.locked,
            },
            soft_delete_policy={"retention_duration_seconds": args.soft_delete_days * DAY},
            lifecycle_rules=[{"action": {"type": "Delete"}, "condition": {"age": args.log_days}}],
            labels={**args.labels, "store": "access-logs"},
            force_destroy=args.torn_down and not args.locked,
            deletion_policy=_deletion_policy(args),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _store(self, name: str, args: StoresArgs, store: StoreName, log_bucket: pulumi.Output[str]) -> Store:
        bucket = Bucket(
            f"{name}-{store}",
            name=f"{args.project}-{name}-{store}",
            project=args.project,
            location=args.region,
            encryption=_only_under(args.keys[PURPOSE_OF[store]]),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning={"enabled": True},
            soft_delete_policy={"retention_duration_seconds": args.soft_delete_days * DAY},
            lifecycle_rules=[
                {
                    "action": {"type": "Delete"},
                    "condition": {
                        "days_since_noncurrent_time": args.retention_days,
                        "with_state": "ARCHIVED",
                    },
                },
                {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}},
            ],
            logging={"log_bucket": log_bucket, "log_object_prefix": store.value},
            labels={**args.labels, "store": store.value},
            force_destroy=args.torn_down,
            deletion_policy=_deletion_policy(args),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        grants = [self._grant(name, args, bucket, each) for each in table() if each.store is store]
        return Store(name=store, id=after(bucket.name, *grants), uri=after(bucket.url, *grants))

    def _grant(self, name: str, args: StoresArgs, bucket: Bucket, access: Access) -> BucketIAMMember:
        return bucket_grant(
            f"{name}-{access.store}-{access.workload}-{access.right}",
            bucket.name,
            ROLE_OF[access.right],
            args.identities[access.workload].principal,
            self,
            condition=_only_objects_under(bucket, access.under) if access.under else None,
        )


def _only_under(key: Key) -> BucketEncryptionArgsDict:
    """Encryption with this key, and no object with Google's keys or with one that a caller brings."""
    return {
        "default_kms_key_name": key.id,
        "google_managed_encryption_enforcement_config": {"restriction_mode": "FullyRestricted"},
        "customer_supplied_encryption_enforcement_config": {"restriction_mode": "FullyRestricted"},
        "customer_managed_encryption_enforcement_config": {"restriction_mode": "NotRestricted"},
    }


def _only_objects_under(bucket: Bucket, prefix: str) -> Condition:
    """Holds for objects under a prefix. Listing is asked of the bucket, which has no prefix."""
    return Condition(
        title=f"only {prefix}",
        expression=bucket.name.apply(
            lambda name: (
                'resource.type == "storage.googleapis.com/Bucket" || '
                f'resource.name.startsWith("projects/_/buckets/{name}/objects/{prefix}")'
            )
        ),
    )


def _deletion_policy(args: StoresArgs) -> str:
    return "PREVENT" if args.protected else "DELETE"
