"""Where alarms and findings go: a topic under the customer's key, and the mailboxes that read it.

Builds the topic, who may publish to it, and the role that rules of EventBridge publish as: a condition in the
topic's own policy never holds for them, and what they tell would be lost without a word.

Guarantees: only alarms and rules of this account publish, over TLS; nobody subscribes but those named.

Leaves out: who publishes (`alerts.py`, `certificates.py`, `api_keys.py`). A mailbox confirms its
subscription once.
Sources: docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html,
docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html (Amazon SNS permissions).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.cloudwatch.event_rule import EventRule
from pulumi_aws.cloudwatch.event_target import EventTarget
from pulumi_aws.sns.topic import Topic as SnsTopic
from pulumi_aws.sns.topic_policy import TopicPolicy
from pulumi_aws.sns.topic_subscription import TopicSubscription
from pydantic import BaseModel, ConfigDict, Field

from components.aws.documents import allow, deny, policy
from components.aws.identity import service_trust
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
from components.contracts import Key
from components.ready import after

ALARMS, RULES = "cloudwatch.amazonaws.com", "events.amazonaws.com"


class TopicArgs(BaseModel):
    """Where the topic lives, its key, and the mailboxes that read it, by what they are for."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    mailboxes: Mapping[str, str]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Channel:
    """What rules of EventBridge tell to: the topic's ARN, and the ARN of the role that they publish as."""

    topic: pulumi.Output[str]
    role: pulumi.Output[str]


class Topic(pulumi.ComponentResource):
    """`arn` for alarms, `channel` for rules of EventBridge; both once they may publish."""

    arn: pulumi.Output[str]
    channel: Channel

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Topic", name, None, opts)
        own = args.place.arn("sns", name)
        topic = SnsTopic(
            name,
            name=name,
            kms_master_key_id=args.key.id,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        alarms = allow(
            "Alarms",
            ["sns:Publish"],
            [own],
            to={"Service": ALARMS},
            when={"StringEquals": {"aws:SourceAccount": args.place.account}},
        )
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        access = TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy(alarms, deny("OnlyTls", ["sns:Publish"], [own], to={"AWS": "*"}, when=plain)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for whose, address in args.mailboxes.items():
            TopicSubscription(
                f"{name}-{whose}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[access]),
            )
        self.arn = after(topic.arn, access)
        self.channel = Channel(self.arn, self._teller(name, args, own))
        self.register_outputs({"arn": self.arn})

    def _teller(self, name: str, args: TopicArgs, own: str) -> pulumi.Output[str]:
        """The role of rules; the key admits it as whoever of the account publishes."""
        acts = Acting(
            f"Publishes to {name} for rules of EventBridge.",
            service_trust(args.place, RULES),
            does="tell",
            statements=[allow("Tell", ["sns:Publish"], [own])],
        )
        return acting_role(Ground(name, args.place, args.labels, self), "events", acts)


@dataclass(frozen=True)
class Message:
    """What is told: why, and when (`events` as a pattern or `every` as a schedule), and in which words.

    Without `words` the event itself is told.
    """

    about: str
    events: Mapping[str, Any] | None = None
    every: str | None = None
    words: str | None = None


def tell(
    name: str,
    channel: Channel,
    message: Message,
    labels: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """A rule of EventBridge that sends to the topic."""
    opts = pulumi.ResourceOptions(parent=parent)
    rule = EventRule(
        name,
        name=name,
        description=message.about,
        event_pattern=json.dumps(message.events, sort_keys=True) if message.events else None,
        schedule_expression=message.every,
        tags=labels,
        opts=opts,
    )
    words = json.dumps(message.words) if message.words else None
    EventTarget(name, rule=rule.name, arn=channel.topic, role_arn=channel.role, input=words, opts=opts)
