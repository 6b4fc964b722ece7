"""What only the state of the cloud tells: grants before their users, overlaps, order, deletion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from rehearsal.gcp import PACKAGE
from rehearsal.gcp.values import project_number
from rehearsal.model import Existing, Refusal
from tests.rehearsal.gcp.conftest import Cloud, cases

NUMBER = project_number("acme-dev")
NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
BUCKET = "gcp:storage/bucket:Bucket"
USE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


def filled(inputs: Any, key: str) -> Any:
    """A case's inputs with the key in place."""
    if isinstance(inputs, dict):
        return {name: filled(value, key) for name, value in cast("dict[str, Any]", inputs).items()}
    if isinstance(inputs, list):
        return [filled(item, key) for item in cast("list[Any]", inputs)]
    return key if inputs == "KEY" else inputs


def a_key(cloud: Cloud, location: str = "europe-west4", **inputs: Any) -> Existing:
    ring = cloud.make("gcp:kms/keyRing:KeyRing", f"ring-{location}", {"location": location})
    return cloud.make("gcp:kms/cryptoKey:CryptoKey", f"key-{location}", {"keyRing": ring.id, **inputs})


@pytest.mark.parametrize(
    "case", cases("key-users", "users"), ids=lambda case: case["type"].rsplit(":", 1)[-1]
)
def test_a_key_may_be_used_only_after_its_grant(cloud: Cloud, case: Mapping[str, Any]) -> None:
    key = a_key(cloud)
    type, inputs = case["type"], case["inputs"]
    email = case["agent"].format(NUMBER) + ".iam.gserviceaccount.com"
    with pytest.raises(Refusal, match=r"googleapi: Error 403: .*KMS") as refused:
        cloud.make(type, "user", filled(inputs, key.id))
    assert email in refused.value.sentence(), "the sentence says whom to grant what"
    grant = {"cryptoKeyId": key.id, "role": USE, "member": f"serviceAccount:{email}"}
    cloud.make("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "grant", grant)
    cloud.make(type, "user", filled(inputs, key.id))


@pytest.mark.parametrize("brought", ["projects/other/locations/europe-west4/keyRings/r/cryptoKeys/k"])
def test_a_key_from_elsewhere_is_taken_to_be_in_order(cloud: Cloud, brought: str) -> None:
    cloud.make(BUCKET, "b", {"location": "europe-west4", "encryption": {"defaultKmsKeyName": brought}})


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        (
            "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
            {"cryptoKeyId": "KEY", "role": USE, "members": ["MEMBER"]},
        ),
        ("gcp:kms/keyRingIAMMember:KeyRingIAMMember", {"keyRingId": "RING", "role": USE, "member": "MEMBER"}),
        ("gcp:projects/iAMMember:IAMMember", {"project": "acme-dev", "role": USE, "member": "MEMBER"}),
    ],
)
def test_grants_on_what_holds_the_key_count(cloud: Cloud, type: str, inputs: Mapping[str, Any]) -> None:
    key = a_key(cloud)
    member = f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    ring = key.id.split("/cryptoKeys/")[0]
    names = {"KEY": key.id, "RING": ring, "MEMBER": member}
    said = {
        name: [member] if isinstance(value, list) else names.get(value, value)
        for name, value in inputs.items()
    }
    cloud.make(type, "grant", said)
    cloud.make(BUCKET, "b", {"location": "europe-west4", "encryption": {"defaultKmsKeyName": key.id}})


def test_a_grant_of_another_role_or_to_another_agent_does_not_count(cloud: Cloud) -> None:
    key = a_key(cloud)
    storage = f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    wrong = (
        (storage, "roles/cloudkms.viewer"),
        (storage.replace("gs-project-accounts", "compute-system"), USE),
    )
    for member, role in wrong:
        grant = {"cryptoKeyId": key.id, "role": role, "member": member}
        cloud.make("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", role[-6:], grant)
    with pytest.raises(Refusal, match="Permission denied on Cloud KMS key"):
        cloud.make(BUCKET, "b", {"location": "europe-west4", "encryption": {"defaultKmsKeyName": key.id}})


@pytest.mark.parametrize(
    ("key", "bucket"),
    [("global", "EU"), ("europe-west4", "EU"), ("us", "EU"), ("europe-west1", "europe-west4")],
)
def test_a_key_has_to_be_where_its_user_is(cloud: Cloud, key: str, bucket: str) -> None:
    made = a_key(cloud, key)
    with pytest.raises(Refusal, match=f"the key is in {key}"):
        cloud.make(BUCKET, "b", {"location": bucket, "encryption": {"defaultKmsKeyName": made.id}})


def test_a_signing_key_encrypts_nothing(cloud: Cloud) -> None:
    key = a_key(cloud, purpose="ASYMMETRIC_SIGN", versionTemplate={"algorithm": "EC_SIGN_P256_SHA256"})
    with pytest.raises(Refusal, match="ASYMMETRIC_SIGN"):
        cloud.make(BUCKET, "b", {"location": "europe-west4", "encryption": {"defaultKmsKeyName": key.id}})


