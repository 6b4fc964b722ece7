"""Nodes of Google Kubernetes Engine: machines, accelerators, autoscaling, confidential nodes.

The shapes of GPU machines are in `data/machines.yaml`. Other sources: node_config.go.tmpl and
resource_container_node_pool.go.tmpl in GoogleCloudPlatform/magic-modules, and the page each refusal names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal import paths
from rehearsal.gcp import places
from rehearsal.gcp.presence import as_list, as_mapping, given, otherwise
from rehearsal.model import UNKNOWN, Refusal

_POOLS = (
    "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools"
)
_SCALING = "https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler"
_COMPACT = "https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement"
_GPUS = "https://cloud.google.com/kubernetes-engine/docs/concepts/gpus"
_CONFIDENTIAL = "https://cloud.google.com/kubernetes-engine/docs/how-to/confidential-gke-nodes"
_MULTI = "https://cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods"


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "data" / "machines.yaml").read_text(encoding="utf-8")
    )
    return content


def check_pool(given_pool: Any, path: str) -> list[Refusal]:
    """A node pool's own arguments; `path` is where it stands in a cluster, empty for a pool of its own."""
    prefix = f"{path}." if path else ""
    pool = as_mapping(given_pool)
    if pool is None:
        return []
    found = [*_scaling(pool), *_placement(pool), *_provisioning(pool), *_upgrades(pool)]
    refusals = [Refusal(prefix + where, problem, remedy, source) for where, problem, remedy, source in found]
    config = pool.get("nodeConfig")
    return refusals + (check(config, f"{prefix}nodeConfig") if config is not None else [])


def check(config: Any, path: str) -> list[Refusal]:
    """A node configuration, of a pool or of a cluster's default pool."""
    known = as_mapping(config)
    if known is None:
        return []
    found = [*_accelerators(known), *_confidential(known), *_buying(known)]
    return [Refusal(f"{path}.{where}", problem, remedy, source) for where, problem, remedy, source in found]


Finding = tuple[str, str, str, str]
"""Path, what is wrong, what would be right, source."""


def _scaling(pool: Mapping[str, Any]) -> Iterator[Finding]:
    scaling = as_mapping(pool.get("autoscaling"))
    counts = [name for name in ("initialNodeCount", "nodeCount") if pool.get(name) is not None]
    if len(counts) == 2:
        yield "nodeCount", "it cannot be given together with initialNodeCount", "give one of the two", _POOLS
    if scaling is None:
        return
    total = [name for name in ("totalMinNodeCount", "totalMaxNodeCount") if given(scaling.get(name))]
    zonal = [name for name in ("minNodeCount", "maxNodeCount") if given(scaling.get(name))]
    if total and zonal:
        yield (
            f"autoscaling.{total[0]}",
            f"it cannot be given together with {zonal[0]}",
            "limit per zone or in total",
            _SCALING,
        )
    for low, high in (("minNodeCount", "maxNodeCount"), ("totalMinNodeCount", "totalMaxNodeCount")):
        least, most = scaling.get(low), scaling.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            yield f"autoscaling.{low}", f"{least:g} is more than {high}, {most:g}", "swap them", _SCALING


def _placement(pool: Mapping[str, Any]) -> Iterator[Finding]:
    if paths.get(pool, "placementPolicy.type") != "COMPACT":
        return
    if len(as_list(pool.get("nodeLocations"))) > 1:
        yield "nodeLocations", "compact placement keeps nodes in one zone", "give one zone", _COMPACT
    if paths.get(pool, "upgradeSettings.strategy") == "BLUE_GREEN":
        yield (
            "upgradeSettings.strategy",
            "compact placement takes no blue-green upgrade",
            "write SURGE",
            _COMPACT,
        )
    if paths.get(pool, "queuedProvisioning.enabled") is True:
        yield (
            "queuedProvisioning",
            "compact placement takes no queued provisioning",
            "leave one of them out",
            _COMPACT,
        )


def _provisioning(pool: Mapping[str, Any]) -> Iterator[Finding]:
    flexible = paths.get(pool, "nodeConfig.flexStart") is True
    queued = paths.get(pool, "queuedProvisioning.enabled") is True
    source = "https://cloud.google.com/kubernetes-engine/docs/how-to/dws-flex-start-training"
    affinity = paths.get(pool, "nodeConfig.reservationAffinity.consumeReservationType")
    if (flexible or queued) and affinity not in (UNKNOWN, "NO_RESERVATION"):
        path = "nodeConfig.reservationAffinity.consumeReservationType"
        yield path, "flex-start and queued nodes take no reservation", 'write "NO_RESERVATION"', source
    if flexible and paths.get(pool, "management.autoRepair") not in (UNKNOWN, False):
        yield "management.autoRepair", "flex-start nodes are not repaired", "write false", source
    networks = paths.get(pool, "networkConfig.additionalNodeNetworkConfigs")
    if given(networks) and paths.get(pool, "networkConfig.acceleratorNetworkProfile") is not None:
        path = "networkConfig.additionalNodeNetworkConfigs"
        yield (
            path,
            "it cannot be given together with acceleratorNetworkProfile",
            "give one of the two",
            _MULTI,
        )


