"""What storage accounts keep and whom they refuse: Azure's side of `policies/rules/storage.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.framework.values import View
from policies.rules.azure.references import naming
from policies.rules.records import least_days

ACCOUNT = "azure-native:storage:StorageAccount"
BLOBS = "azure-native:storage:BlobServiceProperties"
CONTAINER = "azure-native:storage:BlobContainer"
LIFECYCLE = "azure-native:storage:ManagementPolicy"
LOCK = "azure-native:storage:BlobContainerImmutabilityPolicy"
USER = "azure-native:storage:LocalUser"
SCOPE = "azure-native:storage:EncryptionScope"
FLOW_LOG = "azure-native:network:FlowLog"
WEEK = 7


@check("bucket-access-is-decided-by-iam-alone", ACCOUNT)
def knows_no_keys(account: Resource) -> Iterator[Finding]:
    """An account's keys and local users pass every role by."""
    yield from must_be(account.at("allowSharedKeyAccess"), False)
    yield from must_be(account.at("isLocalUserEnabled"), False)
    yield from must_not_be(account.at("isSftpEnabled"), True)


@check("bucket-access-is-decided-by-iam-alone", USER)
def is_no_local_user(_user: Resource) -> Iterator[Finding]:
    yield Finding("it is a user of the account's own, past every role")


@check("buckets-refuse-public-access", ACCOUNT)
def refuses_public_access(account: Resource) -> Iterator[Finding]:
    yield from must_be(account.at("allowBlobPublicAccess"), False)
    yield from must_be(account.at("publicNetworkAccess"), "Disabled", "SecuredByPerimeter")
    yield from must_be(account.at("networkRuleSet.defaultAction"), "Deny")
    yield from must_be(account.at("allowCrossTenantReplication"), False)


@check("buckets-refuse-public-access", CONTAINER)
def container_refuses_public_access(container: Resource) -> Iterator[Finding]:
    yield from must_not_be(container.at("publicAccess"), "Blob", "Container")


@check("buckets-speak-modern-tls-only", ACCOUNT)
def speaks_modern_tls(account: Resource) -> Iterator[Finding]:
    yield from must_be(account.at("minimumTlsVersion"), "TLS1_2", "TLS1_3")
    yield from must_not_be(account.at("enableHttpsTrafficOnly"), False)


@check("buckets-keep-old-versions", BLOBS)
def keeps_versions(blobs: Resource) -> Iterator[Finding]:
    yield from must_be(blobs.at("isVersioningEnabled"), True)


@stack_check("buckets-keep-old-versions", ACCOUNT)
def every_account_keeps_versions(stack: Stack) -> Iterator[Finding]:
    for account in stack.of_type(ACCOUNT):
        if not _parts(stack, account, BLOBS):
            yield Finding(f"{account.label} has no properties of its blobs", urn=account.urn)


@check("deleted-objects-can-be-restored", BLOBS)
def restores_deleted_objects(blobs: Resource) -> Iterator[Finding]:
    for path in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        kept = blobs.at(path)
        yield from must_be(kept.at("enabled"), True)
        days = kept.at("days")
        if days.missing or int(days.value) < WEEK:
            said = "missing" if days.missing else days.text
            yield Finding(f"{days.path} is {said}, not at least {WEEK}")
    yield from must_not_be(blobs.at("deleteRetentionPolicy.allowPermanentDelete"), True)


@stack_check("lifecycles-delete-only-what-is-old", LIFECYCLE)
def deletes_only_what_is_old(stack: Stack) -> Iterator[Finding]:
    for account in stack.of_type(ACCOUNT):
        if _holds_records(stack, account):
            continue
        retained = _retained_days(stack, account)
        for lifecycle in _parts(stack, account, LIFECYCLE):
            for days in _ends(lifecycle):
                if retained == 0 or days.missing or int(days.value) < retained:
                    yield Finding(
                        f"{lifecycle.label}: {days.path} deletes what is current", urn=lifecycle.urn
                    )


@stack_check("access-records-cannot-be-cut-short", FLOW_LOG)
def keeps_flow_logs(stack: Stack) -> Iterator[Finding]:
    least = least_days(stack.situation)
    for account in stack.of_type(ACCOUNT):
        if not _holds_records(stack, account):
            continue
        for lifecycle in _parts(stack, account, LIFECYCLE):
            for days in _ends(lifecycle):
                if days.missing or int(days.value) < least:
                    text = f"{lifecycle.label}: {days.path} is {days.text}, not at least {least}"
                    yield Finding(text, urn=lifecycle.urn)


@check("data-at-rest-uses-a-customer-key", ACCOUNT)
def account_uses_a_customer_key(account: Resource) -> Iterator[Finding]:
    encryption = account.at("encryption")
    yield from must_be(encryption.at("keySource"), "Microsoft.Keyvault")
    yield from must_be_set(encryption.at("keyVaultProperties.keyName"))
    yield from must_be_set(encryption.at("keyVaultProperties.keyVaultUri"))
    # Queues and tables are under Azure's own key, unless they are said to be under the account's.
    for service in ("queue", "table"):
        yield from must_be(encryption.at(f"services.{service}.keyType"), "Account")


@check("data-at-rest-uses-a-customer-key", SCOPE)
def scope_uses_a_customer_key(scope: Resource) -> Iterator[Finding]:
    yield from must_be(scope.at("source"), "Microsoft.KeyVault")
    yield from must_be_set(scope.at("keyVaultProperties.keyUri"))


def _parts(stack: Stack, account: Resource, type_: str) -> list[Resource]:
    """What names the account as its own: properties, lifecycles, locks."""
    return stack.pointing_at(account, type_, "accountName") or list(
        naming(stack, account, type_, "accountName")
    )


def _holds_records(stack: Stack, account: Resource) -> bool:
    """Whether the network's records go to the account."""
    return bool(list(naming(stack, account, FLOW_LOG, "storageId")))


def _ends(lifecycle: Resource) -> Iterator[View]:
    """After how many days each enabled rule deletes objects that are current."""
    for rule in lifecycle.at("policy.rules").items():
        ends = rule.at("definition.actions.baseBlob.delete")
        if rule.at("enabled").value is not False and not ends.missing:
            yield ends.at("daysAfterModificationGreaterThan")


def _retained_days(stack: Stack, account: Resource) -> int:
    """For how many days objects of the account cannot be deleted; 0 without a lock."""
    locks = _parts(stack, account, LOCK)
    return min(
        (int(each.at("immutabilityPeriodSinceCreationInDays").value or 0) for each in locks), default=0
    )
