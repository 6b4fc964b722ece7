"""The real clusters of a rehearsal: one per cluster that a program's providers name.

Guarantees: a cluster starts when the first provider that names it is configured, beside whatever else runs;
before anything else is asked of it, what stands in the record is stored in it again, in the order in which it
came to be; all end with `close`, and with this process however it ends.

Left out: a cluster whose kubeconfig is not known yet. The engine asks its provider nothing before it is.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2

from rehearsal.kubernetes import kinds, kubeconfig
from rehearsal.kubernetes.real import charts, stand_ins
from rehearsal.kubernetes.real.api import Api, UnknownKind
from rehearsal.kubernetes.real.cluster import KUBECONFIG, Cluster, ClusterError, Programs
from rehearsal.kubernetes.real.report import ClusterReport, Report, Told
from rehearsal.kubernetes.real.store import Store
from rehearsal.model import Context, Existing, Refusal, Resource
from rehearsal.record import CloudRecord

FOLDER: Final = "clusters"
T = TypeVar("T")
_PREFIX: Final = "kubernetes:"


@dataclass(frozen=True)
class _Running:
    api: Api
    store: Store
    told: Told

    def release(self, inputs: Mapping[str, Any], id: str) -> None:
        """Apply a Helm release's objects, or tell why not."""
        why = charts.why_not(inputs)
        if why:
            self.told.not_rendered(id, why)
            return
        self.told.rendered(f"{id} ({charts.apply(self.api, inputs)} objects)")

    def uninstall(self, inputs: Mapping[str, Any]) -> None:
        """Delete a Helm release's objects, where they were rendered."""
        if not charts.why_not(inputs):
            charts.delete(self.api, inputs)


class Clusters:
    """See `rehearsal.model.Live`. `users` may ask the servers; the first one is who the program runs as."""

    def __init__(
        self, folder: Path, programs: Programs, users: Mapping[str, Sequence[str]], record: CloudRecord
    ) -> None:
        self._folder = folder / FOLDER
        # A keeper that was killed could not remove it, and the session's folder is ours alone.
        shutil.rmtree(self._folder, ignore_errors=True)
        self._programs = programs
        self._users = users
        self._record = record
        self._report = Report(folder)
        self._lock = threading.Lock()
        self._closed = False
        self._clusters: list[Cluster] = []
        self._running: dict[str, Future[_Running]] = {}
        self._starters = ThreadPoolExecutor(4)

    def meet(self, context: Context) -> None:
        """Start the cluster that a provider's configuration names, unless it runs or is not known yet."""
        realm = kubeconfig.cluster_key(context.config)
        if realm == kubeconfig.NOT_KNOWN:
            return
        with self._lock:
            if realm not in self._running and not self._closed:
                name = str(context.config.get("clusterIdentifier") or realm or "default")
                self._running[realm] = self._starters.submit(self._start, realm, name)

    def plan(self, resource: Resource, id: str) -> dict[str, Any] | None:
        """What storing it would make, in a preview; `None` where the server is not asked."""
        if resource.type == kinds.RELEASE:
            return None
        return self._asked(resource, lambda running: running.store.plan(resource, id))

    def create(self, resource: Resource, id: str) -> dict[str, Any] | None:
        """Store a new object; what the server made of it, `None` where it was not asked."""
        if resource.type == kinds.RELEASE:
            return self._release(resource, id)
        return self._asked(resource, lambda running: running.store.create(resource, id))

    def update(self, resource: Resource, id: str) -> dict[str, Any] | None:
        """Change an object in place; as `create`."""
        if resource.type == kinds.RELEASE:
            return self._release(resource, id)
        return self._asked(resource, lambda running: running.store.update(resource, id))

    def delete(self, resource: Resource, id: str) -> None:
        """Delete an object."""
        if resource.type == kinds.RELEASE:
            self._asked(resource, lambda running: running.uninstall(resource.inputs))
        else:
            self._asked(resource, lambda running: running.store.delete(resource, id))

    def close(self) -> None:
        """End all servers; those that are just starting, too."""
        with self._lock:
            self._closed = True
            clusters = list(self._clusters)
        for cluster in clusters:
            cluster.stop()
        self._starters.shutdown(wait=True, cancel_futures=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _release(self, resource: Resource, id: str) -> None:
        self._asked(resource, lambda running: running.release(resource.inputs, id))

    def _asked(self, resource: Resource, ask: Callable[[_Running], T]) -> T | None:
        realm = kubeconfig.cluster_key(resource.context.config)
        if realm == kubeconfig.NOT_KNOWN:
            return None
        self.meet(resource.context)
        try:
            return ask(self._running[realm].result())
        except ClusterError as error:
            raise Refusal("", str(error), "run it again; without CLUSTER=real no server is needed") from error
        except httpx2.TransportError as error:
            raise Refusal("", f"the cluster's API server does not answer any more ({error})") from error

    def _start(self, realm: str, name: str) -> _Running:
        folder = self._folder / (realm or "default")
        with self._lock:
            if self._closed:
                raise ClusterError("the rehearsal is ending")
            cluster = Cluster(folder, self._programs, self._users)
            self._clusters.append(cluster)
        cluster.wait()
        stand_ins.prepare(cluster.api)
        told = self._report.open(realm, ClusterReport(name, self._programs.version, str(folder / KUBECONFIG)))
        running = _Running(cluster.api, Store(cluster.api, told), told)
        self._restore(running, realm)
        return running

    def _restore(self, running: _Running, realm: str) -> None:
        """Store again what an earlier run left in the record: servers forget, the rehearsal does not."""
        standing = [each for each in self._record.find(f"{_PREFIX}*", realm=realm) if not each.kept]
        count = 0
        for existing in standing:
            try:
                if existing.type == kinds.RELEASE:
                    running.release(existing.inputs, existing.id)
                    continue
                running.store.update(_resource(existing), existing.id)
                count += 1
            except (Refusal, UnknownKind) as refusal:
                running.told.refused(f"{existing.type} {existing.id}", str(refusal))
        running.told.restored(count)


def _resource(existing: Existing) -> Resource:
    context = Context("kubernetes")
    name = existing.urn.rpartition("::")[2]
    return Resource(existing.urn, existing.type, name, existing.inputs, context, existing.generation)
