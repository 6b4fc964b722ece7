"""Arguments of what records, finds and tells, and of the catalogue, from a stack's settings."""

from __future__ import annotations

from collections.abc import Mapping

from components.azure.alerts import AlertsArgs
from components.azure.assignments import AssignmentsArgs
from components.azure.audit import AuditArgs
from components.azure.catalog import CatalogArgs, Facts
from components.azure.findings import FindingsArgs
from components.azure.workspace import WorkspaceArgs
from components.contracts import Purpose, Store, StoreName
from stacks.azure.base import Base, azure, place
from stacks.settings import Settings


def workspace(settings: Settings) -> WorkspaceArgs:
    return WorkspaceArgs(
        place=place(settings),
        log_days=settings.retention.logs_days,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
    )


def audit(base: Base) -> AuditArgs:
    settings, given = base.settings, azure(base.settings)
    return AuditArgs(
        place=base.place,
        logs=base.logs,
        seal=base.seals[Purpose.LOGS],
        log_days=settings.retention.logs_days,
        activities=given.activity_log == "own",
        cluster=given.log_cluster,
        lock=settings.teardown is None,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
    )


def alerts(base: Base) -> AlertsArgs:
    settings = base.settings
    contacts = settings.contacts.model_dump()
    return AlertsArgs(
        place=base.place,
        logs=base.logs,
        mailboxes={whose: address for whose, address in contacts.items() if address},
        serves=settings.inference is not None,
        labels=settings.all_labels,
    )


def findings(base: Base) -> FindingsArgs:
    return FindingsArgs(
        place=base.place,
        logs=base.logs,
        contact=base.settings.contacts.security,
        plans=azure(base.settings).defender == "own",
        labels=base.settings.all_labels,
    )


def assignments(base: Base) -> AssignmentsArgs:
    frameworks = tuple(framework.value for framework in base.settings.frameworks)
    return AssignmentsArgs(place=base.place, frameworks=frameworks)


def catalog(base: Base, stores: Mapping[StoreName, Store]) -> CatalogArgs:
    settings = base.settings
    return CatalogArgs(
        place=base.place,
        stores=stores,
        logs=base.logs,
        purview=azure(settings).purview,
        existing=azure(settings).purview_account,
        labels=settings.all_labels,
        protected=settings.holds_valuable_data,
    )


def facts(settings: Settings) -> Facts:
    """What every store's entry states."""
    return Facts(
        classification=settings.data.classification.value,
        retention_days=settings.data.retention_days + settings.data.soft_delete_days,
        lawful_basis=settings.data.lawful_basis.value,
        purpose=settings.data.purpose,
        owner=settings.contacts.privacy or settings.contacts.security,
    )
