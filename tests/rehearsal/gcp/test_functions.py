"""Data sources: answers from the record, computed ones, and refusals by name."""

from __future__ import annotations

import json

import pytest

from rehearsal.gcp import PACKAGE
from rehearsal.gcp.functions import COMPUTED, plural
from rehearsal.gcp.values import project_number
from rehearsal.model import Refusal
from rehearsal.packages import Served
from tests.rehearsal.gcp.conftest import Cloud

NUMBER = project_number("acme-dev")
SERVED = Served("gcp", ())
ANSWERED = sorted({*COMPUTED, *PACKAGE.known.functions})


@pytest.mark.parametrize("token", ANSWERED)
def test_answered_functions_exist_in_the_sdk(token: str) -> None:
    fields = SERVED.shapes.function(token)
    assert fields, f"the SDK has no function {token}"
    named = {
        path.split(".")[0].split("[")[0] for path in PACKAGE.known.functions.get(token, {}).get("outputs", {})
    }
    assert named <= set(fields)


def test_the_client_has_the_providers_place_and_no_token(cloud: Cloud) -> None:
    client = cloud.ask("gcp:organizations/getClientConfig:getClientConfig")
    assert (client["project"], client["region"], client["zone"]) == (
        "acme-dev",
        "europe-west4",
        "europe-west4-a",
    )
    assert client["accessToken"] == "rehearsal-not-a-token"


def test_agents_of_other_projects(cloud: Cloud) -> None:
    other = project_number("other-project")
    settings = cloud.ask(
        "gcp:logging/getProjectCmekSettings:getProjectCmekSettings", {"project": "other-project"}
    )
    assert settings["serviceAccountId"] == f"cmek-p{other}@gcp-sa-logging.iam.gserviceaccount.com"
    default = cloud.ask("gcp:compute/getDefaultServiceAccount:getDefaultServiceAccount")
    assert default["email"] == f"{NUMBER}-compute@developer.gserviceaccount.com"


def test_a_policy_is_written_as_json(cloud: Cloud) -> None:
    bindings = [{"role": "roles/viewer", "members": ["user:b@example.com", "user:a@example.com"]}]
    answer = cloud.ask("gcp:organizations/getIAMPolicy:getIAMPolicy", {"bindings": bindings})
    assert json.loads(answer["policyData"]) == {
        "bindings": [{"members": ["user:a@example.com", "user:b@example.com"], "role": "roles/viewer"}]
    }


def test_a_projects_policy_is_what_was_granted(cloud: Cloud) -> None:
    grant = {"project": "acme-dev", "role": "roles/viewer", "member": "user:a@example.com"}
    cloud.make("gcp:projects/iAMMember:IAMMember", "grant", grant)
    answer = cloud.ask("gcp:projects/getIamPolicy:getIamPolicy", {"project": "acme-dev"})
    assert json.loads(answer["policyData"])["bindings"] == [
        {"members": ["user:a@example.com"], "role": "roles/viewer"}
    ]


def test_networks_and_subnetworks_of_the_record(cloud: Cloud) -> None:
    network = cloud.make("gcp:compute/network:Network", "net", {})
    sub = cloud.make(
        "gcp:compute/subnetwork:Subnetwork", "sub", {"network": network.id, "ipCidrRange": "10.0.0.0/20"}
    )
    found = cloud.ask("gcp:compute/getNetwork:getNetwork", {"name": network.inputs["name"]})
    assert found["subnetworksSelfLinks"] == [sub.outputs["selfLink"]]
    for link in (sub.id, sub.outputs["selfLink"]):
        assert (
            cloud.ask("gcp:compute/getSubnetwork:getSubnetwork", {"selfLink": link})["ipCidrRange"]
            == "10.0.0.0/20"
        )
    with pytest.raises(Refusal, match="Error 404"):
        cloud.ask("gcp:compute/getNetwork:getNetwork", {"name": "missing"})


def test_every_project_has_the_default_network(cloud: Cloud) -> None:
    network = cloud.ask("gcp:compute/getNetwork:getNetwork", {"name": "default"})
    assert network["selfLink"].endswith("/projects/acme-dev/global/networks/default")
    ranges = {
        cloud.ask("gcp:compute/getSubnetwork:getSubnetwork", {"name": "default", "region": region})[
            "ipCidrRange"
        ]
        for region in ("europe-west4", "us-central1", "us-east1")
    }
    assert len(ranges) == 3


