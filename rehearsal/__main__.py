"""The command line of the rehearsal.

    python -m rehearsal [--keep DIR] [--fault SPEC]… -- COMMAND …     run a command against it
    python -m rehearsal record --keep DIR [--events]                   read what exists, or what happened
    python -m rehearsal exists --keep DIR TYPE ID [NAME=VALUE]…       put an object there beforehand

Without `--keep` the backend, the record and the engine's own files are in a temporary folder that goes away
at the end. A `pulumi` command that names no stack takes the project's only one, else `dev`; a stack that does
not exist is created. Exit code: the command's own, 2 for what the rehearsal refuses to run.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

from rehearsal.command import Prepared, Refused, sdk_paths
from rehearsal.faults import Fault, parse
from rehearsal.model import Existing
from rehearsal.notice import notice
from rehearsal.record import AlreadyExists, CloudRecord
from rehearsal.session import RehearsalError, Session, temporary
from tools.engine import EngineError


def main(arguments: Sequence[str]) -> int:
    """Run one of the three forms; the exit code."""
    if "--" in arguments:
        split = list(arguments).index("--")
        options, command = arguments[:split], arguments[split + 1 :]
        parsed = _run_parser().parse_args(options)
        return _run(parsed.keep, parsed.fault, command)
    parsed = _parser().parse_args(arguments)
    file = parsed.keep / "record.sqlite"
    if parsed.action == "record" and not file.is_file():
        return _say(f"{parsed.keep} holds no record; run something with --keep {parsed.keep} first")
    record = CloudRecord(file)
    if parsed.action == "exists":
        given = dict(text.partition("=")[::2] for text in parsed.properties)
        try:
            record.create(Existing(parsed.type, parsed.id, "", given, {"id": parsed.id, **given}))
        except AlreadyExists:
            return _say(f"{parsed.type} {parsed.id} is there already")
    elif parsed.events:
        for event in record.events():
            print(" ".join(filter(None, [event.kind, event.type, event.id or event.urn, event.detail])))
    else:
        for existing in record.find():
            line = {"type": existing.type, "id": existing.id, "state": _state(existing), "urn": existing.urn}
            print(json.dumps(line))
    record.close()
    return 0


def _run(keep: Path | None, fault_texts: Sequence[str], command: Sequence[str]) -> int:
    if not command:
        return _say("there is no command behind --; write for example: -- pulumi preview -s dev")
    cwd = Path.cwd()
    try:
        faults = [fault for text in fault_texts for fault in parse(text)]
        with _session(keep, faults, sdk_paths(cwd)) as session:
            prepared = Prepared(command, session, cwd)
            print(notice(), file=sys.stderr)
            for note in prepared.notes:
                _say(note)
            return _wait(subprocess.Popen(prepared.arguments, env=prepared.env, cwd=cwd))
    except (Refused, RehearsalError, EngineError, ValueError) as error:
        return _say(str(error))
    except FileNotFoundError:
        return _say(f"there is no command {command[0]}")


def _session(
    keep: Path | None, faults: Sequence[Fault], paths: Sequence[Path]
) -> AbstractContextManager[Session]:
    if keep is None:
        return temporary(faults=faults, sdk_paths=paths)
    keep.mkdir(parents=True, exist_ok=True)
    return Session(keep, faults=faults, sdk_paths=paths)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """The command's exit code. The terminal interrupts the command itself; a request to end is passed on."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, pass_on)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", usage="%(prog)s [options] -- COMMAND …")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep backend and record here for the next command"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="SPEC", help="see rehearsal/faults.py"
    )
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(dest="action", required=True)
    record = actions.add_parser("record", help="what exists, one JSON object per line")
    record.add_argument("--events", action="store_true", help="what happened instead")
    exists = actions.add_parser("exists", help="put an object there that no stack made")
    exists.add_argument("type")
    exists.add_argument("id")
    exists.add_argument("properties", nargs="*", metavar="NAME=VALUE")
    for action in (record, exists):
        action.add_argument("--keep", type=Path, required=True, metavar="DIR")
    return parser


def _state(existing: Existing) -> str:
    return "half-done" if existing.half_done else "kept" if existing.kept else "live"


def _say(text: str) -> int:
    """Print a sentence and answer the exit code of a refusal."""
    print(f"rehearsal: {text}", file=sys.stderr, flush=True)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
