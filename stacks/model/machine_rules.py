"""Machines with accelerators: they exist on the cloud, and can be bought the way that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from stacks.model.limits import figures
from stacks.model.problems import Problem
from stacks.model.sections import Inference, Training

if TYPE_CHECKING:
    from stacks.settings import Settings


def machines(
    settings: Settings, section: str, ask: Training | Inference, *, confidential: bool = False
) -> Iterator[Problem]:
    """What is wrong with the machines that `section` asks for, which has an accelerator."""
    if ask.capacity.reserved != (ask.reservation is not None):
        yield Problem(
            f"{section}.reservation",
            "a reservation's name and `capacity: reservation` go together",
            "both of them, or neither",
        )
    if ask.capacity not in (sold := figures().capacities[settings.cloud]):
        yield Problem(
            f"{section}.capacity",
            f"{settings.cloud} does not sell accelerators as {ask.capacity}",
            _one_of(sold),
        )
        return
    shapes = figures().accelerators[settings.cloud]
    shape = shapes.get(ask.accelerator)
    if shape is None:
        yield Problem(f"{section}.accelerator", f"{settings.cloud} has no {ask.accelerator}", _one_of(shapes))
        return
    count = ask.accelerators_per_node
    if count not in shape.counts:
        yield Problem(
            f"{section}.accelerators_per_node",
            f"{settings.cloud} has no machine with {count} {ask.accelerator}",
            _one_of(shape.counts),
        )
    elif confidential and count not in shape.confidential:
        yield from _confidential(settings, section, ask)
    elif count in shape.shared_counts and ask.capacity not in shape.shared_capacity:
        yield Problem(
            f"{section}.capacity",
            f"{settings.cloud} does not sell machines with {count} {ask.accelerator} as {ask.capacity}",
            _one_of(shape.shared_capacity),
        )


def _confidential(settings: Settings, section: str, ask: Training | Inference) -> Iterator[Problem]:
    ways = [
        f"accelerator {name} with accelerators_per_node {count}"
        for name, shape in figures().accelerators[settings.cloud].items()
        for count in shape.confidential
    ]
    yield Problem(
        f"{section}.confidential",
        f"{ask.accelerators_per_node} {ask.accelerator} on {settings.cloud} do not encrypt memory in use",
        " or ".join([*ways, "false"]),
    )


def _one_of(values: Iterable[object]) -> str:
    return "one of " + ", ".join(f"`{value}`" for value in values)
