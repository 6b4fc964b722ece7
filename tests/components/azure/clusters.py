"""Arguments of clusters for tests, and what Azure answers about one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi

from components.azure.diagnostics import Logs
from components.azure.identity import Actor
from components.azure.machines import GpuPoolArgs
from components.azure.pod_logs import ENDPOINT, RULE, Collection
from components.contracts import Capacity, Cluster, Identity, Segment, SegmentName, Workload
from tests.components.azure.platform import LABELS, NAME, PLACE
from tests.components.recorder import Functions

A100 = GpuPoolArgs(accelerator="a100", per_node=1, max_nodes=2, capacity=Capacity.SPOT)
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
RANGES = {
    SegmentName.TRAINING: ("10.64.128.0/20", "10.64.0.0/18", "10.64.160.0/20"),
    SegmentName.INFERENCE: ("10.64.144.0/20", "10.64.64.0/18", "10.64.176.0/20"),
}
_CONFIG = {
    "clusters": [{"name": "c", "cluster": {"certificate-authority-data": "Y2E="}}],
    "users": [{"name": "clusterUser", "user": {"token": "of somebody"}}],
}
ANSWERS: Functions = {
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [
            {"name": "clusterUser", "value": base64.b64encode(json.dumps(_CONFIG).encode()).decode()}
        ]
    }
}


def known(text: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(text)


def acting(workload: Workload) -> Actor:
    own = f"{NAME}-{workload}"
    return Actor(known(PLACE.id(IDENTITY, own)), known(f"{workload}-object"), known(f"{workload}-client"))


def identity(workload: Workload) -> Identity:
    own = acting(workload)
    return Identity(workload, own.id, own.principal)


def cluster(name: str) -> Cluster:
    own = PLACE.id("Microsoft.ContainerService/managedClusters", name)
    return Cluster(known(name), known(own), known("{}"))


def cluster_args(segment: SegmentName, **changes: Any) -> dict[str, Any]:
    """What every cluster is told."""
    nodes, pods, services = RANGES[segment]
    network = PLACE.id("Microsoft.Network/virtualNetworks", NAME)
    subnet = known(f"{network}/subnets/{segment}")
    return {
        "place": PLACE,
        "segment": Segment(segment, (subnet,), nodes, pods, services),
        "network": known(network),
        "zone": known(PLACE.id("Microsoft.Network/privateDnsZones", "privatelink.westeurope.azmk8s.io")),
        "nodes": acting(Workload.NODES),
        "bootstrap": known(PLACE.id("Microsoft.ContainerRegistry/registries", "images")),
        "disks": known(PLACE.id("Microsoft.Compute/diskEncryptionSets", f"{NAME}-disks")),
        "logs": Logs(known(PLACE.id("Microsoft.OperationalInsights/workspaces", NAME))),
        "collection": Collection(
            known(PLACE.id(RULE, f"{NAME}-agents")), known(PLACE.id(ENDPOINT, f"{NAME}-agents"))
        ),
        "deployer": known("deployer-client"),
        "labels": LABELS,
        **changes,
    }
