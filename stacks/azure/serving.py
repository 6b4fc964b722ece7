"""What serves a model on Azure: the inference cluster, who acts in and for it, and what answers in it.

Built only where the stack file has the section `inference`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.accounts import INFERENCE_ACCOUNTS
from components.azure.cluster_access import ClusterAccess
from components.azure.inference import InferenceCluster
from components.azure.workload_bindings import WorkloadBindings
from components.contracts import SegmentName
from components.kubernetes.tenants import Role
from stacks.azure import cluster_args
from stacks.azure.base import Base, azure
from stacks.azure.workloads import equip, inside
from stacks.model.sections import Inference
from stacks.workloads import Released, Serving, lay_ground, run_models


@dataclass(frozen=True)
class Around:
    """What the inference cluster needs besides the base, and what its model servers are told of the edge."""

    ground: cluster_args.Ground
    released: Released
    serving: Serving


def answer(base: Base, asked: Inference, around: Around, opts: pulumi.ResourceOptions) -> None:
    """The inference cluster and its model servers."""
    settings, name = base.settings, f"{base.settings.prefix}-inference"
    cluster = InferenceCluster(name, cluster_args.inference(base, asked, around.ground), opts).handle
    WorkloadBindings(name, cluster_args.bindings(base, cluster, INFERENCE_ACCOUNTS), opts)
    access = ClusterAccess(name, cluster_args.access(base, cluster), opts)
    if settings.teardown or not azure(settings).fill_clusters:
        return
    within = inside(name, base, SegmentName.INFERENCE, access.cluster)
    laid = lay_ground(name, settings, within, around.released, Role.INFERENCE)
    equip(laid, base, asked, INFERENCE_ACCOUNTS)
    run_models(laid, asked, around.released, around.serving)
