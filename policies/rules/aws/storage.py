"""What buckets keep and whom they refuse: AWS's side of `policies/rules/storage.yaml`.

A bucket's guards are resources of their own here, so most checks ask the whole stack whether it has one.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.rules.aws.buckets import BUCKET, ENCRYPTION, LOCK, LOGGING, guards_of, holds_records
from policies.rules.aws.statements import statements
from policies.rules.records import least_days

OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
PUBLIC_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ACCESS_LIST = "aws:s3/bucketAcl:BucketAcl"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
NAMED_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@check("bucket-access-is-decided-by-iam-alone", OWNERSHIP)
def owns_its_objects(controls: Resource) -> Iterator[Finding]:
    yield from must_be(controls.at("rule.objectOwnership"), "BucketOwnerEnforced")


@check("bucket-access-is-decided-by-iam-alone", ACCESS_LIST)
def is_no_access_list(_list: Resource) -> Iterator[Finding]:
    yield Finding("it grants by an access list")


@check("buckets-refuse-public-access", PUBLIC_BLOCK)
def refuses_public_access(block: Resource) -> Iterator[Finding]:
    for path in BLOCKS:
        yield from must_be(block.at(path), True)


@stack_check("buckets-refuse-public-access", BUCKET)
def every_bucket_refuses(stack: Stack) -> Iterator[Finding]:
    yield from _without(stack, PUBLIC_BLOCK, "block of public access")


@check("buckets-keep-old-versions", VERSIONING)
def keeps_versions(versioning: Resource) -> Iterator[Finding]:
    yield from must_be(versioning.at("versioningConfiguration.status"), "Enabled")


@stack_check("buckets-keep-old-versions", BUCKET)
def every_bucket_keeps_versions(stack: Stack) -> Iterator[Finding]:
    yield from _without(stack, VERSIONING, "versioning")


@stack_check("lifecycles-delete-only-what-is-old", LIFECYCLE)
def deletes_only_what_is_old(stack: Stack) -> Iterator[Finding]:
    for lifecycle in stack.of_type(LIFECYCLE):
        retained = _retained_days(stack, lifecycle)
        if _ends_access_records(stack, lifecycle):
            continue
        for rule in lifecycle.at("rules").items():
            ends = rule.at("expiration")
            if rule.at("status").text == "Disabled" or ends.missing:
                continue
            days = ends.at("days")
            if days.missing or retained == 0 or int(days.value) < retained:
                text = f"{lifecycle.label}: {rule.path} deletes what is current"
                yield Finding(text, urn=lifecycle.urn)


@stack_check("bucket-access-is-logged", BUCKET)
def logs_access(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of_type(BUCKET):
        # The bucket that holds the records cannot record itself without end.
        if not guards_of(stack, bucket, LOGGING) and not holds_records(stack, bucket):
            yield Finding(f"{bucket.label} has no access log", urn=bucket.urn)


@stack_check("access-records-cannot-be-cut-short", LOGGING)
def keeps_access_records(stack: Stack) -> Iterator[Finding]:
    days = least_days(stack.situation)
    for bucket in stack.of_type(BUCKET):
        if not holds_records(stack, bucket):
            continue
        if not _never_deletes(stack, bucket):
            yield Finding(f"{bucket.label} holds access records that can be deleted", urn=bucket.urn)
        for lock in guards_of(stack, bucket, LOCK):
            if not lock.at("rule.defaultRetention").missing:
                yield Finding(f"{lock.label} locks by default, so that no record is delivered", urn=lock.urn)
        for each in guards_of(stack, bucket, ENCRYPTION):
            yield from _takes_records(each)
        for lifecycle in guards_of(stack, bucket, LIFECYCLE):
            for rule in lifecycle.at("rules").items():
                ends = rule.at("expiration.days")
                if not ends.missing and int(ends.value) < days:
                    text = f"{lifecycle.label}: {ends.path} is {ends.text}, not at least {days}"
                    yield Finding(text, urn=lifecycle.urn)


def _never_deletes(stack: Stack, bucket: Resource) -> bool:
    """Whether the bucket's policy denies everyone to delete objects and versions, on no condition."""
    denied = {
        action.lower()
        for each in guards_of(stack, bucket, POLICY)
        for statement in statements(each.at("policy"))
        if not statement.allows and statement.for_anyone and not statement.conditions
        for action in statement.actions
    }
    return {"s3:deleteobject", "s3:deleteobjectversion"} <= denied


@check("buckets-are-never-emptied-by-a-deployment", BUCKET)
def is_not_emptied(bucket: Resource) -> Iterator[Finding]:
    yield from must_not_be(bucket.at("forceDestroy"), True)


@stack_check("buckets-take-no-other-keys", BUCKET)
def takes_no_other_key(stack: Stack) -> Iterator[Finding]:
    """A bucket's policy refuses an object that names a key, so that the bucket's own is always taken."""
    for bucket in stack.of_type(BUCKET):
        refusals = [
            statement
            for each in guards_of(stack, bucket, POLICY)
            for statement in statements(each.at("policy"))
            if not statement.allows and statement.for_anyone
        ]
        if not any(NAMED_KEY in found for each in refusals for found in each.conditions.values()):
            yield Finding(f"{bucket.label} has no policy that refuses other keys", urn=bucket.urn)


def _without(stack: Stack, type_: str, what: str) -> Iterator[Finding]:
    for bucket in stack.of_type(BUCKET):
        if not guards_of(stack, bucket, type_):
            yield Finding(f"{bucket.label} has no {what}", urn=bucket.urn)


def _takes_records(encryption: Resource) -> Iterator[Finding]:
    """S3 delivers under its own key only.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-server-access-logging.html.
    """
    for rule in encryption.at("rules").items():
        kind = rule.at("applyServerSideEncryptionByDefault.sseAlgorithm")
        if not kind.missing and kind.text != "AES256":
            text = f"{encryption.label}: {kind.path} is {kind.text}, so that no record is delivered"
            yield Finding(text, urn=encryption.urn)


def _ends_access_records(stack: Stack, lifecycle: Resource) -> bool:
    """Whether the lifecycle is that of a bucket with access records, which have a rule of their own."""
    bucket = stack.target(lifecycle.at("bucket"), lifecycle, BUCKET)
    return isinstance(bucket, Resource) and holds_records(stack, bucket)


def _retained_days(stack: Stack, lifecycle: Resource) -> int:
    """For how many days objects of the lifecycle's bucket cannot be deleted; 0 without an object lock."""
    bucket = stack.target(lifecycle.at("bucket"), lifecycle, BUCKET)
    locks = guards_of(stack, bucket, LOCK) if isinstance(bucket, Resource) else []
    return int(locks[0].at("rule.defaultRetention.days").value or 0) if locks else 0
