"""The inference cluster on Azure: its exact children, and that it is training's equal in what matters."""

from __future__ import annotations

from functools import cache

from components.azure.inference import InferenceArgs, InferenceCluster
from components.contracts import SegmentName
from tests.components.azure import test_training as training
from tests.components.azure.clusters import A100, ANSWERS, cluster_args
from tests.components.azure.platform import NAME
from tests.components.recorder import Made, build, differences

OWN = f"{NAME}-inference"
# What is said of the cluster's own segment and name.
OWN_VALUES = {
    "agentPoolProfiles",
    "fqdnSubdomain",
    "identity",
    "networkProfile",
    "nodeResourceGroup",
    "resourceName",
}


@cache
def usual() -> tuple[Made, ...]:
    args = InferenceArgs(**cluster_args(SegmentName.INFERENCE), gpu_pool=A100)
    return tuple(build(lambda: InferenceCluster(OWN, args), ANSWERS))


def test_inventory() -> None:
    assert differences(list(usual()), "azure-inference") == []


def test_it_is_guarded_as_training_is() -> None:
    (one,) = [each for each in usual() if each.type == training.CLUSTER]
    (other,) = [each for each in training.usual() if each.type == training.CLUSTER]
    assert one.inputs.keys() == other.inputs.keys()
    for path in one.inputs.keys() - OWN_VALUES:
        assert one.inputs[path] == other.inputs[path], path
    shared = ("outboundType", "networkPolicy", "networkDataplane")
    assert all(one.inputs["networkProfile"][each] == other.inputs["networkProfile"][each] for each in shared)
