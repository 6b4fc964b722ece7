"""What S3 refuses of a bucket's settings because they do not fit, or because of what the bucket is.

Limits of a single input are in `storage.yaml`. An unknown value refuses nothing, and a bucket that the record
does not hold is taken as given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import Record, Refusal, Resource

_API = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
_LOCK = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html"
_LIFECYCLE = f"{_API}API_LifecycleRule.html"
_DOES = (
    "expiration",
    "transitions",
    "noncurrentVersionExpiration",
    "noncurrentVersionTransitions",
    "abortIncompleteMultipartUpload",
)


def encryption(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A key goes with KMS only."""
    for path, default in paths.objects(inputs, "rules[*].applyServerSideEncryptionByDefault"):
        if default.get("sseAlgorithm") == "AES256" and default.get("kmsMasterKeyId") is not None:
            source = f"{_API}API_ServerSideEncryptionByDefault.html"
            yield Refusal(f"{path}.kmsMasterKeyId", "does not go with AES256", "write aws:kms", source)


def lifecycle(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Rules with names of their own, each of which does something."""
    rules = list(paths.objects(inputs, "rules[*]"))
    names = [rule.get("id") for _, rule in rules if isinstance(rule.get("id"), str)]
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield Refusal("rules", f'the id "{name}" is there twice', "give each rule its own", _LIFECYCLE)
    for path, rule in rules:
        if not any(rule.get(name) is not None for name in _DOES):
            yield Refusal(path, "does nothing", f"give one of {', '.join(_DOES)}", _LIFECYCLE)


def refuse_lock(resource: Resource, record: Record) -> Refusal | None:
    """A lock of versions needs versions."""
    bucket = resource.inputs.get("bucket")
    mine = record.find("aws:s3/bucket*:Bucket*", {"bucket": bucket})
    if not mine or mine[0].inputs.get("objectLockEnabled") is True:
        return None
    kept = record.find("aws:s3/bucketVersioning*:BucketVersioning*", {"bucket": bucket})
    if any(paths.get(each.inputs, "versioningConfiguration.status") == "Enabled" for each in kept):
        return None
    problem = "InvalidBucketState: versioning must be enabled on the bucket to lock its objects"
    return Refusal("bucket", problem, "enable versioning first", _LOCK)


def refuse_versioning(resource: Resource, record: Record) -> Refusal | None:
    """A bucket with a lock keeps its versions."""
    status = paths.get(resource.inputs, "versioningConfiguration.status")
    locks = "aws:s3/bucketObjectLockConfiguration*:BucketObjectLockConfiguration*"
    if status not in ("Suspended", "Disabled") or not record.find(
        locks, {"bucket": resource.inputs.get("bucket")}
    ):
        return None
    problem = "InvalidBucketState: the bucket has an object lock, so its versions stay"
    return Refusal("versioningConfiguration.status", problem, "write Enabled", _LOCK)


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]] = {
    f"aws:s3/bucket{name}{version}:Bucket{name}{version}": rule
    for version in ("", "V2")
    for name, rule in (
        ("ServerSideEncryptionConfiguration", encryption),
        ("LifecycleConfiguration", lifecycle),
    )
}
CHECKS: Mapping[str, Callable[[Resource, Record], Refusal | None]] = {
    f"aws:s3/bucket{name}{version}:Bucket{name}{version}": check
    for version in ("", "V2")
    for name, check in (("ObjectLockConfiguration", refuse_lock), ("Versioning", refuse_versioning))
}
