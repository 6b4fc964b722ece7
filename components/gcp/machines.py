"""Machines of GKE clusters: which exist, and what a pool of them may ask for.

Guarantees: a pool that no machine can serve is refused before anything is registered, in a sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.contracts import Capacity
from components.machines import refuse_bounds, refuse_machine


class Machine(BaseModel):
    """One machine type with accelerators, as `machines.yaml` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machine: str
    local_ssds: int = 0
    compact: bool = False
    confidential: bool = False


class Accelerator(BaseModel):
    """An accelerator's name at Google, and its machines by how many of it each has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    machines: Mapping[int, Machine]


class Node(BaseModel):
    """Boot disk of a kind of nodes, and the machine where there is no choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disk_gb: int
    disk_type: str
    machine: str = ""


class Machines(BaseModel):
    """`machines.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accelerators: Mapping[str, Accelerator]
    system: Node
    gpu: Node

    @property
    def offered(self) -> Mapping[str, Collection[int]]:
        """How many of each accelerator machines have."""
        return {name: kind.machines.keys() for name, kind in self.accelerators.items()}


@cache
def machines() -> Machines:
    """The machines of `machines.yaml`."""
    text = Path(__file__).with_name("machines.yaml").read_text(encoding="utf-8")
    return Machines.model_validate(yaml.safe_load(text))


class GpuPoolArgs(BaseModel):
    """GPU machines of one kind. Counts are nodes over all zones; from zero, so that idle costs nothing.

    `capacity` is how they are bought; `reservation` is a reservation's name, with capacity `reservation`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accelerator: str
    per_node: int
    min_nodes: int = Field(default=0, ge=0)
    max_nodes: int = Field(default=1, ge=1)
    capacity: Capacity = Capacity.ON_DEMAND
    reservation: str | None = None
    confidential: bool = False

    @model_validator(mode="after")
    def _exists(self) -> Self:
        refuse_machine(machines().offered, self.accelerator, self.per_node)
        if self.confidential and not self.machine.confidential:
            raise ValueError(
                f"{self.machine.machine} does not encrypt memory in use; write confidential: false"
            )
        if self.capacity is Capacity.BLOCK:
            raise ValueError("Google Cloud does not sell blocks; write reservation, or another capacity")
        if self.capacity.reserved != (self.reservation is not None):
            raise ValueError(
                "a reservation's name and capacity `reservation` go together; write both or neither"
            )
        refuse_bounds(self.min_nodes, self.max_nodes)
        return self

    @property
    def kind(self) -> Accelerator:
        return machines().accelerators[self.accelerator]

    @property
    def machine(self) -> Machine:
        return self.kind.machines[self.per_node]

    @property
    def key(self) -> str:
        """What tells this pool from others: `h100x8-spot`."""
        return f"{self.accelerator}x{self.per_node}-{self.capacity}" + ("-tdx" if self.confidential else "")

    @property
    def compact(self) -> bool:
        """Nodes close together, for collectives: where there is more than one, bought without conditions."""
        return self.machine.compact and self.max_nodes > 1 and self.capacity is Capacity.ON_DEMAND
