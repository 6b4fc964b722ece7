"""Progress of long work as lines of text, not more often than a reader needs them."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Counts steps of one kind and says how far it is: `  812 of 1686 packages compiled (95 s)`."""

    def __init__(self, what: str, log: Callable[[str], None], total: int | None = None) -> None:
        self._what = what
        self._log = log
        self._total = total
        self._count = 0
        self._started = self._said = time.monotonic()

    def step(self) -> None:
        """Count one, and say so if the last line is old enough or this was the last step."""
        self._count += 1
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES or self._count == self._total:
            self._said = now
            of = f" of {self._total}" if self._total else ""
            self._log(f"  {self._count}{of} {self._what} ({now - self._started:.0f} s)")
