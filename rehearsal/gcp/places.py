"""Where a resource lives, and what Google calls it: project, number, region, zone, links, service agents.

An argument of the resource counts before the provider's configuration, and that before the environment, as
in the provider.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal.gcp import values
from rehearsal.model import UNKNOWN, Context

COMPUTE = "https://www.googleapis.com/compute/v1/"
# https://github.com/pulumi/pulumi-gcp/blob/master/provider/resources.go, Config
_ENVIRONMENT = {
    "project": ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
    "region": ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "zone": ("GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"),
}


def configured(context: Context, key: str) -> Any:
    """Project, region or zone of the provider; `None` where nothing says it."""
    value = context.config.get(key)
    if value is not None and value != "":
        return value
    return next((os.environ[name] for name in _ENVIRONMENT[key] if os.environ.get(name)), None)


def last(value: Any) -> Any:
    """The last segment of a path or link."""
    return value.rstrip("/").rsplit("/", 1)[-1] if isinstance(value, str) else value


def region_of(zone: str) -> str:
    """`us-central1-a` lies in `us-central1`."""
    return zone.rsplit("-", 1)[0]


def is_zone(location: str) -> bool:
    """Whether a location is a zone: its last part is one letter."""
    return len(location.rsplit("-", 1)[-1]) == 1 and location.count("-") >= 2


def here(inputs: Mapping[str, Any], context: Context, *, zonal: bool = False) -> dict[str, Any]:
    """`project`, `projectNumber`, `region`, `zone`, `location`, `labels` and `effectiveLabels` of a resource.

    A location that nothing says is the region, or the zone for a `zonal` service (GKE).
    """
    project = last(_first(inputs.get("project"), inputs.get("projectId"), configured(context, "project")))
    zone = last(_first(inputs.get("zone"), configured(context, "zone")))
    region = last(_first(inputs.get("region"), configured(context, "region")))
    if region is None and isinstance(zone, str):
        region = region_of(zone)
    labels = _labels(inputs, context)
    return {
        "project": project,
        "projectNumber": values.project_number(project) if isinstance(project, str) else project,
        "region": region,
        "zone": zone,
        "location": last(_first(inputs.get("location"), *((zone, region) if zonal else (region, zone)))),
        "labels": labels,
        # The provider marks what it creates (addPulumiAttributionLabel, on by default).
        "effectiveLabels": labels if labels is UNKNOWN else {**labels, "goog-pulumi-provisioned": "true"},
    }


def _first(*candidates: Any) -> Any:
    """The first that is not absent; an unknown one counts as present."""
    return next((value for value in candidates if value is not None), None)


def _labels(inputs: Mapping[str, Any], context: Context) -> Any:
    own = _first(inputs.get("labels"), inputs.get("resourceLabels"), {})
    shared = _first(context.config.get("defaultLabels"), {})
    if not isinstance(own, Mapping) or not isinstance(shared, Mapping):
        return UNKNOWN
    return {**cast("Mapping[str, Any]", shared), **cast("Mapping[str, Any]", own)}


def path_of(value: str) -> str:
    """A reference without its host: `projects/p/global/networks/n` of any form of link."""
    plain = value.removeprefix("https:").removeprefix("//")
    at = plain.find("projects/")
    return plain[at:] if at >= 0 else value


def reference(value: str, kind: str, place: Mapping[str, Any]) -> str:
    """The full path of a reference given by name, path or link.

    `kind` is `global/networks`, `regions/subnetworks` or `zones/instances`; the place says the rest.
    """
    if "projects/" in value:
        return path_of(value)
    scope, collection = kind.split("/", 1)
    if "/" in value:
        return f"projects/{place['project']}/{value}"
    where = "global" if scope == "global" else f"{scope}/{place[scope.removesuffix('s')]}"
    return f"projects/{place['project']}/{where}/{collection}/{value}"


def cluster_path(cluster: str, place: Mapping[str, Any]) -> str:
    """A node pool names its cluster by id or, with a location beside it, by name."""
    if "/clusters/" in cluster:
        return path_of(cluster)
    return f"projects/{place['project']}/locations/{place['location']}/clusters/{last(cluster)}"


@lru_cache(maxsize=1)
def _agents() -> tuple[Mapping[str, str], Mapping[str, str]]:
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "data" / "agents.yaml").read_text(encoding="utf-8")
    )
    return content["agents"], content["special"]


def agent(number: str, service: str) -> str:
    """E-mail of a service's agent in the project with this number; see `data/agents.yaml`."""
    agents, special = _agents()
    short = service.removesuffix(".googleapis.com")
    plain = f"service-{{number}}@gcp-sa-{short}.iam.gserviceaccount.com"
    return (special.get(service) or agents.get(f"{short}.googleapis.com") or plain).format(number=number)


@lru_cache(maxsize=1)
def _regions() -> Mapping[str, Any]:
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "data" / "regions.yaml").read_text(encoding="utf-8")
    )
    return content


def regions() -> list[str]:
    """All regions, by name."""
    return list(_regions()["regions"])


def zones(region: str) -> list[str]:
    """The zones of a region; three for one that is newer than the table."""
    return [f"{region}-{letter}" for letter in _regions()["letters"].get(region, "abc")]
