"""A training job that waits in the queue: pods that train together, from signed weights to a new candidate.

Builds an indexed Job, the Service by which its pods find each other, and the key that weights are verified
with.

Guarantees: every pod verifies the weights it starts from, and the job fails at once when a signature does not
hold; pods are as `pods.py` makes them; nothing of a finished job is removed behind Pulumi's back, so that no
refresh trains again; the queue decides when it runs.

Leaves out: the training code (image `trainer`), which reads its data from the datasets store and writes
checkpoints to the outputs store by the pod's own identity; jobs that are submitted at run time. With
`gradient_noise` the trainer is told to add noise to gradients (DP-SGD); that it does is its own to prove.
Sources: kubernetes.io/docs/concepts/workloads/controllers/job, kueue.sigs.k8s.io/docs/tasks/run/jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.batch.v1._inputs import JobSpecArgs
from pulumi_kubernetes.batch.v1.Job import Job
from pulumi_kubernetes.core.v1.Service import Service
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Store, StoreName
from components.kubernetes import pods, weights
from components.kubernetes.network_policies import COLLECTIVE
from components.kubernetes.platform import Ready
from components.kubernetes.queueing import QUEUE
from components.kubernetes.scope import Scope

NAMESPACE = "training"
ACCOUNT = "trainer"
RENDEZVOUS = 29500
# What may run on its own node for two weeks.
LONGEST_SECONDS = 14 * 86_400


class TrainingJobArgs(BaseModel):
    """What is trained from what, on how many nodes with how many accelerators each.

    `base_model` is a released model's name in the model store. `queue` is waited for. `gradient_noise` is the
    noise multiplier of DP-SGD. `node_labels` select the accelerator's nodes, `memory_gib` goes with each of
    them. `devices` are a node's adapters for collectives by resource name, all of which a worker takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    queue: pulumi.Resource
    stores: Mapping[StoreName, Store]
    public_key: pulumi.Output[str]
    base_model: str
    workers: int = Field(ge=1)
    gpus_per_worker: int = Field(ge=1)
    memory_gib: int = Field(ge=1)
    node_labels: Mapping[str, str]
    devices: Mapping[str, int] = Field(default_factory=dict[str, int])
    gradient_noise: float | None = None


class TrainingJob(pulumi.ComponentResource):
    """The job, suspended until the queue lets it run."""

    def __init__(self, name: str, args: TrainingJobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:TrainingJob", name, None, opts)
        scope = args.ready.scope.within(name, self)
        guards = args.ready.guards[NAMESPACE]
        key = weights.signing_key(scope, NAMESPACE, args.public_key, *guards)
        peers = Service(
            scope.name("peers"),
            metadata={"name": "trainer", "namespace": NAMESPACE},
            spec={
                "cluster_ip": "None",
                "selector": COLLECTIVE,
                "publish_not_ready_addresses": True,
                "ports": [{"name": "rendezvous", "port": RENDEZVOUS}],
            },
            # A Service without ready pods is what a waiting job has.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(guards)),
        )
        Job(
            scope.name("job"),
            metadata={
                "name": "trainer",
                "namespace": NAMESPACE,
                "labels": {"kueue.x-k8s.io/queue-name": QUEUE},
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            spec=JobSpecArgs(**_job(scope, args)),
            # The queue sets and lifts it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.queue, key, peers], ignore_changes=["spec.suspend"]
            ),
        )
        self.register_outputs({})


def _job(scope: Scope, args: TrainingJobArgs) -> dict[str, Any]:
    return {
        "completion_mode": "Indexed",
        "completions": args.workers,
        "parallelism": args.workers,
        "suspend": True,
        "active_deadline_seconds": LONGEST_SECONDS,
        "backoff_limit_per_index": 2,
        "max_failed_indexes": args.workers,
        "pod_replacement_policy": "Failed",
        "pod_failure_policy": {
            "rules": [
                # A signature that does not hold will not hold the next time.
                {
                    "action": "FailJob",
                    "on_exit_codes": {
                        "container_name": "weights",
                        "operator": "In",
                        "values": [weights.TAMPERED],
                    },
                },
                # A node that went away is nobody's failure.
                {"action": "Ignore", "on_pod_conditions": [{"type": "DisruptionTarget", "status": "True"}]},
            ]
        },
        "template": {
            "metadata": scope.profile.cloud.template_metadata(COLLECTIVE),
            "spec": _pod(scope, args),
        },
    }


def _pod(scope: Scope, args: TrainingJobArgs) -> pods.Spec:
    gpu = scope.profile.cloud.gpu_resource
    resources = {
        "cpu": str(8 * args.gpus_per_worker),
        "memory": f"{args.memory_gib * args.gpus_per_worker}Gi",
        "ephemeral-storage": "20Gi",
        gpu: str(args.gpus_per_worker),
        **{device: str(count) for device, count in args.devices.items()},
    }
    return pods.pod(
        ACCOUNT,
        restart_policy="Never",
        subdomain="trainer",
        node_selector=dict(args.node_labels),
        tolerations=scope.profile.cloud.gpu_tolerations,
        init_containers=[
            weights.fetch(scope.software.image("weights"), args.stores[StoreName.MODELS].uri, args.base_model)
        ],
        containers=[
            pods.container(
                "trainer",
                scope.software.image("trainer"),
                resources,
                env=pods.environment(_settings(args)),
                volume_mounts=[
                    pods.mount(weights.WEIGHTS_VOLUME, pods.MODELS, read_only=True),
                    pods.mount("tmp", "/tmp"),
                    pods.mount("shm", "/dev/shm"),
                ],
            )
        ],
        volumes=[
            pods.scratch(weights.WEIGHTS_VOLUME, "500Gi"),
            pods.scratch("tmp", "20Gi"),
            pods.scratch("shm", f"{8 * args.gpus_per_worker}Gi", memory=True),
            weights.key_volume(),
        ],
    )


def _settings(args: TrainingJobArgs) -> dict[str, str | pulumi.Output[str]]:
    return {
        "MODEL_DIR": pods.MODELS,
        "DATASETS_URI": args.stores[StoreName.DATASETS].uri,
        "OUTPUTS_URI": args.stores[StoreName.OUTPUTS].uri,
        "MASTER_ADDR": f"trainer-0.trainer.{NAMESPACE}.svc",
        "MASTER_PORT": str(RENDEZVOUS),
        "WORLD_SIZE": str(args.workers),
        "GRADIENT_NOISE": str(args.gradient_noise or 0),
        "HF_HUB_OFFLINE": "1",
        "HOME": "/tmp",
    }
