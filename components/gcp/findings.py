"""Findings of Google's own watch, and whom Google writes to.

Builds essential contacts, the forwarding of findings where the Security Command Center is active, and threat
detection in the network's name queries from phase continuous on.

Guarantees: Google's notices about security, privacy and outages reach teams, not whoever made the project;
active findings of medium severity and worse reach the alerts' topic.

Leaves out: activating the Security Command Center, which an organisation's administrator does; threat
detection of the center itself, which its tier decides.
Sources: cloud.google.com/resource-manager/docs/managing-notification-contacts,
cloud.google.com/security-command-center/docs/how-to-notifications.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.essentialcontacts.contact import Contact
from pulumi_gcp.networksecurity.dns_threat_detector import DnsThreatDetector
from pulumi_gcp.pubsub.topic import Topic
from pulumi_gcp.pubsub.topic_iam_member import TopicIAMMember
from pulumi_gcp.securitycenter.v2_project_notification_config import V2ProjectNotificationConfig
from pydantic import BaseModel, ConfigDict, Field

CATEGORIES = {
    "security": ["SECURITY", "SUSPENSION"],
    "privacy": ["LEGAL"],
    "operations": ["TECHNICAL", "TECHNICAL_INCIDENTS", "PRODUCT_UPDATES"],
}
# Source: cloud.google.com/security-command-center/docs/how-to-api-manage-notifications.
AGENT = "@gcp-sa-scc-notification.iam.gserviceaccount.com"
WORTH_TELLING = 'state="ACTIVE" AND (severity="MEDIUM" OR severity="HIGH" OR severity="CRITICAL")'


class FindingsArgs(BaseModel):
    """Whom to write to, the topic that findings go to, and what watches.

    `contacts` as in `alerts.py`. `security_center` says that the center is active. `threat_detection` watches
    the names that machines ask for; it is paid by the query.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    contacts: Mapping[str, str]
    topic: Topic
    security_center: bool
    threat_detection: bool
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Findings(pulumi.ComponentResource):
    """Contacts, and what forwards and detects."""

    def __init__(self, name: str, args: FindingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Findings", name, None, opts)
        for who, email in args.contacts.items():
            Contact(
                f"{name}-{who}",
                parent=f"projects/{args.project}",
                email=email,
                language_tag="en",
                notification_category_subscriptions=CATEGORIES[who],
                opts=pulumi.ResourceOptions(parent=self),
            )
        if args.security_center:
            self._forward(name, args)
        if args.threat_detection:
            DnsThreatDetector(
                f"{name}-names",
                name=f"{name}-names",
                project=args.project,
                location="global",
                threat_detector_provider="INFOBLOX",
                labels=dict(args.labels),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

    def _forward(self, name: str, args: FindingsArgs) -> None:
        config = V2ProjectNotificationConfig(
            f"{name}-findings",
            config_id=f"{name}-findings",
            project=args.project,
            location="global",
            description="Active findings to the alerts' topic.",
            pubsub_topic=args.topic.id,
            streaming_config={"filter": WORTH_TELLING},
            opts=pulumi.ResourceOptions(parent=self),
        )
        TopicIAMMember(
            f"{name}-findings",
            project=args.project,
            topic=args.topic.name,
            role="roles/pubsub.publisher",
            member=pulumi.Output.concat("serviceAccount:service-", args.project_number, AGENT),
            # The agent exists once there is a configuration.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[config]),
        )
