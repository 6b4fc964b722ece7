"""Alerts about what pods print: what they are counted in, what matches, and that no cluster is without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

import components.kubernetes
from components.aws.alerts import table
from components.aws.pod_alerts import PodAlerts, PodAlertsArgs
from components.aws.training import TrainingArgs, TrainingCluster
from components.contracts import SegmentName
from components.kubernetes.runtime_security import NAMESPACE
from policies.rules.aws.audit import PRINTED, RUNTIME
from tests.components.aws.clusters import cluster_args
from tests.components.recorder import Made, build, value

NAME = "palisade-test-training"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
COUNTER, ALARM = "aws:cloudwatch/logMetricFilter:LogMetricFilter", "aws:cloudwatch/metricAlarm:MetricAlarm"


def made_by(*, serves: bool = False) -> list[Made]:
    def program() -> None:
        cluster = TrainingCluster(NAME, TrainingArgs(**cluster_args(SegmentName.TRAINING)))
        topic = pulumi.Output.from_input(TOPIC)
        PodAlerts(NAME, PodAlertsArgs(group=cluster.printed, topic=topic, serves=serves))

    return build(program)


def matches(pattern: str, record: dict[str, Any]) -> bool:
    """Whether CloudWatch counts a record, for patterns of comparisons for equality."""

    def compared(match: re.Match[str]) -> str:
        found: Any = record
        for step in match[1].split("."):
            found = cast("dict[str, Any]", found).get(step) if isinstance(found, dict) else None
        return "1" if found == match[2] else "0"

    left = re.sub(r'\$\.([\w.]+) = "([^"]*)"', compared, pattern).translate(
        {ord(each): None for each in "{ }"}
    )
    while len(left) > 1:
        shorter = re.sub(r"\(([01])\)", r"\1", left)
        shorter = re.sub(r"1&&1", "1", re.sub(r"0&&[01]|1&&0", "0", shorter))
        shorter = re.sub(r"0\|\|0", "0", re.sub(r"1\|\|[01]|0\|\|1", "1", shorter))
        assert shorter != left, f"{pattern} is no pattern of comparisons"
        left = shorter
    return left == "1"


def printed(namespace: str, container: str, **line: str) -> dict[str, Any]:
    """A record as the add-on writes it: where from, the line, and what of it is JSON."""
    kubernetes = {"namespace_name": namespace, "container_name": container, "pod_name": "p", "host": "h"}
    return {"log": str(line), "stream": "stdout", "log_processed": line, "kubernetes": kubernetes}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        *(
            (printed("guard", "falco", priority=each), True)
            for each in ("Emergency", "Alert", "Critical", "Error")
        ),
        *((printed("guard", "falco", priority=each), False) for each in ("Warning", "Notice", "Debug")),
        (printed("training", "train", priority="Critical"), False),
        ({"log": "Critical", "kubernetes": {"namespace_name": "guard"}}, False),
    ],
)
def test_what_runtime_detection_finds_is_told_and_what_others_print_is_not(
    record: dict[str, Any], told: bool
) -> None:
    assert matches(table().pods["runtime"].pattern, record) is told


@pytest.mark.parametrize(
    ("alert", "verdict"), [("blocked", "blocked"), ("unscreened", "unscreened"), ("unscreened", "failed")]
)
def test_verdicts_are_those_of_the_gateway(alert: str, verdict: str) -> None:
    gateway = (Path(components.kubernetes.__file__).parent / "gateway.lua").read_text(encoding="utf-8")
    assert f'"{verdict}"' in gateway
    pattern = table().prompts[f"{alert}-prompts"].pattern
    assert matches(pattern, printed("inference", "gateway", verdict=verdict))
    assert not matches(pattern, printed("inference", "gateway", verdict="passed"))
    assert not matches(pattern, printed("inference", "model", verdict=verdict))


def test_counters_wait_for_the_group_that_the_clusters_add_on_waits_for() -> None:
    made = {(each.type, each.name): each for each in made_by()}
    group = made["aws:cloudwatch/logGroup:LogGroup", f"{NAME}-application"]
    counter = made[COUNTER, f"{NAME}-runtime"]
    assert value(counter, "logGroupName") == value(group, "name") == PRINTED.format(NAME)
    assert group.urn in counter.property_dependencies["logGroupName"]
    assert group.urn in made["aws:eks/addon:Addon", f"{NAME}-amazon-cloudwatch-observability"].dependencies
    assert f'"{NAMESPACE}"' in RUNTIME


@pytest.mark.parametrize(
    ("serves", "alerts"), [(False, {*table().pods}), (True, {*table().pods, *table().prompts})]
)
def test_prompts_are_counted_where_models_are_served(serves: bool, alerts: set[str]) -> None:
    made = made_by(serves=serves)
    assert {each.name for each in made if each.type == COUNTER} == {f"{NAME}-{what}" for what in alerts}
    alarms = [each for each in made if each.type == ALARM]
    assert {value(each, "metricName") for each in alarms} == {f"{NAME}-{what}" for what in alerts}
    assert {tuple(value(each, "alarmActions")) for each in alarms} == {(TOPIC,)}
