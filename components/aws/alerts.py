"""Alerts: who is told, and about what.

Builds a counter over the trail's log group and an alarm for each entry of `alerts.yaml`, and alarms about the
firewall where models are served.

Guarantees: changes of keys, rights, firewall, network, audit, registry, clusters and buckets are told to
the topic within minutes. No argument leaves an alert out whose records this stack has.

Leaves out: the topic and who reads it (`topic.py`), what pods print (`pod_alerts.py`), what a person does
then, and alerts about costs and capacity.
Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.cloudwatch.log_metric_filter import LogMetricFilter
from pulumi_aws.cloudwatch.metric_alarm import MetricAlarm
from pydantic import BaseModel, ConfigDict, Field

WINDOW = 300
NAMESPACE = "Palisade"


class Matched(BaseModel):
    """An alert on records of a log that match a pattern, `above` a number within five minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=200)
    # Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html.
    pattern: str = Field(max_length=1024)
    above: int = Field(default=0, ge=0)


class Measured(BaseModel):
    """An alert on what a rule of the firewall blocks within five minutes; `ALL` is all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=200)
    rule: str
    above: int = Field(ge=0)


class Table(BaseModel):
    """`alerts.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    log: Mapping[str, Matched]
    pods: Mapping[str, Matched]
    prompts: Mapping[str, Matched]
    edge: Mapping[str, Measured]


@cache
def table() -> Table:
    """`alerts.yaml`, read once."""
    text = Path(__file__).with_name("alerts.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


class AlertsArgs(BaseModel):
    """The trail's log group by name, the topic that alarms go to (its ARN), and the edge's firewall.

    Without `trail` another stack records the account and is told of changes. `firewall` is the name of the
    ACL, where models are served. `keys` says whether callers have API keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    region: str
    trail: pulumi.Output[str] | None
    topic: pulumi.Output[str]
    firewall: str | None = None
    keys: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Told:
    """What alarms have in common: the topic that they go to (its ARN), labels, and the component."""

    topic: pulumi.Output[str]
    labels: Mapping[str, str]
    parent: pulumi.Resource


class Alerts(pulumi.ComponentResource):
    """The alarms."""

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Alerts", name, None, opts)
        told = Told(args.topic, args.labels, self)
        for what, matched in table().log.items():
            if args.trail is not None:
                count(f"{name}-{what}", told, args.trail, matched)
        for what, measured in table().edge.items():
            if args.firewall and (args.keys or measured.rule != "rate-per-key"):
                where = {"WebACL": args.firewall, "Rule": measured.rule, "Region": args.region}
                blocked = {"namespace": "AWS/WAFV2", "metric_name": "BlockedRequests", "dimensions": where}
                _alarm(f"{name}-edge-{what}", told, measured.title, measured.above, blocked)
        self.register_outputs({})


def count(name: str, told: Told, group: pulumi.Output[str], matched: Matched) -> None:
    """A counter over the log group of that name, and the alarm about it."""
    counter = LogMetricFilter(
        name,
        name=name,
        log_group_name=group,
        pattern=matched.pattern,
        metric_transformation={"name": name, "namespace": NAMESPACE, "value": "1", "default_value": "0"},
        opts=pulumi.ResourceOptions(parent=told.parent),
    )
    counted = {"namespace": NAMESPACE, "metric_name": counter.name}
    _alarm(name, told, matched.title, matched.above, counted)


def _alarm(name: str, told: Told, title: str, above: int, measure: Mapping[str, Any]) -> None:
    MetricAlarm(
        name,
        name=name,
        alarm_description=title,
        **measure,
        statistic="Sum",
        period=WINDOW,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        threshold=above,
        treat_missing_data="notBreaching",
        actions_enabled=True,
        alarm_actions=[told.topic],
        tags=told.labels,
        opts=pulumi.ResourceOptions(parent=told.parent),
    )
