"""What AWS records and finds: exact children, and what no argument leaves out."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from components.aws.alerts import Alerts, AlertsArgs, table
from components.aws.audit import Audit, AuditArgs
from components.aws.findings import Findings, FindingsArgs
from components.aws.pod_alerts import PodAlerts, PodAlertsArgs
from components.aws.recorder import Recorder, RecorderArgs, template
from components.aws.topic import Topic, TopicArgs
from components.contracts import Purpose
from policies.rules.aws.audit import CHANGES
from tests.components.aws.platform import NAME, PLACE, channel, key
from tests.components.recorder import Made, build, differences, value

STORES = ("123456789012-palisade-test-datasets", "123456789012-palisade-test-models")
PRINTED = "/aws/containerinsights/palisade-test-inference/application"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"


def text(said: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(said)


def audit_args(**changes: Any) -> AuditArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "key": key(Purpose.LOGS),
        "stores": STORES,
        "access_logs": text("access-logs"),
        "log_days": 2192,
        "locked": True,
    }
    return AuditArgs(**{**given, **changes})


def alerts_args(**changes: Any) -> AlertsArgs:
    given: dict[str, Any] = {
        "region": PLACE.region,
        "trail": text("/palisade/palisade-test/trail"),
        "topic": text(TOPIC),
        "firewall": f"{NAME}-edge",
        "keys": True,
    }
    return AlertsArgs(**{**given, **changes})


def findings_args(**changes: Any) -> FindingsArgs:
    given: dict[str, Any] = {"place": PLACE, "channel": channel(), "stores": STORES, "personal_data": True}
    return FindingsArgs(**{**given, **changes})


def audited(**changes: Any) -> list[Made]:
    return build(lambda: Audit(NAME, audit_args(**changes)))


def program() -> None:
    Topic(
        f"{NAME}-alerts",
        TopicArgs(place=PLACE, key=key(Purpose.MESSAGES), mailboxes={"security": "security@example.com"}),
    )
    Audit(NAME, audit_args())
    Recorder(
        NAME,
        RecorderArgs(place=PLACE, key=key(Purpose.LOGS), access_logs=text("access-logs"), log_days=2192),
    )
    Findings(NAME, findings_args())
    Alerts(NAME, alerts_args())
    PodAlerts(f"{NAME}-inference", PodAlertsArgs(group=text(PRINTED), topic=text(TOPIC), serves=True))


def test_inventory() -> None:
    assert differences(build(program), "aws-audit") == []


@pytest.mark.parametrize(("locked", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_the_trails_lock_is_for_good_where_it_must(locked: bool, mode: str) -> None:
    (lock,) = [each for each in audited(locked=locked) if "ObjectLock" in each.type]
    assert value(lock, "rule.defaultRetention") == {"mode": mode, "days": 2192}


def test_the_trail_and_no_other_writes_to_its_bucket() -> None:
    (policy,) = [each for each in audited() if each.type == "aws:s3/bucketPolicy:BucketPolicy"]
    allowed = [each for each in json.loads(value(policy, "policy"))["Statement"] if each["Effect"] == "Allow"]
    assert {each["Principal"]["Service"] for each in allowed} == {"cloudtrail.amazonaws.com"}
    trail = f"arn:aws:cloudtrail:eu-central-1:123456789012:trail/{NAME}"
    assert {each["Condition"]["StringEquals"]["aws:SourceArn"] for each in allowed} == {trail}


def test_the_trail_starts_once_its_bucket_takes_what_it_writes() -> None:
    made = audited()
    (trail,) = [each for each in made if each.type == "aws:cloudtrail/trail:Trail"]
    of_s3 = [each for each in made if each.type.startswith("aws:s3/")]
    guards = {each.urn for each in of_s3 if each.type != "aws:s3/bucket:Bucket"}
    assert guards
    assert guards <= set(trail.property_dependencies["s3BucketName"])


def test_a_management_account_records_its_organisation() -> None:
    made = audited(whole_organization="o-exampleorgid")
    (trail,) = [each for each in made if each.type == "aws:cloudtrail/trail:Trail"]
    assert value(trail, "isOrganizationTrail") is True
    (policy,) = [each for each in made if each.type == "aws:s3/bucketPolicy:BucketPolicy"]
    assert "AWSLogs/o-exampleorgid/*" in value(policy, "policy")


def test_configs_bucket_has_no_lock_with_which_config_delivers_nothing() -> None:
    args = RecorderArgs(place=PLACE, key=key(Purpose.LOGS), access_logs=text("logs"), log_days=2192)
    made = build(lambda: Recorder(NAME, args))
    assert not [each for each in made if "ObjectLock" in each.type]


def test_the_conformance_pack_names_each_rule_once() -> None:
    rules = [each["Properties"] for each in json.loads(template())["Resources"].values()]
    names = [each["ConfigRuleName"] for each in rules]
    assert len(names) == len(set(names)) > 20
    assert all(len(name) <= 128 for name in names)
    # Source: docs.aws.amazon.com/config/latest/developerguide/configlimits.html (bytes of a template).
    assert len(template()) < 51_200


def test_every_change_that_somebody_must_hear_of_has_an_alarm() -> None:
    made = build(lambda: Alerts(NAME, alerts_args()))
    patterns = [value(each, "pattern") for each in made if "LogMetricFilter" in each.type]
    for change, needles in CHANGES.items():
        assert any(all(needle in pattern for needle in needles) for pattern in patterns), change
    alarms = [each for each in made if each.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    assert len(alarms) == len(table().log) + len(table().edge)
    assert {tuple(value(each, "alarmActions")) for each in alarms} == {(TOPIC,)}


@pytest.mark.parametrize(("firewall", "keys", "left"), [(None, False, 5), (f"{NAME}-edge", False, 1)])
def test_alarms_about_the_edge_exist_where_it_does(firewall: str | None, keys: bool, left: int) -> None:
    made = build(lambda: Alerts(NAME, alerts_args(firewall=firewall, keys=keys)))
    alarms = [each for each in made if each.type == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    assert len(alarms) == len(table().log) + len(table().edge) - left


def test_what_another_stack_has_is_not_made_again() -> None:
    args = findings_args(threats=False, hub=False, personal_data=False)
    kinds = {each.type for each in build(lambda: Findings(NAME, args)) if each.type.startswith("aws:")}
    assert kinds == {"aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"}


def test_rules_publish_as_a_role_since_no_condition_of_a_topic_holds_for_them() -> None:
    made = build(program)
    [access] = [each for each in made if each.type.endswith(":TopicPolicy")]
    assert "events.amazonaws.com" not in json.dumps(value(access, "policy"))
    targets = [each for each in made if each.type.endswith(":EventTarget")]
    assert targets
    assert {value(each, "roleArn") for each in targets} == {
        "arn:aws:iam::123456789012:role/palisade-test-alerts-events"
    }
