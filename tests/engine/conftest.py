"""Stacks of this project in the shared rehearsal, or in one of their own where a test breaks it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.session import Session, temporary
from tools import commands
from tools.engine import Engine
from tools.stack import ROOT, Stack, stack_settings

MakeStack = Callable[..., Stack]
Typed = Callable[[Callable[[], int]], str]
LAST_LINES = 60
KEPT_BY_DESIGN = {"gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey", "gcp:projects/service:Service"}


@pytest.fixture
def make_stack(rehearsal: Session) -> MakeStack:
    """A configured stack: `make_stack("name")` is gcp-dev, in a cloud project of that name.

    `change` edits the settings in place. A project of its own keeps names apart that are unique in a project.
    """

    def make(
        name: str,
        change: Callable[[dict[str, Any]], None] | None = None,
        program: Path = ROOT,
        session: Session = rehearsal,
    ) -> Stack:
        settings = stack_settings("gcp-dev")
        settings["config"]["palisade:google"]["project"] = f"palisade-{name}"
        if change:
            change(settings["config"])
        stack = Stack(name, session, program)
        stack.configure(settings)
        return stack

    return make


@pytest.fixture
def saved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs save their state at their end, and not before and after each step, which takes most of their time.

    Not for tests in which a run dies: what it did until then is found in the state (test_faults.py).
    """
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")


@pytest.fixture
def typed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    saved_once: None,
) -> Typed:
    """Runs a command of the Makefile in a rehearsal of its own; what it prints."""
    monkeypatch.setattr(commands, "REHEARSAL", tmp_path)

    def run(command: Callable[[], int]) -> str:
        status = command()
        streams = capfd.readouterr()
        # A run prints thousands of lines; what went wrong is in the last ones.
        ends = [line for stream in streams for line in ("...", *stream.splitlines()[-LAST_LINES:])]
        assert status == 0, "\n".join(ends)
        return "\n".join(streams)

    return run


@pytest.fixture
def own_rehearsal(engine: Engine) -> Generator[Session]:
    """A rehearsed cloud for one test only."""
    with temporary() as session:
        yield session


def one_line(text: str) -> str:
    """Pulumi's output without line breaks and colours, for sentences that it wraps."""
    return re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m", "", text))


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that were started with something in the folder."""
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if f"{folder}/clusters" in line]
