"""etcd and kube-apiserver as their `go.mod` files pin them.

The modules of kube-apiserver's own repository carry no versions there (`v0.0.0`), so each is replaced by its
release; `go mod tidy` keeps the rest because the server is named as a tool.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tools.gobuild.recipe import CHECKOUT, Recipe

FOLDER = Path(__file__).resolve().parent
HOME = CHECKOUT / ".palisade" / "servers"
VERSION_PACKAGE = "k8s.io/component-base/version"


class ServersError(Exception):
    """The servers cannot be had; the message says why and what else works."""


@dataclass(frozen=True)
class Server(Recipe):
    """What both have in common."""

    home: Path = HOME

    instead: ClassVar[str] = "leave CLUSTER=real out"
    error: ClassVar[type[Exception]] = ServersError

    @property
    def environment(self) -> dict[str, str]:
        # One static file, whether or not there is a C compiler.
        return {"CGO_ENABLED": "0"}

    @property
    def folder(self) -> Path:
        return self.home / self.module.name


@dataclass(frozen=True)
class Etcd(Server):
    """The store behind the API server."""

    module: Path = FOLDER / "etcd"

    name: ClassVar[str] = "etcd"
    what: ClassVar[str] = "etcd"
    source: ClassVar[str] = "go.etcd.io/etcd/server/v3"
    package: ClassVar[str] = "go.etcd.io/etcd/server/v3"
    file: ClassVar[str] = "etcd"


@dataclass(frozen=True)
class ApiServer(Server):
    """kube-apiserver; `module` says which version."""

    name: ClassVar[str] = "kube-apiserver"
    what: ClassVar[str] = "kube-apiserver"
    source: ClassVar[str] = "k8s.io/kubernetes"
    package: ClassVar[str] = "k8s.io/kubernetes/cmd/kube-apiserver"
    file: ClassVar[str] = "kube-apiserver"

    @property
    def symbols(self) -> dict[str, str]:
        # Without them it calls itself v0.0.0-master, and takes no storage version for its own.
        major, minor, _patch = self.version.removeprefix("v").split(".")
        return {
            f"{VERSION_PACKAGE}.gitVersion": self.version,
            f"{VERSION_PACKAGE}.gitMajor": major,
            f"{VERSION_PACKAGE}.gitMinor": minor,
        }
