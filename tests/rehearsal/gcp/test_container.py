"""GKE: combinations that its API refuses, and what a cluster and its pools report."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography import x509

from rehearsal import paths
from rehearsal.gcp.values import project_number
from rehearsal.model import UNKNOWN, Refusal
from tests.rehearsal.gcp.conftest import Cloud, cases

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
BASE = {"location": "europe-west4", "initialNodeCount": 1, "datapathProvider": "ADVANCED_DATAPATH"}
L4 = {"machineType": "g2-standard-24", "guestAccelerators": [{"type": "nvidia-l4", "count": 2}]}
H100 = {
    "machineType": "a3-highgpu-1g",
    "guestAccelerators": [{"type": "nvidia-h100-80gb", "count": 1}],
    "spot": True,
}


def window(start: str, end: str, recurrence: str) -> dict[str, Any]:
    return {
        "maintenancePolicy": {
            "recurringWindow": {"startTime": start, "endTime": end, "recurrence": recurrence}
        }
    }


@pytest.mark.parametrize("case", cases("container", "clusters"), ids=lambda case: case["path"])
def test_clusters_that_google_refuses(cloud: Cloud, case: Mapping[str, Any]) -> None:
    assert cloud.refusals(CLUSTER, BASE) == []
    refused = cloud.refusals(CLUSTER, {**BASE, **case["change"]})
    assert case["path"] in [refusal.path for refusal in refused]


@pytest.mark.parametrize(
    "change",
    [
        window("2026-01-03T00:00:00Z", "2026-01-03T08:00:00Z", "FREQ=WEEKLY;BYDAY=SA,SU"),
        {
            "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True},
            "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}},
        },
        {"workloadIdentityConfig": {"workloadPool": "acme-dev.svc.id.goog"}},
        {"enableAutopilot": True, "initialNodeCount": None},
        {"databaseEncryption": {"state": "ENCRYPTED", "keyName": UNKNOWN}},
    ],
)
def test_clusters_that_google_takes(cloud: Cloud, change: Mapping[str, Any]) -> None:
    assert [refusal.sentence() for refusal in cloud.refusals(CLUSTER, {**BASE, **change})] == []


@pytest.mark.parametrize("case", cases("container", "pools"), ids=lambda case: case["path"])
def test_pools_that_google_refuses(cloud: Cloud, case: Mapping[str, Any]) -> None:
    refused = cloud.refusals(POOL, {"cluster": "training", **case["change"]})
    assert case["path"] in [refusal.path for refusal in refused]


def test_confidential_h100_is_taken(cloud: Cloud) -> None:
    confidential = {"confidentialNodes": {"enabled": True, "confidentialInstanceType": "TDX"}}
    assert cloud.refusals(POOL, {"cluster": "training", "nodeConfig": {**H100, **confidential}}) == []


@pytest.mark.parametrize("case", cases("container", "disallowed"), ids=lambda case: case["words"])
def test_pools_that_their_cluster_does_not_allow(cloud: Cloud, case: Mapping[str, Any]) -> None:
    cluster, pool, words = case["cluster"], case["pool"], case["words"]
    made = cloud.make(CLUSTER, "training", {**BASE, **cluster})
    with pytest.raises(Refusal, match=words):
        cloud.make(POOL, "pool", {"cluster": made.id, **pool})
    cloud.make(POOL, "elsewhere", {"cluster": "brought", "location": "europe-west4", **pool})


def test_secondary_ranges_have_to_be_the_subnetworks_own(cloud: Cloud) -> None:
    subnet = cloud.make(
        "gcp:compute/subnetwork:Subnetwork",
        "sub",
        {
            "network": "net",
            "ipCidrRange": "10.0.0.0/20",
            "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"}],
        },
    )
    ranges = {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"}
    with pytest.raises(Refusal, match='no secondary range "services"'):
        cloud.make(CLUSTER, "training", {**BASE, "subnetwork": subnet.id, "ipAllocationPolicy": ranges})


def test_node_tags_need_the_agents_grants_first(cloud: Cloud) -> None:
    number = project_number("acme-dev")
    key = cloud.make("gcp:tags/tagKey:TagKey", "key", {"parent": "projects/acme-dev", "shortName": "segment"})
    tag = cloud.make("gcp:tags/tagValue:TagValue", "tag", {"parent": key.id, "shortName": "training"})
    cluster = {**BASE, "nodeConfig": {"resourceManagerTags": {key.id: tag.id}}}
    robot = f"serviceAccount:service-{number}@container-engine-robot.iam.gserviceaccount.com"
    apis = f"serviceAccount:{number}@cloudservices.gserviceaccount.com"
    for member, role in ((robot, "tagHoldAdmin"), (robot, "tagUser"), (apis, "tagUser")):
        with pytest.raises(Refusal, match=role):
            cloud.make(CLUSTER, "training", cluster)
        grant = {"role": f"roles/resourcemanager.{role}", "member": member}
        if role == "tagHoldAdmin":
            cloud.make(
                "gcp:tags/tagValueIamMember:TagValueIamMember", f"{role}-value", {"tagValue": tag.id, **grant}
            )
        else:
            cloud.make(
                "gcp:projects/iAMMember:IAMMember",
                f"{role}-{member[15:20]}",
                {"project": "acme-dev", **grant},
            )
    cloud.make(CLUSTER, "training", cluster)


def test_a_cluster_reports_endpoints_and_a_certificate_that_parses(cloud: Cloud) -> None:
    number = project_number("acme-dev")
    made = cloud.make(CLUSTER, "training", {**BASE, "fleet": {"project": "acme-dev"}})
    assert made.id == f"projects/acme-dev/locations/europe-west4/clusters/{made.inputs['name']}"
    pem = base64.b64decode(paths.get(made.outputs, "masterAuth.clusterCaCertificate"))
    assert x509.load_pem_x509_certificate(pem).subject
    dns = paths.get(made.outputs, "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint")
    assert re.fullmatch(rf"gke-[0-9a-f]+-{number}\.europe-west4\.gke\.goog", dns)
    assert re.fullmatch(r"\d+(\.\d+){3}", made.outputs["endpoint"])
    membership = paths.get(made.outputs, "fleet.membership")
    assert membership.endswith(f"/locations/europe-west4/memberships/{made.inputs['name']}")
    assert made.outputs["nodeLocations"] == [f"europe-west4-{letter}" for letter in "abc"]
    assert paths.get(made.outputs, "nodePools[0].name") == "default-pool"


def test_a_pool_has_an_instance_group_in_each_of_its_zones(cloud: Cloud) -> None:
    made = cloud.make(CLUSTER, "training", BASE)
    pool = cloud.make(POOL, "l4", {"cluster": made.id, "nodeLocations": ["europe-west4-b"], "nodeConfig": L4})
    assert pool.id == f"{made.id}/nodePools/{pool.inputs['name']}"
    [group] = pool.outputs["instanceGroupUrls"]
    prefix = "https://www.googleapis.com/compute/v1/projects/acme-dev/zones/europe-west4-b/instanceGroupManagers/gke-"
    assert group.startswith(prefix)


def test_a_protected_cluster_stays(cloud: Cloud) -> None:
    made = cloud.make(CLUSTER, "training", BASE)
    with pytest.raises(Refusal, match="deletion_protection"):
        cloud.delete(made)
    open_one = cloud.make(CLUSTER, "open", {**BASE, "deletionProtection": False})
    cloud.delete(open_one)
    assert cloud.record.get(CLUSTER, open_one.id) is None
