"""What happened on the servers of one run, in a file that the command which started it reads.

The file is `clusters.json` in the session's folder, written anew by every run with real servers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE = "clusters.json"


@dataclass
class ClusterReport:
    """One cluster. `kubeconfig` is there as long as its servers are."""

    name: str
    version: str
    kubeconfig: str
    restored: int = 0
    stored: list[str] = field(default_factory=list[str])
    deleted: list[str] = field(default_factory=list[str])
    dry_runs: int = 0
    definitions: dict[str, str] = field(default_factory=dict[str, str])
    rendered: list[str] = field(default_factory=list[str])
    not_rendered: dict[str, str] = field(default_factory=dict[str, str])
    refused: list[str] = field(default_factory=list[str])
    """Objects of an earlier run that this server does not take, each with its words."""


class Report:
    """The file, and what goes into it, by realm."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._clusters: dict[str, ClusterReport] = {}
        self._lock = threading.Lock()
        self._write()

    def open(self, realm: str, cluster: ClusterReport) -> Told:
        """Begin a cluster's part."""
        with self._lock:
            self._clusters[realm] = cluster
            self._write()
        return Told(self, cluster)

    def change(self, change: Callable[[], object]) -> None:
        """Run `change` and write the file, one at a time."""
        with self._lock:
            change()
            self._write()

    def _write(self) -> None:
        aside = self._file.with_suffix(".new")
        aside.write_text(json.dumps({realm: asdict(each) for realm, each in self._clusters.items()}))
        aside.replace(self._file)


class Told:
    """One cluster's part; threads may share it."""

    def __init__(self, report: Report, cluster: ClusterReport) -> None:
        self._report = report
        self._cluster = cluster

    def stored(self, object: str) -> None:
        """An object was stored or changed."""
        self._report.change(lambda: self._cluster.stored.append(object))

    def deleted(self, object: str) -> None:
        """An object was deleted."""
        self._report.change(lambda: self._cluster.deleted.append(object))

    def dry_run(self) -> None:
        """An object was judged without storing it."""

        def count() -> None:
            self._cluster.dry_runs += 1

        self._report.change(count)

    def restored(self, count: int) -> None:
        """Objects of earlier runs were stored again."""

        def note() -> None:
            self._cluster.restored = count
            # Those are not this run's.
            self._cluster.stored.clear()

        self._report.change(note)

    def defined(self, group: str, origin: str) -> None:
        """Definitions were installed."""
        self._report.change(lambda: self._cluster.definitions.update({group: origin}))

    def rendered(self, release: str) -> None:
        """A release's objects were stored."""
        self._report.change(lambda: self._cluster.rendered.append(release))

    def not_rendered(self, release: str, why: str) -> None:
        """A release was taken at its word."""
        self._report.change(lambda: self._cluster.not_rendered.update({release: why}))

    def refused(self, object: str, words: str) -> None:
        """An object of an earlier run was refused now."""
        self._report.change(lambda: self._cluster.refused.append(f"{object}: {words}"))


def read(folder: Path) -> Mapping[str, ClusterReport]:
    """The last run's report by realm; empty where there is none."""
    file = folder / FILE
    if not file.is_file():
        return {}
    told: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {realm: ClusterReport(**each) for realm, each in told.items()}
