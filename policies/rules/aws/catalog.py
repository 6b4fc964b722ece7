"""What the catalogue knows: AWS's side of `policies/rules/catalog.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.aws.audit import TRAIL
from policies.rules.aws.buckets import BUCKET
from policies.rules.aws.cluster import CLUSTER
from policies.rules.aws.storage import LOGGING

ENTRY = "aws:glue/catalogTable:CatalogTable"
JOB = "aws:macie2/classificationJob:ClassificationJob"
# What keeps records or certificates in a bucket, by the property that names it: no data of anybody's.
KEEPERS = {
    LOGGING: "targetBucket",
    TRAIL: "s3BucketName",
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3BucketName",
    "aws:lb/trustStore:TrustStore": "caCertificatesBundleS3Bucket",
}
STATED = ("classification", "source", "lawful-basis", "purpose")


@stack_check("stores-are-catalogued", CLUSTER)
def is_catalogued(stack: Stack) -> Iterator[Finding]:
    for bucket in stack.of_type(BUCKET):
        if _keeps_records(stack, bucket):
            continue
        if not any(_names(stack, entry, bucket) for entry in stack.of_type(ENTRY)):
            yield Finding(f"{bucket.label} has no entry in the catalogue", urn=bucket.urn)


def _keeps_records(stack: Stack, bucket: Resource) -> bool:
    return any(stack.pointing_at(bucket, type_, path) for type_, path in KEEPERS.items())


def _names(stack: Stack, entry: Resource, bucket: Resource) -> bool:
    """Whether an entry's location is the bucket, by its name or as what the value is computed from."""
    view = entry.at("storageDescriptor.location")
    if view.unknown:
        return any(source.urn == bucket.urn for source in stack.sources(entry, "storageDescriptor"))
    named = view.text.removeprefix("s3://").partition("/")[0]
    return named != "" and named in {bucket.outputs.get("bucket"), bucket.inputs.get("bucket")}


@check("entries-state-class-and-basis", ENTRY)
def states_class_and_basis(entry: Resource) -> Iterator[Finding]:
    parameters = entry.at("parameters")
    yield from must_be_set(parameters)
    for stated in STATED:
        yield from must_be_set(entry.at(f"parameters.{stated}"))


@stack_check("personal-data-is-looked-for", CLUSTER)
def looks_for_personal_data(stack: Stack) -> Iterator[Finding]:
    if not stack.situation.sensitive:
        raise NotApplicable("no personal data is on the platform")
    if stack.situation.personal_data_elsewhere:
        raise NotApplicable("amazon.macie is elsewhere")
    jobs = list(stack.of_type(JOB))
    if not jobs:
        yield Finding("no job of Macie looks into buckets")
    for job in jobs:
        for finding in (
            *must_be(job.at("jobType"), "SCHEDULED"),
            *must_not_be(job.at("jobStatus"), "CANCELLED"),
        ):
            yield Finding(finding.problem, urn=job.urn)
