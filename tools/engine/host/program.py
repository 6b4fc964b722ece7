"""Runs one Pulumi program to its end through the SDK's own executor."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.engine.errors import RELEASE
from tools.engine.host import interpreter
from tools.engine.host.interpreter import Interpreter, Unusable
from tools.engine.host.processes import Processes, Stopped
from tools.engine.host.protocol import language_pb2
from tools.engine.pinned import Pinned

# The executor ends with this code when the user has already been told what is wrong.
EXPLAINED = 32


def run(
    request: language_pb2.RunRequest,
    engine: str,
    processes: Processes,
    on_cancel: Callable[[Callable[[], None]], bool],
) -> language_pb2.RunResponse:
    """Run the program of `request` against the engine at address `engine`; its output goes where the
    host's goes.

    `on_cancel` registers what to do when the engine gives the call up. A failure that the program has
    explained itself comes back as `bail`, any other as `error`.
    """
    if request.attach_debugger:
        return language_pb2.RunResponse(
            error="Palisade's stand-in for the Python language host attaches no debugger; run without "
            f"--attach-debugger, or install {RELEASE}"
        )
    try:
        python = interpreter.of_program(request.info)
        failure = _check_entry(request) or _check_types(python, request, processes)
        if failure:
            return language_pb2.RunResponse(error=failure)
        command = [python.python, str(executor()), *_arguments(request, engine)]
        process = processes.start(command, request.pwd, _environment(python, request))
    except Unusable as error:
        return language_pb2.RunResponse(error=str(error))
    except Stopped:
        return language_pb2.RunResponse(bail=True)
    if not on_cancel(lambda: processes.stop(process)):
        # It has given the call up already.
        processes.stop(process)
    return _response(processes.wait(process), processes.stopped)


def executor() -> Path:
    """Pulumi's own `pulumi-language-python-exec`, which lies beside the built engine."""
    return Pinned().folder / "pulumi-language-python-exec"


def _response(code: int, stopped: bool) -> language_pb2.RunResponse:
    if code == 0:
        return language_pb2.RunResponse()
    if code == EXPLAINED or stopped:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"Program was ended by signal {-code}")
    # The words of a Pulumi release.
    return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")


def _arguments(request: language_pb2.RunRequest, engine: str) -> list[str]:
    named = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "organization": request.organization,
    }
    flags = [part for name, value in named.items() if value for part in (f"--{name}", value)]
    return [*flags, request.info.entry_point, *request.args]


def _environment(python: Interpreter, request: language_pb2.RunRequest) -> dict[str, str]:
    return {
        **python.environment(),
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def _check_entry(request: language_pb2.RunRequest) -> str | None:
    """Why there is nothing to run, if so. Python itself would take any `__main__` of its search path."""
    folder = Path(request.info.program_directory, request.info.entry_point)
    if not folder.is_dir() or (folder / "__main__.py").exists():
        return None
    return f"there is no __main__.py in {folder}; write the program there, or name its place as 'main'"


def _check_types(python: Interpreter, request: language_pb2.RunRequest, processes: Processes) -> str | None:
    """Run the project's type checker, if it names one. Returns why the program may not run."""
    if python.type_checker is None:
        return None
    folder = request.info.program_directory
    command = [python.python, "-m", python.type_checker]
    if python.type_checker == "mypy" and python.virtualenv is not None:
        command += ["--exclude", os.path.relpath(python.virtualenv, folder)]
    # Python says so itself if the type checker is not installed.
    process = processes.start([*command, folder], folder, python.environment(), errors=subprocess.STDOUT)
    code = processes.wait(process)
    return f"{python.type_checker} failed with exit code {code}; its own messages are above" if code else None
