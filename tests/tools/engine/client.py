"""The engine's side of a language host: starts one and calls it, with the types the SDK's stubs lack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import grpc
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from tools.engine.environment import path_first
from tools.engine.pinned import CHECKOUT

# Programs run on the checkout's Python unless they name another.
ENVIRONMENT = path_first(os.environ, [CHECKOUT / ".venv" / "bin"])
# The host is called here and calls nobody.
NO_ENGINE = "127.0.0.1:1"


def program(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    """A program in `folder` whose Pulumi.yaml has these `runtime.options`."""
    struct = Struct()
    struct.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


class PluginRun:
    """One running plugin, as the engine sees it."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers

    def __iter__(self) -> Iterator[language_pb2.RunPluginResponse]:
        return self._answers

    def give_up(self) -> None:
        self._answers.cancel()


class HostClient:
    """A running host. Every call raises grpc.RpcError with the host's own sentence."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = cast(Any, language_pb2_grpc.LanguageRuntimeStub(channel))

    def required(self, info: language_pb2.ProgramInfo) -> list[plugin_pb2.PackageDependency]:
        return list(
            self._stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info)).packages
        )

    def dependencies(self, info: language_pb2.ProgramInfo, transitive: bool) -> dict[str, str]:
        """The version of each distribution."""
        request = language_pb2.GetProgramDependenciesRequest(info=info, transitiveDependencies=transitive)
        answer = cast(language_pb2.GetProgramDependenciesResponse, self._stub.GetProgramDependencies(request))
        return {found.name: found.version for found in answer.dependencies}

    def install(self, info: language_pb2.ProgramInfo) -> str:
        """What the host tells meanwhile."""
        request = language_pb2.InstallDependenciesRequest(info=info)
        answers = cast(
            Iterator[language_pb2.InstallDependenciesResponse], self._stub.InstallDependencies(request)
        )
        return b"".join(answer.stdout for answer in answers).decode()

    def run_plugin(self, folder: Path, *arguments: str, **variables: str) -> PluginRun:
        request = language_pb2.RunPluginRequest(
            pwd=str(folder),
            args=arguments,
            env=[f"{name}={value}" for name, value in {**ENVIRONMENT, **variables}.items()],
            info=program(folder),
            kind="resource",
        )
        return PluginRun(self._stub.RunPlugin(request))

    def refusal(self, call: str) -> tuple[grpc.StatusCode, str]:
        """How the host refuses `call` with an empty request."""
        try:
            getattr(self._stub, call)(getattr(language_pb2, f"{call}Request")())
        except grpc.RpcError as error:
            refused = cast(Any, error)
            return refused.code(), refused.details()
        raise AssertionError(f"{call} was not refused")


def start_host(launcher: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a host the way the engine does. Returns its process and the port it serves on."""
    process = subprocess.Popen(
        [launcher, NO_ENGINE],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    return process, int(process.stdout.readline())
