"""Loads `stacks/model/limits.yaml`: the figures that rules rest on, typed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from components.contracts import Capacity
from stacks.model.choices import Accelerator, Cloud


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(Record):
    """Machines with one accelerator: how many of it they hold, and what follows from the number."""

    counts: tuple[int, ...]
    confidential: tuple[int, ...] = ()
    shared_counts: tuple[int, ...] = ()
    shared_capacity: tuple[Capacity, ...] = ()


class Days(Record):
    days: int
    source: str


class Figures(Record):
    """Everything in `limits.yaml`, where each figure has its source beside it."""

    reserved_ranges: Mapping[Cloud, Mapping[IPv4Network, str]]
    private_ranges: tuple[IPv4Network, ...]
    accelerators: Mapping[Cloud, Mapping[Accelerator, Shape]]
    accelerator_memory_gib: Mapping[Accelerator, int]
    capacities: Mapping[Cloud, tuple[Capacity, ...]]
    spare_nodes: int
    log_retention_days: Mapping[str, Days]
    erasure: Days
    inspected_body_bytes: Mapping[Cloud, int]
    allow_days: int


@cache
def figures() -> Figures:
    """The figures, read once."""
    text = Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8")
    return Figures.model_validate(yaml.safe_load(text))


def is_private(network: IPv4Network) -> bool:
    """Whether all of a range is private address space (RFC 1918, RFC 6598)."""
    return any(network.subnet_of(private) for private in figures().private_ranges)
