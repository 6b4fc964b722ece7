"""Values that wait: an output that resolves only after the resources that make it safe to use exist."""

from __future__ import annotations

from typing import TypeVar

import pulumi

T = TypeVar("T")


def after(value: pulumi.Input[T], *guards: pulumi.Resource) -> pulumi.Output[T]:
    """`value`, once every guard exists.

    Guards are waited for by their URN, which is known at preview: a value known there stays known.
    """
    waited: pulumi.Output[list[object]] = pulumi.Output.all(*(guard.urn for guard in guards))
    return pulumi.Output.all(pulumi.Output.from_input(value), waited).apply(lambda pair: pair[0])
