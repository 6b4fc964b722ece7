"""What buckets keep and whom they refuse: Google Cloud's side of `policies/rules/storage.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View

BUCKET = "gcp:storage/bucket:Bucket"
ACCESS_LISTS = (
    "gcp:storage/bucketACL:BucketACL",
    "gcp:storage/bucketAccessControl:BucketAccessControl",
    "gcp:storage/defaultObjectACL:DefaultObjectACL",
    "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl",
    "gcp:storage/objectACL:ObjectACL",
    "gcp:storage/objectAccessControl:ObjectAccessControl",
)
# Google's own default and the least it allows besides none:
# cloud.google.com/storage/docs/soft-delete#retention-duration.
WEEK_SECONDS = 7 * 86400
REGULATED = {"personal", "phi"}


@check("bucket-access-is-decided-by-iam-alone", BUCKET)
def has_uniform_access(bucket: Resource) -> Iterator[Finding]:
    yield from must_be(bucket.at("uniformBucketLevelAccess"), True)


@check("bucket-access-is-decided-by-iam-alone", *ACCESS_LISTS)
def is_no_access_list(_grant: Resource) -> Iterator[Finding]:
    yield Finding("it grants by an access list")


@check("buckets-refuse-public-access", BUCKET)
def refuses_public_access(bucket: Resource) -> Iterator[Finding]:
    yield from must_be(bucket.at("publicAccessPrevention"), "enforced")


@check("buckets-keep-old-versions", BUCKET)
def keeps_versions(bucket: Resource) -> Iterator[Finding]:
    # Cloud Storage takes versions or a retention period, not both; what cannot be replaced has no versions.
    retention = bucket.at("retentionPolicy.retentionPeriod")
    if retention.missing:
        yield from must_be(bucket.at("versioning.enabled"), True)
    else:
        yield from _at_least(retention, 1)


@check("deleted-objects-can-be-restored", BUCKET)
def restores_objects(bucket: Resource) -> Iterator[Finding]:
    yield from _soft_delete(bucket)


def _soft_delete(bucket: Resource) -> Iterator[Finding]:
    seconds = bucket.at("softDeletePolicy.retentionDurationSeconds")
    if seconds.missing:
        # Without the block Google keeps deleted objects for its default of one week.
        return
    yield from _at_least(seconds, WEEK_SECONDS)


@check("regulated-data-is-retained", BUCKET)
def retains_objects(bucket: Resource) -> Iterator[Finding]:
    if bucket.situation.classification not in REGULATED:
        raise NotApplicable(f"the data is classified as {bucket.situation.classification}")
    retention = bucket.at("retentionPolicy.retentionPeriod")
    if not retention.missing:
        yield from _at_least(retention, 1)
        return
    yield from must_be(bucket.at("versioning.enabled"), True)
    yield from _soft_delete(bucket)


@stack_check("bucket-access-is-logged", BUCKET)
def logs_access(stack: Stack) -> Iterator[Finding]:
    buckets = list(stack.of_type(BUCKET))
    targets = {target.urn for user in buckets for target in _logs_into(stack, user)}
    for bucket in buckets:
        # The bucket that holds the records cannot record itself without end.
        if bucket.urn not in targets and bucket.at("logging.logBucket").missing:
            yield Finding(f"{bucket.label}: logging.logBucket is missing", urn=bucket.urn)


def _logs_into(stack: Stack, user: Resource) -> list[Resource]:
    """The buckets of this stack that a bucket's access records go to."""
    view = user.at("logging.logBucket")
    if view.unknown:
        return [source for source in stack.sources(user, view.path) if source.type == BUCKET]
    target = stack.target(view, user, BUCKET)
    return [target] if isinstance(target, Resource) else []


@check("buckets-are-never-emptied-by-a-deployment", BUCKET)
def is_not_emptied(bucket: Resource) -> Iterator[Finding]:
    yield from must_not_be(bucket.at("forceDestroy"), True)


def _at_least(view: View, least: int) -> Iterator[Finding]:
    if view.missing:
        yield Finding(f"{view.path} is missing")
    elif int(view.value) < least:
        yield Finding(f"{view.path} is {int(view.value)}, less than {least}")
