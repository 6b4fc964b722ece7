"""`python -m tools COMMAND STACK`: what the Makefile calls. `make help` lists the commands."""

from __future__ import annotations

import argparse
import sys

from rehearsal.session import RehearsalError
from tools import clusters, commands
from tools.clusters import Asked
from tools.engine import EngineError
from tools.servers import NEWEST, ServersError
from tools.stack import UnknownStack

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    kinds = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "preview", "destroy", "release", "evidence", "isolation"):
        kind = kinds.add_parser(name)
        kind.add_argument("stack")
        kind.add_argument("--cluster", choices=clusters.CHOICES, default=clusters.SHAPE)
        kind.add_argument("--kubernetes", default=NEWEST, help="a minor version")
        if name == "release":
            kind.add_argument("--approved-by", required=True)
            kind.add_argument("--reason", required=True)
    kinds.add_parser("test").add_argument("pytest", nargs="*", help="passed on to pytest")
    asked = parser.parse_args(arguments)
    try:
        return _run(asked)
    except (EngineError, RehearsalError, ServersError, UnknownStack, commands.Busy) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on from where this one ended", file=sys.stderr)
        return INTERRUPTED


def _run(asked: argparse.Namespace) -> int:
    simple = {
        "up": commands.up,
        "preview": commands.preview,
        "destroy": commands.destroy,
        "evidence": commands.evidence,
        "isolation": commands.isolation,
    }
    if asked.command in simple:
        return simple[asked.command](asked.stack, Asked(asked.cluster, asked.kubernetes))
    if asked.command == "release":
        servers = Asked(asked.cluster, asked.kubernetes)
        return commands.release(asked.stack, asked.approved_by, asked.reason, servers)
    return commands.test(asked.pytest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
