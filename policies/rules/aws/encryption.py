"""Customer keys everywhere, and keys that last: AWS's side of `policies/rules/encryption.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from policies.framework.expect import elements, must_be, must_refer_to
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.aws.buckets import BUCKET, ENCRYPTION, guards_of, holds_records

KEY = "aws:kms/key:Key"
# What may hand out a key's name, and what one looks like: an ARN, or the id that some types take.
KEY_SOURCES = (KEY, "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey")
KEY_ID = re.compile(r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[0-9a-zA-Z-]+$|^(mrk-)?[0-9a-f-]{32,36}$")

# Where each type names its key.
KEY_PATHS = {
    "aws:backup/vault:Vault": ["kmsKeyArn"],
    "aws:cloudtrail/trail:Trail": ["kmsKeyId"],
    "aws:cloudwatch/logGroup:LogGroup": ["kmsKeyId"],
    "aws:codebuild/project:Project": ["encryptionKey"],
    "aws:ebs/volume:Volume": ["kmsKeyId"],
    "aws:ec2/instance:Instance": ["rootBlockDevice.kmsKeyId", "ebsBlockDevices[].kmsKeyId"],
    "aws:ec2/launchTemplate:LaunchTemplate": ["blockDeviceMappings[].ebs.kmsKeyId"],
    "aws:ecr/repository:Repository": ["encryptionConfigurations[].kmsKey"],
    "aws:efs/fileSystem:FileSystem": ["kmsKeyId"],
    "aws:eks/cluster:Cluster": ["encryptionConfig.provider.keyArn"],
    "aws:rds/instance:Instance": ["kmsKeyId"],
    "aws:rds/cluster:Cluster": ["kmsKeyId"],
    "aws:sagemaker/domain:Domain": ["kmsKeyId"],
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": ["kmsKeyArn"],
    "aws:sagemaker/notebookInstance:NotebookInstance": ["kmsKeyId"],
    "aws:secretsmanager/secret:Secret": ["kmsKeyId"],
    "aws:sns/topic:Topic": ["kmsMasterKeyId"],
    "aws:sqs/queue:Queue": ["kmsMasterKeyId"],
}
BUCKET_KEY = "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId"
# A type whose key is in a list that may be left out, and with it the key.
LISTED = ("aws:ecr/repository:Repository",)
NINETY = 90
THIRTY = 30


@check("data-at-rest-uses-a-customer-key", *KEY_PATHS)
def uses_a_customer_key(resource: Resource) -> Iterator[Finding]:
    for path in KEY_PATHS[resource.type]:
        yield from _names_a_key(resource, path, listed=resource.type in LISTED)


def _names_a_key(resource: Resource, path: str, *, listed: bool) -> Iterator[Finding]:
    found = list(elements(resource, path))
    if not found and listed:
        yield Finding(f"{path.partition('[')[0]} is missing, so the key is Amazon's")
    for view in found:
        yield from must_refer_to(view, *KEY_SOURCES, form=KEY_ID)


@stack_check("data-at-rest-uses-a-customer-key", BUCKET, ENCRYPTION)
def buckets_have_a_default(stack: Stack) -> Iterator[Finding]:
    """A bucket's key is a resource of its own; without it, objects are under Amazon's.

    So are access records, which S3 delivers under no other key (`storage.py`).
    """
    records = [bucket for bucket in stack.of_type(BUCKET) if holds_records(stack, bucket)]
    amazons = {each.urn for bucket in records for each in guards_of(stack, bucket, ENCRYPTION)}
    for bucket in stack.of_type(BUCKET):
        if not guards_of(stack, bucket, ENCRYPTION):
            yield Finding(f"{bucket.label} has no encryption configuration", urn=bucket.urn)
    for each in stack.of_type(ENCRYPTION):
        if each.urn not in amazons:
            for finding in _names_a_key(each, BUCKET_KEY, listed=True):
                yield replace(finding, problem=f"{each.label}: {finding.problem}", urn=each.urn)


@check("keys-rotate-within-90-days", KEY)
def rotates(key: Resource) -> Iterator[Finding]:
    _only_symmetric(key)
    yield from must_be(key.at("enableKeyRotation"), True)
    days = key.at("rotationPeriodInDays")
    if days.missing or int(days.value) > NINETY:
        # Without it, once a year: docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html.
        yield Finding(f"{days.path} is {'missing' if days.missing else days.text}, not at most {NINETY}")


@check("destroyed-keys-can-be-restored-for-30-days", KEY)
def can_be_restored(key: Resource) -> Iterator[Finding]:
    window = key.at("deletionWindowInDays")
    # AWS's default is 30: docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html.
    if not window.missing and int(window.value) < THIRTY:
        yield Finding(f"{window.path} is {window.text}, not {THIRTY}")


@check("keys-are-kept-from-deletion", KEY)
def is_kept(key: Resource) -> Iterator[Finding]:
    if not key.options.protect:
        yield Finding("the resource option protect is not set")


@check("keys-never-pass-through-a-program", "aws:kms/externalKey:ExternalKey")
def has_no_raw_key(key: Resource) -> Iterator[Finding]:
    material = key.at("keyMaterialBase64")
    if material.unknown or not material.missing:
        yield Finding(f"{material.path} is set")


@check("cluster-secrets-are-encrypted-before-they-are-stored", "aws:eks/cluster:Cluster")
def encrypts_cluster_secrets(cluster: Resource) -> Iterator[Finding]:
    resources = cluster.at("encryptionConfig.resources")
    if not any(each.value == "secrets" for each in resources.items()):
        yield Finding(f"{resources.path} does not name secrets")


def _only_symmetric(key: Resource) -> None:
    if key.at("customerMasterKeySpec").text not in ("", "SYMMETRIC_DEFAULT"):
        raise NotApplicable("only symmetric encryption keys rotate by themselves")
    if key.at("keyUsage").text not in ("", "ENCRYPT_DECRYPT"):
        raise NotApplicable("only encryption keys rotate by themselves")
