"""Google Kubernetes Engine: what a cluster reports, and combinations that its API refuses.

Refusals of node settings are in `nodes` and `pools`. Sources: resource_container_cluster.go.tmpl in
GoogleCloudPlatform/magic-modules, and the page named with each refusal. Leaves out Autopilot's list of
machine types and every check that needs a version's feature list.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from rehearsal import lookup, paths
from rehearsal.gcp import nodes, places, pools, subnets
from rehearsal.model import UNKNOWN, Existing, Record, Refusal, Resource

_CLUSTERS = "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters"
_PRIVATE = "https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters"
_DATAPLANE = "https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2#limitations"
_WINDOWS = "https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions"
_CLUSTER = "gcp:container/cluster:Cluster"
_NODE_CONFIGS = ("nodeConfig", "nodePools[*].nodeConfig")


def check_cluster(resource: Resource) -> list[Refusal]:
    """What is wrong with a cluster's arguments, whatever else exists."""
    inputs = resource.inputs
    refusals = [
        *_data_plane(inputs),
        *_control_plane(inputs),
        *_identity(resource),
        *_places(inputs),
        *_windows(inputs),
    ]
    if inputs.get("nodeConfig") is not None:
        refusals += nodes.check(inputs["nodeConfig"], "nodeConfig")
    for path, pool in paths.find(inputs, "nodePools[*]"):
        refusals += nodes.check_pool(pool, path)
    autopilot = inputs.get("enableAutopilot") is True
    counted = inputs.get("initialNodeCount")
    if not autopilot and inputs.get("nodePools") is None and counted in (None, 0):
        problem = "googleapi: Error 400: Cluster.initial_node_count must be greater than zero., badRequest"
        refusals.append(
            Refusal("initialNodeCount", problem, "write 1, with removeDefaultNodePool for none", _CLUSTERS)
        )
    return refusals


def check_pool(resource: Resource) -> list[Refusal]:
    """What is wrong with a node pool's arguments, whatever else exists."""
    return nodes.check_pool(resource.inputs, "")


