"""Definitions of the custom kinds that stacks use, from where `definitions.yaml` says.

Guarantees: what comes from a project's Go module has the hash that the table pins, is fetched once per
checkout, and stays out of the repository; what is ours is minimal and says so.

Left out: conversion between versions, which is the work of a webhook that does not run here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.servers import ServersError

OURS = Path(__file__).with_name("definitions")
CACHE = Path(__file__).resolve().parents[3] / ".palisade" / "definitions"
# Parsing a megabyte of YAML takes seconds without the C loader.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """One entry of `definitions.yaml`."""

    files: tuple[str, ...]
    groups: tuple[str, ...]
    module: str = ""
    version: str = ""
    sum: str = ""
    chart: str = ""

    @property
    def folder(self) -> Path:
        """Where its files are, once fetched."""
        return CACHE / f"{self.module.replace('/', '_')}@{self.version}" if self.module else OURS

    @property
    def origin(self) -> str:
        """Where they are from, for a person."""
        return f"{self.module} {self.version}" if self.module else "ours, minimal"

    def is_here(self) -> bool:
        """Whether there is nothing to fetch. The folder comes into place whole."""
        return self.folder.is_dir()

    def load(self) -> list[dict[str, Any]]:
        """The definitions. A conversion by webhook is taken out: nobody answers it here."""
        names = self.files if not self.module else ("*.yaml",)
        files = sorted(file for name in names for file in self.folder.glob(name))
        found: list[dict[str, Any]] = []
        for file in files:
            for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=_LOADER):
                if document and document.get("kind") == "CustomResourceDefinition":
                    document["spec"].pop("conversion", None)
                    document.pop("status", None)
                    found.append(document)
        return found


@cache
def sources() -> Sequence[Source]:
    """`definitions.yaml`."""
    table: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return [_source(entry) for entry in table["sources"]]


def _source(entry: Mapping[str, Any]) -> Source:
    texts: dict[str, str] = {key: entry.get(key, "") for key in ("module", "version", "sum", "chart")}
    return Source(tuple(entry["files"]), tuple(entry["groups"]), **texts)


def source_of(group: str) -> Source | None:
    """Who defines the kinds of an API group; `None` where the table does not know."""
    return next((source for source in sources() if group in source.groups), None)


def fetch(log: Callable[[str], None]) -> None:
    """Fetch what is not here yet with the go command. Raises ServersError."""
    missing = [source for source in sources() if not source.is_here()]
    if not missing:
        return
    go = shutil.which("go")
    if go is None:
        raise ServersError(
            "there is no Go on PATH to fetch definitions of custom kinds with; install it, or leave "
            "CLUSTER=real out"
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(missing, 1):
        log(f"  definitions fetched: {number} of {len(missing)} ({source.module} {source.version})")
        _fetch(go, source)


def _fetch(go: str, source: Source) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".fetching-") as aside:
        answer = subprocess.run(
            [go, "mod", "download", "-json", f"{source.module}@{source.version}"],
            cwd=aside,
            env={**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
        )
        told: dict[str, Any] = json.loads(answer.stdout or "{}")
        if answer.returncode or told.get("Error"):
            reason = " ".join(str(told.get("Error") or answer.stderr).split())
            raise ServersError(
                f"{source.module} {source.version} could not be fetched ({reason}); point GOPROXY at a "
                "mirror that this machine reaches and run this again, or leave CLUSTER=real out"
            )
        if told["Sum"] != source.sum:
            raise ServersError(
                f"{source.module} {source.version} has the hash {told['Sum']} and not the pinned "
                f"{source.sum}; do not use it, and find out why"
            )
        ready = Path(aside) / "ready"
        ready.mkdir()
        for pattern in source.files:
            for file in sorted(Path(told["Dir"]).glob(pattern)):
                shutil.copyfile(file, ready / file.name)
        if not any(ready.iterdir()):
            raise ServersError(f"{source.module} {source.version} has no files {', '.join(source.files)}")
        # Another process may have been quicker; its files are the same.
        if not source.is_here():
            ready.rename(source.folder)
