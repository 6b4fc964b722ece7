"""What a `go.mod` pins, and where the program built from it lies in the checkout."""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Recipe:
    """One program: `module` is the folder of its `go.mod`, `home` holds what is built, locks included."""

    module: Path
    home: Path = CHECKOUT / ".palisade"

    name: ClassVar[str]
    """Names the lock, the stamp and what lies aside while a build runs."""
    what: ClassVar[str]
    """The program in a sentence: `the engine`."""
    source: ClassVar[str]
    """The Go module whose version is the program's."""
    package: ClassVar[str]
    """The Go package that is compiled."""
    file: ClassVar[str]
    """The name of the executable."""
    instead: ClassVar[str]
    """What else a person can do where it cannot be built: `install …`."""
    error: ClassVar[type[Exception]]
    """What is raised then."""

    @cached_property
    def version(self) -> str:
        """The program's version as Go writes it, for example `v3.259.0`."""
        return self._first(rf"^(?:require |\t){re.escape(self.source)} (v\S+)(?: // indirect)?$")

    @cached_property
    def go_version(self) -> tuple[int, ...]:
        """The oldest Go that compiles it, for example `(1, 25, 11)`."""
        return tuple(int(part) for part in self._first(r"^go ([\d.]+)$").split("."))

    @cached_property
    def key(self) -> str:
        """Names one build: another version, dependency or machine type gives another key."""
        content = b"\0".join((self.module / name).read_bytes() for name in ("go.mod", "go.sum"))
        machine = f"{platform.system()}/{platform.machine()}"
        return f"{self.version} {machine} {hashlib.sha256(content).hexdigest()}"

    @property
    def symbols(self) -> dict[str, str]:
        """Variables of the program that the linker sets, its version above all."""
        return {}

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the go command."""
        return {}

    @property
    def folder(self) -> Path:
        return self.home / "bin"

    @property
    def executable(self) -> Path:
        return self.folder / self.file

    @property
    def stamp(self) -> Path:
        """Written last, so that its content equals `key` only beside a complete build."""
        return self.folder / f"{self.name}.key"

    def is_built(self) -> bool:
        return self.executable.exists() and self.stamp.exists() and self.stamp.read_text() == self.key

    def without_go(self) -> str:
        """Why nothing can be built on a machine that has no Go, in one sentence."""
        needed = ".".join(map(str, self.go_version))
        return f"there is no Go on PATH to build {self.what} with; install Go {needed} or newer"

    def _first(self, pattern: str) -> str:
        path = self.module / "go.mod"
        match = re.search(pattern, path.read_text(), re.MULTILINE)
        if match is None:
            raise ValueError(f"{path} has no line of the form {pattern}; restore it from version control")
        return match.group(1)
