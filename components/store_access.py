"""Loads `store_access.yaml`: who may do what in which store, for every cloud to grant in its own words."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Purpose, StoreName, Workload

# Which key protects a store.
PURPOSE_OF = {
    StoreName.DATASETS: Purpose.DATA,
    StoreName.MODELS: Purpose.MODELS,
    StoreName.OUTPUTS: Purpose.DATA,
}


class Right(StrEnum):
    """What a workload may do with a store's objects. There is no right to delete or overwrite."""

    READ = "read"
    ADD = "add"


class Access(BaseModel):
    """One right of one workload in one store, on all objects or on those under a prefix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workload: Workload
    store: StoreName
    right: Right = Field(alias="may")
    under: str | None = Field(default=None, pattern=r"^[a-z]+/$")


@cache
def table() -> tuple[Access, ...]:
    """Every right there is."""
    text = Path(__file__).with_name("store_access.yaml").read_text(encoding="utf-8")
    return tuple(Access.model_validate(entry) for entry in yaml.safe_load(text)["access"])
