"""The process that keeps one cluster's servers: `python keeper.py`, its orders on the first line of stdin.

It starts the commands, says so, and waits. When its standard input closes, however its owner ended, or when
a server ends by itself, it kills all servers and removes their folder. Servers are killed and not asked:
nothing of theirs is kept. On Linux they die with it too.

Standard library only, and started without site packages, so that it is there in a few milliseconds.
"""

import ctypes
import json
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

# prctl(2): the signal a process gets when its parent ends.
PR_SET_PDEATHSIG = 1
SECONDS_BETWEEN_LOOKS = 0.2
LAST_LINES = 5


def main() -> int:
    """Orders: `{"folder": …, "commands": {name: [program, flag, …]}}`. Answers one line of JSON per event."""
    orders = json.loads(sys.stdin.readline())
    folder = Path(orders["folder"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    servers: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in orders["commands"].items():
            with (folder / f"{name}.log").open("wb") as log:
                servers[name] = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Safe: there is one thread here.
                    preexec_fn=_die_with_parent,  # noqa: PLW1509
                )
        _tell({"started": list(servers)})
        while not _closed():
            for name, server in servers.items():
                if server.poll() is not None:
                    _tell({"ended": name, "reason": _last_lines(folder / f"{name}.log")})
                    return 1
        return 0
    finally:
        for server in servers.values():
            server.kill()
        for server in servers.values():
            server.wait()
        shutil.rmtree(folder)


def _closed() -> bool:
    """Whether the owner let go of us; waits a moment for it."""
    ready, _, _ = select.select([sys.stdin], [], [], SECONDS_BETWEEN_LOOKS)
    return bool(ready) and not sys.stdin.read(1)


def _tell(event: dict[str, object]) -> None:
    # The owner may be gone already.
    try:
        print(json.dumps(event), flush=True)
    except BrokenPipeError:
        sys.stdout = None  # pyright: ignore[reportAttributeAccessIssue] - nobody reads it any more


def _last_lines(log: Path) -> str:
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
