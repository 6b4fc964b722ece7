"""Buckets of AWS and the resources that guard them, each of which names its bucket."""

from __future__ import annotations

from policies.framework.resource import Resource, Stack

BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"


def guards_of(stack: Stack, bucket: Resource, type_: str) -> list[Resource]:
    """The resources of a type whose `bucket` is this one."""
    return stack.pointing_at(bucket, type_, "bucket")


def holds_records(stack: Stack, bucket: Resource) -> bool:
    """Whether access records of some bucket go to this one."""
    return bool(stack.pointing_at(bucket, LOGGING, "targetBucket"))
