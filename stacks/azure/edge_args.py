"""Arguments of the edge and of what stands around it, from a stack's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pulumi

from components.azure.api_keys import ApiKeysArgs
from components.azure.callers import CallersArgs
from components.azure.certificates import CertificatesArgs
from components.azure.edge import EdgeArgs, Inside
from components.azure.endpoints import Reach
from components.azure.foundry import FoundryArgs, FoundryModel, Sku
from components.azure.prompts import PromptsArgs
from components.azure.secrets import Secrets, SecretsArgs
from components.azure.waf import WafArgs
from components.contracts import Certificate, Purpose, Workload
from components.kubernetes import gateway
from stacks.azure.base import Base, azure
from stacks.azure.workloads import answering_address
from stacks.model.sections import Inference


def secrets(base: Base) -> SecretsArgs:
    settings = base.settings
    return SecretsArgs(
        place=base.place,
        logs=base.logs,
        recover=azure(settings).recover_vault,
        labels=settings.all_labels,
        # In development too: a vault that is deleted keeps its name for 90 days.
        protected=settings.protected,
    )


def certificates(base: Base, asked: Inference, vaults: Secrets) -> CertificatesArgs | None:
    """Nothing as long as nobody has asked the vault for them."""
    given = azure(base.settings)
    if given.certificates is None:
        return None
    return CertificatesArgs(
        place=base.place,
        vault=vaults.certificates,
        hosts=asked.hosts,
        certificate=given.certificates.hosts,
        inside_host=inside_host(base),
        inside=given.certificates.inside,
        server=base.identities[Workload.INFERENCE],
        labels=base.settings.all_labels,
    )


def inside_host(base: Base) -> str:
    """By which name the edge asks pods, which the settings' own rules require."""
    host = azure(base.settings).inside_host
    assert host is not None
    return host


def callers(base: Base, vaults: Secrets) -> CallersArgs:
    given = azure(base.settings).callers
    assert given is not None
    return CallersArgs(
        place=base.place,
        vault=vaults.keys,
        audience=given.audience,
        role=given.role,
        issuer=given.issuer,
        reader=base.identities[Workload.INFERENCE],
        today=datetime.now(UTC).date(),
        labels=base.settings.all_labels,
    )


def api_keys(base: Base, asked: Inference, vaults: Secrets) -> ApiKeysArgs:
    return ApiKeysArgs(
        place=base.place,
        vault=vaults.keys,
        rotation_days={key.name: key.rotation_days for key in asked.access.api_keys},
        reader=base.identities[Workload.INFERENCE],
        today=datetime.now(UTC).date(),
        labels=base.settings.all_labels,
    )


def prompts(base: Base, reach: Reach) -> PromptsArgs:
    return PromptsArgs(**_ai_account(base, reach))


def foundry(base: Base, reach: Reach) -> FoundryArgs | None:
    """Nothing where the stack file names no models of Azure's."""
    given = azure(base.settings).foundry
    if given is None:
        return None
    return FoundryArgs(
        **_ai_account(base, reach),
        models=tuple(
            FoundryModel(
                name=each.name,
                model=each.model,
                version=each.version,
                sku=Sku(each.sku),
                capacity=each.capacity,
            )
            for each in given.models
        ),
    )


def _ai_account(base: Base, reach: Reach) -> dict[str, Any]:
    return {
        "place": base.place,
        "seal": base.seals[Purpose.MESSAGES],
        "asker": base.identities[Workload.INFERENCE],
        "logs": base.logs,
        "reach": reach,
        "labels": base.settings.all_labels,
    }


@dataclass(frozen=True)
class Known:
    """By what the edge is known: its certificate, and who reads it."""

    certificate: Certificate
    reader: pulumi.Output[str]


def edge(base: Base, asked: Inference, subnet: pulumi.Output[str], known: Known) -> EdgeArgs:
    given, table = azure(base.settings), gateway.table()
    return EdgeArgs(
        place=base.place,
        subnet=subnet,
        certificate=known.certificate,
        reader=known.reader,
        firewall=_firewall(base, asked),
        inside=Inside(answering_address(base.settings), inside_host(base), gateway.PORT, table.health_path),
        ways=(table.signed_in, table.api_key),
        logs=base.logs,
        client_ca=asked.access.client_ca,
        flood_protection=given.flood_plan or given.flood_protection,
        labels=base.settings.all_labels,
        protected=base.settings.protects_clusters,
    )


def _firewall(base: Base, asked: Inference) -> WafArgs:
    return WafArgs(
        hosts=asked.hosts,
        body_bytes=asked.limits.body_bytes,
        countries=azure(base.settings).countries,
        keys=bool(asked.access.api_keys),
    )
