"""Arguments of the edge and of what stands around it, from a stack's settings."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.aws.api_keys import ApiKeysArgs
from components.aws.authority import PrivateAuthorityArgs
from components.aws.callers import CallersArgs, Issuer
from components.aws.certificates import CertificatesArgs
from components.aws.edge import EdgeArgs
from components.aws.network import Placement
from components.aws.prompts import PromptsArgs
from components.aws.topic import Channel
from components.aws.trust import TrustArgs
from components.aws.waf import WafArgs
from components.contracts import Certificate, Purpose, Workload
from components.kubernetes import gateway
from stacks.aws.base import Base, amazon
from stacks.model.sections import Inference


def certificates(base: Base, asked: Inference, topic: pulumi.Output[str]) -> CertificatesArgs:
    return CertificatesArgs(
        hosts=asked.hosts,
        topic=topic,
        public_zone=amazon(base.settings).public_zone,
        labels=base.settings.all_labels,
    )


def authority(base: Base) -> PrivateAuthorityArgs:
    settings = base.settings
    return PrivateAuthorityArgs(
        place=base.place,
        organization=settings.name,
        labels=settings.all_labels,
        protected=settings.protects_clusters,
    )


def trust(base: Base, certificates: str | pulumi.Output[str], access_logs: pulumi.Output[str]) -> TrustArgs:
    return TrustArgs(
        place=base.place,
        certificates=certificates,
        key=base.keys[Purpose.SECRETS],
        access_logs=access_logs,
        labels=base.settings.all_labels,
        torn_down=base.settings.teardown is not None,
    )


def callers(base: Base) -> CallersArgs:
    settings = base.settings
    return CallersArgs(
        place=base.place,
        names=amazon(settings).callers,
        labels=settings.all_labels,
        protected=settings.protects_clusters,
    )


def api_keys(base: Base, asked: Inference, channel: Channel) -> ApiKeysArgs:
    return ApiKeysArgs(
        place=base.place,
        rotation_days={key.name: key.rotation_days for key in asked.access.api_keys},
        reader=base.identities[Workload.INFERENCE],
        key=base.keys[Purpose.SECRETS],
        channel=channel,
        labels=base.settings.all_labels,
    )


def prompts(base: Base) -> PromptsArgs:
    return PromptsArgs(
        place=base.place,
        key=base.keys[Purpose.SECRETS],
        asker=base.identities[Workload.INFERENCE],
        labels=base.settings.all_labels,
    )


@dataclass(frozen=True)
class Known:
    """By what the edge is known and knows others: its certificate, the issuer, and authorities if any."""

    certificate: Certificate
    issuer: Issuer
    trust_store: pulumi.Output[str] | None


def edge(base: Base, asked: Inference, placement: Placement, known: Known) -> EdgeArgs:
    return EdgeArgs(
        place=base.place,
        placement=placement,
        certificate=known.certificate,
        firewall=_firewall(base, asked),
        issuer=known.issuer,
        port=gateway.PORT,
        health_path=gateway.table().health_path,
        trust_store=known.trust_store,
        shield=amazon(base.settings).shield,
        labels=base.settings.all_labels,
        protected=base.settings.protects_clusters,
    )


def _firewall(base: Base, asked: Inference) -> WafArgs:
    known = gateway.table()
    return WafArgs(
        hosts=asked.hosts,
        body_bytes=asked.limits.body_bytes,
        requests_per_minute=asked.limits.requests_per_minute,
        countries=amazon(base.settings).countries,
        keys=bool(asked.access.api_keys),
        ways=(known.signed_in, known.api_key),
        logs_key=base.keys[Purpose.LOGS],
        log_days=base.settings.retention.logs_days,
    )
