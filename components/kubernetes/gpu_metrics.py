"""Measures of accelerators: DCGM's exporter from the registry, on every node that has one.

Leaves out: storing and showing them, which a cloud's collector does. A cloud's own exporter must be off: one
agent per accelerator.
Source: github.com/NVIDIA/dcgm-exporter (values of chart 4.7.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions.CustomResource import CustomResource
from pydantic import BaseModel, ConfigDict

from components.kubernetes.charts import release
from components.kubernetes.platform import Ready
from components.kubernetes.scope import Scope

NAMESPACE = "guard"


class GpuMetricsArgs(BaseModel):
    """The cluster, and the labels of its nodes with accelerators.

    `monitor` is the API version of `PodMonitoring` where the cloud's collector reads measures by it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    node_labels: Mapping[str, str]
    monitor: str | None = None


class GpuMetrics(pulumi.ComponentResource):
    """The exporter."""

    def __init__(self, name: str, args: GpuMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:GpuMetrics", name, None, opts)
        scope = args.ready.scope.within(name, self)
        exporter = release(
            scope, "dcgm-exporter", NAMESPACE, _values(scope, args), *args.ready.guards[NAMESPACE]
        )
        if args.monitor:
            CustomResource(
                scope.name("monitor"),
                api_version=args.monitor,
                kind="PodMonitoring",
                metadata={"name": "dcgm-exporter", "namespace": NAMESPACE},
                spec={
                    "selector": {"matchLabels": {"app.kubernetes.io/name": "dcgm-exporter"}},
                    "endpoints": [{"port": "metrics", "interval": "30s"}],
                },
                opts=scope.opts(exporter),
            )
        self.register_outputs({})


def _values(scope: Scope, args: GpuMetricsArgs) -> dict[str, Any]:
    return {
        "image": {
            "repository": scope.software.repository("dcgm-exporter"),
            "tag": scope.software.tag("dcgm-exporter"),
        },
        "nodeSelector": dict(args.node_labels),
        "tolerations": scope.profile.cloud.gpu_tolerations,
        "serviceMonitor": {"enabled": False},
        "service": {"enable": False},
    }
