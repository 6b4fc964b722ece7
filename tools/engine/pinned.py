"""What `go.mod` pins, and where the engine built from it lies in the checkout."""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MODULE_FOLDER = Path(__file__).resolve().parent
CHECKOUT = MODULE_FOLDER.parent.parent
COMMAND_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"


@dataclass(frozen=True)
class Pinned:
    """The engine's Go module and the places under `home` that hold what is built from it."""

    module: Path = MODULE_FOLDER
    home: Path = CHECKOUT / ".palisade"

    @cached_property
    def version(self) -> str:
        """The engine's version as Go writes it, for example `v3.259.0`."""
        return self._first(r"^require github\.com/pulumi/pulumi/pkg/v3 (v\S+)$")

    @cached_property
    def go_version(self) -> tuple[int, ...]:
        """The oldest Go that compiles the engine, for example `(1, 25, 11)`."""
        return tuple(int(part) for part in self._first(r"^go ([\d.]+)$").split("."))

    @cached_property
    def key(self) -> str:
        """Names one build: another version, dependency or machine type gives another key."""
        content = b"\0".join((self.module / name).read_bytes() for name in ("go.mod", "go.sum"))
        machine = f"{platform.system()}/{platform.machine()}"
        return f"{self.version} {machine} {hashlib.sha256(content).hexdigest()}"

    @property
    def folder(self) -> Path:
        return self.home / "bin"

    @property
    def pulumi(self) -> Path:
        return self.folder / "pulumi"

    @property
    def stamp(self) -> Path:
        """Written last, so that its content equals `key` only beside a complete engine."""
        return self.folder / "engine.key"

    def is_built(self) -> bool:
        return self.pulumi.exists() and self.stamp.exists() and self.stamp.read_text() == self.key

    def _first(self, pattern: str) -> str:
        path = self.module / "go.mod"
        match = re.search(pattern, path.read_text(), re.MULTILINE)
        if match is None:
            raise ValueError(f"{path} has no line of the form {pattern}; restore it from version control")
        return match.group(1)
