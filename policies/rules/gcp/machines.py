"""Which machines carry accelerators, told from raw properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.resource import Resource, Stack
from policies.framework.values import View

CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
INSTANCES = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
TPU = "gcp:tpu/v2Vm:V2Vm"
# Machine families that come with accelerators: cloud.google.com/compute/docs/gpus, .../docs/tpus.
ACCELERATED = re.compile(r"(a2|a3|a4|a4x|g2|g4|ct\w+|tpu\w*)-.+")


def accelerated(config: View) -> bool:
    """Whether a machine's configuration asks for accelerators. Raises `Undecided` when it cannot be told."""
    accelerators = config.at("guestAccelerators")
    if not accelerators.unknown and any(True for _ in accelerators.items()):
        return True
    if ACCELERATED.fullmatch(config.at("machineType").text.rpartition("/")[2]):
        return True
    # Raises when the list of accelerators is unknown and the machine type says nothing.
    return any(True for _ in accelerators.items())


def node_configs(stack: Stack) -> Iterator[tuple[Resource, View]]:
    """Every node configuration with the resource it stands in."""
    for resource in stack.of_type(CLUSTER, NODE_POOL):
        yield resource, resource.at("nodeConfig")


def cluster_of(stack: Stack, pool: Resource) -> Resource | str | None:
    return stack.target(pool.at("cluster"), pool, CLUSTER)
