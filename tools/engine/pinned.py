"""The engine as its `go.mod` pins it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tools.engine.errors import RELEASE, EngineError
from tools.gobuild.errors import GO_DOWNLOADS
from tools.gobuild.recipe import CHECKOUT, Recipe

__all__ = ["CHECKOUT", "SDK_MODULE", "Pinned"]

MODULE_FOLDER = Path(__file__).resolve().parent
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True)
class Pinned(Recipe):
    """The engine's Go module and the places under `home` that hold what is built from it."""

    module: Path = MODULE_FOLDER

    name: ClassVar[str] = "engine"
    what: ClassVar[str] = "the engine"
    source: ClassVar[str] = "github.com/pulumi/pulumi/pkg/v3"
    package: ClassVar[str] = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
    file: ClassVar[str] = "pulumi"
    instead: ClassVar[str] = f"install {RELEASE}"
    error: ClassVar[type[Exception]] = EngineError

    @property
    def symbols(self) -> dict[str, str]:
        # Without it `pulumi version` is blank, and the Automation API refuses such an engine.
        return {VERSION_SYMBOL: self.version}

    @property
    def pulumi(self) -> Path:
        return self.executable

    def without_go(self) -> str:
        needed = ".".join(map(str, self.go_version))
        return (
            f"there is neither a Pulumi nor a Go on PATH; install {RELEASE}, or Go {needed} or newer "
            f"({GO_DOWNLOADS}), with which version {self.version} is then built, and run this again"
        )
