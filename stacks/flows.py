"""Loads the flow table, `stacks/flows.yaml`, typed and checked.

Firewall rules of every cloud are made from `table().flows`; the isolation proof claims `table().never` and
holds everything else against `flows`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator


class Party(StrEnum):
    """An end of a flow: the five segments, what lies outside them, and the control planes."""

    EDGE = "edge"
    INFERENCE = "inference"
    TRAINING = "training"
    DATA = "data"
    OPERATIONS = "operations"
    INTERNET = "internet"
    ENTERPRISE = "enterprise"
    TRAINING_CONTROL_PLANE = "training-control-plane"
    INFERENCE_CONTROL_PLANE = "inference-control-plane"


class Entry(BaseModel):
    """Two ends and a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Party = Field(alias="from")
    destination: Party = Field(alias="to")
    why: str = Field(min_length=10)


class Never(Entry):
    """A pair of ends that must not reach each other, by any path."""


class Flow(Entry):
    """Traffic that may pass, in the direction that opens the connection. No ports means all of them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]+$")
    protocol: Literal["tcp", "udp", "all"]
    ports: tuple[int, ...] = ()
    through: Literal["waf"] | None = None

    @model_validator(mode="after")
    def _ports_match_protocol(self) -> Self:
        if (self.protocol == "all") == bool(self.ports):
            raise ValueError(f"flow {self.name}: protocol `all` has no ports, every other has some")
        if not all(1 <= port <= 65535 for port in self.ports):
            raise ValueError(f"flow {self.name}: a port is 1 to 65535")
        return self


class FlowTable(BaseModel):
    """The whole table. No flow may contradict a `never`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flows: tuple[Flow, ...]
    never: tuple[Never, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [flow.name for flow in self.flows]
        if len(set(names)) < len(names):
            raise ValueError("two flows have the same name")
        forbidden = {(never.source, never.destination) for never in self.never}
        for flow in self.flows:
            if (flow.source, flow.destination) in forbidden:
                raise ValueError(
                    f"flow {flow.name} goes from {flow.source} to {flow.destination}, which is never"
                )
        return self


@cache
def table() -> FlowTable:
    """The flow table, read once."""
    text = Path(__file__).with_name("flows.yaml").read_text(encoding="utf-8")
    return FlowTable.model_validate(yaml.safe_load(text))
