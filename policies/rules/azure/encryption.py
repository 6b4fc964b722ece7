"""Keys that last, in vaults that only roles open: Azure's side of `policies/rules/encryption.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.rules.azure.references import naming

VAULT = "azure-native:keyvault:Vault"
HSM = "azure-native:keyvault:ManagedHsm"
KEY = "azure-native:keyvault:Key"
POLICY = "azure-native:keyvault:AccessPolicy"
DISKS = "azure-native:compute:DiskEncryptionSet"
ACCOUNT = "azure-native:storage:StorageAccount"
NINETY, THIRTY = 90, 30
HARDWARE = ("RSA-HSM", "EC-HSM")
# ISO 8601 durations as vaults take them.
# Source: learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation.
DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", re.IGNORECASE)


@check("data-at-rest-uses-a-customer-key", DISKS)
def names_a_key(disks: Resource) -> Iterator[Finding]:
    yield from must_be_set(disks.at("activeKey.keyUrl"))
    kinds = ("EncryptionAtRestWithCustomerKey", "EncryptionAtRestWithPlatformAndCustomerKeys")
    yield from must_be(disks.at("encryptionType"), *kinds)


@check("keys-rotate-within-90-days", KEY)
def rotates(key: Resource) -> Iterator[Finding]:
    if key.at("properties.kty").text.upper().startswith("EC"):
        raise NotApplicable("verifiers pin the public half of a key that signs")
    actions = key.at("properties.rotationPolicy.lifetimeActions")
    for each in actions.items():
        if str(each.at("action.type").value).lower() == "rotate":
            after = each.at("trigger.timeAfterCreate")
            if not after.missing and 0 < _days(after.text) <= NINETY:
                return
    yield Finding(f"{actions.path} has no rotation within {NINETY} days of a version's making")


@check("keys-rotate-within-90-days", DISKS)
def disks_follow_the_key(disks: Resource) -> Iterator[Finding]:
    """Of a key in an HSM no resource tells how it rotates; what it encrypts must take the newest version."""
    yield from must_be(disks.at("rotationToLatestKeyVersionEnabled"), True)


@check("keys-rotate-within-90-days", ACCOUNT)
def account_follows_the_key(account: Resource) -> Iterator[Finding]:
    """As above; Azure looks for a newer version where none is named."""
    yield from must_be(account.at("encryption.keyVaultProperties.keyVersion"), None, "")


@check("keys-live-in-hardware-in-production", KEY)
def lives_in_hardware(key: Resource) -> Iterator[Finding]:
    if not key.situation.is_prod:
        raise NotApplicable(f"the environment is {key.situation.environment}")
    yield from must_be(key.at("properties.kty"), *HARDWARE)
    yield from must_not_be(key.at("properties.attributes.exportable"), True)


@check("destroyed-keys-can-be-restored-for-30-days", VAULT, HSM)
def can_be_restored(vault: Resource) -> Iterator[Finding]:
    yield from must_be(vault.at("properties.enablePurgeProtection"), True)
    yield from must_not_be(vault.at("properties.enableSoftDelete"), False)
    days = vault.at("properties.softDeleteRetentionInDays")
    # Without it, 90: learn.microsoft.com/azure/key-vault/general/soft-delete-overview, managed-hsm there.
    if not days.missing and int(days.value) < THIRTY:
        yield Finding(f"{days.path} is {days.text}, not at least {THIRTY}")


@check("keys-are-kept-from-deletion", KEY, HSM)
def is_kept(key: Resource) -> Iterator[Finding]:
    """An HSM holds nothing but keys, of which no other resource tells."""
    if not key.options.protect:
        yield Finding("the resource option protect is not set")


@stack_check("keys-are-kept-from-deletion", VAULT)
def vaults_of_keys_are_kept(stack: Stack) -> Iterator[Finding]:
    """A vault that is deleted takes its keys with it."""
    for vault in stack.of_type(VAULT):
        if not vault.options.protect and list(naming(stack, vault, KEY, "vaultName")):
            yield Finding(f"{vault.label}: the resource option protect is not set", urn=vault.urn)


@check("vaults-are-opened-by-roles-alone", VAULT)
def is_opened_by_roles(vault: Resource) -> Iterator[Finding]:
    yield from must_be(vault.at("properties.enableRbacAuthorization"), True)
    yield from must_be_absent(vault.at("properties.accessPolicies"))
    for path in ("enabledForDeployment", "enabledForDiskEncryption", "enabledForTemplateDeployment"):
        yield from must_not_be(vault.at(f"properties.{path}"), True)


@check("vaults-are-opened-by-roles-alone", POLICY)
def is_no_access_policy(_policy: Resource) -> Iterator[Finding]:
    yield Finding("it opens a vault past every role")


@check("vaults-are-private", VAULT, HSM)
def is_private(vault: Resource) -> Iterator[Finding]:
    yield from must_be(vault.at("properties.publicNetworkAccess"), "Disabled")
    yield from must_be(vault.at("properties.networkAcls.defaultAction"), "Deny")


def _days(text: str) -> int:
    """Days of a duration, months and years taken long; 0 for none."""
    match = DURATION.fullmatch(text)
    years, months, days = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return years * 366 + months * 31 + days
