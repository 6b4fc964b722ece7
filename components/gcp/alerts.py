"""Alerts: who is told, and about what.

Builds notification channels to the stack's contacts, a topic for machines that listen, one alert per entry of
`alerts.yaml`, and the counters that those about rates compare.

Guarantees: changes of keys, rights, firewall, network, perimeter, audit, image policy and buckets are told to
the security contact within minutes; the topic is under the customer's key and its messages stay in the
region. No argument leaves an alert out. `channels` resolve once they may be used.

Leaves out: what a person does then, and alerts about costs and capacity.
Sources: cloud.google.com/logging/docs/alerting/log-based-alerts,
cloud.google.com/monitoring/support/notification-options.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_gcp.logging.metric import Metric
from pulumi_gcp.monitoring.alert_policy import AlertPolicy
from pulumi_gcp.monitoring.notification_channel import NotificationChannel
from pulumi_gcp.pubsub.topic import Topic
from pulumi_gcp.pubsub.topic_iam_member import TopicIAMMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Key
from components.ready import after

# At most one message per alert in this time; the field is mandatory for alerts on log entries.
QUIET = "300s"
CLOSED_AFTER = "86400s"
WINDOW = "300s"
AGENT = "@gcp-sa-monitoring-notification.iam.gserviceaccount.com"


class Matched(BaseModel):
    """An alert on one log entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=200)
    filter: str = Field(max_length=2048)


class Counted(Matched):
    """An alert on a number of log entries within five minutes."""

    above: int = Field(ge=0)


class Table(BaseModel):
    """`alerts.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    log: Mapping[str, Matched]
    edge: Mapping[str, Counted]


@cache
def table() -> Table:
    """`alerts.yaml`, read once."""
    text = Path(__file__).with_name("alerts.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


class AlertsArgs(BaseModel):
    """Whom to tell, under which key messages wait, and whether models are served.

    `contacts` maps what a mailbox is for to its address; `security` must be among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    region: str
    key: Key
    contacts: Mapping[str, str]
    serves: bool
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Alerts(pulumi.ComponentResource):
    """`channels` by contact and `topic`, for whoever has something to tell."""

    channels: Mapping[str, pulumi.Output[str]]
    topic: Topic

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Alerts", name, None, opts)
        self.topic = self._topic(name, args)
        listening = self._listener(name, args)
        mailboxes = {who: self._mailbox(name, args, who) for who in args.contacts}
        self.channels = {who: channel.id for who, channel in mailboxes.items()}

        told = [mailboxes["security"].id, listening]
        for key, alert in table().log.items():
            self._on_entry(name, args, key, alert, told)
        for key, alert in table().edge.items() if args.serves else ():
            self._on_rate(name, args, key, alert, told)
        self.register_outputs({"topic": self.topic.id})

    def _topic(self, name: str, args: AlertsArgs) -> Topic:
        return Topic(
            f"{name}-alerts",
            name=f"{name}-alerts",
            project=args.project,
            kms_key_name=args.key.id,
            message_storage_policy={
                "allowed_persistence_regions": [args.region],
                "enforce_in_transit": True,
            },
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _listener(self, name: str, args: AlertsArgs) -> pulumi.Output[str]:
        """The channel to the topic. The agent that publishes exists once there is such a channel.

        Source: cloud.google.com/monitoring/support/notification-options#pubsub.
        """
        channel = NotificationChannel(
            f"{name}-topic",
            project=args.project,
            display_name=f"{name} topic",
            type="pubsub",
            labels={"topic": self.topic.id},
            opts=pulumi.ResourceOptions(parent=self),
        )
        publishes = TopicIAMMember(
            f"{name}-alerts-monitoring",
            project=args.project,
            topic=self.topic.name,
            role="roles/pubsub.publisher",
            member=pulumi.Output.concat("serviceAccount:service-", args.project_number, AGENT),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        return after(channel.id, publishes)

    def _mailbox(self, name: str, args: AlertsArgs, who: str) -> NotificationChannel:
        return NotificationChannel(
            f"{name}-{who}",
            project=args.project,
            display_name=f"{name} {who}",
            type="email",
            labels={"email_address": args.contacts[who]},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _on_entry(
        self, name: str, args: AlertsArgs, key: str, alert: Matched, told: list[pulumi.Output[str]]
    ) -> None:
        AlertPolicy(
            f"{name}-{key}",
            project=args.project,
            display_name=f"{name}: {alert.title}",
            combiner="OR",
            severity="CRITICAL",
            conditions=[{"display_name": alert.title, "condition_matched_log": {"filter": alert.filter}}],
            alert_strategy={"notification_rate_limit": {"period": QUIET}, "auto_close": CLOSED_AFTER},
            notification_channels=told,
            user_labels={**args.labels, "alert": key},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _on_rate(
        self, name: str, args: AlertsArgs, key: str, alert: Counted, told: list[pulumi.Output[str]]
    ) -> None:
        counter = Metric(
            f"{name}-{key}",
            name=f"{name}/{key}",
            project=args.project,
            description=alert.title,
            filter=alert.filter,
            metric_descriptor={"metric_kind": "DELTA", "value_type": "INT64", "unit": "1"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        resource = "k8s_container" if "k8s_container" in alert.filter else "l7_lb_rule"
        AlertPolicy(
            f"{name}-{key}",
            project=args.project,
            display_name=f"{name}: {alert.title}",
            combiner="OR",
            severity="ERROR",
            conditions=[
                {
                    "display_name": alert.title,
                    "condition_threshold": {
                        "filter": counter.name.apply(
                            lambda metric: (
                                f'metric.type="logging.googleapis.com/user/{metric}" AND '
                                f'resource.type="{resource}"'
                            )
                        ),
                        "comparison": "COMPARISON_GT",
                        "threshold_value": alert.above,
                        "duration": "0s",
                        "aggregations": [
                            {
                                "alignment_period": WINDOW,
                                "per_series_aligner": "ALIGN_DELTA",
                                "cross_series_reducer": "REDUCE_SUM",
                            }
                        ],
                    },
                }
            ],
            alert_strategy={"auto_close": CLOSED_AFTER},
            notification_channels=told,
            user_labels={**args.labels, "alert": key},
            opts=pulumi.ResourceOptions(parent=self),
        )
