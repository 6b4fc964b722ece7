"""The benchmarks' yardstick: a flat program from an exported deployment, run for real."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from benchmarks.flat import write_flat_program

RESOURCES: list[dict[str, Any]] = [
    {"urn": "u::p", "type": "pulumi:providers:gcp", "custom": True, "inputs": {"project": "demo"}},
    {
        "urn": "u::ring",
        "provider": "u::p::id",
        "type": "gcp:kms/keyRing:KeyRing",
        "custom": True,
        "inputs": {"__defaults": ["name"], "name": "ring", "location": "europe-west4"},
    },
    {
        "urn": "u::member",
        "provider": "u::p::id",
        "type": "gcp:projects/iAMMember:IAMMember",
        "custom": True,
        "inputs": {"member": "user:a@example.com", "role": "roles/viewer", "project": "demo"},
    },
    {"urn": "u::a", "type": "pulumi:providers:azure-native", "custom": True, "inputs": {"location": "here"}},
    {
        "urn": "u::nodes",
        "provider": "u::a::id",
        "type": "azure-native:managedidentity:UserAssignedIdentity",
        "custom": True,
        "inputs": {"resourceName": "nodes-1", "resourceGroupName": "demo"},
    },
]


class Recorder(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.seen: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)
        self.seen[args.name] = inputs
        return args.name, inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        return {}


def test_the_flat_program_registers_the_same_resources_with_the_same_inputs(tmp_path: Path) -> None:
    assert write_flat_program({"deployment": {"resources": RESOURCES}}, tmp_path) == 3
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder)

    # The SDK leaves the decorator's parameter without a type.
    test: Callable[..., Callable[[], None]] = pulumi.runtime.test  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    test(lambda: runpy.run_path(str(tmp_path / "__main__.py")) and None)()
    assert recorder.seen["ring"] == {"name": "ring", "location": "europe-west4"}
    assert recorder.seen["member"] == RESOURCES[2]["inputs"]
    assert recorder.seen["nodes"] == RESOURCES[4]["inputs"]


def test_a_type_without_a_class_is_named(tmp_path: Path) -> None:
    unknown: dict[str, Any] = {
        "urn": "u::x",
        "type": "gcp:nope/thing:Thing",
        "custom": True,
        "provider": "u::p::id",
        "inputs": {},
    }
    with pytest.raises(LookupError, match="gcp:nope/thing:Thing"):
        write_flat_program({"deployment": {"resources": [RESOURCES[0], unknown]}}, tmp_path)
