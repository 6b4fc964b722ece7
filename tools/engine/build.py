"""Builds the pinned engine from its Go module, with what the SDK's module carries for Python programs."""

from __future__ import annotations

from pathlib import Path

from tools.engine.companions import take_from_sdk
from tools.engine.pinned import SDK_MODULE, Pinned
from tools.gobuild import build as gobuild
from tools.gobuild.errors import Log


def build(pinned: Pinned, log: Log) -> None:
    """Build the engine and move it into place, unless another process has done so meanwhile.

    Raises EngineError if Go is missing or too old, or if the module cannot be fetched or compiled.
    """

    def companions(go: str, staging: Path) -> None:
        take_from_sdk(gobuild.module_folder(go, pinned, SDK_MODULE), staging)

    gobuild.build(pinned, log, companions)
