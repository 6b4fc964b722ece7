"""A small Pulumi project in a folder, and Pulumi commands in it."""

from __future__ import annotations

import json
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STACK = "dev"
SECONDS_TO_APPEAR = 30.0
# What the engine itself allows a plugin.
SECONDS_TO_END = 5.0


@dataclass(frozen=True)
class Project:
    """A project folder, and Pulumi commands in it."""

    folder: Path
    pulumi: Path
    environment: Mapping[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(content))
        return path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command that must end with `code`. Returns stdout and stderr as a user sees them."""
        done = subprocess.run(
            [self.pulumi, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.run("stack", "output", "--json", "--show-secrets"))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a session of its own, as a terminal does. `end` ends it at the latest."""
        process = subprocess.Popen(
            [self.pulumi, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


# `make_project(program, name=..., settings=..., entry=...)`
MakeProject = Callable[..., Project]


def wait_for(path: Path) -> str:
    """The content of a file that a running program writes, once it is there in whole."""
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def interrupt(process: subprocess.Popen[str]) -> str:
    """Interrupt a command once and return all it printed."""
    process.send_signal(signal.SIGINT)
    output, _nothing = process.communicate(timeout=60)
    return output


def assert_gone(processes: list[int]) -> None:
    """All of them end soon."""
    deadline = time.monotonic() + SECONDS_TO_END
    while any(exists(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [process for process in processes if exists(process)] == []


def exists(process: int) -> bool:
    """Whether a process runs. One that has ended but was not waited for yet (state Z) does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return state.stdout.strip()[:1] not in ("", "Z")
