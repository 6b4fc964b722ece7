"""What is recorded, how long, and who is told: Google Cloud's side of `policies/rules/audit.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, check, stack_check
from policies.rules.data import read
from policies.rules.gcp.filters import NETWORK
from policies.rules.gcp.machines import CLUSTER
from policies.rules.records import least_days

AUDIT_CONFIG = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
SINK = "gcp:logging/projectSink:ProjectSink"
EXCLUSION = "gcp:logging/projectExclusion:ProjectExclusion"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
TOPIC = "gcp:pubsub/topic:Topic"
DETECTOR = "gcp:networksecurity/dnsThreatDetector:DnsThreatDetector"
RECORDED = {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
# Buckets that Google makes; only their retention can be set, and only for _Default.
GOOGLES_OWN = ("_Default", "_Required")
CHANGES: dict[str, list[str]] = read("gcp/alerts")["changes"]
RUNTIME: list[str] = read("gcp/alerts")["runtime"]


@check("data-access-is-recorded", AUDIT_CONFIG)
def records_everything(config: Resource) -> Iterator[Finding]:
    entries = list(config.at("auditLogConfigs").items())
    for entry in entries:
        yield from must_be_absent(entry.at("exemptedMembers"))
    if config.at("service").text == "allServices":
        missing = RECORDED - {entry.at("logType").text for entry in entries}
        if missing:
            yield Finding(f"auditLogConfigs lacks {', '.join(sorted(missing))}")


@stack_check("stacks-record-data-access", CLUSTER)
def has_an_audit_configuration(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("google.audit_config is elsewhere")
    if not any(config.at("service").text == "allServices" for config in stack.of_type(AUDIT_CONFIG)):
        yield Finding("the stack has a cluster, and no audit configuration for allServices")


@check("records-stay-long-enough", LOG_BUCKET)
def keeps_records(bucket: Resource) -> Iterator[Finding]:
    if bucket.at("bucketId").text in GOOGLES_OWN:
        raise NotApplicable("Google makes it; a sink sends what counts elsewhere")
    situation = bucket.situation
    least = max(situation.log_days, least_days(situation))
    days = bucket.at("retentionDays")
    # Without the argument Cloud Logging keeps 30 days.
    if int(days.value or 30) < least:
        yield Finding(f"{days.path} is below {least}")


@check("records-cannot-be-deleted", LOG_BUCKET)
def is_locked(bucket: Resource) -> Iterator[Finding]:
    if not (bucket.situation.is_prod and bucket.situation.sensitive):
        raise NotApplicable("no sensitive data in production")
    if bucket.at("bucketId").text in GOOGLES_OWN:
        raise NotApplicable("Google makes it; a sink sends what counts elsewhere")
    yield from must_be(bucket.at("locked"), True)


@check("records-are-not-left-out", SINK)
def leaves_nothing_out(sink: Resource) -> Iterator[Finding]:
    yield from must_be_absent(sink.at("exclusions"))
    yield from must_not_be(sink.at("disabled"), True)


@check("records-are-not-left-out", EXCLUSION)
def is_no_exclusion(exclusion: Resource) -> Iterator[Finding]:
    if exclusion.at("disabled").value is not True:
        yield Finding("it keeps records out of every sink")


@stack_check("stacks-keep-audit-records", CLUSTER)
def keeps_audit_records(stack: Stack) -> Iterator[Finding]:
    buckets = list(stack.of_type(LOG_BUCKET))
    for sink in stack.of_type(SINK):
        audits = "cloudaudit.googleapis.com" in sink.at("filter").text
        if audits and any(_sends_to(stack, sink, bucket) for bucket in buckets):
            return
    yield Finding("no sink sends audit records to a log bucket of this stack")


def _sends_to(stack: Stack, sink: Resource, bucket: Resource) -> bool:
    destination = sink.at("destination")
    if destination.unknown:
        return any(source.urn == bucket.urn for source in stack.sources(sink, "destination"))
    return destination.text.endswith(f"/buckets/{bucket.at('bucketId').text}")


@check("alerts-reach-somebody", ALERT)
def reaches_somebody(alert: Resource) -> Iterator[Finding]:
    yield from must_not_be(alert.at("enabled"), False)
    channels = alert.at("notificationChannels")
    yield from must_be_set(channels)
    if not channels.missing and not channels.unknown and not list(channels.items()):
        yield Finding(f"{channels.path} is empty")


@stack_check("stacks-are-told-of-changes", CLUSTER)
def is_told_of_changes(stack: Stack) -> Iterator[Finding]:
    filters = _filters(stack)
    for change, needles in CHANGES.items():
        if not any(all(needle in text for needle in needles) for text in filters):
            yield Finding(f"no alert tells of changes of {change}")


@stack_check("runtime-findings-reach-somebody", CLUSTER)
def is_told_of_findings(stack: Stack) -> Iterator[Finding]:
    if not any(all(needle in text for needle in RUNTIME) for text in _filters(stack)):
        yield Finding("no alert tells of what runtime detection sees")


def _filters(stack: Stack) -> list[str]:
    """The filters of all alerts on log entries."""
    return [
        condition.at("conditionMatchedLog.filter").text
        for alert in stack.of_type(ALERT)
        for condition in alert.at("conditions").items()
    ]


@check("messages-stay-in-their-region", TOPIC)
def messages_stay(topic: Resource) -> Iterator[Finding]:
    regions = topic.at("messageStoragePolicy.allowedPersistenceRegions")
    if not list(regions.items()):
        yield Finding(f"{regions.path} is missing")
    yield from must_be(topic.at("messageStoragePolicy.enforceInTransit"), True)


@stack_check("name-queries-are-watched", NETWORK)
def names_are_watched(stack: Stack) -> Iterator[Finding]:
    if not Phase.ADVANCED.reached(stack.situation.phase):
        raise NotApplicable("it is advised from phase advanced on")
    networks = list(stack.of_type(NETWORK))
    for detector in stack.of_type(DETECTOR):
        excluded = list(detector.at("excludedNetworks").items())
        if not any(stack.points_at(view, detector, network) for view in excluded for network in networks):
            return
    yield Finding("no threat detector watches this stack's network")
