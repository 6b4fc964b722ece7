"""The queue that GPU jobs wait in, so that a pool is shared by quota and not by who came first.

Builds Kueue from the registry, a flavour for the cluster's accelerator, one cluster queue with the stack's
quota, and the queue of the namespace `training`.

Guarantees: nothing in `training` runs outside the quota; a job starts whole or not at all.

Leaves out: queues of single teams, which are LocalQueues that a fork adds, and preemption between them.
Source: kueue.sigs.k8s.io/docs/concepts.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions.CustomResource import CustomResource
from pydantic import BaseModel, ConfigDict, Field

from components.kubernetes.charts import release
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

API = "kueue.x-k8s.io/v1beta2"
NAMESPACE = "queueing"
QUEUE = "training"


class QueueingArgs(BaseModel):
    """The cluster, and how much of it jobs may use together.

    `node_labels` select the accelerator's nodes, `devices` are their adapters for collectives by resource
    name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    gpus: int = Field(ge=0)
    cpus: int = Field(ge=1)
    memory_gib: int = Field(ge=1)
    node_labels: dict[str, str]
    devices: dict[str, int] = Field(default_factory=dict[str, int])


class Queueing(pulumi.ComponentResource):
    """`queue` is the name that a job's label gives, once jobs can wait there."""

    queue: CustomResource

    def __init__(self, name: str, args: QueueingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Queueing", name, None, opts)
        scope = args.ready.scope.within(name, self)
        kueue = release(scope, "kueue", NAMESPACE, _values(scope), *args.ready.guards[NAMESPACE])
        flavor = self._kind(scope, "ResourceFlavor", "gpu", {"nodeLabels": args.node_labels}, kueue)
        whole = self._kind(
            scope, "ClusterQueue", "gpu", _quota(args, scope.profile.cloud.gpu_resource), flavor
        )
        self.queue = CustomResource(
            scope.name("local-queue"),
            api_version=API,
            kind="LocalQueue",
            metadata={"name": QUEUE, "namespace": "training"},
            spec={"clusterQueue": "gpu"},
            opts=scope.opts(whole, *args.ready.guards["training"]),
        )
        self.register_outputs({})

    def _kind(
        self, scope: Scope, kind: str, name: str, spec: dict[str, Any], after: pulumi.Resource
    ) -> CustomResource:
        return CustomResource(
            scope.name(kind.lower()),
            api_version=API,
            kind=kind,
            metadata={"name": name},
            spec=spec,
            opts=scope.opts(after),
        )


def _quota(args: QueueingArgs, gpu: str) -> dict[str, Any]:
    quotas = {"cpu": str(args.cpus), "memory": f"{args.memory_gib}Gi", gpu: str(args.gpus)}
    quotas |= {device: str(count) for device, count in args.devices.items()}
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "training"}},
        "queueingStrategy": "BestEffortFIFO",
        "resourceGroups": [
            {
                "coveredResources": list(quotas),
                "flavors": [
                    {
                        "name": "gpu",
                        "resources": [
                            {"name": resource, "nominalQuota": quota} for resource, quota in quotas.items()
                        ],
                    }
                ],
            }
        ],
    }


def _values(scope: Scope) -> dict[str, Any]:
    return {
        "controllerManager": {
            "manager": {
                "image": {
                    "repository": scope.software.repository("kueue"),
                    "tag": scope.software.tag("kueue"),
                    "pullPolicy": "IfNotPresent",
                }
            }
        },
        "enableVisibilityAPF": False,
        "enablePrometheus": False,
    }
