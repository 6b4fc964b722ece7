"""Where alarms and findings go: a topic under the customer's key, and the mailboxes that read it.

Guarantees: only services of AWS acting for this account publish, over TLS; nobody subscribes but those named.

Leaves out: who publishes (`alerts.py`, `certificates.py`, `api_keys.py`). A mailbox confirms its
subscription once.
Source: docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html.
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
from components.aws.place import Place
from components.contracts import Key
from components.ready import after

PUBLISHERS = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]


class TopicArgs(BaseModel):
    """Where the topic lives, its key, and the mailboxes that read it, by what they are for."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    mailboxes: Mapping[str, str]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Topic(pulumi.ComponentResource):
    """`arn` for whoever publishes, once it may."""

    arn: pulumi.Output[str]

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
        publishers = allow(
            "Publishers",
            ["sns:Publish"],
            [own],
            to={"Service": PUBLISHERS},
            when={"StringEquals": {"aws:SourceAccount": args.place.account}},
        )
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        access = TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy(publishers, deny("OnlyTls", ["sns:Publish"], [own], to={"AWS": "*"}, when=plain)),
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
        self.register_outputs({"arn": self.arn})


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
    topic: pulumi.Output[str],
    message: Message,
    labels: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """A rule of EventBridge that sends to the topic, by its ARN."""
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
    EventTarget(name, rule=rule.name, arn=topic, input=words, opts=opts)
