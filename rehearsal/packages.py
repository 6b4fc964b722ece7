"""Which packages the rehearsal serves, where each one's knowledge is and which SDK its shapes come from."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from rehearsal.check import STRICT, Checker
from rehearsal.fill import Filler
from rehearsal.model import Package
from rehearsal.sdk import Sdk
from rehearsal.shape import ResourceShape, Shapes
from rehearsal.shapecache import ShapeCache

FOLDERS = {
    "gcp": "gcp",
    "aws": "aws",
    "azure-native": "azure",
    "kubernetes": "kubernetes",
    "random": "random",
    "tls": "tls",
}
"""Pulumi's package name -> the folder here."""
CACHE = Path(__file__).resolve().parent.parent / ".palisade" / "cache"
# azure-native:network/v20230901:VirtualNetwork is a VirtualNetwork of another API version.
_API_VERSION = re.compile(r"^(azure-native:[^:/]+)/v\d{8}\w*:")


@dataclass(frozen=True)
class Served:
    """One package with all that is needed to serve it; parts are loaded when first used."""

    name: str
    sdk_paths: tuple[str, ...]
    """Folders to look for SDKs in, before this interpreter's own: the program's virtual environment."""

    @cached_property
    def knowledge(self) -> Package:
        """What the package's folder knows."""
        return import_module(f"rehearsal.{FOLDERS[self.name]}").PACKAGE

    @cached_property
    def sdk(self) -> Sdk:
        """The installed SDK. Raises ModuleNotFoundError in one sentence."""
        module = f"pulumi_{self.name.replace('-', '_')}"
        for folder in (*self.sdk_paths, *sys.path):
            if (Path(folder) / module / "__init__.py").is_file():
                return Sdk(Path(folder) / module)
        raise ModuleNotFoundError(
            f"the rehearsal reads the types of {self.name} from {module}, which is not installed; "
            f"run pip install {module.replace('_', '-')}"
        )

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of the SDK's types."""
        return Shapes(self.sdk, ShapeCache(CACHE / "shapes", f"{self.sdk.root.name}-{self.sdk.version}"))

    @cached_property
    def checker(self) -> Checker:
        """The check of inputs against shapes."""
        return Checker(self.shapes, strict=self.name in STRICT)

    @cached_property
    def filler(self) -> Filler:
        """The maker of outputs."""
        return Filler(self.shapes, self.knowledge)

    def canonical(self, token: str) -> str:
        """The token without an API version, which the SDK and the knowledge do not have."""
        return _API_VERSION.sub(r"\1:", token)

    def shape(self, token: str) -> ResourceShape | None:
        """The shape of a resource type, `None` for one the SDK does not have."""
        return self.shapes.resource(token)


def serve(sdk_paths: Sequence[str] = ()) -> dict[str, Served]:
    """All packages by name."""
    return {name: Served(name, tuple(sdk_paths)) for name in FOLDERS}
