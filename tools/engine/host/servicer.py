"""The calls of `pulumirpc.LanguageRuntime`, each handed to the module that does it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty

from tools.engine.errors import RELEASE
from tools.engine.host import interpreter, packages, program
from tools.engine.host.interpreter import Unusable
from tools.engine.host.processes import Processes, Stopped
from tools.engine.host.protocol import language_pb2, language_pb2_grpc, plugin_pb2


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers one engine. `engine` is that engine's address."""

    def __init__(self, engine: str, processes: Processes) -> None:
        self._engine = engine
        self._processes = processes

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        from tools.engine.pinned import Pinned

        return plugin_pb2.PluginInfo(version=Pinned().version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        try:
            found = packages.required(interpreter.of_program(request.info))
        except Unusable as error:
            _refuse(context, error)
        return language_pb2.GetRequiredPackagesResponse(packages=found)

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        return program.run(request, self._engine, self._processes, context.add_callback)

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        # Only runs with policy packs or Python plugins come here.
        from tools.engine.host import plugins, policy

        output = plugins.Output()
        try:
            if request.kind == "analyzer":
                plugin = policy.PolicyPack(request, self._processes, output)
            else:
                plugin = plugins.start(request, self._processes, output)
        except (Unusable, Stopped) as error:
            _refuse(context, error)
        if not context.add_callback(plugin.stop):
            plugin.stop()
        yield from output

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        from tools.engine.host import dependencies

        try:
            yield from dependencies.install(request, self._processes)
        except (Unusable, Stopped) as error:
            _refuse(context, error)

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        try:
            python, version = packages.about(interpreter.of_program(request.info))
        except Unusable as error:
            _refuse(context, error)
        return language_pb2.AboutResponse(
            executable=python,
            version=version,
            metadata={"host": f"Palisade's stand-in, on {platform.python_version()}"},
        )

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        try:
            found = packages.dependencies(
                interpreter.of_program(request.info), request.transitiveDependencies
            )
        except Unusable as error:
            _refuse(context, error)
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def Template(
        self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext
    ) -> language_pb2.TemplateResponse:
        return language_pb2.TemplateResponse()

    def GenerateProgram(
        self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProgramResponse:
        _left_out(context, "writes no Python programs")

    def GenerateProject(
        self, request: language_pb2.GenerateProjectRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProjectResponse:
        _left_out(context, "writes no Python projects")

    def GeneratePackage(
        self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext
    ) -> language_pb2.GeneratePackageResponse:
        _left_out(context, "generates no SDKs")

    def Pack(
        self, request: language_pb2.PackRequest, context: grpc.ServicerContext
    ) -> language_pb2.PackResponse:
        _left_out(context, "packs no SDKs")

    def Link(
        self, request: language_pb2.LinkRequest, context: grpc.ServicerContext
    ) -> language_pb2.LinkResponse:
        _left_out(context, "links no local packages")

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        self._processes.stop_all()
        return Empty()


def _refuse(context: grpc.ServicerContext, error: Exception) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error) or "the language host is ending")


def _left_out(context: grpc.ServicerContext, what: str) -> NoReturn:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"Palisade's stand-in for the Python language host {what}; install {RELEASE} for that",
    )
