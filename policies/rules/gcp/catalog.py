"""What the catalogue knows: Google Cloud's side of `policies/rules/catalog.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.gcp.machines import CLUSTER
from policies.rules.gcp.storage import BUCKET

ENTRY = "gcp:dataplex/entry:Entry"
SCAN = "gcp:dataplex/datascan:Datascan"
DISCOVERY = "gcp:dataloss/preventionDiscoveryConfig:PreventionDiscoveryConfig"
STATED = ("classification", "source", "lawful-basis")


@stack_check("stores-are-catalogued", CLUSTER)
def is_catalogued(stack: Stack) -> Iterator[Finding]:
    buckets = list(stack.of_type(BUCKET))
    logs = {target.urn for bucket in buckets for target in buckets if _logs_to(stack, bucket, target)}
    for bucket in buckets:
        if bucket.urn in logs:
            continue
        if not any(_names(stack, entry, "entrySource", "resource", bucket) for entry in stack.of_type(ENTRY)):
            yield Finding(f"{bucket.label} has no entry in the catalogue", urn=bucket.urn)
        scans = [scan for scan in stack.of_type(SCAN) if not scan.at("dataDiscoverySpec").missing]
        if not any(_names(stack, scan, "data", "resource", bucket) for scan in scans):
            yield Finding(f"{bucket.label} is looked into by no scan", urn=bucket.urn)


def _logs_to(stack: Stack, bucket: Resource, target: Resource) -> bool:
    view = bucket.at("logging.logBucket")
    return not view.missing and stack.points_at(view, bucket, target)


def _names(stack: Stack, resource: Resource, block: str, path: str, bucket: Resource) -> bool:
    """Whether a block of a resource names a bucket, by its name or as what the value is computed from."""
    view = resource.at(f"{block}.{path}")
    if view.unknown:
        return any(source.urn == bucket.urn for source in stack.sources(resource, block))
    named = view.text.rstrip("/").rpartition("/")[2]
    return named != "" and named in {bucket.outputs.get("name"), bucket.inputs.get("name")}


@check("entries-state-class-and-basis", ENTRY)
def states_class_and_basis(entry: Resource) -> Iterator[Finding]:
    stated: set[str] = set()
    for aspect in entry.at("aspects").items():
        yield from must_be_set(aspect.at("aspect.data"))
        stated.add(aspect.at("aspectKey").text.rpartition(".")[2])
    for kind in STATED:
        if not any(key.endswith(kind) for key in stated):
            yield Finding(f"aspects lacks one of type {kind}")


@stack_check("personal-data-is-looked-for", CLUSTER)
def looks_for_personal_data(stack: Stack) -> Iterator[Finding]:
    if not stack.situation.sensitive:
        raise NotApplicable("no personal data is on the platform")
    found = [
        config
        for config in stack.of_type(DISCOVERY)
        if any(not target.at("cloudStorageTarget").missing for target in config.at("targets").items())
    ]
    if not found:
        yield Finding("no discovery looks into buckets")
    for config in found:
        for finding in must_be(config.at("status"), "RUNNING"):
            yield Finding(finding.problem, urn=config.urn)
