"""Machines of EKS clusters: which exist, and what a group of them may ask for.

Guarantees: a group that no machine can serve is refused before anything is registered, in a sentence.
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
    efa_cards: int = 0


class Accelerator(BaseModel):
    """An accelerator's machines by how many of it each has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machines: Mapping[int, Machine]


class Node(BaseModel):
    """Boot disk of a kind of nodes, and the machine where there is no choice."""

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


class GpuGroupArgs(BaseModel):
    """GPU machines of one kind. Counts are nodes over all zones; from zero, so that idle costs nothing.

    `capacity` is how they are bought. `reservation` is the id of a capacity reservation (`cr-…`), with
    capacity `reservation` (paid whether used or not) or `block` (a capacity block, bought for days). It
    holds in one zone, the stack's first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accelerator: str
    per_node: int
    min_nodes: int = Field(default=0, ge=0)
    max_nodes: int = Field(default=1, ge=1)
    capacity: Capacity = Capacity.ON_DEMAND
    reservation: str | None = Field(default=None, pattern=r"^cr-[0-9a-f]{8,17}$")

    @model_validator(mode="after")
    def _exists(self) -> Self:
        refuse_machine(machines().offered, self.accelerator, self.per_node)
        if self.capacity is Capacity.FLEX_START:
            raise ValueError("AWS does not sell machines as flex-start; write block, or another capacity")
        if self.capacity.reserved != (self.reservation is not None):
            raise ValueError(
                "a reservation's id and capacity `reservation` or `block` go together; write both or neither"
            )
        refuse_bounds(self.min_nodes, self.max_nodes)
        return self

    @property
    def machine(self) -> Machine:
        return machines().accelerators[self.accelerator].machines[self.per_node]

    @property
    def key(self) -> str:
        """What tells this group from others: `h100x8-spot`."""
        return f"{self.accelerator}x{self.per_node}-{self.capacity}"

    @property
    def compact(self) -> bool:
        """Nodes close together, for collectives. A capacity block is close together by itself."""
        return self.machine.efa_cards > 1 and self.max_nodes > 1 and self.capacity is not Capacity.BLOCK

    @property
    def one_zone(self) -> bool:
        """Whether its machines can be in one zone only."""
        return self.compact or self.reservation is not None
