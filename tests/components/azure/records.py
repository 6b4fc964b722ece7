"""Arguments of what records, serves and judges on Azure, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pulumi

from components.azure.alerts import Alerts, AlertsArgs
from components.azure.api_keys import ApiKeys, ApiKeysArgs
from components.azure.assignments import Assignments, AssignmentsArgs
from components.azure.audit import Audit, AuditArgs
from components.azure.callers import Callers, CallersArgs
from components.azure.catalog import Catalog, CatalogArgs
from components.azure.certificates import Certificates, CertificatesArgs
from components.azure.edge import Edge, EdgeArgs, Inside
from components.azure.endpoints import Reach, zone_names
from components.azure.findings import Findings, FindingsArgs
from components.azure.foundry import FoundryArgs, FoundryModel, Sku
from components.azure.prompts import Prompts, PromptsArgs
from components.azure.secrets import Secrets, SecretsArgs
from components.azure.waf import WafArgs
from components.azure.workspace import Workspace, WorkspaceArgs
from components.contracts import Certificate, Purpose, SegmentName, Store, StoreName, Workload
from tests.components.azure.platform import LABELS, NAME, PLACE, identity, logs, seal

HOSTS = ("models.example.com", "models.eu.example.com")
INSIDE = Inside("10.64.159.254", "inside.models.example.com", 8443, "/healthz")
AUTHORITY = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def text(said: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(said)


def reach() -> Reach:
    subnet = PLACE.id("Microsoft.Network/virtualNetworks/subnets", NAME, SegmentName.DATA.value)
    zones = {zone: text(PLACE.id("Microsoft.Network/privateDnsZones", zone)) for zone in zone_names(PLACE)}
    group = PLACE.id("Microsoft.Network/applicationSecurityGroups", f"{NAME}-endpoints")
    of_models = PLACE.id("Microsoft.Network/applicationSecurityGroups", f"{NAME}-model-endpoints")
    return Reach(text(subnet), text(group), text(of_models), zones)


def audit_args(**changes: Any) -> AuditArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "logs": logs(),
        "seal": seal(Purpose.LOGS),
        "log_days": 2192,
        "labels": LABELS,
    }
    return AuditArgs(**{**given, **changes})


def waf_args(**changes: Any) -> WafArgs:
    given: dict[str, Any] = {"hosts": HOSTS, "body_bytes": 131072, "countries": ("DE", "AT"), "keys": True}
    return WafArgs(**{**given, **changes})


def edge_args(**changes: Any) -> EdgeArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "subnet": text(PLACE.id("Microsoft.Network/virtualNetworks/subnets", NAME, SegmentName.EDGE.value)),
        "certificate": Certificate(text("https://secrets.vault.azure.net/secrets/models"), HOSTS),
        "reader": text("/identities/reader"),
        "firewall": waf_args(),
        "inside": INSIDE,
        "ways": ("signed-in", "api-key"),
        "logs": logs(),
        "client_ca": AUTHORITY,
        "flood_protection": "address",
        "labels": LABELS,
    }
    return EdgeArgs(**{**given, **changes})


def alerts_args(**changes: Any) -> AlertsArgs:
    mailboxes = {"security": "security@example.com", "privacy": "privacy@example.com"}
    given: dict[str, Any] = {"place": PLACE, "logs": logs(), "mailboxes": mailboxes, "serves": True}
    return AlertsArgs(**{**given, **changes})


def findings_args(**changes: Any) -> FindingsArgs:
    given: dict[str, Any] = {"place": PLACE, "logs": logs(), "contact": "security@example.com"}
    return FindingsArgs(**{**given, **changes})


def catalog_args(**changes: Any) -> CatalogArgs:
    stores = {each: Store(each, text(f"/stores/{each}"), text(f"https://{each}")) for each in StoreName}
    given: dict[str, Any] = {"place": PLACE, "stores": stores, "logs": logs(), "purview": True}
    return CatalogArgs(**{**given, **changes})


def foundry_args(**changes: Any) -> FoundryArgs:
    models = (("chat", "gpt-5-mini", "2025-08-07"), ("embed", "text-embedding-3-large", "1"))
    given: dict[str, Any] = {
        "place": PLACE,
        "seal": seal(Purpose.MESSAGES),
        "asker": identity(Workload.INFERENCE),
        "logs": logs(),
        "reach": reach(),
        "models": tuple(
            FoundryModel(name=name, model=model, version=version, sku=Sku.ZONE_STANDARD, capacity=50)
            for name, model, version in models
        ),
        "labels": LABELS,
    }
    return FoundryArgs(**{**given, **changes})


def secrets() -> Secrets:
    return Secrets(NAME, SecretsArgs(place=PLACE, logs=logs(), labels=LABELS))


def served() -> None:
    """Everything around the edge."""
    vaults = secrets()
    server = identity(Workload.INFERENCE)
    Certificates(
        f"{NAME}-models",
        CertificatesArgs(
            place=PLACE,
            vault=vaults.certificates,
            hosts=HOSTS,
            certificate="models",
            inside_host=INSIDE.host,
            inside="inside",
            server=server,
        ),
    )
    ApiKeys(
        f"{NAME}-keys",
        ApiKeysArgs(
            place=PLACE,
            vault=vaults.keys,
            rotation_days={"batch": 30, "billing": 90},
            reader=server,
            today=date(2026, 1, 1),
        ),
    )
    Callers(
        f"{NAME}-callers",
        CallersArgs(
            place=PLACE,
            vault=vaults.keys,
            audience="00000000-0000-0000-0000-00000000000b",
            role="Models.Ask",
            reader=server,
            today=date(2026, 1, 1),
        ),
    )
    Prompts(
        f"{NAME}-prompts",
        PromptsArgs(
            place=PLACE,
            seal=seal(Purpose.MESSAGES),
            asker=server,
            logs=logs(),
            reach=reach(),
            labels=LABELS,
        ),
    )
    Edge(f"{NAME}-edge", edge_args())


def recorded() -> None:
    """Everything that records and finds."""
    Workspace(NAME, WorkspaceArgs(place=PLACE, log_days=365, labels=LABELS))
    Audit(NAME, audit_args(cluster="encrypted"))
    Alerts(NAME, alerts_args())
    Findings(NAME, findings_args())
    Catalog(NAME, catalog_args())
    Assignments(NAME, AssignmentsArgs(place=PLACE, frameworks=("gdpr", "hipaa", "iso27001")))
