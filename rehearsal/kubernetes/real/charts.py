"""Helm releases on a real API server: rendered where chart and `helm` are here, else told and passed over.

Guarantees: what `helm template` makes of a chart in a file or folder is applied object by object, definitions
first, and judged like everything else.

Left out: hooks, charts in registries (nothing is fetched), objects that a newer chart no longer has, and what
a running release does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from rehearsal.kubernetes.real.api import Api, Ref
from rehearsal.model import Refusal

_DEFINITION: Final = "CustomResourceDefinition"
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def why_not(release: Mapping[str, Any]) -> str:
    """Why a release cannot be rendered here; empty where it can."""
    chart = release.get("chart")
    if not isinstance(chart, str) or not Path(chart).exists():
        return f"there is no chart {chart} here"
    return "" if shutil.which("helm") else "there is no helm on PATH"


def render(release: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects of a release, in Helm's order of installation. Raises Refusal."""
    helm = shutil.which("helm")
    assert helm is not None, "why_not was asked before"
    name, namespace = str(release["name"]), str(release["namespace"])
    command = [helm, "template", name, str(release["chart"]), "--namespace", namespace]
    done = subprocess.run(
        [*command, "--include-crds", "--no-hooks", "--values", "-"],
        input=json.dumps(release.get("values") or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(
            "chart", " ".join(done.stderr.split()), "correct the chart or its values", "said by helm"
        )
    documents = yaml.load_all(done.stdout, Loader=_LOADER)
    return [cast(dict[str, Any], document) for document in documents if document]


def apply(api: Api, release: Mapping[str, Any]) -> int:
    """Apply a release's objects; how many there are. Raises Refusal."""
    objects = render(release)
    for made in objects:
        ref = _reference(api, made, release)
        if ref.kind == _DEFINITION:
            api.define(made, _manager(release))
        else:
            api.apply(ref, made, _manager(release))
    return len(objects)


def delete(api: Api, release: Mapping[str, Any]) -> None:
    """Delete a release's objects; definitions stay, as Helm leaves them. Raises Refusal."""
    for made in reversed(render(release)):
        if made["kind"] != _DEFINITION:
            api.delete(_reference(api, made, release))


def _manager(release: Mapping[str, Any]) -> str:
    return f"helm-{release['name']}"


def _reference(api: Api, made: Mapping[str, Any], release: Mapping[str, Any]) -> Ref:
    metadata = cast(Mapping[str, Any], made["metadata"])
    ref = Ref(str(made["apiVersion"]), str(made["kind"]), str(metadata["name"]))
    if not api.namespaced(ref):
        return ref
    namespace = str(metadata.get("namespace") or release["namespace"])
    return Ref(ref.version, ref.kind, ref.name, namespace)
