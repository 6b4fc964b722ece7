"""Runs a Pulumi program of a folder by the real engine, all programs inside one process.

The engine asks a language host to run a program; here that process answers, as the Automation API does for
inline programs. So an SDK that takes seconds to import is imported once and not once per run. What a
program sees is the same: its folder is the working directory and leads `sys.path`, and its modules are new in
each run.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2_grpc

SECONDS = 120
"""Longest time that one command of the engine may take."""


def pulumi(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], *, inline: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `pulumi COMMAND` in a program's folder; standard error is part of the output.

    Args:
        command: without `pulumi` itself; options that forbid questions are added.
        folder: the program's folder, with its `Pulumi.yaml`.
        environment: whole environment of the engine.
        inline: run the program in the process of all programs, not by the engine's Python language host.
    """
    arguments = ["pulumi", *command, "--non-interactive", "--color=never"]
    if not inline:
        return _run(arguments, folder, environment)
    with _host(folder) as port:
        return _run(
            [*arguments, f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline"], folder, environment
        )


def _run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def _host(folder: Path) -> Generator[int]:
    process = _host_process()
    try:
        yield process.submit(_serve, folder).result(SECONDS)
    finally:
        process.submit(_stop).result(SECONDS)


@cache
def _host_process() -> ProcessPoolExecutor:
    """One process for all programs.

    Not the test's own: other tests import leaf modules of the SDKs there, and after that a package that is
    loaded lazily no longer has everything that a program may ask of it.
    """
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


_servers: list[grpc.Server] = []


def _serve(folder: Path) -> int:
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(lambda: _program(folder)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    _servers.append(server)
    return port


def _stop() -> None:
    _servers.pop().stop(0).wait()


def _program(folder: Path) -> None:
    before = Path.cwd()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
    finally:
        sys.path.remove(str(folder))
        os.chdir(before)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]
