"""The GPU machines that a stack asks for, as arguments of each cloud's own pools."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from stacks.model.choices import Accelerator
from stacks.model.sections import Inference, Training

P = TypeVar("P")


def training_pools(asked: Training, pool: Callable[..., P], **more: bool) -> tuple[P, ...]:
    """One pool, or none without an accelerator. `more` is what only this cloud's pools are told."""
    if asked.accelerator is Accelerator.NONE:
        return ()
    made = pool(
        accelerator=asked.accelerator.value,
        per_node=asked.accelerators_per_node,
        min_nodes=asked.nodes.min,
        max_nodes=asked.nodes.max,
        capacity=asked.capacity,
        reservation=asked.reservation,
        **more,
    )
    return (made,)


def answering_pool(asked: Inference, pool: Callable[..., P]) -> P:
    """One node for each model server, and one more while a new version takes over."""
    return pool(
        accelerator=asked.accelerator.value,
        per_node=asked.accelerators_per_node,
        min_nodes=asked.replicas.min,
        max_nodes=asked.replicas.max + 1,
        capacity=asked.capacity,
        reservation=asked.reservation,
    )
