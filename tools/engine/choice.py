"""Chooses the engine: a Pulumi on PATH, else the pinned one, built if it is not there yet.

Standard library only: it may run before the project's packages are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.engine import build, companions
from tools.engine.environment import QUIET, path_first
from tools.engine.errors import RELEASE, EngineError
from tools.engine.pinned import CHECKOUT, Pinned
from tools.gobuild.errors import Log

LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True)
class Engine:
    """A Pulumi that can run Python programs.

    `pulumi` is the absolute path of the command. `version` is written like `v3.259.0`. `built` tells
    whether it is ours, in `.palisade/bin`, or was found on PATH. `environment` is a whole environment
    for `subprocess`: the caller's, with a PATH that leads with the engine's folder and the checkout's
    Python.
    """

    pulumi: Path
    version: str
    built: bool
    environment: Mapping[str, str] = field(repr=False)


def ensure(log: Log | None = None, pinned: Pinned | None = None) -> Engine:
    """Return an engine, building the pinned one if PATH has none. `log` gets one line per step of progress.

    Raises EngineError, with one message for the user, if there is none and none can be built.
    """
    pinned = pinned or Pinned()
    say = log or _to_stderr
    found = find_on_path(pinned)
    if found is not None:
        return _on_path(found, pinned, say)
    if not pinned.is_built():
        build.build(pinned, say)
    companions.lay(pinned)
    return _engine(pinned.pulumi, pinned.version, built=True)


def describe(pinned: Pinned | None = None) -> str:
    """One sentence: which engine `ensure` would answer with, and what it would do for it. Changes nothing."""
    pinned = pinned or Pinned()
    found = find_on_path(pinned)
    if found is not None:
        return f"{found}, found on PATH and used as it is"
    if pinned.is_built():
        return f"{pinned.pulumi}, version {pinned.version}, built from {pinned.module}/go.mod"
    go = shutil.which("go")
    if go is None:
        return f"none: there is no pulumi and no go on PATH, and nothing is built in {pinned.folder}"
    return (
        f"{pinned.pulumi}, which {go} would build first, version {pinned.version} from {pinned.module}/go.mod"
    )


def find_on_path(pinned: Pinned) -> Path | None:
    """The first `pulumi` on PATH that is not our own, or None."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    own = pinned.folder.resolve()
    others = [folder for folder in folders if folder and Path(folder).resolve() != own]
    # Where only our own folder is left, `which` must not fall back to its default path.
    found = shutil.which("pulumi", path=os.pathsep.join(others)) if others else None
    return Path(found).absolute() if found else None


def _on_path(pulumi: Path, pinned: Pinned, say: Log) -> Engine:
    """Use a Pulumi release untouched, after making sure that it can run Python and answers."""
    beside = [pulumi.parent, pulumi.resolve().parent]
    if (
        not any((folder / LANGUAGE_HOST).exists() for folder in beside)
        and shutil.which(LANGUAGE_HOST) is None
    ):
        raise EngineError(
            f"{pulumi} has no {LANGUAGE_HOST} beside it or on PATH, so it cannot run Python programs; "
            f"install {RELEASE} as a whole, or take this one off PATH to have {pinned.version} built with Go"
        )
    engine = _engine(pulumi, _version(pulumi), built=False)
    if _numbers(engine.version) < _numbers(pinned.version):
        say(
            f"note: {pulumi} is {engine.version}; Palisade is tested with {pinned.version}. "
            "If a command fails for no clear reason, upgrade it."
        )
    return engine


def _version(pulumi: Path) -> str:
    """What `pulumi version` prints. Its own home stays untouched: the command would leave a log there."""
    with tempfile.TemporaryDirectory(prefix="palisade-") as home:
        environment = {**os.environ, **QUIET, "PULUMI_HOME": home}
        try:
            answer = subprocess.run(
                [pulumi, "version"], env=environment, capture_output=True, text=True, timeout=60, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineError(
                f"{pulumi} is on PATH but `pulumi version` fails ({error}); repair it, or take it off PATH"
            ) from error
    return answer.stdout.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(
        int(part) for part in version.lstrip("v").split("-")[0].split("+")[0].split(".") if part.isdigit()
    )


def _engine(pulumi: Path, version: str, built: bool) -> Engine:
    folders = [pulumi.parent, CHECKOUT / ".venv" / "bin"]
    return Engine(pulumi=pulumi, version=version, built=built, environment=path_first(os.environ, folders))


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
