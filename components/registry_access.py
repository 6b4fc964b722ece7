"""Loads `registry_access.yaml`: who may do what in which repository, on every cloud."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Workload
from components.store_access import Right


class Repository(StrEnum):
    """What a repository holds."""

    IMAGES = "images"
    CHARTS = "charts"
    MODELS = "models"


class Access(BaseModel):
    """One right of one workload in one repository."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workload: Workload
    repository: Repository
    right: Right = Field(alias="may")


@cache
def table() -> tuple[Access, ...]:
    """Every right there is."""
    text = Path(__file__).with_name("registry_access.yaml").read_text(encoding="utf-8")
    return tuple(Access.model_validate(entry) for entry in yaml.safe_load(text)["access"])
