"""Progress of long work as lines of text, at steady intervals even while no step is finished."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from tools.gobuild.errors import Log

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Counts steps of one kind while its `with` block runs: `  packages compiled: 812 of 1685 (95 s)`."""

    def __init__(self, what: str, log: Log, total: int | None = None) -> None:
        self._what = what
        self._log = log
        self._of = f" of {total}" if total is not None else ""
        self._count = 0
        self._done = threading.Event()
        self._teller = threading.Thread(target=self._tell_until_done, daemon=True)

    def __enter__(self) -> Progress:
        self._started = time.monotonic()
        self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._teller.join()
        if error is None and self._count:
            self._tell()

    def step(self) -> None:
        self._count += 1

    def _tell_until_done(self) -> None:
        while not self._done.wait(SECONDS_BETWEEN_LINES):
            self._tell()

    def _tell(self) -> None:
        seconds = time.monotonic() - self._started
        self._log(f"  {self._what}: {self._count}{self._of} ({seconds:.0f} s)")
