"""Runs Python plugins and streams their output to the engine, which reads the port they serve on from it."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.engine.host import interpreter
from tools.engine.host.interpreter import Unusable
from tools.engine.host.processes import Processes
from tools.engine.host.protocol import language_pb2


@dataclass
class Output:
    """What a plugin writes, in order, until it ends: the answers of one `RunPlugin` call."""

    _answers: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = field(
        default_factory=queue.SimpleQueue
    )

    def stdout(self, content: bytes) -> None:
        self._answers.put(language_pb2.RunPluginResponse(stdout=content))

    def stderr(self, content: bytes) -> None:
        self._answers.put(language_pb2.RunPluginResponse(stderr=content))

    def end(self, code: int | None = None) -> None:
        """Nothing follows. `code` is the plugin's exit code, None if nobody listens any more."""
        if code is not None:
            self._answers.put(language_pb2.RunPluginResponse(exitcode=code))
        self._answers.put(None)

    def __iter__(self) -> Iterator[language_pb2.RunPluginResponse]:
        return iter(self._answers.get, None)


class Plugin:
    """One plugin process whose output goes into an `Output`. Raises what `Processes.start` raises."""

    def __init__(
        self,
        processes: Processes,
        command: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        output: Output,
    ) -> None:
        self._processes = processes
        self._output = output
        self._process = processes.start(command, folder, environment, subprocess.PIPE, subprocess.PIPE)
        assert self._process.stdout and self._process.stderr
        self._stdout: IO[bytes] = self._process.stdout
        self._errors = threading.Thread(target=_pump, args=(self._process.stderr, output.stderr), daemon=True)
        self._errors.start()

    def first_line(self) -> bytes:
        """The first line it prints, which is the port it serves on; empty if it ends without one."""
        return self._stdout.readline()

    def follow(self) -> None:
        """Pass the rest of its output on until it ends, in a thread of its own."""
        threading.Thread(target=self._follow, daemon=True).start()

    def wait(self) -> int:
        """Wait until it has ended and all it wrote to stderr is passed on. Returns its exit code."""
        self._errors.join()
        return self._processes.wait(self._process)

    def stop(self) -> None:
        self._processes.stop(self._process)

    def _follow(self) -> None:
        _pump(self._stdout, self._output.stdout)
        self._output.end(self.wait())


def start(request: language_pb2.RunPluginRequest, processes: Processes, output: Output) -> Plugin:
    """Start a plugin of any kind but a policy pack: its `__main__.py`, else its package through the
    SDK's runner.

    Raises Unusable if it has neither.
    """
    python = interpreter.of_plugin(request.info)
    folder = Path(request.info.program_directory)
    if (folder / "__main__.py").exists():
        command = [python.python, str(folder), *request.args]
    else:
        command = [python.python, "-m", "pulumi.run.plugin", _package_name(folder), *request.args]
    environment = python.environment(environment_of(request))
    plugin = Plugin(processes, command, request.pwd, environment, output)
    plugin.follow()
    return plugin


def environment_of(request: language_pb2.RunPluginRequest) -> dict[str, str]:
    """The whole environment the engine wants a plugin to have. Later entries win, as for the engine."""
    pairs = (entry.partition("=") for entry in request.env)
    return {name: value for name, _equals, value in pairs}


def _package_name(folder: Path) -> str:
    """The project name in the plugin's `pyproject.toml`."""
    import tomllib

    file = folder / "pyproject.toml"
    if not file.exists():
        raise Unusable(f"the plugin in {folder} has neither __main__.py nor pyproject.toml; add one of them")
    project = tomllib.loads(file.read_text()).get("project", {})
    if not project.get("name"):
        raise Unusable(f"{file} has no project.name; write the name of the plugin's package there")
    return project["name"]


def _pump(source: IO[bytes], target: Callable[[bytes], None]) -> None:
    """Pass on line by line, as the engine shows it."""
    for line in source:
        target(line)
