"""Palisade's own program, unchanged but for the mutations that PALISADE_MUTATIONS lists as JSON.

Either `{"type": …, "name": …, "path": ["a", 0, "b"], "value": …}`, which sets an input of the resource with
that type and name, or removes it where there is no `value`; or `{"add": TYPE, "name": …, "inputs": {…}}`,
which registers one more resource.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import pulumi

ROOT = Path(__file__).resolve().parents[3]
MUTATIONS: list[dict[str, Any]] = json.loads(os.environ["PALISADE_MUTATIONS"])
CHANGES = [mutation for mutation in MUTATIONS if "add" not in mutation]


def mutate(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Apply every change that is meant for this resource."""
    meant = [c for c in CHANGES if (c["type"], c["name"]) == (args.type_, args.name)]
    if not meant:
        return None
    props: Any = dict(args.props)
    for change in meant:
        props = _changed(props, change["path"], change)
        print(f"mutated {args.type_} {args.name}: {change}")
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)


def _changed(value: Any, path: list[str | int], change: dict[str, Any]) -> Any:
    """A copy of `value` in which the place at `path` holds the change."""
    key, *rest = path
    copy: Any = value.copy() if value else {}
    if rest:
        copy[key] = _changed(copy[key], rest, change)
    elif "value" in change:
        copy[key] = change["value"]
    else:
        del copy[key]
    return copy


pulumi.runtime.register_resource_transform(mutate)
sys.path.insert(0, str(ROOT))
runpy.run_path(str(ROOT / "__main__.py"))
for mutation in MUTATIONS:
    if "add" in mutation:
        provider = pulumi.ProviderResource(
            "gcp", f"{mutation['name']}-provider", {"project": "palisade-dev-example"}
        )
        options = pulumi.ResourceOptions(provider=provider)
        pulumi.CustomResource(mutation["add"], mutation["name"], mutation["inputs"], options)
