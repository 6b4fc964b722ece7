"""Builds the pinned engine from its Go module into the checkout. Standard library only.

Guarantees: files appear in `.palisade/bin` whole, the stamp that makes them valid comes last, and of two
callers the second waits for the first instead of building again.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tools.engine.companions import take_from_sdk
from tools.engine.errors import GO_DOWNLOADS, RELEASE, EngineError, Log
from tools.engine.pinned import COMMAND_PACKAGE, SDK_MODULE, Pinned
from tools.engine.progress import Progress

VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
STAGING_PREFIX = "staging-"
# How the go command names each module it fetches.
FETCHED = "go: downloading "
REASON_LINES = 3


def build(pinned: Pinned, log: Log) -> None:
    """Build the engine and move it into place, unless another process has done so meanwhile.

    Raises EngineError if Go is missing or too old, or if the module cannot be fetched or compiled.
    """
    with _alone(pinned, log):
        if pinned.is_built():
            return
        go = _find_go(pinned)
        log(f"building the Pulumi engine {pinned.version} from its Go module (once, takes some minutes)")
        _drop_leftovers(pinned)
        staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=pinned.home))
        try:
            stale = _fetch(go, pinned, log)
            _compile(go, pinned, staging, stale, log)
            take_from_sdk(_sdk_folder(go, pinned), staging)
            _move_into_place(pinned, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        log(f"the engine is ready: {pinned.pulumi}")


@contextmanager
def _alone(pinned: Pinned, log: Log) -> Generator[None]:
    """Hold the checkout's build lock. It belongs to the open file, so a killed process gives it back."""
    pinned.home.mkdir(parents=True, exist_ok=True)
    with (pinned.home / "engine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log("another process is building the engine in this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _find_go(pinned: Pinned) -> str:
    """The go command, which may fetch a newer toolchain of itself where its settings allow that."""
    needed = ".".join(map(str, pinned.go_version))
    go = shutil.which("go")
    if go is None:
        raise EngineError(
            f"there is neither a Pulumi nor a Go on PATH; install {RELEASE}, or Go {needed} or newer "
            f"({GO_DOWNLOADS}), with which version {pinned.version} is then built, and run this again"
        )
    answer = subprocess.run(
        [go, "version"], cwd=pinned.module, env=_environment(), capture_output=True, text=True, check=False
    )
    version = re.search(r"go(\d+(?:\.\d+)*)", answer.stdout)
    numbers = tuple(int(part) for part in version.group(1).split(".")) if version else ()
    if answer.returncode or numbers < pinned.go_version:
        raise EngineError(
            f"{go} cannot build the engine ({_reason(answer.stderr) or answer.stdout.strip()}); install "
            f"Go {needed} or newer ({GO_DOWNLOADS}), or {RELEASE}, and run this again"
        )
    return go


def _fetch(go: str, pinned: Pinned, log: Log) -> int:
    """Fetch the engine's modules. Returns how many packages are not compiled yet."""
    # As the compilation will be called, or Go would take other packages for stale.
    command = [go, "list", "-mod=readonly", "-trimpath", "-deps", "-f", "{{.Stale}}", COMMAND_PACKAGE]

    with Progress("modules fetched", log) as progress:

        def count(line: str) -> None:
            if line.startswith(FETCHED):
                progress.step()

        code, output, errors = _run(command, pinned, count)
    if code:
        raise EngineError(
            f"the engine's Go module could not be fetched ({_reason(errors)}); point GOPROXY at a "
            f"mirror that this machine reaches and run this again, or install {RELEASE}"
        )
    return output.splitlines().count("true")


def _compile(go: str, pinned: Pinned, staging: Path, stale: int, log: Log) -> None:
    flags = f"-s -w -X {VERSION_SYMBOL}={pinned.version}"
    # -v names each package as it is compiled; no version control: the checkout's is not the engine's.
    command = [go, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]

    with Progress("packages compiled", log, total=stale) as progress:

        def count(line: str) -> None:
            # Everything else the go command prints has a blank in it.
            if " " not in line:
                progress.step()

        code, _output, errors = _run(
            [*command, "-o", str(staging / "pulumi"), COMMAND_PACKAGE], pinned, count
        )
    if code:
        raise EngineError(
            f"the engine did not compile ({_reason(errors)}); if disk or memory ran out, free some and "
            f"run this again, or install {RELEASE}"
        )


def _sdk_folder(go: str, pinned: Pinned) -> Path:
    code, output, errors = _run([go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK_MODULE], pinned)
    if code or not output.strip():
        raise EngineError(
            f"the Go module {SDK_MODULE} is not in Go's cache ({_reason(errors)}); run this again"
        )
    return Path(output.strip())


def _move_into_place(pinned: Pinned, staging: Path) -> None:
    """Each file by one rename; no moment has a stamp beside files that are not its own."""
    pinned.folder.mkdir(exist_ok=True)
    pinned.stamp.unlink(missing_ok=True)
    for file in staging.iterdir():
        file.replace(pinned.folder / file.name)
    stamp = staging / pinned.stamp.name
    stamp.write_text(pinned.key)
    stamp.replace(pinned.stamp)


def _drop_leftovers(pinned: Pinned) -> None:
    """Under the lock, so a staging folder that is there belongs to a process that was killed."""
    for folder in pinned.home.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    command: list[str], pinned: Pinned, each: Callable[[str], None] | None = None
) -> tuple[int, str, list[str]]:
    """Run one go command; `each` sees its stderr line by line. Returns exit code, stdout, lines of stderr.

    An exception on the way, an interrupt above all, stops the command before it goes further up.
    """
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=pinned.module, env=_environment(), stdout=output, stderr=subprocess.PIPE, text=True
        )
        try:
            errors: list[str] = []
            for line in process.stderr or ():
                errors.append(line.rstrip())
                if each:
                    each(line.rstrip())
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        output.seek(0)
        return code, output.read(), errors


def _environment() -> dict[str, str]:
    # A workspace file in some parent folder must not pull the engine's module into itself.
    return {**os.environ, "GOWORK": "off"}


def _reason(errors: list[str] | str) -> str:
    """The last lines of what Go printed, without its notes of progress, as one line."""
    lines = errors.splitlines() if isinstance(errors, str) else errors
    telling = [line.strip() for line in lines if " " in line and not line.startswith((FETCHED, "# "))]
    return "; ".join(telling[-REASON_LINES:])
