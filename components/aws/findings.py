"""What AWS finds by itself: GuardDuty, Security Hub and Macie, and whom they tell.

Builds the detector with its features, the hub with its standards, Macie with a job over the stores where
personal data is among them, and the rule that sends findings to the alerts' topic.

Guarantees: threats in calls, in objects, in clusters and on their nodes, and against models are looked for;
active findings of medium severity and worse reach the alerts' topic; personal data is looked for in every
store.

Leaves out: images, which the registry has scanned (`registry.py`), what a person does then, and lists of
threats of one's own. An account has each of these once per region: with a setting `elsewhere` another stack
has it.
Sources: docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html,
docs.aws.amazon.com/securityhub/latest/userguide/standards-available.html,
docs.aws.amazon.com/macie/latest/user.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.guardduty.detector import Detector
from pulumi_aws.guardduty.detector_feature import DetectorFeature
from pulumi_aws.macie2.account import Account as MacieAccount
from pulumi_aws.macie2.classification_job import ClassificationJob
from pulumi_aws.securityhub.account import Account as Hub
from pulumi_aws.securityhub.standards_subscription import StandardsSubscription
from pydantic import BaseModel, ConfigDict, Field

from components.aws.place import Place
from components.aws.topic import Channel, Message, tell

FEATURES = (
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
    "AI_PROTECTION",
)
# Where GuardDuty installs its own agent.
AGENTS = {"RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT",)}
STANDARDS = ("aws-foundational-security-best-practices/v/1.0.0", "cis-aws-foundations-benchmark/v/3.0.0")
# Severities of GuardDuty are numbers; 4.0 is where medium begins.
# Source: docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html.
MEDIUM = 4


class FindingsArgs(BaseModel):
    """Where the account is watched, where findings are told, and which stores Macie looks into.

    `threats`, `hub` and `personal_data` say which of GuardDuty, Security Hub and Macie this stack has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    channel: Channel
    stores: tuple[str, ...]
    threats: bool = True
    hub: bool = True
    personal_data: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Findings(pulumi.ComponentResource):
    """The watchers."""

    def __init__(self, name: str, args: FindingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Findings", name, None, opts)
        if args.threats:
            self._threats(name, args)
        if args.hub:
            self._hub(name, args)
        if args.personal_data:
            self._personal_data(name, args)
        self._told(name, args)
        self.register_outputs({})

    def _threats(self, name: str, args: FindingsArgs) -> None:
        detector = Detector(
            name,
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for feature in FEATURES:
            DetectorFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                status="ENABLED",
                additional_configurations=[
                    {"name": agent, "status": "ENABLED"} for agent in AGENTS.get(feature, ())
                ],
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _hub(self, name: str, args: FindingsArgs) -> None:
        hub = Hub(
            name,
            enable_default_standards=False,
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",
            opts=pulumi.ResourceOptions(parent=self),
        )
        for standard in STANDARDS:
            arn = f"arn:{args.place.partition}:securityhub:{args.place.region}::standards/{standard}"
            StandardsSubscription(
                f"{name}-{standard.partition('/')[0]}",
                standards_arn=arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[hub]),
            )

    def _personal_data(self, name: str, args: FindingsArgs) -> None:
        account = MacieAccount(
            name,
            status="ENABLED",
            finding_publishing_frequency="FIFTEEN_MINUTES",
            opts=pulumi.ResourceOptions(parent=self),
        )
        ClassificationJob(
            name,
            name=name,
            description="Looks for personal data in the stores.",
            job_type="SCHEDULED",
            schedule_frequency={"weekly_schedule": "SATURDAY"},
            s3_job_definition={
                "bucket_definitions": [{"account_id": args.place.account, "buckets": list(args.stores)}]
            },
            sampling_percentage=100,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )

    def _told(self, name: str, args: FindingsArgs) -> None:
        """Findings of GuardDuty and Macie directly, those of others through the hub."""
        patterns = {
            "threats": {
                "source": ["aws.guardduty"],
                "detail-type": ["GuardDuty Finding"],
                "detail": {"severity": [{"numeric": [">=", MEDIUM]}]},
            },
            "personal-data": {"source": ["aws.macie"], "detail-type": ["Macie Finding"]},
            "hub": {
                "source": ["aws.securityhub"],
                "detail-type": ["Security Hub Findings - Imported"],
                "detail": {
                    "findings": {
                        "RecordState": ["ACTIVE"],
                        "Workflow": {"Status": ["NEW"]},
                        "Severity": {"Label": ["MEDIUM", "HIGH", "CRITICAL"]},
                    }
                },
            },
        }
        for what, pattern in patterns.items():
            found = Message(f"Findings about {what}, from medium severity on.", events=pattern)
            tell(f"{name}-{what}", args.channel, found, args.labels, self)
