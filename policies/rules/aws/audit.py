"""What is recorded, how long, and who is told: AWS's side of `policies/rules/audit.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, Phase, check, stack_check
from policies.framework.values import View
from policies.rules.aws.buckets import BUCKET, LOCK, guards_of
from policies.rules.aws.cluster import ADDON, CLUSTER, settings_of
from policies.rules.data import read
from policies.rules.records import least_days

TRAIL = "aws:cloudtrail/trail:Trail"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DETECTOR = "aws:guardduty/detector:Detector"
# What leaves something out.
# Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html.
EXCLUDING = ("notEquals", "notStartsWiths", "notEndsWiths")
CHANGES: dict[str, list[str]] = read("aws/alerts")["changes"]
RUNTIME: list[str] = read("aws/alerts")["runtime"]
# The log group of what a cluster's containers print.
# Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html.
PRINTED = "/aws/containerinsights/{}/application"


@check("data-access-is-recorded", TRAIL)
def records_everything(trail: Resource) -> Iterator[Finding]:
    yield from must_be(trail.at("isMultiRegionTrail"), True)
    yield from must_be(trail.at("enableLogFileValidation"), True)
    yield from must_not_be(trail.at("includeGlobalServiceEvents"), False)
    recorded = _recorded(trail)
    for kind in ("Management", "AWS::S3::Object"):
        if kind not in recorded:
            yield Finding(f"advancedEventSelectors lacks one for {kind}")


def _recorded(trail: Resource) -> set[str]:
    """Categories and types of resources that the trail's selectors are about."""
    return {
        value.text
        for selector in trail.at("advancedEventSelectors").items()
        for field in selector.at("fieldSelectors").items()
        if field.at("field").text in {"eventCategory", "resources.type"}
        for value in field.at("equals").items()
    }


