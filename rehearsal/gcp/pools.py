"""Node pools in a cluster of this record: what the cluster and the grants so far do not allow.

Sources: node_config.go.tmpl in GoogleCloudPlatform/magic-modules, and the page each refusal names. What is
wrong with a pool whatever else exists is in `nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal import paths
from rehearsal.gcp import grants, nodes, places
from rehearsal.gcp.presence import as_mapping
from rehearsal.model import Existing, Record, Refusal

_TAG_VALUE = "gcp:tags/tagValue:TagValue"
_COMPACT = "https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement"
_CONFIDENTIAL = "https://cloud.google.com/kubernetes-engine/docs/how-to/confidential-gke-nodes"
_MULTI = "https://cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods"


def refuse(pool: Mapping[str, Any], cluster: Existing, record: Record) -> Refusal | None:
    """What the pool's cluster in this record does not allow."""
    channel = paths.get(cluster.inputs, "releaseChannel.channel")
    if channel not in (None, "UNSPECIFIED") and paths.get(pool, "management.autoUpgrade") is False:
        words = f"Auto_upgrade cannot be false when release_channel {channel} is set."
        problem = f"googleapi: Error 400: {words}, badRequest"
        source = "https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels"
        return Refusal("management.autoUpgrade", problem, "write true, or releaseChannel UNSPECIFIED", source)
    if paths.get(pool, "nodeConfig.workloadMetadataConfig.mode") == "GKE_METADATA":
        own = paths.get(cluster.inputs, "workloadIdentityConfig.workloadPool")
        if not own and cluster.inputs.get("enableAutopilot") is not True:
            source = "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity"
            remedy = "give the cluster workloadIdentityConfig.workloadPool"
            return Refusal(
                "nodeConfig.workloadMetadataConfig.mode",
                "the cluster has no workload identity",
                remedy,
                source,
            )
    if paths.get(pool, "networkConfig.additionalNodeNetworkConfigs") and not cluster.inputs.get(
        "enableMultiNetworking"
    ):
        path = "networkConfig.additionalNodeNetworkConfigs"
        return Refusal(
            path, "the cluster has no multi-networking", "give it enableMultiNetworking true", _MULTI
        )
    if paths.get(pool, "placementPolicy.type") == "COMPACT" and not pool.get("nodeLocations"):
        zones: list[Any] = cluster.inputs.get("nodeLocations") or []
        location = str(cluster.outputs.get("location") or cluster.inputs.get("location"))
        if not places.is_zone(location) and len(zones) != 1:
            return Refusal(
                "nodeLocations", "compact placement keeps nodes in one zone", "give one zone", _COMPACT
            )
    return _confidential_cluster(pool, cluster)


def _confidential_cluster(pool: Mapping[str, Any], cluster: Existing) -> Refusal | None:
    if paths.get(cluster.inputs, "confidentialNodes.enabled") is not True:
        return None
    machine = str(paths.get(pool, "nodeConfig.machineType") or "e2-medium")
    technology = str(paths.get(cluster.inputs, "confidentialNodes.confidentialInstanceType") or "SEV")
    if nodes.can_be_confidential(machine, technology):
        return None
    problem = f"the cluster's nodes are all confidential, {machine} cannot be"
    remedy = "make single pools confidential instead of the whole cluster, or choose another machine type"
    return Refusal("nodeConfig.machineType", problem, remedy, _CONFIDENTIAL)


def untagged(config: Any, number: str, record: Record) -> Refusal | None:
    """Tags of this record that GKE's agents may not put on nodes yet.

    https://cloud.google.com/kubernetes-engine/docs/how-to/tags-firewall-policies#grant-permissions
    """
    tags = as_mapping((as_mapping(config) or {}).get("resourceManagerTags")) or {}
    robot, apis = places.agent(number, "container"), places.agent(number, "cloud-services")
    needed = ((robot, "tagHoldAdmin"), (robot, "tagUser"), (apis, "tagUser"))
    for value in tags.values():
        tag = next((item for item in record.find(_TAG_VALUE) if item.id == value), None)
        if tag is None:
            continue
        project = str(tag.outputs.get("namespacedName") or "").split("/")[0]
        on = {
            "tagValue": [tag.id, places.last(tag.id)],
            "tagKey": [str(tag.inputs["parent"])],
            "project": [project],
        }
        for email, role in needed:
            if not grants.holds(email, [f"roles/resourcemanager.{role}", "roles/owner"], on, record):
                return Refusal(
                    "nodeConfig.resourceManagerTags",
                    f"googleapi: Error 403: {email} has no {role} on {tag.id}, which it is to put on nodes",
                    f"grant it roles/resourcemanager.{role} on the tag first, and depend on that grant",
                    "https://cloud.google.com/kubernetes-engine/docs/how-to/tags-firewall-policies",
                )
    return None
