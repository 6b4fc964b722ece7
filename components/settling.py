"""Values that wait until rights hold, on clouds that answer before a change of rights holds everywhere.

`settled` holds a value back until some seconds after the last of its grants was made. That happens once, in
the run that makes the grant: no preview and no later `up` waits, and meanwhile everything else goes on. Where
it takes longer still, `up` run again goes on.
"""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

from components.rehearsal import stands_in

T = TypeVar("T")

# When each grant of this run was made, by its URN, on the monotonic clock.
_made: dict[str, float] = {}


def note(args: pulumi.ResourceHookArgs) -> None:
    """Notes that a grant was made just now. The engine calls it before the program learns of the grant."""
    _made[args.urn] = time.monotonic()


def noted(name: str) -> pulumi.ResourceHookBinding:
    """The hook of a grant that something waits for with `settled`."""
    # A program that fails elsewhere takes the hook with it, which is no failure of the grant.
    options = pulumi.ResourceHookOptions(ignore_errors=True)
    return pulumi.ResourceHookBinding(after_create=[pulumi.ResourceHook(f"{name}-made", note, options)])


@dataclass(frozen=True)
class Settling:
    """How long grants of a cloud take, by its package: `gcp`. An attached provider's hold at once."""

    package: str
    seconds: int

    def settled(self, value: pulumi.Input[T], *grants: pulumi.Resource) -> pulumi.Output[T]:
        """`value`, once every grant exists and holds. A value known at preview stays known there."""

        async def wait(found: Sequence[Any]) -> T:
            ready, *urns = found
            await sleep(self._remaining(urns))
            return ready

        return pulumi.Output.all(value, *(grant.urn for grant in grants)).apply(wait)

    def _remaining(self, urns: Sequence[str]) -> float:
        """Seconds until the youngest of these grants holds."""
        ages = [time.monotonic() - _made[urn] for urn in urns if urn in _made]
        if not ages or stands_in(self.package):
            return 0
        return max(0, self.seconds - min(ages))
