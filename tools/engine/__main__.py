"""`python -m tools.engine`: make sure there is an engine and print its path. Progress goes to stderr."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from tools.engine.choice import describe, ensure
from tools.engine.errors import EngineError

INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.engine", description="Make sure there is a Pulumi engine."
    )
    parser.add_argument(
        "--which", action="store_true", help="say which engine would be used, and change nothing"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing if an engine is there already")
    arguments = parser.parse_args()
    if arguments.which:
        print(describe())
        return 0
    # A terminated build cleans up the way an interrupted one does.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        engine = ensure()
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing half-made is left, and the next run goes on from here", file=sys.stderr)
        return INTERRUPTED
    if not arguments.quiet:
        print(engine.pulumi)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
