"""The language host's process: serves one engine and ends with it, quietly."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from concurrent import futures

import grpc

from tools.engine.host.processes import Processes, stop_group
from tools.engine.host.protocol import MESSAGE_OPTIONS, language_pb2_grpc
from tools.engine.host.servicer import Host

# A running program and each running policy pack occupy one thread.
WORKERS = 32
ENDING_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def main() -> None:
    """Serve until the engine interrupts, terminates or leaves. The engine's address is the last argument."""
    engine = sys.argv[-1] if len(sys.argv) > 1 else ""
    ending = threading.Event()
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda _number, _frame: ending.set())
    processes = Processes()
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=MESSAGE_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(engine, processes), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    _watch_engine(ending)
    ending.wait()
    processes.stop_all()
    stop_group()
    server.stop(None).wait()
    # Threads that still wait for a plugin's output must not hold the process.
    sys.stdout.flush()
    os._exit(0)


def _watch_engine(ending: threading.Event) -> None:
    """End with an engine that was killed: the kernel then closes its end of our standard input."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        # Started by hand.
        return

    def watch() -> None:
        while os.read(0, 1):
            pass
        ending.set()

    threading.Thread(target=watch, daemon=True).start()
