"""Palisade's own program, unchanged but for the mutations that PALISADE_MUTATIONS lists as JSON.

Each is one of

    {"type": …, "name": …, "path": ["a", 0, "b"], "value": …}   sets an input; without `value` it is dropped
    {"type": …, "name": …, "remove": true}                      the resource is never registered
    {"type": …, "name": …, "unprotect": true}                   the resource option `protect` is dropped
    {"add": TYPE, "name": …, "inputs": {…}}                     one more resource is registered

Changes are made to what the program sends to the engine, after every default and transform, so that no
argument model stands between a mutation and the rules.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import settings
from pulumi.runtime.proto import resource_pb2

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.engine.changes import change  # noqa: E402

MUTATIONS: list[dict[str, Any]] = json.loads(os.environ["PALISADE_MUTATIONS"])
KUBECONFIG: dict[str, Any] = {
    "clusters": [{"name": "mutated", "cluster": {"server": "https://192.0.2.1"}}],
    "contexts": [{"name": "mutated", "context": {"cluster": "mutated", "user": "mutated"}}],
    "users": [{"name": "mutated", "user": {}}],
    "current-context": "mutated",
}
PROVIDERS: dict[str, dict[str, Any]] = {
    "aws": {"region": "eu-central-1"},
    "azure-native": {"subscriptionId": "00000000-0000-4000-8000-000000000000", "location": "westeurope"},
    "gcp": {"project": "palisade-mutated"},
    "kubernetes": {
        "clusterIdentifier": "mutated",
        "enableServerSideApply": "true",
        "kubeconfig": json.dumps(KUBECONFIG),
    },
}
"""What the resources that a mutation adds belong to: another project, another cluster."""


class Registration:
    """The engine's call that registers a resource, with the mutations between it and the program."""

    def __init__(self, register: Callable[[Any], Any]) -> None:
        self._register = register
        self._removed: set[str] = set()

    def __call__(self, request: Any) -> Any:
        """Register the resource as mutated, or only pretend to."""
        meant = [
            each for each in MUTATIONS if (each.get("type"), each["name"]) == (request.type, request.name)
        ]
        if any("remove" in each for each in meant):
            urn = f"urn:pulumi:removed::removed::{request.type}::{request.name}"
            self._removed.add(urn)
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        if not meant and not self._removed:
            return self._register(request)
        inputs = json_format.MessageToDict(request.object)
        for each in meant:
            if "unprotect" in each:
                request.protect = False
                continue
            change(inputs, each)
            # What is written out waits for nothing.
            if len(each["path"]) == 1:
                request.propertyDependencies.pop(each["path"][0], None)
        self._forget_removed(request)
        inputs = self._without_removed(inputs)
        request.object.CopyFrom(json_format.ParseDict(inputs, struct_pb2.Struct()))
        return self._register(request)

    def _forget_removed(self, request: Any) -> None:
        lists = [request.dependencies, *(each.urns for each in request.propertyDependencies.values())]
        for urns in lists:
            kept = [urn for urn in urns if urn not in self._removed]
            del urns[:]
            urns.extend(kept)

    def _without_removed(self, value: Any) -> Any:
        if isinstance(value, dict):
            fields = cast(dict[str, Any], value)
            return {key: self._without_removed(each) for key, each in fields.items()}
        if isinstance(value, list):
            items = cast(list[Any], value)
            return [self._without_removed(each) for each in items if not self._is_removed(each)]
        return value

    def _is_removed(self, value: Any) -> bool:
        return isinstance(value, str) and value in self._removed


stub: Any = settings.get_monitor()
stub.RegisterResource = Registration(stub.RegisterResource)
runpy.run_path(str(ROOT / "__main__.py"))
for mutation in MUTATIONS:
    if "add" not in mutation:
        continue
    added, name, inputs = mutation["add"], mutation["name"], mutation["inputs"]
    if added.startswith("pulumi:providers:"):
        pulumi.ProviderResource(added.rpartition(":")[2], name, inputs)
    else:
        package = added.partition(":")[0]
        provider = pulumi.ProviderResource(package, f"{name}-provider", PROVIDERS[package])
        pulumi.CustomResource(added, name, inputs, pulumi.ResourceOptions(provider=provider))
