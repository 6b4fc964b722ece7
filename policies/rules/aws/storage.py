"""What buckets keep and whom they refuse: AWS's side of `policies/rules/storage.yaml`.

A bucket's guards are resources of their own here, so most checks ask the whole stack whether it has one.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.rules.aws.encryption import BUCKET
from policies.rules.aws.statements import statements

OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
PUBLIC_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ACCESS_LIST = "aws:s3/bucketAcl:BucketAcl"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
NAMED_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
# Least days that records are kept: CIS Controls v8, 8.10; HIPAA, 45 CFR 164.316(b)(2)(i), six years.
RECORD_DAYS = {"any": 90, "hipaa": 2192}


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
    buckets, logging = list(stack.of_type(BUCKET)), list(stack.of_type(LOGGING))
    targets = {
        bucket.urn
        for bucket in buckets
        for each in logging
        if stack.points_at(each.at("targetBucket"), each, bucket)
    }
    for bucket in buckets:
        # The bucket that holds the records cannot record itself without end.
        if bucket.urn not in targets and not _has(stack, bucket, LOGGING):
            yield Finding(f"{bucket.label} has no access log", urn=bucket.urn)


@stack_check("access-records-cannot-be-cut-short", LOGGING)
def keeps_access_records(stack: Stack) -> Iterator[Finding]:
    situation = stack.situation
    days = max(days for scope, days in RECORD_DAYS.items() if scope in ("any", *situation.frameworks))
    logging = list(stack.of_type(LOGGING))
    for bucket in stack.of_type(BUCKET):
        if not any(stack.points_at(each.at("targetBucket"), each, bucket) for each in logging):
            continue
        locks = [each for each in stack.of_type(LOCK) if stack.points_at(each.at("bucket"), each, bucket)]
        if not locks:
            yield Finding(f"{bucket.label} holds access records and has no object lock", urn=bucket.urn)
        for lock in locks:
            retention = lock.at("rule.defaultRetention")
            kept = retention.at("days")
            if kept.missing or int(kept.value) < days:
                text = f"{lock.label}: {kept.path} is {kept.text or 'missing'}, not at least {days}"
                yield Finding(text, urn=lock.urn)
            if situation.is_prod and situation.sensitive and retention.at("mode").value != "COMPLIANCE":
                yield Finding(f"{lock.label}: {retention.path}.mode is not COMPLIANCE", urn=lock.urn)


@check("buckets-are-never-emptied-by-a-deployment", BUCKET)
def is_not_emptied(bucket: Resource) -> Iterator[Finding]:
    yield from must_not_be(bucket.at("forceDestroy"), True)


@stack_check("buckets-take-no-other-keys", BUCKET)
def takes_no_other_key(stack: Stack) -> Iterator[Finding]:
    """A bucket's policy refuses an object that names a key, so that the bucket's own is always taken."""
    for bucket in stack.of_type(BUCKET):
        policies = [
            each for each in stack.of_type(POLICY) if stack.points_at(each.at("bucket"), each, bucket)
        ]
        refusals = [
            statement
            for each in policies
            for statement in statements(each.at("policy"))
            if not statement.allows and statement.for_anyone
        ]
        if not any(NAMED_KEY in found for each in refusals for found in each.conditions.values()):
            yield Finding(f"{bucket.label} has no policy that refuses other keys", urn=bucket.urn)


def _without(stack: Stack, type_: str, what: str) -> Iterator[Finding]:
    for bucket in stack.of_type(BUCKET):
        if not _has(stack, bucket, type_):
            yield Finding(f"{bucket.label} has no {what}", urn=bucket.urn)


def _has(stack: Stack, bucket: Resource, type_: str) -> bool:
    return any(stack.points_at(each.at("bucket"), each, bucket) for each in stack.of_type(type_))


def _retained_days(stack: Stack, lifecycle: Resource) -> int:
    """For how many days objects of the lifecycle's bucket cannot be deleted; 0 without an object lock."""
    bucket = stack.target(lifecycle.at("bucket"), lifecycle, BUCKET)
    if not isinstance(bucket, Resource):
        return 0
    for lock in stack.of_type(LOCK):
        if stack.points_at(lock.at("bucket"), lock, bucket):
            return int(lock.at("rule.defaultRetention.days").value or 0)
    return 0
