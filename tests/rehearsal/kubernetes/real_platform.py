"""A real API server that holds what `components/kubernetes` builds for both roles of a cluster."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from components.kubernetes.autoscaling import Autoscaling, AutoscalingArgs
from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs
from components.kubernetes.image_lists import HOME, RELEASED
from components.kubernetes.model_server import ModelServer
from components.kubernetes.model_tests import ModelTests, ModelTestsArgs
from components.kubernetes.queueing import Queueing, QueueingArgs
from components.kubernetes.tenants import Role
from components.kubernetes.training_job import TrainingJob
from rehearsal.kubernetes import kinds
from rehearsal.kubernetes.real import definitions, stand_ins
from rehearsal.kubernetes.real.api import NOT_FOUND, Api, Ref, ServerRefusal
from rehearsal.kubernetes.real.cluster import Cluster, Programs
from rehearsal.kubernetes.real.report import ClusterReport, Report
from rehearsal.kubernetes.real.store import Store
from rehearsal.model import Context, Refusal, Resource
from tests.components.kubernetes.samples import (
    NAME,
    NODES,
    PREFIX,
    ground,
    job_args,
    server_args,
    stores,
)
from tests.components.recorder import Made, build
from tools.servers import ensure

DEPLOYER, SIGNER, SOMEBODY = "deployer@acme-ai-test", "signer@acme-ai-test", "somebody@acme-ai-test"
EVERYTHING = ("system:masters",)
RELEASED_LIST = Ref("v1", "ConfigMap", RELEASED, HOME)
_BITES_SECONDS = 60


@dataclass(frozen=True)
class Ground:
    """The server with all of it stored.

    `somebody` has every right and is not the platform's deployer; `signer` has what its role gives it.
    """

    deployer: Api
    signer: Api
    somebody: Api
    stored: Mapping[str, dict[str, Any]]
    """By kind, namespace and name: `Job training/trainer`."""

    def try_pod(self, spec: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> None:
        """Ask for a pod without making it. Raises Refusal."""
        metadata = {"name": "tried", "labels": dict(labels)}
        self.deployer.apply(
            Ref("v1", "Pod", "tried", namespace), {"metadata": metadata, "spec": spec}, "test", dry=True
        )

    def try_deployment(self, spec: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> None:
        """Ask for a Deployment of such pods without making it. Raises Refusal."""
        labels = {"app": "tried", **labels}
        made = {
            "metadata": {"name": "tried"},
            "spec": {
                "selector": {"matchLabels": {"app": "tried"}},
                "template": {"metadata": {"labels": labels}, "spec": {**spec, "restartPolicy": "Always"}},
            },
        }
        self.deployer.apply(Ref("apps/v1", "Deployment", "tried", namespace), made, "test", dry=True)

    def pod_of(self, workload: str) -> dict[str, Any]:
        """A copy of the pod specification that the server stored of one of our workloads."""
        return copy.deepcopy(self.stored[workload]["spec"]["template"]["spec"])


@cache
def objects() -> tuple[Made, ...]:
    """What the components register for a training and an inference cluster, in order."""

    def training() -> None:
        ready = ground(Role.TRAINING)
        args = QueueingArgs(ready=ready, gpus=16, cpus=128, memory_gib=1024, node_labels=NODES)
        queue = Queueing(f"{NAME}-queueing", args).queue
        TrainingJob(f"{NAME}-trainer", job_args(ready, queue))
        ModelTests(f"{NAME}-tests", ModelTestsArgs(ready=ready, stores=stores(), nightly=True))
        monitored = GpuMetricsArgs(ready=ready, node_labels=NODES, monitor="monitoring.googleapis.com/v1")
        GpuMetrics(f"{NAME}-gpus", monitored)

    def inference() -> None:
        ready = ground(Role.INFERENCE)
        scaler = Autoscaling(f"{NAME}-autoscaling", AutoscalingArgs(ready=ready)).scaler
        ModelServer(f"{NAME}-models", server_args(ready, scaler))

    made = [*build(training), *build(inference)]
    return tuple(each for each in made if each.type.startswith("kubernetes:") and each.type != kinds.RELEASE)


@contextmanager
def running(version: str, folder: Path) -> Generator[Ground]:
    """A server of this minor version with everything stored and every policy in force."""
    servers = ensure(version)
    definitions.fetch(print)
    programs = Programs(servers.etcd, servers.apiserver, servers.version)
    cluster = Cluster(folder / "cluster", programs, {DEPLOYER: EVERYTHING, SOMEBODY: EVERYTHING, SIGNER: ()})
    try:
        cluster.wait()
        stand_ins.prepare(cluster.api)
        told = Report(folder).open("", ClusterReport("test", servers.version, ""))
        stored = _store(Store(cluster.api, told))
        ground = Ground(cluster.api, cluster.client(SIGNER), cluster.client(SOMEBODY), stored)
        _await_policies(ground)
        yield ground
        ground.signer.close()
        ground.somebody.close()
    finally:
        cluster.stop()


def _store(store: Store) -> dict[str, dict[str, Any]]:
    """Store every object; one whose namespace is not there yet comes again later: mocks keep no order."""
    stored: dict[str, dict[str, Any]] = {}
    waiting = list(objects())
    while waiting:
        later = [made for made in waiting if not _stored(store, made, stored)]
        assert len(later) < len(waiting), f"nowhere to put {[made.name for made in later]}"
        waiting = later
    return stored


def _stored(store: Store, made: Made, stored: dict[str, dict[str, Any]]) -> bool:
    inputs = _whole(made.inputs)
    # As the mocks answer: without a name of its own an object gets one from its resource.
    metadata: dict[str, Any] = {"name": made.name, **inputs["metadata"]}
    namespace = metadata.get("namespace", "")
    id = f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])
    key = f"{made.type.rpartition(':')[2]} {id}"
    # Both roles have the same ground under them.
    if key in stored:
        return True
    try:
        resource = Resource(made.urn, made.type, made.name, inputs, Context("kubernetes"))
        stored[key] = store.create(resource, id)
    except ServerRefusal as refusal:
        if refusal.code == NOT_FOUND:
            return False
        raise
    return True


def _whole(value: Any) -> Any:
    """Numbers as they are meant: on the wire every number has a point."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in cast(Mapping[str, Any], value).items()}
    if isinstance(value, list):
        return [_whole(item) for item in cast(list[Any], value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _await_policies(ground: Ground) -> None:
    """New policies take a moment to bite; each is waited for by something that it refuses."""
    spec = ground.pod_of("Job training/trainer")
    writable, tagged = copy.deepcopy(spec), copy.deepcopy(spec)
    writable["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False
    tagged["containers"][0]["image"] = "example.com/image:1"
    unsigned = copy.deepcopy(spec)
    unsigned["containers"][0]["image"] = f"{PREFIX}-images/trainer@sha256:{'f' * 64}"
    elsewhere = {**spec, "serviceAccountName": "default", "serviceAccount": "default"}
    open_to_all: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}
    label = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
    for ask in (
        lambda: ground.try_pod(writable, "training", {}),
        lambda: ground.try_deployment(writable, "training", {}),
        lambda: ground.try_pod(tagged, "training", {}),
        lambda: ground.try_pod(unsigned, "training", {}),
        lambda: ground.somebody.apply(RELEASED_LIST, {"data": {}}, "test", dry=True, force=True),
        lambda: ground.try_deployment({**spec, "automountServiceAccountToken": True}, "training", {}),
        lambda: ground.try_pod(elsewhere, "pipeline", {}),
        lambda: ground.try_pod(spec, "training", {"image-policy.k8s.io/break-glass": "true"}),
        lambda: ground.somebody.apply(
            Ref("v1", "Namespace", "training"), label, "test", dry=True, force=True
        ),
        lambda: ground.deployer.apply(
            Ref("networking.k8s.io/v1", "NetworkPolicy", "tried", "training"),
            {"spec": open_to_all},
            "test",
            dry=True,
        ),
    ):
        _await_refusal(ask)


def _await_refusal(ask: Callable[[], object]) -> None:
    end = time.monotonic() + _BITES_SECONDS
    while time.monotonic() < end:
        try:
            ask()
        except Refusal as refusal:
            if "denied request" not in refusal.problem:
                raise
            return
        time.sleep(0.2)
    raise AssertionError(f"a policy did not bite within {_BITES_SECONDS} s")
