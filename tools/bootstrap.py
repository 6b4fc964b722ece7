"""Install the locked Python packages into `.venv` and get the Pulumi engine. Standard library only.

Builds `.venv` from `requirements-dev.txt` with uv: the one on PATH, else one that pip puts in `.palisade/`.
Guarantees that every package matches its locked hash, that an interrupted run is picked up by the next, and
that a run with nothing to do installs nothing. Leaves out Go and Python themselves: where one is missing, the
message says what to install.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
VENV = ROOT / ".venv"
STAMP = VENV / "palisade-installed"
HOME = ROOT / ".palisade"
UV_REQUIREMENT = "uv==0.13.9"
OLDEST_PYTHON = (3, 11)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        return refuse(
            f"Python {sys.version_info.major}.{sys.version_info.minor} is too old; "
            "install Python 3.11 or newer, or name one: make PYTHON=python3.12 ..."
        )
    try:
        install_packages()
    except subprocess.CalledProcessError:
        return refuse(
            f"the packages of {LOCK.name} could not be installed (the reason is above); "
            "check that this machine reaches a Python package index, then type the command again"
        )
    except MissingTool as error:
        return refuse(str(error))
    # In the new interpreter: this one has none of the packages.
    return subprocess.run(
        [VENV / "bin" / "python", "-m", "tools.engine", "--quiet"], cwd=ROOT, check=False
    ).returncode


class MissingTool(Exception):
    """Something only the machine's owner can install."""


def install_packages() -> None:
    """Make `.venv` hold exactly what the lock says, unless its stamp says it already does."""
    fingerprint = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return
    say("installing the locked packages into .venv (once; about a minute, most of it the download)")
    uv = find_uv()
    environment = {
        **os.environ,
        "VIRTUAL_ENV": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
    }
    subprocess.run(
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV],
        check=True,
        env=environment,
        cwd=ROOT,
    )
    subprocess.run([uv, "pip", "sync", "--require-hashes", LOCK], check=True, env=environment, cwd=ROOT)
    # Python finds the project's own packages from any folder: a rehearsed program may live elsewhere.
    site_packages = next(VENV.glob("lib/python*/site-packages"))
    (site_packages / "palisade.pth").write_text(f"{ROOT}\n")
    STAMP.write_text(fingerprint)


def find_uv() -> str:
    """The uv on PATH, else our own copy under `.palisade/uv`, installed by pip where it is not there yet."""
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    own = HOME / "uv" / "bin" / "uv"
    if not own.exists():
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
            raise MissingTool(
                "neither uv nor pip is here; install either (Debian: apt-get install python3-pip)"
            )
        say("getting uv (once)")
        subprocess.run(
            [
                *pip,
                "install",
                "--quiet",
                "--root-user-action",
                "ignore",
                "--target",
                HOME / "uv",
                UV_REQUIREMENT,
            ],
            check=True,
        )
    return str(own)


def say(text: str) -> None:
    print(f"palisade: {text}", file=sys.stderr, flush=True)


def refuse(text: str) -> int:
    say(text)
    return 1


if __name__ == "__main__":
    sys.exit(main())