def _data_plane(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    provider = inputs.get("datapathProvider")
    if provider is UNKNOWN:
        return
    advanced = provider == "ADVANCED_DATAPATH" or inputs.get("enableAutopilot") is True
    if advanced and paths.get(inputs, "networkPolicy.enabled") is True:
        problem = (
            "googleapi: Error 400: Enabling NetworkPolicy for clusters with "
            "DatapathProvider=ADVANCED_DATAPATH is not allowed., badRequest"
        )
        yield Refusal(
            "networkPolicy",
            problem,
            "leave networkPolicy out: Dataplane V2 enforces policies itself",
            _DATAPLANE,
        )
    for name in ("enableCiliumClusterwideNetworkPolicy", "enableFqdnNetworkPolicy", "enableMultiNetworking"):
        if inputs.get(name) is True and not advanced:
            yield Refusal(
                name, "it needs Dataplane V2", 'write datapathProvider "ADVANCED_DATAPATH"', _DATAPLANE
            )


def _control_plane(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    private = inputs.get("privateClusterConfig")
    by_address = paths.get(inputs, "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled")
    if isinstance(private, Mapping) and by_address not in (False, UNKNOWN):
        only_private = paths.get(private, "enablePrivateEndpoint") is True
        if only_private and inputs.get("masterAuthorizedNetworksConfig") is None:
            remedy = "add masterAuthorizedNetworksConfig, or turn ipEndpointsConfig off"
            yield Refusal(
                "privateClusterConfig.enablePrivateEndpoint", "it needs authorised networks", remedy, _PRIVATE
            )
    encryption = inputs.get("databaseEncryption")
    if paths.get(encryption, "state") == "ENCRYPTED" and paths.get(encryption, "keyName") in (None, ""):
        yield Refusal("databaseEncryption.keyName", "ENCRYPTED needs a key", "give the key's id", _CLUSTERS)
    version, minimum = inputs.get("nodeVersion"), inputs.get("minMasterVersion")
    if version is not None and UNKNOWN not in (version, minimum) and version != minimum:
        remedy = "leave nodeVersion out, or write the value of minMasterVersion"
        yield Refusal("nodeVersion", "it has to be the same as minMasterVersion", remedy, _CLUSTERS)
    for name in ("clusterIpv4CidrBlock", "servicesIpv4CidrBlock"):
        block = paths.get(inputs, f"ipAllocationPolicy.{name}")
        secondary = name.replace("Ipv4CidrBlock", "SecondaryRangeName")
        if block not in (None, "") and paths.get(inputs, f"ipAllocationPolicy.{secondary}") not in (None, ""):
            path = f"ipAllocationPolicy.{name}"
            yield Refusal(
                path, f"it cannot be given together with {secondary}", "give one of the two", _CLUSTERS
            )


def _identity(resource: Resource) -> Iterator[Refusal]:
    pool = paths.get(resource.inputs, "workloadIdentityConfig.workloadPool")
    project = places.here(resource.inputs, resource.context)["project"]
    if isinstance(pool, str) and isinstance(project, str) and pool != f"{project}.svc.id.goog":
        path = "workloadIdentityConfig.workloadPool"
        yield Refusal(
            path, f'"{pool}" is not the pool of this project', f'write "{project}.svc.id.goog"', _CLUSTERS
        )
    group = paths.get(resource.inputs, "authenticatorGroupsConfig.securityGroup")
    if isinstance(group, str) and not re.fullmatch(r"gke-security-groups@\S+\.\S+", group):
        path = "authenticatorGroupsConfig.securityGroup"
        yield Refusal(path, f'"{group}" is refused', "write gke-security-groups@YOUR-DOMAIN", _CLUSTERS)


def _places(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    location, zones = inputs.get("location"), inputs.get("nodeLocations")
    if not isinstance(location, str) or not isinstance(zones, list):
        return
    region = places.region_of(location) if places.is_zone(location) else location
    for index, zone in enumerate(cast("list[Any]", zones)):
        if not isinstance(zone, str):
            continue
        if not places.is_zone(zone) or places.region_of(zone) != region:
            yield Refusal(
                f"nodeLocations[{index}]",
                f'"{zone}" is no zone of {region}',
                f"write zones of {region}",
                _CLUSTERS,
            )
        elif zone == location:
            yield Refusal(
                f"nodeLocations[{index}]", "it is the cluster's own zone", "leave it out", _CLUSTERS
            )


def _windows(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """At least 48 hours in 32 days, in blocks of at least 4 hours."""
    window = paths.get(inputs, "maintenancePolicy.recurringWindow")
    texts = [paths.get(window, name) for name in ("startTime", "endTime", "recurrence")]
    if not all(isinstance(text, str) for text in texts):
        return
    path = "maintenancePolicy.recurringWindow"
    try:
        start, end = (datetime.datetime.fromisoformat(text) for text in texts[:2])
    except ValueError:
        yield Refusal(path, "its times are no RFC 3339 dates", "write such as 2025-01-01T02:00:00Z", _WINDOWS)
        return
    hours = (end - start).total_seconds() / 3600
    rule = dict(part.split("=", 1) for part in texts[2].removeprefix("RRULE:").split(";") if "=" in part)
    times = {"DAILY": 32, "WEEKLY": 4 * len(rule.get("BYDAY", "MO").split(","))}.get(rule.get("FREQ", ""))
    if hours < 4:
        yield Refusal(
            path, f"{hours:g} hours are less than the 4 a window has to last", "make it longer", _WINDOWS
        )
    elif times is not None and rule.get("INTERVAL", "1") == "1" and hours * times < 48:
        problem = f"{hours * times:g} hours of maintenance in 32 days are less than the 48 that are needed"
        yield Refusal(path, problem, "make the window longer or more frequent", _WINDOWS)


def refuse(resource: Resource, id: str, record: Record) -> Refusal | None:
    """What only the cluster or the network of this record tells."""
    configs = [value for path in _NODE_CONFIGS for _, value in paths.find(resource.inputs, path)]
    number = str(places.here(resource.inputs, resource.context)["projectNumber"])
    for config in configs:
        if refusal := pools.untagged(config, number, record):
            return refusal
    if resource.type == _CLUSTER:
        return _ranges(resource.inputs, record)
    cluster = _cluster_of(resource, record)
    return pools.refuse(resource.inputs, cluster, record) if cluster else None


def _ranges(inputs: Mapping[str, Any], record: Record) -> Refusal | None:
    known = subnets.secondary_ranges(str(inputs.get("subnetwork") or ""), record)
    if known is None:
        return None
    for name in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        wanted = paths.get(inputs, f"ipAllocationPolicy.{name}")
        if isinstance(wanted, str) and wanted and wanted not in known:
            problem = f'the subnetwork has no secondary range "{wanted}"'
            remedy = f"write one of {', '.join(sorted(known)) or 'none: add secondaryIpRanges to it'}"
            return Refusal(f"ipAllocationPolicy.{name}", problem, remedy, _CLUSTERS)
    return None


def _cluster_of(resource: Resource, record: Record) -> Existing | None:
    value = resource.inputs.get("cluster")
    return next((found for found in record.find(_CLUSTER) if lookup.names(found, value)), None)