def test_zones(cloud: Cloud) -> None:
    ask = "gcp:compute/getZones:getZones"
    assert cloud.ask(ask)["names"] == ["europe-west4-a", "europe-west4-b", "europe-west4-c"]
    assert cloud.ask(ask, {"region": "us-east1"})["names"] == ["us-east1-b", "us-east1-c", "us-east1-d"]


def test_engine_versions(cloud: Cloud) -> None:
    ask = "gcp:container/getEngineVersions:getEngineVersions"
    answer = cloud.ask(ask, {"versionPrefix": "1.34."})
    assert answer["latestMasterVersion"].startswith("1.34.")
    assert answer["releaseChannelDefaultVersion"]["REGULAR"] == answer["defaultClusterVersion"]
    with pytest.raises(Refusal, match=r'starts "9\."'):
        cloud.ask(ask, {"versionPrefix": "9."})


def test_a_cluster_as_a_data_source_has_its_blocks_in_lists(cloud: Cloud) -> None:
    made = cloud.make(
        "gcp:container/cluster:Cluster", "c", {"location": "europe-west4", "initialNodeCount": 1}
    )
    asked = {"name": made.inputs["name"], "location": "europe-west4"}
    found = cloud.ask("gcp:container/getCluster:getCluster", asked)
    assert found["endpoint"] == made.outputs["endpoint"]
    assert (
        found["masterAuths"][0]["clusterCaCertificate"] == made.outputs["masterAuth"]["clusterCaCertificate"]
    )


@pytest.mark.parametrize(
    ("name", "many"),
    [("masterAuth", "masterAuths"), ("policy", "policies"), ("autoclass", "autoclasses"), ("key", "keys")],
)
def test_plurals(name: str, many: str) -> None:
    assert plural(name) == many


def test_secrets_and_objects_hold_what_was_put_in(cloud: Cloud) -> None:
    secret = cloud.make(
        "gcp:secretmanager/secret:Secret", "s", {"secretId": "s", "replication": {"auto": {}}}
    )
    cloud.make(
        "gcp:secretmanager/secretVersion:SecretVersion", "v", {"secret": secret.id, "secretData": "hush"}
    )
    assert (
        cloud.ask("gcp:secretmanager/getSecretVersion:getSecretVersion", {"secret": "s"})["secretData"]
        == "hush"
    )
    bucket = cloud.make("gcp:storage/bucket:Bucket", "b", {"location": "EU"})
    cloud.make(
        "gcp:storage/bucketObject:BucketObject",
        "o",
        {"bucket": bucket.id, "name": "a.txt", "content": "text"},
    )
    asked = {"bucket": bucket.id, "name": "a.txt"}
    assert cloud.ask("gcp:storage/getBucketObjectContent:getBucketObjectContent", asked)["content"] == "text"
    with pytest.raises(Refusal, match="not found"):
        cloud.ask("gcp:secretmanager/getSecretVersion:getSecretVersion", {"secret": "other"})


def test_objects_found_by_their_name(cloud: Cloud) -> None:
    account = cloud.make("gcp:serviceaccount/account:Account", "a", {"accountId": "trainer"})
    for asked in ("trainer", account.outputs["email"], account.id):
        found = cloud.ask("gcp:serviceaccount/getAccount:getAccount", {"accountId": asked})
        assert found["uniqueId"] == account.outputs["uniqueId"]
    ring = cloud.make("gcp:kms/keyRing:KeyRing", "r", {"location": "europe-west4", "name": "ring"})
    found = cloud.ask("gcp:kms/getKMSKeyRing:getKMSKeyRing", {"name": "ring", "location": "europe-west4"})
    assert found["id"] == ring.id
    with pytest.raises(Refusal, match=r"KeyRing .* not found"):
        cloud.ask("gcp:kms/getKMSKeyRing:getKMSKeyRing", {"name": "ring", "location": "us"})


def test_perimeter_support(cloud: Cloud) -> None:
    services = cloud.ask("gcp:accesscontextmanager/getSupportedServices:getSupportedServices")[
        "supportedServices"
    ]
    assert "container.googleapis.com" in [service["name"] for service in services]


def test_an_unknown_data_source_is_refused_by_name(cloud: Cloud) -> None:
    with pytest.raises(Refusal, match="getTransitGateway"):
        cloud.ask("gcp:compute/getTransitGateway:getTransitGateway")
