"""Customer keys everywhere, and keys that last: Google Cloud's side of `policies/rules/encryption.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import elements, must_be, must_be_absent, must_be_set, must_refer_to
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import View
from policies.rules.data import read

KEY = "gcp:kms/cryptoKey:CryptoKey"
# What may hand out a key's id: the key itself, a version of it, and the key an Autokey handle made.
KEY_SOURCES = (KEY, "gcp:kms/cryptoKeyVersion:CryptoKeyVersion", "gcp:kms/keyHandle:KeyHandle")
# Source: cloud.google.com/kms/docs/resource-hierarchy#retrieve_resource_id.
KEY_ID = re.compile(
    r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+(/cryptoKeyVersions/\d+)?$"
)
KEY_GRANTS = (
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
    "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding",
)
SECRET = "gcp:secretmanager/secret:Secret"
NETAPP = ("gcp:netapp/backupVault:BackupVault", "gcp:netapp/storagePool:StoragePool")
CLUSTER = "gcp:container/cluster:Cluster"

KEY_PATHS: dict[str, list[str]] = read("gcp/customer_keys")["types"]
# Raw key material in a program: customer-supplied encryption keys.
RAW_KEYS = {
    "gcp:compute/disk:Disk": ["diskEncryptionKey.rawKey", "diskEncryptionKey.rsaEncryptedKey"],
    "gcp:compute/regionDisk:RegionDisk": ["diskEncryptionKey.rawKey", "diskEncryptionKey.rsaEncryptedKey"],
    "gcp:compute/image:Image": ["imageEncryptionKey.rawKey"],
    "gcp:compute/snapshot:Snapshot": ["snapshotEncryptionKey.rawKey"],
    "gcp:compute/instance:Instance": ["bootDisk.diskEncryptionKeyRaw"],
    "gcp:storage/bucketObject:BucketObject": ["customerEncryption.encryptionKey"],
}

NINETY_DAYS = 90 * 86400
THIRTY_DAYS = 30 * 86400


@check("data-at-rest-uses-a-customer-key", *KEY_PATHS)
def uses_a_customer_key(resource: Resource) -> Iterator[Finding]:
    for path in KEY_PATHS[resource.type]:
        for view in elements(resource, path):
            yield from _must_name_a_key(view)


@check("data-at-rest-uses-a-customer-key", SECRET)
def secret_uses_a_customer_key(secret: Resource) -> Iterator[Finding]:
    replicas = list(secret.at("replication.userManaged.replicas").items())
    if not replicas:
        yield from _must_name_a_key(secret.at("replication.auto.customerManagedEncryption.kmsKeyName"))
    for replica in replicas:
        yield from _must_name_a_key(replica.at("customerManagedEncryption.kmsKeyName"))


@check("data-at-rest-uses-a-customer-key", *NETAPP)
def volume_uses_a_customer_key(storage: Resource) -> Iterator[Finding]:
    """NetApp takes a configuration that holds the key, and refuses to make one without."""
    yield from must_be_set(storage.at("kmsConfig"))


@check("cluster-secrets-are-encrypted-before-they-are-stored", CLUSTER)
def encrypts_cluster_secrets(cluster: Resource) -> Iterator[Finding]:
    # From GKE 1.35 on, a cluster that asked for the first reports the second: every object, secrets included.
    # Source: hashicorp/terraform-provider-google issue 26882.
    state = cluster.at("databaseEncryption.state")
    yield from must_be(state, "ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED")


@check("keys-rotate-within-90-days", KEY)
def rotates(key: Resource) -> Iterator[Finding]:
    if key.at("purpose").text not in ("", "ENCRYPT_DECRYPT"):
        raise NotApplicable("only symmetric encryption keys rotate by themselves")
    if key.at("importOnly").value is True:
        raise NotApplicable("imported keys are rotated by importing")
    yield from _duration(key.at("rotationPeriod"), most=NINETY_DAYS)


@check("keys-live-in-hardware-in-production", KEY)
def lives_in_hardware(key: Resource) -> Iterator[Finding]:
    if not key.situation.is_prod:
        raise NotApplicable(f"the environment is {key.situation.environment}")
    yield from must_be(key.at("versionTemplate.protectionLevel"), "HSM", "EXTERNAL", "EXTERNAL_VPC")


@check("destroyed-keys-can-be-restored-for-30-days", KEY)
def can_be_restored(key: Resource) -> Iterator[Finding]:
    if key.at("destroyScheduledDuration").missing:
        # Google's default: cloud.google.com/kms/docs/destroy-restore#schedule (30 days).
        return
    yield from _duration(key.at("destroyScheduledDuration"), least=THIRTY_DAYS)


@check("keys-are-kept-from-deletion", KEY)
def is_kept(key: Resource) -> Iterator[Finding]:
    if not key.options.protect:
        yield Finding("the resource option protect is not set")
    yield from must_be(key.at("deletionPolicy"), "PREVENT", "ABANDON")


@check("keys-never-pass-through-a-program", *RAW_KEYS)
def has_no_raw_key(resource: Resource) -> Iterator[Finding]:
    for path in RAW_KEYS[resource.type]:
        yield from must_be_absent(resource.at(path))


@stack_check("key-users-wait-for-their-grant", *KEY_PATHS, SECRET)
def waits_for_its_grant(stack: Stack) -> Iterator[Finding]:
    grants: dict[str, set[str]] = {}
    for grant in stack.of_type(*KEY_GRANTS):
        key = stack.target(grant.at("cryptoKeyId"), grant, KEY)
        if isinstance(key, Resource):
            grants.setdefault(key.urn, set()).add(grant.urn)
    for user in stack.of_type(*KEY_PATHS, SECRET):
        for key in _keys_of(stack, user):
            if key.urn in grants and not stack.reaches(user, grants[key.urn]):
                yield Finding(f"{user.label} does not wait for any grant on {key.label}", urn=user.urn)


def _keys_of(stack: Stack, user: Resource) -> list[Resource]:
    tops = {path.partition(".")[0].partition("[")[0] for path in KEY_PATHS.get(user.type, ["replication"])}
    found = {source.urn: source for top in tops for source in stack.sources(user, top) if source.type == KEY}
    return list(found.values())


def _must_name_a_key(view: View) -> Iterator[Finding]:
    yield from must_refer_to(view, *KEY_SOURCES, form=KEY_ID)


def _duration(view: View, least: int = 0, most: int = 2**62) -> Iterator[Finding]:
    """A duration in Google's form, seconds followed by `s`."""
    text = view.text
    if not text:
        yield Finding(f"{view.path} is missing")
        return
    match = re.fullmatch(r"(\d+)(?:\.\d+)?s", text)
    if match is None:
        yield Finding(f"{view.path} is no duration in seconds such as 7776000s")
    elif not least <= int(match[1]) <= most:
        bound = f"more than {most}s" if int(match[1]) > most else f"less than {least}s"
        yield Finding(f"{view.path} is {text}, {bound}")