def test_subnetworks_of_a_network_share_no_address(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, "net", {"autoCreateSubnetworks": False})
    other = cloud.make(NETWORK, "other", {"autoCreateSubnetworks": False})
    pods = [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/14"}]
    cloud.make(
        SUBNET, "one", {"network": network.id, "ipCidrRange": "10.0.0.0/20", "secondaryIpRanges": pods}
    )
    with pytest.raises(Refusal, match=r"10\.0\.8\.0/24 conflicts with existing subnetwork"):
        cloud.make(SUBNET, "two", {"network": network.outputs["selfLink"], "ipCidrRange": "10.0.8.0/24"})
    with pytest.raises(Refusal, match=r"10\.5\.0\.0/24 conflicts"):
        cloud.make(
            SUBNET,
            "three",
            {"network": network.inputs["name"], "ipCidrRange": "10.5.0.0/24", "region": "us-east1"},
        )
    cloud.make(SUBNET, "elsewhere", {"network": other.id, "ipCidrRange": "10.0.8.0/24"})


def test_a_range_grows_in_place_and_shrinks_by_replacement(cloud: Cloud) -> None:
    made = cloud.resource(SUBNET, "sub", {"network": "net", "ipCidrRange": "10.0.0.0/20"})
    assert PACKAGE.replaced_by(made, {"ipCidrRange": "10.0.0.0/24"}) == frozenset()
    assert PACKAGE.replaced_by(made, {"ipCidrRange": "10.0.0.0/16"}) == {"ipCidrRange"}
    assert "ipCidrRange" not in PACKAGE.immutable(SUBNET)


def test_what_is_named_has_to_be_made_first(cloud: Cloud) -> None:
    cloud.make(SUBNET, "sub", {"network": "net", "ipCidrRange": "10.0.0.0/20"})
    with pytest.raises(Refusal, match="created after sub") as refused:
        cloud.make(NETWORK, "late", {"name": "net"})
    assert "Error 404" in refused.value.problem
    cloud.make(NETWORK, "unrelated", {"name": "other"})


def test_a_reference_to_the_wrong_region_is_not_found(cloud: Cloud) -> None:
    sub = cloud.make(SUBNET, "sub", {"network": "default", "ipCidrRange": "10.0.0.0/20", "name": "sub"})
    wrong = sub.id.replace("europe-west4", "us-east1")
    cluster = {"location": "europe-west4", "initialNodeCount": 1, "subnetwork": wrong}
    with pytest.raises(Refusal, match="Error 404") as refused:
        cloud.make("gcp:container/cluster:Cluster", "c", cluster)
    assert sub.id in refused.value.sentence()
    brought = "projects/host/regions/europe-west4/subnetworks/shared"
    cloud.make("gcp:container/cluster:Cluster", "d", {**cluster, "subnetwork": brought})


def test_a_bucket_name_is_there_once_in_the_world(cloud: Cloud) -> None:
    cloud.make(BUCKET, "one", {"name": "acme-models", "location": "EU"})
    with pytest.raises(Refusal, match="Error 409"):
        cloud.make(BUCKET, "two", {"name": "acme-models", "location": "US", "project": "another-project"})


def test_a_network_in_use_stays(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, "net", {})
    sub = cloud.make(SUBNET, "sub", {"network": network.outputs["selfLink"], "ipCidrRange": "10.0.0.0/20"})
    with pytest.raises(Refusal, match="in use by"):
        cloud.delete(network)
    cloud.delete(sub)
    cloud.delete(network)
    assert cloud.record.find() == []


def test_a_bucket_with_objects_stays_unless_told_otherwise(cloud: Cloud) -> None:
    for name, force in (("kept", False), ("forced", True)):
        bucket = cloud.make(BUCKET, name, {"location": "EU", "forceDestroy": force})
        cloud.make(
            "gcp:storage/bucketObject:BucketObject",
            f"in-{name}",
            {"bucket": bucket.id, "name": "a", "content": "x"},
        )
        if force:
            cloud.delete(bucket)
        else:
            with pytest.raises(Refusal, match="not empty"):
                cloud.delete(bucket)


def test_rings_and_keys_stay_in_the_cloud(cloud: Cloud) -> None:
    key = a_key(cloud)
    ring = cloud.record.find("gcp:kms/keyRing:KeyRing")[0]
    cloud.delete(key)
    cloud.delete(ring)
    kept = [existing.id for existing in cloud.record.find() if existing.kept]
    assert kept == [ring.id, key.id]
    with pytest.raises(Refusal, match=r"Error 409: KeyRing .* already exists"):
        cloud.make(
            "gcp:kms/keyRing:KeyRing", "again", {"location": "europe-west4", "name": ring.inputs["name"]}
        )


@pytest.mark.parametrize(("policy", "left"), [("DELETE", 0), ("ABANDON", 1)])
def test_deletion_policies(cloud: Cloud, policy: str, left: int) -> None:
    network = cloud.make(NETWORK, "net", {"deletionPolicy": policy})
    cloud.delete(network)
    assert len(cloud.record.find(NETWORK)) == left


def test_prevented_and_locked_things_stay(cloud: Cloud) -> None:
    key = a_key(cloud, deletionPolicy="PREVENT")
    with pytest.raises(Refusal, match="PREVENT"):
        cloud.delete(key)
    locked = {"project": "acme-dev", "location": "europe-west4", "bucketId": "audit", "locked": True}
    logs = cloud.make("gcp:logging/projectBucketConfig:ProjectBucketConfig", "logs", locked)
    with pytest.raises(Refusal, match="locked"):
        cloud.delete(logs)


def test_settings_and_grants_may_be_made_twice(cloud: Cloud) -> None:
    adopting = (
        "gcp:projects/serviceIdentity:ServiceIdentity",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        "gcp:projects/service:Service",
    )
    assert all(PACKAGE.adopts(type) for type in adopting)
    assert not PACKAGE.adopts(BUCKET)
    first = cloud.resource("gcp:projects/service:Service", "a", {"service": "run.googleapis.com"})
    assert PACKAGE.identify(first) == PACKAGE.identify(replace(first, urn=first.urn + "b"))
