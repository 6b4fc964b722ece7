"""The small executables that the engine expects beside itself to run Python.

| file | from | for |
|---|---|---|
| pulumi-language-python | `launchers/` | starts our language host, `tools.engine.host` |
| pulumi-language-python-exec | the engine's SDK module | runs one program |
| pulumi-resource-pulumi-python | the engine's SDK module | serves dynamic providers |

`pulumi-analyzer-policy-python` is not among them: only an engine without a language host asks for it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tools.engine.pinned import Pinned

LAUNCHERS = Path(__file__).resolve().parent / "launchers"
FROM_SDK = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
EXECUTABLE = 0o755


def take_from_sdk(sdk: Path, folder: Path) -> None:
    """Copy what the SDK module carries for its Python host into `folder`."""
    for name in FROM_SDK:
        _copy(sdk / name, folder / Path(name).name)


def lay(pinned: Pinned) -> None:
    """Put our own launchers beside the engine where they are missing or of an older checkout."""
    for launcher in LAUNCHERS.iterdir():
        target = pinned.folder / launcher.name
        if target.exists() and target.read_bytes() == launcher.read_bytes():
            continue
        # Aside and renamed, so that an engine that starts meanwhile never sees half a file.
        with tempfile.TemporaryDirectory(dir=pinned.home) as aside:
            _copy(launcher, Path(aside) / launcher.name).replace(target)


def _copy(source: Path, target: Path) -> Path:
    # Go's module cache is read-only, and its modes must not come along.
    shutil.copyfile(source, target)
    target.chmod(EXECUTABLE)
    return target
