"""Helm in the rehearsal: a Release is taken at its word, its chart is never rendered.

Guarantees: names, ids and status of a Release as the provider reports them.
Leaves out: the objects of the chart. A wrong value or a missing chart is not noticed here.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.kubernetes import kubeconfig, names
from rehearsal.model import UNKNOWN, Asset, Checked, Refusal, Resource

# pulumi-kubernetes, provider/pkg/provider/helm_release.go: Diff.
IMMUTABLE: Final = frozenset({"name", "namespace"})
_DOCS: Final = "https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/"


def refusal(component: str) -> Refusal:
    """Return why a chart is not rendered, and the ways round it."""
    return Refusal(
        "",
        f"{component} needs Helm's own templates, which the rehearsal does not run",
        "use helm.v3.Release, which it takes without rendering, or give the output of `helm template` to "
        "yaml.ConfigFile",
    )


def check(resource: Resource, olds: Mapping[str, Any] | None) -> Checked:
    """Give a Release its name and namespace and refuse what Helm refuses at once."""
    inputs = copy.deepcopy(dict(resource.inputs))
    if inputs.get("name") is None:
        old = olds.get("name") if olds else None
        inputs["name"] = old or resource.proposed_name or f"{resource.name}-{resource.seed('name')[:8]}"
    if inputs.get("namespace") is None:
        inputs["namespace"] = kubeconfig.namespace(resource.context.config)
    refusals = list(names.judge("name", inputs["name"], "label_1035"))
    name = inputs["name"]
    if isinstance(name, str) and len(name) > 53:
        # https://helm.sh/docs/chart_template_guide/getting_started/: the release name's limit.
        refusals.append(
            Refusal("name", f"{name!r} has {len(name)} characters", "Helm takes at most 53", _DOCS)
        )
    if inputs.get("chart") in (None, ""):
        refusals.append(Refusal("chart", "it is missing", "name a chart", _DOCS))
    return Checked(inputs, refusals)


def identify(resource: Resource) -> str:
    """Return `namespace/name`."""
    return f"{resource.inputs['namespace']}/{resource.inputs['name']}"


def outputs(resource: Resource, id: str) -> Mapping[str, Any]:
    """Return the status of a deployed release; before creation it is unknown."""
    if resource.preview and not id:
        return {"status": UNKNOWN, "resourceNames": UNKNOWN, "manifest": UNKNOWN}
    inputs = resource.inputs
    version = inputs.get("version") or "1.0.0"
    status = {
        "name": inputs["name"],
        "namespace": inputs["namespace"],
        "status": "deployed",
        "revision": 1,
        "chart": _chart(inputs["chart"]),
        "version": version,
        "appVersion": version,
    }
    return {"status": status, "version": version, "resourceNames": {}, "manifest": {}}


def _chart(chart: Any) -> str:
    if isinstance(chart, Asset):
        return "chart"
    return str(chart).rstrip("/").rpartition("/")[2]
