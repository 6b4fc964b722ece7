"""Waits for a program's registrations in one go, as the last thing that the program does.

Left alone, the SDK begins by waiting for outputs: for the first of them all to be known, then for the first
of the rest, and so on. A stack of 800 resources has 18,000, and each turn puts a callback on every one and
takes it off again (docs/adr/0019-registrations-before-outputs.md). Once the registrations are through, hardly
any output is left.

Changes no outcome: what fails is raised by the SDK's own wait, which follows.
"""

from __future__ import annotations

import asyncio
from typing import cast

from pulumi.runtime.settings import _get_rpc_manager  # pyright: ignore[reportPrivateUsage] (no public name)


async def registered() -> None:
    """Return when no registration is under way, those that others have brought about included."""
    started = cast("list[asyncio.Future[object]]", _get_rpc_manager().rpcs)
    await asyncio.sleep(0)
    while under_way := [one for one in started if not one.done()]:
        await asyncio.wait(under_way)
        await asyncio.sleep(0)
