"""Arguments of audit, alerts and findings, from a stack's settings."""

from __future__ import annotations

from pulumi_gcp.pubsub.topic import Topic

from components.contracts import (
    Purpose,
)
from components.gcp.alerts import AlertsArgs
from components.gcp.audit import AuditArgs
from components.gcp.findings import FindingsArgs
from stacks.gcp.base import Base
from stacks.model.choices import Phase
from stacks.settings import Settings


def audit(base: Base) -> AuditArgs:
    settings = base.settings
    return AuditArgs(
        project=base.place.project,
        region=base.place.region,
        key=base.keys[Purpose.LOGS],
        log_days=settings.retention.logs_days,
        # A lock is for good: no teardown lifts it, and a stack that comes and goes has none.
        locked=settings.production and settings.sensitive,
        writes_audit_config=base.place.audit_config == "own",
        protected=settings.holds_valuable_data,
    )


def alerts(base: Base) -> AlertsArgs:
    return AlertsArgs(
        project=base.place.project,
        project_number=base.number,
        region=base.place.region,
        key=base.keys[Purpose.MESSAGES],
        contacts=_mailboxes(base.settings),
        serves=base.settings.inference is not None,
        labels=base.settings.all_labels,
    )


def findings(base: Base, topic: Topic) -> FindingsArgs:
    return FindingsArgs(
        project=base.place.project,
        project_number=base.number,
        contacts=_mailboxes(base.settings),
        topic=topic,
        security_center=base.place.security_center,
        threat_detection=base.settings.phase is Phase.CONTINUOUS,
        labels=base.settings.all_labels,
    )


def _mailboxes(settings: Settings) -> dict[str, str]:
    return {who: email for who, email in settings.contacts.model_dump().items() if email}
