"""Shapes of the installed SDKs: every type of a sample has one, and the outputs made from it fit it.

`PALISADE_ALL_TYPES=1` walks every type of every package (some minutes) instead of every `STRIDE`-th.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rehearsal.model import Context, Resource
from rehearsal.packages import FOLDERS, serve
from rehearsal.record import CloudRecord, RealmView
from rehearsal.sdk import Place, Sdk
from rehearsal.shape import Field, Fields, ResourceShape, Shapes, Type
from rehearsal.shapecache import ShapeCache

SERVED = serve()
STRIDE = {"gcp": 40, "aws": 60, "azure-native": 80, "kubernetes": 25, "random": 1, "tls": 1}
PYTHON: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "map": dict,
    "object": dict,
}
# The outputs of tls are computed from real keys, which no example has; tests/rehearsal/tls checks them. The
# others are components, which have children instead.
NO_OUTPUTS = ("tls:", "kubernetes:helm.sh/v4:", "kubernetes:kustomize/v2:", "kubernetes:yaml/v2:")
EVERY = os.environ.get("PALISADE_ALL_TYPES") == "1"


@pytest.mark.parametrize("package", FOLDERS)
def test_every_type_has_a_shape_and_fitting_outputs(package: str, tmp_path: Path) -> None:
    served = SERVED[package]
    # Parsed anew, not from an earlier run's cache.
    shapes = Shapes(served.sdk, ShapeCache(tmp_path, package))
    record = CloudRecord(tmp_path / "record.sqlite")
    for token in sorted(served.sdk.resources)[:: 1 if EVERY else STRIDE[package]]:
        shape = shapes.resource(token)
        assert shape is not None, token
        # One type of AWS is nothing but its existence.
        assert shape.outputs or token == "aws:ram/sharingWithOrganization:SharingWithOrganization", token
        inputs = _examples(shapes, shape.inputs)
        assert list(served.checker.check(shape.inputs, inputs)) == [], token
        if token.startswith(NO_OUTPUTS):
            continue
        resource = Resource(f"urn:pulumi:s::p::{token}::x", token, "x", inputs, _context(package))
        filled = served.knowledge.check(resource, None, RealmView(record, lambda type: "")).inputs
        resource = replace(resource, inputs=filled)
        outputs = served.filler.outputs(resource, shape, "some-id")
        _assert_complete(shapes, shape, outputs, token)


def _context(package: str) -> Context:
    return Context(package, {"project": "demo-project", "region": "europe-west4", "subscriptionId": "s"})


def _assert_complete(shapes: Shapes, shape: ResourceShape, outputs: dict[str, Any], token: str) -> None:
    """Every output that is no input is there, and everything that is there has its type."""
    for name, field in shape.outputs.items():
        if name not in shape.inputs and field.type.kind not in ("any", "asset"):
            assert outputs.get(name) is not None, f"{token}.{name}"
        if outputs.get(name) is not None:
            _assert_fits(shapes, field.type, outputs[name], f"{token}.{name}")


def _assert_fits(shapes: Shapes, type: Type, value: Any, path: str) -> None:
    if value is None:
        return
    if type.kind in PYTHON:
        assert isinstance(value, PYTHON[type.kind]), f"{path} is {value!r}, not {type.kind}"
    if type.kind == "array" and type.item:
        for index, item in enumerate(value):
            _assert_fits(shapes, type.item, item, f"{path}[{index}]")
    if type.kind == "object":
        fields = shapes.fields(type.ref)
        for name, item in value.items():
            if name in fields:
                _assert_fits(shapes, fields[name].type, item, f"{path}.{name}")


def _example(shapes: Shapes, type: Type, depth: int = 0) -> Any:
    """A value that fits a type: required properties only."""
    scalars: dict[str, Any] = {
        "string": "a",
        "integer": 1,
        "number": 1.5,
        "boolean": True,
        "any": "a",
        "map": {},
    }
    if type.kind == "enum":
        return type.values[0]
    if type.kind == "union":
        return _example(shapes, type.options[0], depth)
    if type.kind == "array":
        return [_example(shapes, type.item, depth + 1)] if type.item and depth < 8 else []
    if type.kind == "object":
        return _examples(shapes, shapes.fields(type.ref), depth + 1)
    return scalars.get(type.kind)


def _examples(shapes: Shapes, fields: Fields, depth: int = 0) -> dict[str, Any]:
    required = {name: field for name, field in fields.items() if field.required}
    return {name: _documented(f) or _example(shapes, f.type, depth) for name, f in required.items()}


def _documented(field: Field) -> Any:
    values = field.values[:1]
    return list(values) if field.type.kind == "array" else "".join(values)


def test_a_shape_is_what_the_source_says() -> None:
    shape = SERVED["gcp"].shape("gcp:compute/subnetwork:Subnetwork")
    assert shape is not None
    assert shape.inputs["network"].required
    assert not shape.inputs["secondaryIpRanges"].required
    ranges = shape.inputs["secondaryIpRanges"].type
    assert ranges.kind == "array" and ranges.item
    assert set(SERVED["gcp"].shapes.fields(ranges.item.ref)) >= {"rangeName", "ipCidrRange"}
    assert "gatewayAddress" in shape.outputs and "gatewayAddress" not in shape.inputs
    answer = SERVED["gcp"].shapes.function("gcp:compute/getNetwork:getNetwork")
    assert answer and answer["selfLink"].type.kind == "string"


def test_getters_agree_with_a_parse_of_the_whole_file() -> None:
    sdk: Sdk = SERVED["gcp"].sdk
    file = "kms/_inputs.py"
    tree = ast.parse((sdk.root / file).read_text())
    for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        decorated = [
            n for n in node.body if isinstance(n, ast.FunctionDef) and n.returns and n.decorator_list
        ]
        assert [getter.doc for getter in sdk.getters(Place(file, node.name))] == [
            ast.get_docstring(function, clean=False) or "" for function in decorated
        ]


def test_the_cache_gives_the_same_and_a_broken_one_is_done_without(tmp_path: Path) -> None:
    sdk = SERVED["kubernetes"].sdk
    token = "kubernetes:apps/v1:Deployment"
    first = Shapes(sdk, ShapeCache(tmp_path, "k")).resource(token)
    assert Shapes(sdk, ShapeCache(tmp_path, "k")).resource(token) == first
    for file in tmp_path.glob("k*"):
        file.write_bytes(b"not a database")
    assert Shapes(sdk, ShapeCache(tmp_path, "k")).resource(token) == first


def test_reading_shapes_imports_no_sdk() -> None:
    script = (
        "import sys; from rehearsal.packages import serve; from rehearsal import provider\n"
        "serve()['gcp'].shape('gcp:compute/instance:Instance')\n"
        "print([name for name in sys.modules if name == 'pulumi' or name.startswith('pulumi_')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
