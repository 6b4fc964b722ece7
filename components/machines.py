"""What no cloud's group of GPU machines may ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def refuse_machine(offered: Mapping[str, Collection[int]], accelerator: str, per_node: int) -> None:
    """Raises ValueError: there is no such accelerator, or no machine with so many.

    `offered` are the numbers that machines have of each accelerator.
    """
    if accelerator not in offered:
        raise ValueError(f"no accelerator {accelerator}; write one of {', '.join(offered)}")
    if per_node not in offered[accelerator]:
        counts = ", ".join(str(count) for count in offered[accelerator])
        raise ValueError(f"no machine has {per_node} {accelerator}; write one of {counts}")


def refuse_bounds(min_nodes: int, max_nodes: int) -> None:
    """Raises ValueError: the most nodes are fewer than the least."""
    if max_nodes < min_nodes:
        raise ValueError(f"max_nodes {max_nodes} is below min_nodes {min_nodes}")
