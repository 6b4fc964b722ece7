"""What runs in the clusters of a Google Cloud stack: the ground of each, and its workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS, KubernetesAccount
from components.contracts import Cluster, Registry, SegmentName, SigningKey, Store, StoreName, Workload
from components.gcp.google_ranges import FRONT_END_RANGES, RESTRICTED_RANGE
from components.gcp.inference import InferenceCluster, Serving
from components.gcp.prompts import Prompts
from components.kubernetes.autoscaling import Autoscaling, AutoscalingArgs
from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs
from components.kubernetes.model_server import KeyStore, ModelServer, ModelServerArgs
from components.kubernetes.model_tests import ModelTests, ModelTestsArgs
from components.kubernetes.platform import Account, Platform, PlatformArgs, Ready
from components.kubernetes.profile import Profile, defaults
from components.kubernetes.provider import cluster_provider
from components.kubernetes.queueing import Queueing, QueueingArgs
from components.kubernetes.runtime_security import RuntimeSecurity, RuntimeSecurityArgs
from components.kubernetes.software import Software
from components.kubernetes.tenants import Role
from components.kubernetes.training_job import TrainingJob, TrainingJobArgs
from stacks.gcp.base import Base
from stacks.model.choices import Accelerator, Phase
from stacks.model.sections import Inference

IDENTITY_ANNOTATION = "iam.gke.io/gcp-service-account"
# GKE's collector reads measures of pods by it; its driver and provider mount secrets of Secret Manager.
# Sources: cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed,
# cloud.google.com/secret-manager/docs/secret-manager-managed-csi-component.
MONITORING = "monitoring.googleapis.com/v1"
SECRETS_DRIVER, SECRETS_PROVIDER = "secrets-store-gke.csi.k8s.io", "gke"
SECRETS_API = "secrets-store.csi.x-k8s.io/v1"


@dataclass(frozen=True)
class Released:
    """Where software and models come from, and whose signature on them counts."""

    registry: Registry
    signing: SigningKey
    stores: Mapping[StoreName, Store]


@dataclass(frozen=True)
class Served:
    """What model servers need from around the cluster. `secrets` are callers' API keys, by caller."""

    serving: Serving
    prompts: Prompts | None
    secrets: Mapping[str, pulumi.Output[str]]


def run_training(name: str, base: Base, cluster: Cluster, released: Released) -> None:
    """The training cluster's ground, queue, job and tests."""
    stores = released.stores
    asked = base.settings.training
    gpus = 0 if asked.accelerator is Accelerator.NONE else asked.nodes.max * asked.accelerators_per_node
    ready, inside = _ground(name, base, cluster, released, (Role.TRAINING, gpus))
    if asked.accelerator is not Accelerator.NONE:
        nodes = _nodes(asked.accelerator)
        queueing = Queueing(
            f"{name}-queueing",
            QueueingArgs(
                ready=ready,
                gpus=gpus,
                cpus=16 * gpus,
                memory_gib=128 * gpus,
                node_labels=nodes,
            ),
            inside,
        )
        if job := asked.job:
            TrainingJob(
                f"{name}-trainer",
                TrainingJobArgs(
                    ready=ready,
                    queue=queueing.queue,
                    stores=stores,
                    public_key=released.signing.public_key,
                    base_model=job.base_model,
                    workers=job.workers,
                    gpus_per_worker=asked.accelerators_per_node,
                    node_labels=nodes,
                    gradient_noise=job.gradient_noise,
                ),
                inside,
            )
        GpuMetrics(f"{name}-gpus", GpuMetricsArgs(ready=ready, node_labels=nodes, monitor=MONITORING), inside)
    if base.settings.phase is not Phase.FOUNDATION:
        nightly = base.settings.phase is Phase.CONTINUOUS
        ModelTests(f"{name}-tests", ModelTestsArgs(ready=ready, stores=stores, nightly=nightly), inside)


