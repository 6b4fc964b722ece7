"""Machines of AKS clusters: which exist, and what a pool of them may ask for.

Guarantees: a pool that no machine can serve is refused before anything is registered, in a sentence.

Leaves out: machines that encrypt the memory of CPU and GPU (NCC H100 v5). AKS installs no driver on them; it
would be NVIDIA's GPU operator, which this platform does not run (docs/adr/0017).
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

# What a pool's name ends with: it takes 12 characters, and no hyphen.
# Source: learn.microsoft.com/azure/aks/create-node-pools#limitations.
SHORT = {Capacity.ON_DEMAND: "od", Capacity.SPOT: "spot", Capacity.RESERVATION: "res"}
RESERVATION = (
    r"^/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]+/providers/Microsoft\.Compute"
    r"/capacityReservationGroups/[\w.-]+$"
)


class Machine(BaseModel):
    """One size with accelerators, as `machines.yaml` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machine: str


class Accelerator(BaseModel):
    """An accelerator's machines by how many of it each has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machines: Mapping[int, Machine]


class Node(BaseModel):
    """Boot disk of a kind of nodes, and the size where there is no choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disk_gb: int
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

    `capacity` is how they are bought. `reservation` is the id of a capacity reservation group, with capacity
    `reservation` (paid whether used or not).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accelerator: str
    per_node: int
    min_nodes: int = Field(default=0, ge=0)
    max_nodes: int = Field(default=1, ge=1)
    capacity: Capacity = Capacity.ON_DEMAND
    reservation: str | None = Field(default=None, pattern=RESERVATION)

    @model_validator(mode="after")
    def _exists(self) -> Self:
        refuse_machine(machines().offered, self.accelerator, self.per_node)
        if self.capacity not in SHORT:
            raise ValueError(
                f"Azure does not sell machines as {self.capacity}; write one of {', '.join(SHORT)}"
            )
        if self.capacity.reserved != (self.reservation is not None):
            raise ValueError(
                "a reservation group's id and capacity `reservation` go together; write both or neither"
            )
        refuse_bounds(self.min_nodes, self.max_nodes)
        return self

    @property
    def machine(self) -> str:
        return machines().accelerators[self.accelerator].machines[self.per_node].machine

    @property
    def key(self) -> str:
        """What tells this pool from others, which is its name in the cluster: `h100x8spot`."""
        return f"{self.accelerator}x{self.per_node}{SHORT[self.capacity]}"
