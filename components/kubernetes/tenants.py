"""Loads `tenants.yaml`: the namespaces of a cluster, what they may use and whom they may talk to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict


class Role(StrEnum):
    """What a cluster is for."""

    TRAINING = "training"
    INFERENCE = "inference"


class Allow(StrEnum):
    """A flow that a namespace's pods may have; `network_policies.py` says what each opens."""

    NAMES = "names"
    CREDENTIALS = "credentials"
    PRIVATE_APIS = "private-apis"
    API_SERVER = "api-server"
    WEBHOOKS = "webhooks"
    COLLECTIVES = "collectives"
    GATEWAY = "gateway"
    MEASURED = "measured"
    MEASURES = "measures"


class Quota(BaseModel):
    """Requests of all pods of a namespace together, as Kubernetes quantities."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu: str
    memory: str
    pods: int


class Tenant(BaseModel):
    """One namespace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clusters: tuple[Role, ...]
    level: Literal["restricted", "privileged"]
    workloads: bool
    gpus: bool
    quota: Quota
    allows: tuple[Allow, ...]
    controllers: bool = False


@cache
def tenants() -> Mapping[str, Tenant]:
    """Every namespace, by name."""
    text = Path(__file__).with_name("tenants.yaml").read_text(encoding="utf-8")
    return {name: Tenant.model_validate(entry) for name, entry in yaml.safe_load(text)["tenants"].items()}


def tenants_of(role: Role, *, controllers: bool = False) -> Mapping[str, Tenant]:
    """The namespaces of one kind of cluster, and whether it runs the cloud's controllers itself."""
    return {
        name: tenant
        for name, tenant in tenants().items()
        if role in tenant.clusters and (controllers or not tenant.controllers)
    }
