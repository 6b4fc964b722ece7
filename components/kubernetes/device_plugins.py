"""Device plugins: what tells a cluster of its nodes' accelerators, and of their adapters for collectives.

Builds NVIDIA's plugin from the registry, and AWS's for Elastic Fabric Adapters where nodes have them.

Guarantees: they run on the nodes that have such devices, in the namespace `guard`, and nowhere else.

Leaves out: drivers, which come with the nodes' image. GKE runs a plugin of its own.
Sources: github.com/NVIDIA/k8s-device-plugin (values of chart 0.18.0), github.com/aws/eks-charts
(values of aws-efa-k8s-device-plugin 0.5.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict

from components.kubernetes.charts import release
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

NAMESPACE = "guard"
# What a pod asks for to have an adapter. Source: docs.aws.amazon.com/eks/latest/userguide/node-efa.html.
EFA = "vpc.amazonaws.com/efa"


class DevicePluginsArgs(BaseModel):
    """The cluster, the labels of its nodes with accelerators, and whether these have adapters (EFA)."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    node_labels: Mapping[str, str]
    adapters: bool = False


class DevicePlugins(pulumi.ComponentResource):
    """The plugins."""

    def __init__(
        self, name: str, args: DevicePluginsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("palisade:index:DevicePlugins", name, None, opts)
        scope = args.ready.scope.within(name, self)
        guards = args.ready.guards[NAMESPACE]
        release(scope, "nvidia-device-plugin", NAMESPACE, _gpus(scope, args), *guards)
        if args.adapters:
            release(scope, "efa-device-plugin", NAMESPACE, _adapters(scope, args), *guards)
        self.register_outputs({})


def _gpus(scope: Scope, args: DevicePluginsArgs) -> dict[str, Any]:
    return {
        "image": {
            "repository": scope.software.repository("nvidia-device-plugin"),
            "tag": scope.software.tag("nvidia-device-plugin"),
        },
        "nodeSelector": dict(args.node_labels),
        # The chart would look for labels of a discovery service that does not run here.
        "affinity": None,
        "tolerations": scope.profile.cloud.gpu_tolerations,
    }


def _adapters(scope: Scope, args: DevicePluginsArgs) -> dict[str, Any]:
    return {
        "image": {
            "repository": scope.software.repository("efa-device-plugin"),
            "tag": scope.software.tag("efa-device-plugin"),
        },
        "nodeSelector": dict(args.node_labels),
        "tolerations": scope.profile.cloud.gpu_tolerations,
    }
