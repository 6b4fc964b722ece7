"""What Google Kubernetes Engine reports of clusters and node pools beyond what a template can say.

Lists per zone: instance groups of a pool, node locations of a regional cluster, the pools of a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rehearsal import paths, seeds
from rehearsal.gcp import places
from rehearsal.model import Resource


def cluster_outputs(resource: Resource) -> Mapping[str, Any]:
    """Endpoint, fleet membership, `nodeLocations`, and the pools that are part of the cluster itself."""
    place = places.here(resource.inputs, resource.context, zonal=True)
    zones = _zones(resource.inputs, str(place["location"]))
    results: dict[str, Any] = {
        "nodeLocations": _other_zones(zones, str(place["location"])),
        "endpoint": _endpoint(resource),
        **_fleet(resource, str(place["location"])),
    }
    inline = resource.inputs.get("nodePools")
    if isinstance(inline, list):
        results["nodePools"] = [
            {**pool, **_groups(resource, pool, str(pool.get("name") or f"pool-{index}"), zones)}
            for index, pool in enumerate(cast("list[Mapping[str, Any]]", inline))
        ]
    elif resource.inputs.get("removeDefaultNodePool") is not True:
        count = resource.inputs.get("initialNodeCount") or 1
        default = {"name": "default-pool", "initialNodeCount": count, "nodeCount": count}
        results["nodePools"] = [{**default, **_groups(resource, default, "default-pool", zones)}]
    return results


def pool_outputs(resource: Resource) -> Mapping[str, Any]:
    """Zones and instance groups of a pool of its own."""
    place = places.here(resource.inputs, resource.context, zonal=True)
    cluster = str(resource.inputs.get("cluster"))
    location = (
        cluster.split("/locations/")[1].split("/", maxsplit=1)[0]
        if "/locations/" in cluster
        else str(place["location"])
    )
    zones = _zones(resource.inputs, location)
    name = str(resource.inputs.get("name"))
    return {"location": location, "nodeLocations": zones, **_groups(resource, resource.inputs, name, zones)}


def _endpoint(resource: Resource) -> str:
    """The address users are to call: the private one where the public one is closed."""
    closed = paths.get(resource.inputs, "privateClusterConfig.enablePrivateEndpoint") is True
    label, block = ("private", "10.128.0.0/20") if closed else ("endpoint", "34.64.0.0/10")
    return seeds.FORMATS["ipv4"](resource.seed(label), block)


def _fleet(resource: Resource, location: str) -> dict[str, Any]:
    project = paths.get(resource.inputs, "fleet.project")
    if not project:
        return {}
    region = places.region_of(location) if places.is_zone(location) else location
    name = str(resource.inputs["name"])
    path = f"projects/{project}/locations/{region}/memberships/{name}"
    return {
        "fleet.membership": f"//gkehub.googleapis.com/{path}",
        "fleet.membershipId": name,
        "fleet.membershipLocation": region,
        "fleet.preRegistered": False,
    }


def _zones(inputs: Mapping[str, Any], location: str) -> list[str]:
    given = inputs.get("nodeLocations")
    if isinstance(given, list) and given:
        zones = sorted(str(zone) for zone in cast("list[Any]", given))
        return sorted({*zones, location}) if places.is_zone(location) else zones
    return [location] if places.is_zone(location) else places.zones(location)[:3]


def _other_zones(zones: list[str], location: str) -> list[str]:
    """A zonal cluster does not list its own zone."""
    return [zone for zone in zones if zone != location]


def _groups(resource: Resource, pool: Mapping[str, Any], name: str, zones: list[str]) -> dict[str, Any]:
    """The managed instance group of each zone: `gke-CLUSTER-POOL-HASH-grp`, names cut as GKE cuts them."""
    project = places.here(resource.inputs, resource.context, zonal=True)["project"]
    of = resource.inputs.get("cluster")  # unknown while the cluster itself is only planned
    cluster = str(places.last(resource.inputs.get("name") if of is None else of))
    base = f"{places.COMPUTE}projects/{project}/zones"
    names = {zone: f"gke-{cluster[:16]}-{name[:16]}-{resource.seed(name + zone)[:8]}-grp" for zone in zones}
    count = paths.get(pool, "nodeCount")
    return {
        "instanceGroupUrls": [
            f"{base}/{zone}/instanceGroupManagers/{group}" for zone, group in names.items()
        ],
        "managedInstanceGroupUrls": [
            f"{base}/{zone}/instanceGroups/{group}" for zone, group in names.items()
        ],
        "nodeCount": count if count is not None else pool.get("initialNodeCount") or 0,
    }
