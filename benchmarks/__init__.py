"""Measures, always as ratios within one run: the machine may be busy, both sides then suffer alike."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from subprocess import CompletedProcess

Preview = Callable[[], CompletedProcess[str]]


def measure(kinds: Mapping[str, Preview], rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind, round by round, after one round that only fills the caches."""
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(rounds + 1):
        for kind, preview in kinds.items():
            print(f"\rround {turn} of {rounds}: {kind:<9}", end="", file=sys.stderr, flush=True)
            started = time.perf_counter()
            done(preview())
            if turn:
                seconds[kind].append(time.perf_counter() - started)
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return seconds


def done(run: CompletedProcess[str]) -> None:
    """Go on only after a run that did what it should."""
    if run.returncode:
        sys.exit(f"a run failed, so nothing was measured:\n{run.stdout}")
