"""Runs a policy pack with the stack's configuration, which the engine tells only after the pack is up.

The engine starts a pack, connects to it, and then calls `ConfigureStack` with project, stack and
configuration. The Python policy SDK reads these from its environment, so its process must start after that
call. In between stands this relay: it is what the engine connects to, it starts the pack when it knows the
configuration, and from then on it passes every call through as bytes.
"""

from __future__ import annotations

import json
import threading
from concurrent import futures
from typing import Any, cast

import grpc

from tools.engine.host import interpreter
from tools.engine.host.interpreter import Unusable
from tools.engine.host.plugins import Output, Plugin, environment_of
from tools.engine.host.processes import Processes, Stopped
from tools.engine.host.protocol import MESSAGE_OPTIONS, analyzer_pb2, language_pb2

SERVICE = "/pulumirpc.Analyzer/"
# The engine asks for up to this many judgements at a time (the policy SDK itself works with four threads).
WORKERS = 8
# What a call that has just failed needs to tell the engine why.
SECONDS_TO_ANSWER = 1.0


class PolicyPack(grpc.GenericRpcHandler):
    """One pack: the relay's server, and the pack's process once the stack is known."""

    def __init__(self, request: language_pb2.RunPluginRequest, processes: Processes, output: Output) -> None:
        self._request = request
        self._processes = processes
        self._output = output
        self._lock = threading.Lock()
        self._plugin: Plugin | None = None
        self._channel: grpc.Channel | None = None
        # Raises Unusable here, where the engine still asks for the pack itself.
        self._python = interpreter.of_plugin(request.info)
        self._server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=MESSAGE_OPTIONS)
        self._server.add_generic_rpc_handlers((self,))
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        output.stdout(f"{port}\n".encode())

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        method = str(handler_call_details.method)
        if method == f"{SERVICE}Handshake":
            # The SDK has none; the engine then goes by ConfigureStack.
            return None

        def answer(message: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(method, message, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def stop(self) -> None:
        """End the pack and the relay; the engine has given them up."""
        self._server.stop(SECONDS_TO_ANSWER)
        with self._lock:
            if self._plugin is None:
                self._output.end()
            else:
                self._plugin.stop()

    def _answer(self, method: str, message: bytes, context: grpc.ServicerContext) -> bytes:
        if method == f"{SERVICE}Cancel" and self._channel is None:
            # Nothing runs that could be cancelled; the answer is an empty message.
            return b""
        try:
            channel = self._ready(method, message)
        except (Unusable, Stopped) as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        try:
            # Without serialisers grpc hands bytes through; its stubs do not say so.
            return cast(bytes, channel.unary_unary(method)(message))
        except grpc.RpcError as error:
            return _pass_on(error, context)

    def _ready(self, method: str, message: bytes) -> grpc.Channel:
        """The connection to the pack, which the first call of any kind starts."""
        with self._lock:
            if self._channel is None:
                stack = message if method == f"{SERVICE}ConfigureStack" else None
                self._channel = self._start(stack)
            return self._channel

    def _start(self, stack: bytes | None) -> grpc.Channel:
        folder = self._request.info.program_directory
        environment = {**environment_of(self._request), **(_variables(stack) if stack is not None else {})}
        command = [self._python.python, "-u", "-m", "pulumi.policy", *self._request.args, folder]
        self._plugin = Plugin(
            self._processes, command, folder, self._python.environment(environment), self._output
        )
        line = self._plugin.first_line().strip().decode(errors="replace")
        self._plugin.follow()
        if line.isdigit():
            return grpc.insecure_channel(f"127.0.0.1:{line}", options=MESSAGE_OPTIONS)
        if line:
            self._plugin.stop()
            problem = f"printed {line!r} where the engine expects only its port; print to stderr instead"
        else:
            problem = f"ended before it was ready (exit code {self._plugin.wait()}); its own messages say why"
        raise Unusable(f"the policy pack in {folder} {problem}")


def _variables(message: bytes) -> dict[str, str]:
    """The stack as the policy SDK reads it from its environment, secret values in plain text."""
    stack = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(message)
    variables = {
        "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(stack.config_secret_keys)),
        "PULUMI_PROJECT": stack.project,
        "PULUMI_STACK": stack.stack,
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_DRY_RUN": "true" if stack.dry_run else "false",
    }
    return {name: value for name, value in variables.items() if value}


def _pass_on(error: Any, context: grpc.ServicerContext) -> bytes:
    """Give the pack's own error to the engine, details included. A grpc.RpcError of a call is also its
    `Call`.
    """
    trailing = error.trailing_metadata()
    if trailing:
        context.set_trailing_metadata(trailing)
    context.abort(error.code(), error.details() or "")