@stack_check("stacks-record-data-access", CLUSTER)
def has_a_trail(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("amazon.trail is elsewhere")
    if not list(stack.of_type(TRAIL)):
        yield Finding("the stack has a cluster, and no trail")


@check("records-stay-long-enough", LOG_GROUP)
def keeps_records(group: Resource) -> Iterator[Finding]:
    days = group.at("retentionInDays")
    # Without the argument CloudWatch keeps records for ever.
    if days.missing:
        return
    least = max(group.situation.log_days, least_days(group.situation))
    if int(days.value) < least:
        yield Finding(f"{days.path} is below {least}")


@stack_check("records-cannot-be-deleted", TRAIL)
def is_locked(stack: Stack) -> Iterator[Finding]:
    situation = stack.situation
    if not (situation.is_prod and situation.sensitive):
        raise NotApplicable("no sensitive data in production")
    days = max(situation.log_days, least_days(situation))
    for trail in stack.of_type(TRAIL):
        bucket = stack.target(trail.at("s3BucketName"), trail, BUCKET)
        if not isinstance(bucket, Resource):
            continue
        locks = guards_of(stack, bucket, LOCK)
        if not locks:
            yield Finding(f"{bucket.label} holds a trail and has no object lock", urn=bucket.urn)
        for lock in locks:
            retention = lock.at("rule.defaultRetention")
            for finding in must_be(retention.at("mode"), "COMPLIANCE"):
                yield Finding(f"{lock.label}: {finding.problem}", urn=lock.urn)
            kept = retention.at("days")
            if kept.missing or int(kept.value) < days:
                yield Finding(f"{lock.label}: {kept.path} is not at least {days}", urn=lock.urn)


@check("records-are-not-left-out", TRAIL)
def leaves_nothing_out(trail: Resource) -> Iterator[Finding]:
    yield from must_not_be(trail.at("enableLogging"), False)
    for selector in trail.at("advancedEventSelectors").items():
        for field in selector.at("fieldSelectors").items():
            for excluding in EXCLUDING:
                yield from must_be_absent(field.at(excluding))
            if field.at("field").text == "readOnly":
                yield Finding(f"{field.path} leaves out reads or writes")


@stack_check("stacks-keep-audit-records", CLUSTER)
def keeps_audit_records(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("amazon.trail is elsewhere")
    if not any(stack.pointing_at(bucket, TRAIL, "s3BucketName") for bucket in stack.of_type(BUCKET)):
        yield Finding("no trail writes to a bucket of this stack")


@check("alerts-reach-somebody", ALARM)
def reaches_somebody(alarm: Resource) -> Iterator[Finding]:
    yield from _unheard(alarm)


def _unheard(alarm: Resource) -> Iterator[Finding]:
    yield from must_not_be(alarm.at("actionsEnabled"), False)
    actions = alarm.at("alarmActions")
    yield from must_be_set(actions)
    if not actions.missing and not actions.unknown and not list(actions.items()):
        yield Finding(f"{actions.path} is empty")


@stack_check("stacks-are-told-of-changes", CLUSTER)
def is_told_of_changes(stack: Stack) -> Iterator[Finding]:
    if stack.situation.audit_config_elsewhere:
        raise NotApplicable("amazon.trail is elsewhere")
    patterns = [counter.at("pattern").text for counter in stack.of_type(FILTER)]
    for change, needles in CHANGES.items():
        if not any(all(needle in text for needle in needles) for text in patterns):
            yield Finding(f"no alert tells of changes of {change}")


@stack_check("runtime-findings-reach-somebody", CLUSTER)
def is_told_of_findings(stack: Stack) -> Iterator[Finding]:
    """Each cluster prints to a log group of its own."""
    counters = list(stack.of_type(FILTER))
    for cluster in stack.of_type(CLUSTER):
        if not any(_reads(stack, each, cluster) and _is_told(stack, each) for each in counters):
            yield Finding(
                f"no alarm tells of what runtime detection sees in {cluster.label}", urn=cluster.urn
            )


@check("runtime-findings-reach-somebody", ADDON)
def sends_what_pods_print(addon: Resource) -> Iterator[Finding]:
    """Without container logs the group stays empty, and its alarms silent."""
    if addon.at("addonName").value != "amazon-cloudwatch-observability":
        raise NotApplicable("it sends no logs")
    values = addon.at("configurationValues")
    if settings_of(values).get("containerLogs", {}).get("enabled", True) not in (True, "true"):
        yield Finding(f"{values.path} switches containerLogs off")


def _reads(stack: Stack, counter: Resource, cluster: Resource) -> bool:
    """Whether it counts findings among what the cluster's containers print."""
    pattern, group = counter.at("pattern").text, counter.at("logGroupName")
    if not all(needle in pattern for needle in RUNTIME):
        return False
    made = stack.target(group, counter, LOG_GROUP) if group.unknown else None
    name = made.at("name").text if isinstance(made, Resource) else group.text
    return name == PRINTED.format(cluster.at("name").text)


def _is_told(stack: Stack, counter: Resource) -> bool:
    """Whether an alarm on what is counted speaks at the first, and names whom it tells."""
    return any(
        not any(_unheard(alarm))
        and _speaks_at_the_first(alarm)
        and any(_watches(stack, alarm, measure, counter) for measure in _measures(alarm))
        for alarm in stack.of_type(ALARM)
    )


def _speaks_at_the_first(alarm: Resource) -> bool:
    threshold = float(alarm.at("threshold").value or 0)
    match alarm.at("comparisonOperator").text:
        case "GreaterThanThreshold":
            return threshold < 1
        case "GreaterThanOrEqualToThreshold":
            return threshold <= 1
        case _:
            return False


def _measures(alarm: Resource) -> Iterator[View]:
    """What an alarm compares: a metric, or several in queries."""
    yield alarm.root
    for query in alarm.at("metricQueries").items():
        yield query.at("metric")


def _watches(stack: Stack, alarm: Resource, measure: View, counter: Resource) -> bool:
    named, counted = measure.at("metricName"), counter.at("metricTransformation")
    if named.unknown:
        return counter in stack.sources(alarm, named.path)
    same = not named.missing and named.text == counted.at("name").text
    return same and measure.at("namespace").text == counted.at("namespace").text


@check("name-queries-are-watched", DETECTOR)
def is_on(detector: Resource) -> Iterator[Finding]:
    """GuardDuty watches the names that machines ask for by itself, as long as it is on."""
    yield from must_not_be(detector.at("enable"), False)


@stack_check("name-queries-are-watched", CLUSTER)
def names_are_watched(stack: Stack) -> Iterator[Finding]:
    if not Phase.ADVANCED.reached(stack.situation.phase):
        raise NotApplicable("it is advised from phase advanced on")
    if stack.situation.threats_elsewhere:
        raise NotApplicable("amazon.threat_detection is elsewhere")
    if not list(stack.of_type(DETECTOR)):
        yield Finding("no detector watches what the clusters' machines ask for")
