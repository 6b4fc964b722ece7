"""`pulumi install`: makes the virtual environment that a project names and fills it from
`requirements.txt`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.engine.host import interpreter
from tools.engine.host.interpreter import Unusable
from tools.engine.host.processes import Processes
from tools.engine.host.protocol import language_pb2


def install(
    request: language_pb2.InstallDependenciesRequest, processes: Processes
) -> Iterator[language_pb2.InstallDependenciesResponse]:
    """Install and say so line by line. Raises Unusable if a step fails.

    Without a virtual environment nothing is installed: the Python on PATH is its owner's.
    """
    folder = Path(request.info.program_directory)
    requirements = folder / "requirements.txt"
    virtualenv = interpreter.virtualenv_folder(request.info)
    if virtualenv is None:
        yield _say(
            f"The project in {request.info.root_directory} names no virtual environment "
            "(runtime.options.virtualenv), so nothing is installed; it runs with the Python on PATH.\n"
        )
        return
    if not (virtualenv / "bin" / "python").exists():
        yield _say(f"Creating the virtual environment {virtualenv}\n")
        yield from _run([interpreter.ambient(), "-m", "venv", str(virtualenv)], folder, os.environ, processes)
    if not requirements.exists():
        yield _say(f"There is no {requirements}, so there is nothing to install.\n")
        return
    python = interpreter.of_program(request.info)
    command = [python.python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)]
    yield from _run(command, folder, python.environment(), processes)


def _run(
    command: list[str], folder: Path, environment: Mapping[str, str], processes: Processes
) -> Iterator[language_pb2.InstallDependenciesResponse]:
    process = processes.start(command, str(folder), environment, subprocess.PIPE, subprocess.STDOUT)
    for line in process.stdout or ():
        yield language_pb2.InstallDependenciesResponse(stdout=line)
    code = processes.wait(process)
    if code:
        raise Unusable(f"'{' '.join(command)}' failed with exit code {code}; its own messages are above")


def _say(line: str) -> language_pb2.InstallDependenciesResponse:
    return language_pb2.InstallDependenciesResponse(stdout=line.encode())
