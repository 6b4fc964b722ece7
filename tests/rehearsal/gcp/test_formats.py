"""Ids and outputs: in Google's formats, and agreeing with each other."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from rehearsal import paths
from rehearsal.gcp import PACKAGE
from rehearsal.gcp.values import project_number
from rehearsal.model import UNKNOWN, Resource
from tests.rehearsal.gcp.conftest import CONFIG, Cloud, cases

NUMBER = project_number("acme-dev")
WORDS = {
    "NUMBER": NUMBER,
    "COMPUTE": r"https://www\.googleapis\.com/compute/v1",
    "TIME": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S+",
}


def spelled(pattern: str) -> str:
    """A pattern of `cases/formats.yaml` with its words written out."""
    for word, text in WORDS.items():
        pattern = pattern.replace(word, text)
    return pattern


@pytest.mark.parametrize("case", cases("formats", "made"), ids=lambda case: case["type"].rsplit(":", 1)[-1])
def test_formats(cloud: Cloud, case: Mapping[str, Any]) -> None:
    made = cloud.make(case["type"], "made", case["inputs"])
    assert re.fullmatch(spelled(case["id"]), made.id), made.id
    for path, pattern in case["outputs"].items():
        value = paths.get(made.outputs, path)
        assert re.fullmatch(spelled(pattern), str(value)), (path, value)


def preview_of(cloud: Cloud, type: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    asked = replace(cloud.resource(type, "planned", inputs), preview=True)
    planned = replace(asked, inputs=PACKAGE.check(asked, None, cloud.view()).inputs)
    return cloud.served.filler.outputs(planned, cloud.served.shape(type), "")


def test_a_preview_knows_what_the_provider_plans_and_no_more(cloud: Cloud) -> None:
    bucket = preview_of(cloud, "gcp:storage/bucket:Bucket", {"name": "b", "location": "EU"})
    assert (bucket["project"], bucket["name"], bucket["location"]) == ("acme-dev", "b", "EU")
    assert bucket["url"] is UNKNOWN
    assert bucket["selfLink"] is UNKNOWN
    account = preview_of(cloud, "gcp:serviceaccount/account:Account", {"accountId": "trainer"})
    assert account["email"] == "trainer@acme-dev.iam.gserviceaccount.com"
    assert account["uniqueId"] is UNKNOWN


def test_automatic_names_are_the_providers(cloud: Cloud) -> None:
    network = cloud.make("gcp:compute/network:Network", "MyNetwork", {})
    assert re.fullmatch(r"mynetwork-[0-9a-f]{7}", network.inputs["name"])
    assert "name" in network.inputs["__defaults"]
    assert cloud.make("gcp:compute/network:Network", "x" * 80, {}).inputs["name"].startswith("x" * 55 + "-")
    # A firewall rule keeps capitals, which Google refuses: the real provider does the same.
    refused = cloud.refusals(
        "gcp:compute/firewall:Firewall",
        {"network": "n", "allows": [{"protocol": "tcp"}], "sourceRanges": ["10.0.0.0/8"]},
    )
    assert refused == []
    capital = cloud.resource("gcp:compute/firewall:Firewall", "AllowAll", {"network": "n"})
    assert any(refusal.path == "name" for refusal in PACKAGE.check(capital, None, cloud.view()).refusals)


def test_a_project_has_one_number_everywhere(cloud: Cloud) -> None:
    asked = cloud.ask("gcp:organizations/getProject:getProject", {"projectId": "acme-dev"})
    storage = cloud.ask("gcp:storage/getProjectServiceAccount:getProjectServiceAccount")
    made = cloud.make("gcp:organizations/project:Project", "p", {"projectId": "acme-dev", "name": "Acme dev"})
    assert asked["number"] == made.outputs["number"] == NUMBER
    assert storage["emailAddress"] == f"service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    assert project_number("projects/123456789012") == "123456789012"


def test_public_keys_parse(cloud: Cloud) -> None:
    ring = cloud.make("gcp:kms/keyRing:KeyRing", "ring", {"location": "europe-west4"})
    for algorithm in ("EC_SIGN_P256_SHA256", "RSA_SIGN_PSS_3072_SHA256"):
        template = {"purpose": "ASYMMETRIC_SIGN", "versionTemplate": {"algorithm": algorithm}}
        key = cloud.make("gcp:kms/cryptoKey:CryptoKey", algorithm.lower(), {"keyRing": ring.id, **template})
        version = cloud.ask("gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion", {"cryptoKey": key.id})
        assert version["publicKeys"][0]["algorithm"] == algorithm
        assert load_pem_public_key(version["publicKeys"][0]["pem"].encode())
        assert version["name"] == f"{key.id}/cryptoKeyVersions/1"


def test_an_account_key_opens_nothing(cloud: Cloud) -> None:
    made = cloud.make(
        "gcp:serviceaccount/key:Key", "key", {"serviceAccountId": "trainer@acme-dev.iam.gserviceaccount.com"}
    )
    credentials = json.loads(base64.b64decode(made.outputs["privateKey"]))
    assert credentials["type"] == "service_account"
    assert "REHEARSAL" in credentials["private_key"]


def test_the_zone_of_the_provider_is_where_a_cluster_goes_that_says_no_location(cloud: Cloud) -> None:
    cluster = cloud.make("gcp:container/cluster:Cluster", "c", {"initialNodeCount": 1})
    assert "/locations/europe-west4-a/" in cluster.id
    regional = {key: value for key, value in CONFIG.items() if key != "zone"}
    other = cloud.make("gcp:container/cluster:Cluster", "d", {"initialNodeCount": 1}, config=regional)
    assert "/locations/europe-west4/" in other.id


def test_seeds_make_the_same_object_again(cloud: Cloud) -> None:
    def outputs(resource: Resource) -> Mapping[str, Any]:
        checked = replace(resource, inputs=PACKAGE.check(resource, None, cloud.view()).inputs)
        return PACKAGE.outputs(checked, PACKAGE.identify(checked))

    network = cloud.resource("gcp:compute/network:Network", "net", {})
    assert outputs(network) == outputs(network)
    assert outputs(network)["networkId"] != outputs(replace(network, urn=network.urn + "2"))["networkId"]
