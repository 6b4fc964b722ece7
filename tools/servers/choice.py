"""Chooses the servers: the pinned version or the one before it, built if it is not there yet."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tools.gobuild.build import build, find_go
from tools.gobuild.errors import Log
from tools.servers.recipes import FOLDER, ApiServer, Etcd, Server, ServersError

__all__ = ["NEWEST", "VERSIONS", "Servers", "ServersError", "ensure", "lacking"]

_PREFIX = "kubernetes-"
VERSIONS = tuple(
    sorted(
        (folder.name.removeprefix(_PREFIX) for folder in FOLDER.glob(f"{_PREFIX}*")),
        key=lambda version: tuple(map(int, version.split("."))),
        reverse=True,
    )
)
"""Minor versions with a folder here, the newest first."""
NEWEST = VERSIONS[0]


@dataclass(frozen=True)
class Servers:
    """Executables of one cluster's servers; `version` is kube-apiserver's, written like `v1.37.2`."""

    etcd: Path
    apiserver: Path
    version: str


def ensure(minor: str = NEWEST, log: Log | None = None) -> Servers:
    """Return the servers, building what is not built. `log` gets one line per step of progress.

    Raises ServersError, with one message for the user, if one cannot be built or there is no such version.
    """
    etcd, apiserver = _recipes(minor)
    for recipe in (etcd, apiserver):
        if not recipe.is_built():
            build(recipe, log or _to_stderr)
    return Servers(etcd.executable, apiserver.executable, apiserver.version)


def is_built(minor: str) -> bool:
    """Whether these servers are here already."""
    return all(recipe.is_built() for recipe in _recipes(minor))


def lacking(minor: str = NEWEST) -> str:
    """Why these servers cannot be had here without installing something; empty where they can."""
    for recipe in _recipes(minor):
        if not recipe.is_built():
            try:
                find_go(recipe)
            except ServersError as error:
                return str(error)
    return ""


def _recipes(minor: str) -> tuple[Server, Server]:
    if minor not in VERSIONS:
        raise ServersError(
            f"there is no Kubernetes {minor} here; write KUBERNETES= and one of {', '.join(VERSIONS)}"
        )
    return Etcd(), ApiServer(FOLDER / f"{_PREFIX}{minor}")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
