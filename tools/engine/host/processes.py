"""The processes a host has started: programs, policy packs, plugins. None outlives the host.

The engine puts the host at the head of a process group of its own and interrupts that group to stop it.
Children run with that interrupt blocked, or each would print a traceback into the user's preview; the host
ends them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

# The engine kills a host that has not ended five seconds after its interrupt; both waits fit into that.
SECONDS_TO_END = 2.0
SECONDS_TO_DIE = 1.0


class Stopped(Exception):
    """The host is ending and starts nothing more."""


class Processes:
    """Starts and ends child processes; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @property
    def stopped(self) -> bool:
        return self._stopped

    def start(
        self,
        command: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        output: IO[bytes] | int | None = None,
        errors: IO[bytes] | int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start `command` in `folder`. Without `output` and `errors` it writes where the host writes.

        Raises Stopped after `stop_all`, and OSError if the command cannot be started.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            # The child inherits the calling thread's mask.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self._running.add(process)
            return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for one process to end by itself or by `stop`. Returns its exit code, below zero for
        a signal.
        """
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End one process, forcibly if it does not listen."""
        process.terminate()
        _kill_after(SECONDS_TO_END, [process])

    def stop_all(self) -> None:
        """End every process; nothing can be started afterwards."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.terminate()
        _kill_after(SECONDS_TO_END, running)


def stop_group() -> None:
    """End what the children have started in turn and left behind. Only for a host that ends itself next."""
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)


def _kill_after(seconds: float, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS_TO_DIE)
