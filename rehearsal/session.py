"""A rehearsal as a context manager: a server, a record and a backend of its own, and their environment.

    with Session(folder) as session:
        subprocess.run(["pulumi", "up", "--yes", "-s", "dev"], env=session.env, cwd=project)
        assert session.record.find("gcp:compute/network:Network")

Several stacks and several commands may share one session, as they share a cloud. Leaving it stops the server;
the folder stays (`temporary` removes it too). Guarantees: nothing is written outside the folder but what the
command itself writes into its project, and the server ends with the process that started it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rehearsal.faults import Fault, FaultList
from rehearsal.notice import LIMITS
from rehearsal.record import CloudRecord
from tools.engine import Engine, ensure
from tools.engine.environment import enclosed
from tools.servers import Servers

__all__ = ["LIMITS", "RehearsalError", "Session", "temporary"]

CHECKOUT = Path(__file__).resolve().parent.parent
PASSPHRASE = "rehearsal"
"""Encrypts the secrets of a rehearsed stack; not a secret, the stacks are not real."""

ANYBODY: Mapping[str, Sequence[str]] = {"rehearsal": ("system:masters",)}
"""Who applies to real API servers where nothing else is said, with their groups."""

_SERVE = """import sys
sys.path.insert(0, sys.argv.pop(1))
from rehearsal.server import main
sys.exit(main(sys.argv[1:]))"""


class RehearsalError(Exception):
    """The server could not be started, in one sentence."""


class Session:
    """One rehearsed cloud in a folder. `env` is the whole environment for commands that are to use it."""

    def __init__(
        self,
        folder: Path,
        *,
        faults: Sequence[Fault] = (),
        sdk_paths: Sequence[Path] = (),
        engine: Engine | None = None,
        servers: Servers | None = None,
        users: Mapping[str, Sequence[str]] = ANYBODY,
    ) -> None:
        self.folder = folder.absolute()
        self.log = self.folder / "rehearsal.log"
        self.engine = engine or ensure()
        self.record = CloudRecord(self.folder / "record.sqlite")
        self.faults = FaultList(self.record.path)
        self.faults.add(*faults)
        self._sdk_paths = [str(path) for path in sdk_paths]
        self.servers = servers
        """What each cluster's real API server is started from; without, objects are judged by their shape."""
        self._users = users
        self._server: subprocess.Popen[str] | None = None
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.record.close()
        self.faults.close()

    @property
    def alive(self) -> bool:
        """Whether the server runs; an injected death ends it."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Start the server, a second time too after it died. `env` changes: the ports are new."""
        if self.alive:
            return
        orders = {
            "record": str(self.record.path),
            "log": str(self.log),
            "sdk_paths": self._sdk_paths,
            "clusters": self._cluster_orders(),
        }
        arguments = [str(CHECKOUT), json.dumps(orders)]
        self._server = subprocess.Popen(
            # Isolated: it runs in the program's folder, whose modules must not stand in for the library's.
            [sys.executable, "-I", "-c", _SERVE, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # The terminal's interrupt is for the engine, which still needs its providers then.
            start_new_session=True,
        )
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise RehearsalError(
                f"the rehearsal's server did not start; {self.log} and the output above say why"
            )
        ports: dict[str, int] = json.loads(line)
        self.env = self._environment(ports)

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        server = self._server
        if server is None:
            return
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.close()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()
        self._server = None

    def kill(self) -> None:
        """End the server at once, in the middle of whatever it does."""
        if self._server is not None:
            self._server.kill()
            self.stop()

    def _cluster_orders(self) -> dict[str, Any] | None:
        if self.servers is None:
            return None
        return {
            "etcd": str(self.servers.etcd),
            "apiserver": str(self.servers.apiserver),
            "version": self.servers.version,
            "users": {user: list(groups) for user, groups in self._users.items()},
            "folder": str(self.folder),
        }

    def _environment(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            **self.engine.environment,
            **enclosed(self.folder / "home", self.folder / "state", PASSPHRASE),
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
        }


@contextmanager
def temporary(
    *,
    faults: Sequence[Fault] = (),
    sdk_paths: Sequence[Path] = (),
    servers: Servers | None = None,
    users: Mapping[str, Sequence[str]] = ANYBODY,
) -> Generator[Session, None, None]:
    """A session in a folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    try:
        with Session(folder, faults=faults, sdk_paths=sdk_paths, servers=servers, users=users) as session:
            yield session
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder into which an engine that is just ending may still write its log."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
