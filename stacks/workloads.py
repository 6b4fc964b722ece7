"""What runs in clusters, the same on every cloud: the ground of each, what trains, and what answers.

A cloud's own `workloads.py` says what its clusters are like (`Inside`), and adds what it leaves to the
cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS
from components.contracts import Cluster, Registry, SigningKey, Store, StoreName, Workload
from components.kubernetes.autoscaling import Autoscaling, AutoscalingArgs
from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs
from components.kubernetes.hosted import Hosted
from components.kubernetes.image_lists import Releaser
from components.kubernetes.model_server import Front, KeyStore, ModelServer, ModelServerArgs
from components.kubernetes.model_tests import ModelTests, ModelTestsArgs
from components.kubernetes.platform import Account, Platform, PlatformArgs, Ready
from components.kubernetes.profile import Profile
from components.kubernetes.provider import cluster_provider
from components.kubernetes.queueing import Queueing, QueueingArgs
from components.kubernetes.runtime_security import RuntimeSecurity, RuntimeSecurityArgs
from components.kubernetes.software import Software
from components.kubernetes.tenants import Role
from components.kubernetes.tokens import Tokens
from components.kubernetes.training_job import TrainingJob, TrainingJobArgs
from stacks.model.choices import Accelerator, Phase
from stacks.model.limits import figures
from stacks.model.sections import Inference
from stacks.settings import Settings


@dataclass(frozen=True)
class Released:
    """Where software and models come from, and whose signature on them counts."""

    registry: Registry
    signing: SigningKey
    stores: Mapping[StoreName, Store]


@dataclass(frozen=True)
class Inside:
    """One cluster as its workloads find it.

    `identifier` stays the same for the cluster's life; `trust_domain` is what identities in it are named
    under. `identities` are the cloud's, where an account names its own. `administrators` are users or groups
    as the API server knows them, and `releasers` enter released digests. `monitor` is the API version of
    `PodMonitoring`, where a collector reads it; `measures_gpus` says whether the cloud measures accelerators
    by itself. `rights` are waited for before anything is put in.
    """

    cluster: Cluster
    identifier: str
    trust_domain: str
    profile: Profile
    administrators: tuple[str | pulumi.Output[str], ...]
    releasers: tuple[Releaser, ...] = ()
    identities: Mapping[Workload, pulumi.Output[str]] = field(
        default_factory=dict[Workload, pulumi.Output[str]]
    )
    monitor: str | None = None
    measures_gpus: bool = False
    rights: tuple[pulumi.Resource, ...] = ()


@dataclass(frozen=True)
class Grounded:
    """A cluster with its ground laid: what to wait for, and the options of whatever runs on it."""

    name: str
    inside: Inside
    ready: Ready
    opts: pulumi.ResourceOptions


@dataclass(frozen=True)
class Screening:
    """Who judges prompts: a host, and the template or guardrail there."""

    host: pulumi.Output[str]
    template: pulumi.Output[str]


@dataclass(frozen=True)
class Serving:
    """What model servers need from around the cluster.

    `tokens` and `counts` are for edges that neither verify tokens nor count callers, `hosted` for models that
    the cloud itself answers.
    """

    screening: Screening | None = None
    keys: KeyStore | None = None
    service_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    tokens: Tokens | None = None
    counts: bool = False
    front: Front | None = None
    hosted: pulumi.Output[Hosted] | None = None


def lay_ground(name: str, settings: Settings, inside: Inside, released: Released, role: Role) -> Grounded:
    """Namespaces, admission, policies, identity and runtime detection of one cluster."""
    provider = cluster_provider(name, inside.cluster, inside.identifier)
    opts = pulumi.ResourceOptions(providers=[provider], depends_on=list(inside.rights))
    accounts = TRAINING_ACCOUNTS if role is Role.TRAINING else INFERENCE_ACCOUNTS
    platform = Platform(
        name,
        PlatformArgs(
            role=role,
            profile=inside.profile,
            software=Software(released.registry, settings.software),
            trust_domain=inside.trust_domain,
            accounts=tuple(
                Account(
                    namespace=account.namespace,
                    name=account.name,
                    cloud_identity=inside.identities.get(workload),
                )
                for workload, account in accounts.items()
            ),
            gpus=_gpus(settings, role),
            administrators=inside.administrators,
            releasers=inside.releasers,
        ),
        opts,
    )
    RuntimeSecurity(f"{name}-runtime", RuntimeSecurityArgs(ready=platform.ready), opts)
    return Grounded(name, inside, platform.ready, opts)


def run_training(
    ground: Grounded, settings: Settings, released: Released, devices: Mapping[str, int] | None = None
) -> None:
    """The training cluster's queue, job and tests. `devices` are a node's adapters for collectives."""
    asked, ready = settings.training, ground.ready
    if asked.accelerator is not Accelerator.NONE:
        nodes, gpus = node_labels(asked.accelerator), _gpus(settings, Role.TRAINING)
        queueing = Queueing(
            f"{ground.name}-queueing",
            QueueingArgs(
                ready=ready,
                gpus=gpus,
                cpus=16 * gpus,
                memory_gib=128 * gpus,
                node_labels=nodes,
                devices={device: count * asked.nodes.max for device, count in (devices or {}).items()},
            ),
            ground.opts,
        )
        if job := asked.job:
            TrainingJob(
                f"{ground.name}-trainer",
                TrainingJobArgs(
                    ready=ready,
                    queue=queueing.queue,
                    stores=released.stores,
                    public_key=released.signing.public_key,
                    base_model=job.base_model,
                    workers=job.workers,
                    gpus_per_worker=asked.accelerators_per_node,
                    memory_gib=figures().accelerator_memory_gib[asked.accelerator],
                    node_labels=nodes,
                    devices=devices or {},
                    gradient_noise=job.gradient_noise,
                ),
                ground.opts,
            )
        _measures(ground, nodes)
    if settings.phase is not Phase.FOUNDATION:
        nightly = settings.phase is Phase.CONTINUOUS
        tests = ModelTestsArgs(ready=ready, stores=released.stores, nightly=nightly)
        ModelTests(f"{ground.name}-tests", tests, ground.opts)


def run_models(ground: Grounded, asked: Inference, released: Released, serving: Serving) -> pulumi.Resource:
    """The inference cluster's autoscaler and model servers. Returns what the edge waits for."""
    name, ready, nodes = ground.name, ground.ready, node_labels(asked.accelerator)
    autoscaling = Autoscaling(f"{name}-autoscaling", AutoscalingArgs(ready=ready), ground.opts)
    _measures(ground, nodes)
    screening = serving.screening
    server = ModelServer(
        f"{name}-models",
        ModelServerArgs(
            ready=ready,
            autoscaler=autoscaling.scaler,
            models=released.stores[StoreName.MODELS],
            public_key=released.signing.public_key,
            model=asked.model,
            gpus=asked.accelerators_per_node,
            memory_gib=figures().accelerator_memory_gib[asked.accelerator],
            min_replicas=asked.replicas.min,
            max_replicas=asked.replicas.max,
            body_bytes=asked.limits.body_bytes,
            max_tokens=asked.limits.max_tokens,
            tokens_per_minute=asked.limits.tokens_per_minute,
            node_labels=nodes,
            service_annotations=serving.service_annotations,
            callers=tuple(key.name for key in asked.access.api_keys),
            keys=serving.keys,
            screen_host=screening.host if screening else None,
            screen_template=screening.template if screening else None,
            tokens=serving.tokens,
            requests_per_minute=asked.limits.requests_per_minute if serving.counts else None,
            front=serving.front,
            hosted=serving.hosted,
        ),
        ground.opts,
    )
    return server.deployment


def node_labels(accelerator: Accelerator) -> dict[str, str]:
    """What the nodes of an accelerator carry on every cloud."""
    return {"palisade/pool": "gpu", "palisade/accelerator": accelerator.value}


def _measures(ground: Grounded, nodes: Mapping[str, str]) -> None:
    if not ground.inside.measures_gpus:
        args = GpuMetricsArgs(ready=ground.ready, node_labels=nodes, monitor=ground.inside.monitor)
        GpuMetrics(f"{ground.name}-gpus", args, ground.opts)


def _gpus(settings: Settings, role: Role) -> int:
    """How many accelerators a cluster's pods may ask for together."""
    if role is Role.INFERENCE:
        asked = settings.inference
        return asked.replicas.max * asked.accelerators_per_node if asked else 0
    training = settings.training
    if training.accelerator is Accelerator.NONE:
        return 0
    return training.nodes.max * training.accelerators_per_node
