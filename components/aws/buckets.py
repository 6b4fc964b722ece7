"""A bucket with everything that guards it, as every bucket of the platform is made.

Guarantees: default encryption under the given key, and no object under another (Amazon's own where access
logs go, which are delivered under no other); ownership by the bucket's owner, so that ACLs do nothing; public
access blocked four ways; TLS only; versions; with a `lock`, object lock by default, which in mode compliance
nobody lifts. Parts of broken uploads go after a week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.s3.bucket import Bucket
from pulumi_aws.s3.bucket_lifecycle_configuration import BucketLifecycleConfiguration
from pulumi_aws.s3.bucket_logging import BucketLogging
from pulumi_aws.s3.bucket_object_lock_configuration import BucketObjectLockConfiguration
from pulumi_aws.s3.bucket_ownership_controls import BucketOwnershipControls
from pulumi_aws.s3.bucket_policy import BucketPolicy
from pulumi_aws.s3.bucket_public_access_block import BucketPublicAccessBlock
from pulumi_aws.s3.bucket_server_side_encryption_configuration import BucketServerSideEncryptionConfiguration
from pulumi_aws.s3.bucket_versioning import BucketVersioning

from components.aws.documents import deny, policy
from components.aws.place import Place
from components.contracts import Key


@dataclass(frozen=True)
class BucketPlan:
    """A bucket's place, name, key and labels, and whether it may go. Its names are known at preview.

    Without a `key` objects are under Amazon's own, for a bucket that S3 delivers access logs to
    (docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-server-access-logging.html).
    """

    place: Place
    name: str
    key: Key | None
    labels: Mapping[str, str]
    protected: bool
    force_destroy: bool

    @property
    def algorithm(self) -> str:
        return "AES256" if self.key is None else "aws:kms"

    @property
    def bucket(self) -> str:
        return self.place.bucket_name(self.name)

    @property
    def arn(self) -> str:
        return self.place.bucket(self.bucket)


@dataclass(frozen=True)
class Lock:
    """How long nobody deletes or changes an object, and whether administrators can shorten that."""

    days: int
    for_good: bool

    @property
    def mode(self) -> str:
        return "COMPLIANCE" if self.for_good else "GOVERNANCE"


@dataclass(frozen=True)
class GuardedBucket:
    """The bucket, and what must be in force before anyone uses it."""

    bucket: Bucket
    guards: tuple[pulumi.Resource, ...]


def guarded_bucket(
    plan: BucketPlan,
    parent: pulumi.Resource,
    *,
    statements: Sequence[Mapping[str, Any]],
    logs: pulumi.Output[str] | None = None,
    noncurrent_days: int | None = None,
    lock: Lock | None = None,
    ends_days: int | None = None,
    names_a_key: str | None = None,
) -> GuardedBucket:
    """The bucket. `statements` are its policy's own; `logs` is where its access logs go.

    `ends_days` is when objects go that nothing locks. `names_a_key` is a service of AWS that names the key
    that it was given: `cloudtrail.amazonaws.com`.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    bucket = Bucket(
        plan.name,
        bucket=plan.bucket,
        object_lock_enabled=lock is not None,
        force_destroy=plan.force_destroy,
        tags=plan.labels,
        opts=pulumi.ResourceOptions(parent=parent, protect=plan.protected),
    )
    versions = BucketVersioning(
        plan.name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=opts
    )
    closed = BucketPublicAccessBlock(
        plan.name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    guards: list[pulumi.Resource] = [
        versions,
        closed,
        BucketOwnershipControls(
            plan.name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
        ),
        _encryption(plan, bucket, parent),
        BucketPolicy(
            plan.name,
            bucket=bucket.id,
            policy=policy(*_everywhere(plan, names_a_key), *statements),
            # Writing a policy while public access is being blocked conflicts.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed]),
        ),
        _lifecycle(plan, bucket, versions, _ends(noncurrent_days, lock.days if lock else ends_days), parent),
    ]
    if logs is not None:
        guards.append(
            BucketLogging(
                plan.name, bucket=bucket.id, target_bucket=logs, target_prefix=f"{plan.name}/", opts=opts
            )
        )
    if lock is not None:
        guards.append(_lock(plan, bucket, versions, lock, parent))
    return GuardedBucket(bucket, tuple(guards))


def _encryption(
    plan: BucketPlan, bucket: Bucket, parent: pulumi.Resource
) -> BucketServerSideEncryptionConfiguration:
    default = {"sse_algorithm": plan.algorithm, "kms_master_key_id": plan.key.id if plan.key else None}
    with_key = True if plan.key else None
    rules: list[Any] = [{"apply_server_side_encryption_by_default": default, "bucket_key_enabled": with_key}]
    return BucketServerSideEncryptionConfiguration(
        plan.name, bucket=bucket.id, rules=rules, opts=pulumi.ResourceOptions(parent=parent)
    )


def _ends(noncurrent_days: int | None, ends_days: int | None) -> list[dict[str, Any]]:
    """What goes, and when: parts of broken uploads, replaced versions, and what need not stay longer."""
    ends: list[dict[str, Any]] = [
        {"id": "broken-uploads", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}
    ]
    if noncurrent_days is not None:
        ends.append({"id": "replaced", "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days}})
    if ends_days is not None:
        ends.append(
            {
                "id": "ended",
                "expiration": {"days": ends_days},
                "noncurrent_version_expiration": {"noncurrent_days": 1},
            }
        )
    return ends


def _lifecycle(
    plan: BucketPlan,
    bucket: Bucket,
    versions: BucketVersioning,
    ends: list[dict[str, Any]],
    parent: pulumi.Resource,
) -> BucketLifecycleConfiguration:
    rules: list[Any] = [{**each, "status": "Enabled", "filter": {"prefix": ""}} for each in ends]
    return BucketLifecycleConfiguration(
        plan.name,
        bucket=bucket.id,
        rules=rules,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versions]),
    )


def _lock(
    plan: BucketPlan, bucket: Bucket, versions: BucketVersioning, lock: Lock, parent: pulumi.Resource
) -> BucketObjectLockConfiguration:
    return BucketObjectLockConfiguration(
        plan.name,
        bucket=bucket.id,
        rule={"default_retention": {"mode": lock.mode, "days": lock.days}},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versions]),
    )


def _everywhere(plan: BucketPlan, names_a_key: str | None) -> list[dict[str, Any]]:
    """TLS only, and no object under any key but the bucket's own, which is taken when a caller names none."""
    others = {"StringNotEqualsIfExists": {"aws:PrincipalServiceName": names_a_key}} if names_a_key else {}
    objects, anyone = [f"{plan.arn}/*"], {"AWS": "*"}
    header = "s3:x-amz-server-side-encryption"
    refusals: dict[str, dict[str, dict[str, str]]] = {
        "NoOtherKind": {"Null": {header: "false"}, "StringNotEquals": {header: plan.algorithm}},
        "NoNamedKey": {"Null": {f"{header}-aws-kms-key-id": "false"}, **others},
        "NoBroughtKey": {"Null": {f"{header}-customer-algorithm": "false"}},
    }
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return [
        deny("OnlyTls", ["s3:*"], [plan.arn, *objects], to=anyone, when=plain),
        *(deny(sid, ["s3:PutObject"], objects, to=anyone, when=when) for sid, when in refusals.items()),
    ]
