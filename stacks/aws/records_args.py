"""Arguments of audit, recorder, findings, alerts and catalogue, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.aws.alerts import AlertsArgs
from components.aws.audit import AuditArgs
from components.aws.catalog import CatalogArgs
from components.aws.findings import FindingsArgs
from components.aws.pod_alerts import PodAlertsArgs
from components.aws.recorder import RecorderArgs
from components.aws.topic import Channel, TopicArgs
from components.contracts import Purpose, Store, StoreName
from stacks.aws.base import Base, amazon


def topic(base: Base) -> TopicArgs:
    contacts = base.settings.contacts.model_dump()
    return TopicArgs(
        place=base.place,
        key=base.keys[Purpose.MESSAGES],
        mailboxes={whose: address for whose, address in contacts.items() if address},
        labels=base.settings.all_labels,
    )


def audit(base: Base, access_logs: pulumi.Output[str]) -> AuditArgs:
    settings, given = base.settings, amazon(base.settings)
    return AuditArgs(
        place=base.place,
        key=base.keys[Purpose.LOGS],
        stores=_buckets(base),
        access_logs=access_logs,
        log_days=settings.retention.logs_days,
        # A lock is for good: no teardown lifts it, and a stack that comes and goes has none.
        locked=settings.production and settings.sensitive,
        whole_organization=given.organization_id if given.trail == "organization" else None,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def recorder(base: Base, access_logs: pulumi.Output[str]) -> RecorderArgs:
    settings = base.settings
    return RecorderArgs(
        place=base.place,
        key=base.keys[Purpose.LOGS],
        access_logs=access_logs,
        log_days=settings.retention.logs_days,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
        torn_down=settings.teardown is not None,
    )


def findings(base: Base, channel: Channel) -> FindingsArgs:
    given = amazon(base.settings)
    return FindingsArgs(
        place=base.place,
        channel=channel,
        stores=_buckets(base),
        threats=given.threat_detection == "own",
        hub=given.security_hub == "own",
        personal_data=base.settings.sensitive and given.macie == "own",
        labels=base.settings.all_labels,
    )


def alerts(base: Base, trail: pulumi.Output[str] | None, topic: pulumi.Output[str]) -> AlertsArgs:
    settings = base.settings
    asked = settings.inference
    return AlertsArgs(
        region=base.place.region,
        trail=trail,
        topic=topic,
        firewall=f"{settings.prefix}-edge" if asked else None,
        keys=bool(asked and asked.access.api_keys),
        labels=settings.all_labels,
    )


def pod_alerts(
    base: Base, printed: pulumi.Output[str], topic: pulumi.Output[str], *, serves: bool = False
) -> PodAlertsArgs:
    return PodAlertsArgs(group=printed, topic=topic, serves=serves, labels=base.settings.all_labels)


def catalog(base: Base, stores: Mapping[StoreName, Store]) -> CatalogArgs:
    settings, given = base.settings, amazon(base.settings)
    return CatalogArgs(
        place=base.place,
        key=base.keys[Purpose.CATALOG],
        stores=stores,
        identities=base.identities,
        classification=settings.data.classification.value,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        lawful_basis=settings.data.lawful_basis.value,
        purpose=settings.data.purpose,
        owner=settings.contacts.privacy or settings.contacts.security,
        owns_settings=given.catalog_settings == "own",
        domain=given.data_domain,
        labels=settings.all_labels,
    )


def _buckets(base: Base) -> tuple[str, ...]:
    """The stores' buckets by name, known at preview (`components/aws/storage.py`)."""
    return tuple(base.place.bucket_name(f"{base.settings.prefix}-{store}") for store in StoreName)