def _upgrades(pool: Mapping[str, Any]) -> Iterator[Finding]:
    surge, away = (paths.get(pool, f"upgradeSettings.{name}") for name in ("maxSurge", "maxUnavailable"))
    source = "https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies"
    if isinstance(surge, int | float) and isinstance(away, int | float):
        if surge + away < 1:
            yield (
                "upgradeSettings",
                "maxSurge and maxUnavailable are both 0",
                "give one of them at least 1",
                source,
            )
        if surge + away > 20:
            yield (
                "upgradeSettings",
                f"{surge + away:g} nodes at a time are too many",
                "stay within 20",
                source,
            )


def _accelerators(config: Mapping[str, Any]) -> Iterator[Finding]:
    machine = config.get("machineType")
    if not isinstance(machine, str):
        return
    shape: Mapping[str, Any] | None = _table()["machines"].get(machine)
    attachable = _table()["attachable"]
    for path, item in paths.find(config, "guestAccelerators[*]"):
        kind, count = places.last(paths.get(item, "type")), paths.get(item, "count")
        if not isinstance(kind, str) or count is UNKNOWN:
            continue
        if shape is not None and (kind != shape["type"] or count != shape["count"]):
            remedy = f"write type {shape['type']} and count {shape['count']}"
            yield (
                path,
                f"{machine} does not carry {count:g} x {kind}",
                remedy,
                _table()["source"].split(" and ")[0],
            )
        elif shape is None and (
            kind not in attachable["types"] or machine.split("-")[0] not in attachable["families"]
        ):
            problem = f"{machine} takes no {kind}"
            yield f"{path}.type", problem, "choose the machine type made for it (g2, a2, a3, a4, n1)", _GPUS
    spot = [config.get(name) for name in ("spot", "flexStart", "preemptible")]
    if shape and shape.get("spot_only") and True not in spot and UNKNOWN not in spot:
        yield "machineType", f"{machine} is not sold on demand", "write spot true or flexStart true", _GPUS
    if shape is None and machine.startswith(("a2-", "a3-", "a4-", "g2-")):
        yield "machineType", f"there is no machine type {machine}", "see the list of GPU machine types", _GPUS


def _confidential(config: Mapping[str, Any]) -> Iterator[Finding]:
    machine = config.get("machineType")
    if paths.get(config, "confidentialNodes.enabled") is not True or not isinstance(machine, str):
        return
    technology = otherwise(paths.get(config, "confidentialNodes.confidentialInstanceType"), "SEV")
    shape: Mapping[str, Any] | None = _table()["machines"].get(machine)
    path = "confidentialNodes"
    if shape is not None:
        if shape.get("confidential") is None:
            yield path, f"{machine} has no confidential mode", "use a3-highgpu-1g with TDX", _CONFIDENTIAL
        elif technology not in (UNKNOWN, shape["confidential"]):
            where, fitting = f"{path}.confidentialInstanceType", shape["confidential"]
            yield where, f"{machine} takes no {technology}", f'write "{fitting}"', _CONFIDENTIAL
        for sharing in ("gpuSharingConfig", "gpuPartitionSize"):
            if any(given(value) for _, value in paths.find(config, f"guestAccelerators[*].{sharing}")):
                yield (
                    f"guestAccelerators[0].{sharing}",
                    "a confidential GPU is not shared",
                    "leave it out",
                    _CONFIDENTIAL,
                )
    elif technology is not UNKNOWN:
        families: list[str] = _table()["confidential"].get(technology, [])
        if machine.split("-")[0] not in families:
            remedy = f"choose a machine type of {', '.join(families)}"
            yield path, f"{machine} takes no {technology}", remedy, _CONFIDENTIAL


def _buying(config: Mapping[str, Any]) -> Iterator[Finding]:
    chosen = [name for name in ("spot", "preemptible", "flexStart") if config.get(name) is True]
    if len(chosen) > 1:
        yield chosen[1], f"it cannot be true together with {chosen[0]}", "choose one of them", _POOLS
    affinity = config.get("reservationAffinity")
    kind = paths.get(affinity, "consumeReservationType")
    label = "compute.googleapis.com/reservation-name"
    if kind == "SPECIFIC_RESERVATION" and paths.get(affinity, "key") not in (UNKNOWN, label):
        remedy = f'write "{label}", and the names under values'
        yield "reservationAffinity.key", "a specific reservation is named by its label", remedy, _POOLS
    if "spot" in chosen and kind in ("SPECIFIC_RESERVATION", "ANY_RESERVATION"):
        path = "reservationAffinity.consumeReservationType"
        yield path, "Spot nodes take no reservation", 'write "NO_RESERVATION"', _POOLS


def can_be_confidential(machine: str, technology: str) -> bool:
    """Whether a machine type runs confidential nodes of `SEV`, `SEV_SNP` or `TDX`."""
    shape: Mapping[str, Any] | None = _table()["machines"].get(machine)
    if shape is not None:
        return shape.get("confidential") == technology
    return machine.split("-", 1)[0] in _table()["confidential"].get(technology, [])
