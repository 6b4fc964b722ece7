"""Builds a recipe program from its Go module into the checkout. Standard library only.

Guarantees: files appear in the recipe's folder whole, the stamp that makes them valid comes last, and of two
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

from tools.gobuild.errors import GO_DOWNLOADS, Log
from tools.gobuild.progress import Progress
from tools.gobuild.recipe import Recipe

# How the go command names each module it fetches.
FETCHED = "go: downloading "
REASON_LINES = 3

# Adds to a staging folder what belongs beside the executable; takes the go command and the folder.
Finish = Callable[[str, Path], None]


def build(recipe: Recipe, log: Log, finish: Finish | None = None) -> None:
    """Build the program and move it into place, unless another process has done so meanwhile.

    Raises the recipe's error if Go is missing or too old, or if the module cannot be fetched or compiled.
    """
    with _alone(recipe, log):
        if recipe.is_built():
            return
        go = find_go(recipe)
        log(f"building {recipe.what} {recipe.version} from its Go module (once, takes some minutes)")
        _drop_leftovers(recipe)
        staging = Path(tempfile.mkdtemp(prefix=_staging_prefix(recipe), dir=recipe.home))
        try:
            stale = _fetch(go, recipe, log)
            _compile(go, recipe, staging, stale, log)
            if finish:
                finish(go, staging)
            _move_into_place(recipe, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        log(f"{recipe.what} is ready: {recipe.executable}")


def module_folder(go: str, recipe: Recipe, module: str) -> Path:
    """Where Go's cache holds a module that the recipe pins. Raises the recipe's error if it does not."""
    code, output, errors = _run([go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module], recipe)
    if code or not output.strip():
        raise recipe.error(f"the Go module {module} is not in Go's cache ({_reason(errors)}); run this again")
    return Path(output.strip())


@contextmanager
def _alone(recipe: Recipe, log: Log) -> Generator[None]:
    """Hold the checkout's build lock. It belongs to the open file, so a killed process gives it back."""
    recipe.home.mkdir(parents=True, exist_ok=True)
    with (recipe.home / f"{recipe.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log(f"another process is building {recipe.what} in this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_go(recipe: Recipe) -> str:
    """The go command, which may fetch a newer toolchain of itself where its settings allow that.

    Raises the recipe's error if there is none or it is too old.
    """
    needed = ".".join(map(str, recipe.go_version))
    go = shutil.which("go")
    if go is None:
        raise recipe.error(recipe.without_go())
    answer = subprocess.run(
        [go, "version"],
        cwd=recipe.module,
        env=_environment(recipe),
        capture_output=True,
        text=True,
        check=False,
    )
    version = re.search(r"go(\d+(?:\.\d+)*)", answer.stdout)
    numbers = tuple(int(part) for part in version.group(1).split(".")) if version else ()
    if answer.returncode or numbers < recipe.go_version:
        raise recipe.error(
            f"{go} cannot build {recipe.what} ({_reason(answer.stderr) or answer.stdout.strip()}); install "
            f"Go {needed} or newer ({GO_DOWNLOADS}), or {recipe.instead}, and run this again"
        )
    return go


def _fetch(go: str, recipe: Recipe, log: Log) -> int:
    """Fetch the program's modules. Returns how many packages are not compiled yet."""
    # As the compilation will be called, or Go would take other packages for stale.
    command = [go, "list", "-mod=readonly", "-trimpath", "-deps", "-f", "{{.Stale}}", recipe.package]

    with Progress("modules fetched", log) as progress:

        def count(line: str) -> None:
            if line.startswith(FETCHED):
                progress.step()

        code, output, errors = _run(command, recipe, count)
    if code:
        raise recipe.error(
            f"{recipe.what}'s Go module could not be fetched ({_reason(errors)}); point GOPROXY at a "
            f"mirror that this machine reaches and run this again, or {recipe.instead}"
        )
    return output.splitlines().count("true")


def _compile(go: str, recipe: Recipe, staging: Path, stale: int, log: Log) -> None:
    flags = " ".join(["-s -w", *(f"-X {symbol}={value}" for symbol, value in recipe.symbols.items())])
    # -v names each package as it is compiled; no version control: the checkout's is not the program's.
    command = [go, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", flags]

    with Progress("packages compiled", log, total=stale) as progress:

        def count(line: str) -> None:
            # Everything else the go command prints has a blank in it.
            if " " not in line:
                progress.step()

        code, _output, errors = _run(
            [*command, "-o", str(staging / recipe.file), recipe.package], recipe, count
        )
    if code:
        raise recipe.error(
            f"{recipe.what} did not compile ({_reason(errors)}); if disk or memory ran out, free some and "
            f"run this again, or {recipe.instead}"
        )


def _move_into_place(recipe: Recipe, staging: Path) -> None:
    """Each file by one rename; no moment has a stamp beside files that are not its own."""
    recipe.folder.mkdir(parents=True, exist_ok=True)
    recipe.stamp.unlink(missing_ok=True)
    for file in staging.iterdir():
        file.replace(recipe.folder / file.name)
    stamp = staging / recipe.stamp.name
    stamp.write_text(recipe.key)
    stamp.replace(recipe.stamp)


def _drop_leftovers(recipe: Recipe) -> None:
    """Under the lock, so a staging folder that is there belongs to a process that was killed."""
    for folder in recipe.home.glob(f"{_staging_prefix(recipe)}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _staging_prefix(recipe: Recipe) -> str:
    return f"staging-{recipe.name}-"


def _run(
    command: list[str], recipe: Recipe, each: Callable[[str], None] | None = None
) -> tuple[int, str, list[str]]:
    """Run one go command; `each` sees its stderr line by line. Returns exit code, stdout, lines of stderr.

    An exception on the way, an interrupt above all, stops the command before it goes further up.
    """
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=recipe.module,
            env=_environment(recipe),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
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


def _environment(recipe: Recipe) -> dict[str, str]:
    # A workspace file in some parent folder must not pull the program's module into itself.
    return {**os.environ, "GOWORK": "off", **recipe.environment}


def _reason(errors: list[str] | str) -> str:
    """The last lines of what Go printed, without its notes of progress, as one line."""
    lines = errors.splitlines() if isinstance(errors, str) else errors
    telling = [line.strip() for line in lines if " " in line and not line.startswith((FETCHED, "# "))]
    return "; ".join(telling[-REASON_LINES:])
