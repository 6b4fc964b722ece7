"""What the tests of the edge's components are built from: arguments with changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pulumi

from components.contracts import (
    Backend,
    Certificate,
    Network,
    Purpose,
    Segment,
    SegmentName,
    SigningKey,
    Workload,
)
from components.gcp.api_keys import ApiKeysArgs
from components.gcp.armor import ArmorArgs
from components.gcp.authority import PrivateAuthorityArgs
from components.gcp.certificates import CertificatesArgs
from components.gcp.edge import EdgeArgs
from components.gcp.prompts import PromptsArgs
from tests.components.gcp.platform import PROJECT, REGION, identity, key

HOSTS = ("models.example.com", "chat.example.com")


def text(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def firewall_args(**changes: Any) -> ArmorArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "hosts": HOSTS,
        "body_bytes": 32768,
        "requests_per_minute": 60,
        "enterprise": True,
    }
    return ArmorArgs(**{**given, **changes})


def edge_args(**changes: Any) -> EdgeArgs:
    group = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/zones/{REGION}-a/networkEndpointGroups/models"
    given: dict[str, Any] = {
        "project": PROJECT,
        "backend": Backend({f"{REGION}-a": text(group)}, 8443, "/healthz"),
        "certificate": Certificate(text("//certificatemanager.googleapis.com/map"), HOSTS),
        "firewall": firewall_args(),
        "callers": ("group:apps@example.com",),
        "client_ca": "-----BEGIN CERTIFICATE-----",
        "api_keys": True,
    }
    return EdgeArgs(**{**given, **changes})


def certificates_args(**changes: Any) -> CertificatesArgs:
    given: dict[str, Any] = {"project": PROJECT, "hosts": HOSTS, "channels": [text("channel")]}
    return CertificatesArgs(**{**given, **changes})


def authority_args(**changes: Any) -> PrivateAuthorityArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "key": SigningKey(text("authority"), text("authority/cryptoKeyVersions/1"), text("pem")),
        "organization": "Acme",
        "trust_domain": "prod.acme.example",
        "requesters": ("group:apps@example.com",),
    }
    return PrivateAuthorityArgs(**{**given, **changes})


def api_keys_args(**changes: Any) -> ApiKeysArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "rotation_days": {"batch": 30},
        "reader": identity(Workload.INFERENCE),
        "secrets_key": key(Purpose.SECRETS),
        "messages_key": key(Purpose.MESSAGES),
        "today": date(2026, 12, 1),
    }
    return ApiKeysArgs(**{**given, **changes})


def prompts_args(**changes: Any) -> PromptsArgs:
    data = Segment(SegmentName.DATA, (text("subnet-data"),), "10.64.200.0/21")
    given: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "network": Network(text("network"), {SegmentName.DATA: data}),
        "asker": identity(Workload.INFERENCE),
    }
    return PromptsArgs(**{**given, **changes})