def run_models(
    base: Base, asked: Inference, cluster: InferenceCluster, released: Released, served: Served
) -> pulumi.Resource:
    """The inference cluster's ground, autoscaler and model servers. Returns what the edge waits for."""
    name = f"{base.settings.prefix}-inference"
    gpus = asked.replicas.max * asked.accelerators_per_node
    ready, inside = _ground(name, base, cluster.handle, released, (Role.INFERENCE, gpus))
    nodes = _nodes(asked.accelerator)
    autoscaling = Autoscaling(f"{name}-autoscaling", AutoscalingArgs(ready=ready), inside)
    GpuMetrics(f"{name}-gpus", GpuMetricsArgs(ready=ready, node_labels=nodes, monitor=MONITORING), inside)
    server = ModelServer(
        f"{name}-models",
        ModelServerArgs(
            ready=ready,
            autoscaler=autoscaling.scaler,
            models=released.stores[StoreName.MODELS],
            public_key=released.signing.public_key,
            model=asked.model,
            gpus=asked.accelerators_per_node,
            min_replicas=asked.replicas.min,
            max_replicas=asked.replicas.max,
            body_bytes=asked.limits.body_bytes,
            max_tokens=asked.limits.max_tokens,
            node_labels=nodes,
            service_annotations=served.serving.annotations,
            callers=tuple(key.name for key in asked.access.api_keys),
            keys=_keys(served.secrets),
            screen_host=served.prompts.host if served.prompts else None,
            screen_template=served.prompts.template if served.prompts else None,
        ),
        inside,
    )
    return server.deployment


def _ground(
    name: str, base: Base, cluster: Cluster, released: Released, asked: tuple[Role, int]
) -> tuple[Ready, pulumi.ResourceOptions]:
    """The cluster's ground and runtime detection, and the options for whatever runs on it."""
    role, gpus = asked
    identifier = f"{base.place.project}/{base.place.region}/{name}"
    inside = pulumi.ResourceOptions(providers=[cluster_provider(name, cluster, identifier)])
    accounts = TRAINING_ACCOUNTS if role is Role.TRAINING else INFERENCE_ACCOUNTS
    platform = Platform(
        name,
        PlatformArgs(
            role=role,
            profile=_profile(base, SegmentName(role.value)),
            software=Software(released.registry, base.settings.software),
            trust_domain=f"{name}.{base.place.project}",
            accounts=tuple(_account(base, workload, account) for workload, account in accounts.items()),
            gpus=gpus,
            administrators=(_deployer(base),),
        ),
        inside,
    )
    RuntimeSecurity(f"{name}-runtime", RuntimeSecurityArgs(ready=platform.ready), inside)
    return platform.ready, inside


def _profile(base: Base, segment: SegmentName) -> Profile:
    ranges = base.settings.segment_ranges
    return Profile(
        cloud=defaults("gcp"),
        # Regional services have endpoints of their own in the data segment.
        private_apis=(RESTRICTED_RANGE, str(ranges[SegmentName.DATA].nodes)),
        # The control plane's endpoint takes an address of the segment's subnet.
        api_server=(str(ranges[segment].nodes),),
        load_balancers=tuple(FRONT_END_RANGES),
        identity_annotation=IDENTITY_ANNOTATION,
    )


def _account(base: Base, workload: Workload, account: KubernetesAccount) -> Account:
    return Account(
        namespace=account.namespace, name=account.name, cloud_identity=base.identities[workload].id
    )


def _deployer(base: Base) -> str:
    """The deployer as an API server knows it: by its account's address."""
    account = f"{base.settings.prefix}-{Workload.DEPLOYER}"
    return f"{account}@{base.place.project}.iam.gserviceaccount.com"


def _nodes(accelerator: Accelerator) -> dict[str, str]:
    return {"palisade/pool": "gpu", "palisade/accelerator": accelerator.value}


def _keys(secrets: Mapping[str, pulumi.Output[str]]) -> KeyStore | None:
    if not secrets:
        return None
    entries = [
        pulumi.Output.format('- resourceName: "{0}/versions/latest"\n  path: "{1}"\n', secret, caller)
        for caller, secret in secrets.items()
    ]
    return KeyStore(SECRETS_DRIVER, SECRETS_PROVIDER, SECRETS_API, pulumi.Output.concat(*entries))
