"""Services that must be let in first: to a key that they encrypt with, to a bucket that they write to.

AWS asks when the log group or the trail is made, and refuses. Keys and buckets that the record does not hold
are taken as given.
Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from rehearsal.aws import statements
from rehearsal.model import Existing, Record, Refusal, Resource

_KEY, _ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
_ENCRYPT = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_TRAIL = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"


def log_group(resource: Resource, record: Record) -> Refusal | None:
    """CloudWatch Logs may use the key of the group."""
    if _key_lets(resource.inputs.get("kmsKeyId"), "logs", "kms:GenerateDataKey", record):
        return None
    problem = "InvalidParameterException: the key's policy does not let CloudWatch Logs use it"
    return Refusal(
        "kmsKeyId", problem, "allow logs.<region>.amazonaws.com in the policy of the key", _ENCRYPT
    )


def trail(resource: Resource, record: Record) -> Refusal | None:
    """CloudTrail may write to the bucket, and use the key."""
    inputs = resource.inputs
    if not _bucket_lets(inputs.get("s3BucketName"), "cloudtrail", record):
        problem = "InsufficientS3BucketPolicyException: the bucket's policy does not let CloudTrail write"
        remedy = "allow cloudtrail.amazonaws.com s3:PutObject in the policy of the bucket first"
        return Refusal(
            "s3BucketName", problem, remedy, f"{_TRAIL}create-s3-bucket-policy-for-cloudtrail.html"
        )
    if not _key_lets(inputs.get("kmsKeyId"), "cloudtrail", "kms:GenerateDataKey", record):
        problem = "InsufficientEncryptionPolicyException: the key's policy does not let CloudTrail use it"
        remedy = "allow cloudtrail.amazonaws.com in the policy of the key"
        return Refusal("kmsKeyId", problem, remedy, f"{_TRAIL}create-kms-key-policy-for-cloudtrail.html")
    return None


def _key_lets(named: Any, service: str, action: str, record: Record) -> bool:
    key = _key(named, record)
    if key is None:
        return True
    policies = record.find("aws:kms/keyPolicy:KeyPolicy")
    own = [each.inputs.get("policy") for each in policies if each.inputs.get("keyId") in _names(key)]
    return any(_lets(text, service, action) for text in [*own, key.inputs.get("policy")])


def _key(named: Any, record: Record) -> Existing | None:
    for alias in record.find(_ALIAS):
        if named in (alias.id, alias.outputs.get("arn")):
            named = alias.inputs.get("targetKeyId")
    return next((key for key in record.find(_KEY) if named in _names(key)), None)


def _names(key: Existing) -> tuple[Any, ...]:
    return key.id, key.outputs.get("arn")


def _bucket_lets(bucket: Any, service: str, record: Record) -> bool:
    if not record.find("aws:s3/bucket*:Bucket*", {"bucket": bucket}):
        return True
    found = record.find("aws:s3/bucketPolicy:BucketPolicy", {"bucket": bucket})
    return any(_lets(each.inputs.get("policy"), service, "s3:PutObject") for each in found)


def _lets(text: Any, service: str, action: str) -> bool:
    """Whether a policy allows a service an action, whatever its conditions."""
    return any(_one(each, service, action) for each in _read(text))


def _read(text: Any) -> Iterator[Mapping[str, Any]]:
    try:
        yield from statements.statements(json.loads(str(text)))
    except ValueError:
        return


def _one(statement: Mapping[str, Any], service: str, action: str) -> bool:
    who: Any = statement.get("Principal")
    named = cast("Mapping[str, Any]", who).get("Service") if isinstance(who, dict) else None
    services = [str(each) for each in statements.items(named)]
    actions = [str(each).lower() for each in statements.items(statement.get("Action"))]
    return (
        statement.get("Effect") == "Allow"
        and any(each == "*" or each.split(".", 1)[0] == service for each in services)
        and any(fnmatchcase(action.lower(), each) for each in actions)
    )
