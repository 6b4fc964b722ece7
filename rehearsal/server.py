"""The one process that serves all packages: `python -m rehearsal.server ORDERS`, where ORDERS is JSON.

    {"record": FILE, "log": FILE, "sdk_paths": [FOLDER, …], "clusters": null or what `Session` says of them}

It prints one line of JSON, package name to port, and serves until its standard input closes, so it never
outlives the session that started it, however that ends. Interrupts from the terminal are left to the engine,
which then ends its operations in order.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from rehearsal.faults import FaultList
from rehearsal.packages import serve
from rehearsal.protocol import service
from rehearsal.provider import Provider
from rehearsal.record import CloudRecord

if TYPE_CHECKING:
    from rehearsal.kubernetes.real import Clusters

# The engine runs four operations per core at once; slow ones only wait.
_THREADS = 64
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
]


def main(arguments: list[str]) -> int:
    """Serve until standard input closes."""
    orders: dict[str, Any] = json.loads(arguments[0])
    record_file, log_file = orders["record"], orders["log"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    handler = logging.FileHandler(log_file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logging.getLogger("rehearsal").addHandler(handler)
    record = CloudRecord(Path(record_file))
    faults = FaultList(Path(record_file))
    threads = ThreadPoolExecutor(_THREADS)
    servers: list[grpc.Server] = []
    ports: dict[str, int] = {}
    clusters = _clusters(orders.get("clusters"), record)
    for name, served in serve(orders["sdk_paths"]).items():
        live = clusters if name == "kubernetes" else None
        server = grpc.server(threads, options=_OPTIONS)
        service.add_ResourceProviderServicer_to_server(Provider(served, record, faults, live), server)
        ports[name] = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
    for server in servers:
        server.stop(grace=None)
    if clusters:
        clusters.close()
    faults.close()
    record.close()
    return 0


def _clusters(orders: dict[str, Any] | None, record: CloudRecord) -> Clusters | None:
    if orders is None:
        return None
    # Their client takes a while to import, and most rehearsals do without.
    from rehearsal.kubernetes.real import Clusters
    from rehearsal.kubernetes.real.cluster import Programs

    programs = Programs(Path(orders["etcd"]), Path(orders["apiserver"]), orders["version"])
    return Clusters(Path(orders["folder"]), programs, orders["users"], record)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
