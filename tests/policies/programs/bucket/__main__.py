"""A key and a bucket that follow the rules and, when asked, four resources that break one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_gcp.compute.network import Network
from pulumi_gcp.compute.route import Route
from pulumi_gcp.kms.crypto_key import CryptoKey
from pulumi_gcp.kms.crypto_key_iam_member import CryptoKeyIAMMember
from pulumi_gcp.kms.key_ring import KeyRing
from pulumi_gcp.storage.bucket import Bucket
from pulumi_gcp.storage.get_project_service_account import get_project_service_account

if TYPE_CHECKING:
    from pulumi_gcp.storage import BucketEncryptionArgsDict

ring = KeyRing("ring", name="ring", location="europe-west4")


def key(name: str, protect: bool) -> CryptoKey:
    return CryptoKey(
        name,
        name=name,
        key_ring=ring.id,
        rotation_period="7776000s",
        deletion_policy="PREVENT",
        version_template={"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protection_level": "HSM"},
        opts=pulumi.ResourceOptions(protect=protect),
    )


def encryption(key_id: pulumi.Output[str] | None) -> BucketEncryptionArgsDict:
    only: BucketEncryptionArgsDict = {
        "google_managed_encryption_enforcement_config": {"restriction_mode": "FullyRestricted"},
        "customer_supplied_encryption_enforcement_config": {"restriction_mode": "FullyRestricted"},
        "customer_managed_encryption_enforcement_config": {"restriction_mode": "NotRestricted"},
    }
    if key_id is not None:
        only["default_kms_key_name"] = key_id
    return only


def bucket(name: str, key_id: pulumi.Output[str] | None, grant: pulumi.Resource) -> Bucket:
    return Bucket(
        name,
        name=f"palisade-{name}",
        location="EUROPE-WEST4",
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning={"enabled": True},
        retention_policy={"retention_period": "31536000"},
        logging={"log_bucket": "access-logs"},
        encryption=encryption(key_id),
        opts=pulumi.ResourceOptions(depends_on=grant),
    )


data = key("data", protect=True)
grant = CryptoKeyIAMMember(
    "grant",
    crypto_key_id=data.id,
    role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
    member=get_project_service_account().member,
)
bucket("datasets", data.id, grant)

if pulumi.Config("test").get_bool("broken"):
    key("loose", protect=False)
    bucket("bare", None, grant)
    # Computed from a resource that hands out no key, so nobody can tell at preview.
    bucket("puzzling", ring.id, grant)
    network = Network(
        "network",
        name="network",
        auto_create_subnetworks=False,
        delete_default_routes_on_create=True,
        network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
    )
    Route(
        "out",
        name="out",
        network=network.id,
        dest_range="0.0.0.0/0",
        next_hop_gateway="default-internet-gateway",
    )
