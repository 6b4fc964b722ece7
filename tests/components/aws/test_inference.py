"""The inference cluster on AWS: its exact children, and what serving adds."""

from __future__ import annotations

from typing import Any

from components.aws.inference import InferenceArgs, InferenceCluster
from components.contracts import SegmentName
from tests.components.aws.clusters import L4, cluster_args
from tests.components.recorder import Made, build, differences

NAME = "palisade-test-inference"


def made_by(**changes: Any) -> list[Made]:
    given: dict[str, Any] = {**cluster_args(SegmentName.INFERENCE), "gpu_group": L4, **changes}
    return build(lambda: InferenceCluster(NAME, InferenceArgs(**given)))


def test_inventory() -> None:
    assert differences(made_by(mounts_secrets=True), "aws-inference") == []


def test_secrets_are_mounted_only_where_callers_have_keys() -> None:
    driver = f"{NAME}-aws-secrets-store-csi-driver-provider"
    assert driver in {each.name for each in made_by(mounts_secrets=True)}
    assert driver not in {each.name for each in made_by(mounts_secrets=False)}
