"""What buckets keep and whom they refuse: Google Cloud's side of `policies/rules/storage.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View
from policies.rules.records import least_days

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
DAY_SECONDS = 86400
WEEK_SECONDS = 7 * DAY_SECONDS
# Conditions that hold for replaced versions only: cloud.google.com/storage/docs/lifecycle#conditions.
NONCURRENT = ("daysSinceNoncurrentTime", "noncurrentTimeBefore", "numNewerVersions")


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
    # Google calls the two mutually exclusive: cloud.google.com/storage/docs/bucket-lock.
    if _retained_seconds(bucket) == 0:
        yield from must_be(bucket.at("versioning.enabled"), True)


@check("lifecycles-delete-only-what-is-old", BUCKET)
def deletes_only_what_is_old(bucket: Resource) -> Iterator[Finding]:
    for rule in bucket.at("lifecycleRules").items():
        if rule.at("action.type").value == "Delete" and not _only_old(rule.at("condition"), bucket):
            yield Finding(f"{rule.path} deletes what is current")


def _only_old(condition: View, bucket: Resource) -> bool:
    if condition.at("withState").value == "ARCHIVED":
        return True
    if any(not condition.at(path).missing for path in NONCURRENT):
        return True
    retained, age = _retained_seconds(bucket), condition.at("age").value
    return retained > 0 and age is not None and int(age) * DAY_SECONDS >= retained


def _retained_seconds(bucket: Resource) -> int:
    """How long an object can be neither deleted nor replaced; 0 without a retention policy."""
    return int(bucket.at("retentionPolicy.retentionPeriod").value or 0)


@check("deleted-objects-can-be-restored", BUCKET)
def restores_objects(bucket: Resource) -> Iterator[Finding]:
    yield from _soft_delete(bucket)


def _soft_delete(bucket: Resource) -> Iterator[Finding]:
    seconds = bucket.at("softDeletePolicy.retentionDurationSeconds")
    if seconds.missing:
        # Without the block Google keeps deleted objects for its default of one week.
        return
    yield from _at_least(seconds, WEEK_SECONDS)


@check("buckets-take-no-other-keys", BUCKET)
def takes_no_other_key(bucket: Resource) -> Iterator[Finding]:
    for kind in ("googleManaged", "customerSupplied"):
        mode = bucket.at(f"encryption.{kind}EncryptionEnforcementConfig.restrictionMode")
        yield from must_be(mode, "FullyRestricted")


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


@stack_check("access-records-cannot-be-cut-short", BUCKET)
def keeps_access_records(stack: Stack) -> Iterator[Finding]:
    situation = stack.situation
    days = least_days(situation)
    locked = situation.is_prod and situation.sensitive
    logs = {target.urn: target for user in stack.of_type(BUCKET) for target in _logs_into(stack, user)}
    if not logs:
        raise NotApplicable("no bucket of this stack holds access records")
    for bucket in logs.values():
        if _retained_seconds(bucket) < days * DAY_SECONDS:
            yield Finding(f"{bucket.label}: retentionPolicy holds less than {days} days", urn=bucket.urn)
        elif locked and bucket.at("retentionPolicy.isLocked").value is not True:
            yield Finding(f"{bucket.label}: retentionPolicy.isLocked is not true", urn=bucket.urn)


@check("buckets-are-never-emptied-by-a-deployment", BUCKET)
def is_not_emptied(bucket: Resource) -> Iterator[Finding]:
    yield from must_not_be(bucket.at("forceDestroy"), True)


def _at_least(view: View, least: int) -> Iterator[Finding]:
    if view.missing:
        yield Finding(f"{view.path} is missing")
    elif int(view.value) < least:
        yield Finding(f"{view.path} is {int(view.value)}, less than {least}")
