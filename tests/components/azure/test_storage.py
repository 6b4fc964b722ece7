"""Stores on Azure: exact children, who may do what in which, and that no argument opens one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.azure.storage import ACTIONS_OF, Stores, condition
from components.contracts import StoreName
from components.store_access import PURPOSE_OF, Access, Right, table
from tests.components.azure.platform import NAME, PLACE, stores_args
from tests.components.recorder import Made, build, differences, value

ACCOUNT = "azure-native:storage:StorageAccount"
GRANT, ROLE = "azure-native:authorization:RoleAssignment", "azure-native:authorization:RoleDefinition"
LOCK = "azure-native:storage:BlobContainerImmutabilityPolicy"


def made(**changes: Any) -> list[Made]:
    return build(lambda: Stores(NAME, stores_args(**changes)))


def of(kind: str, resources: list[Made]) -> dict[str, Made]:
    return {each.name.removeprefix(f"{NAME}-"): each for each in resources if each.type == kind}


def test_inventory() -> None:
    assert differences(made(), "azure-stores") == []


def test_each_store_is_under_the_key_of_its_purpose() -> None:
    for store, account in of(ACCOUNT, made()).items():
        purpose = PURPOSE_OF[StoreName(store)]
        assert value(account, "encryption.keySource") == "Microsoft.Keyvault"
        assert value(account, "encryption.keyVaultProperties.keyName") == purpose.value
        assert value(account, "encryption.encryptionIdentity.encryptionUserAssignedIdentity").endswith(
            f"-key-{purpose}"
        )


def test_grants_are_those_of_the_table_on_one_container_each() -> None:
    grants = of(GRANT, made())
    assert set(grants) == {f"{each.store}-{each.workload}-{each.right}" for each in table()}
    for each in table():
        granted = grants[f"{each.store}-{each.workload}-{each.right}"]
        account = PLACE.world_name(each.store.value)
        assert value(granted, "scope").endswith(f"/{account}/blobServices/default/containers/{each.store}")
        assert value(granted, "principalId") == f"{NAME}-{each.workload}-principal"
        assert value(granted, "condition") == condition(each)


def test_no_role_deletes_grants_or_hands_out_links() -> None:
    for name, role in of(ROLE, made()).items():
        (permission,) = value(role, "permissions")
        assert permission["actions"] == []
        assert tuple(permission["dataActions"]) == ACTIONS_OF[Right(name.removeprefix("stores-"))]
        assert not [action for action in permission["dataActions"] if "delete" in action or "*" in action]


def test_a_prefix_confines_objects_and_lets_names_be_listed() -> None:
    reads = Access.model_validate(
        {"workload": "inference", "store": "models", "may": "read", "under": "released/"}
    )
    text = condition(reads) or ""
    assert "NOT SubOperationMatches{'Blob.List'}" in text
    assert text.endswith(":path] StringStartsWith 'released/'))")
    adds = condition(reads.model_copy(update={"right": Right.ADD})) or ""
    assert adds.count("!(ActionMatches") == 2
    assert condition(reads.model_copy(update={"under": None})) is None


def test_only_what_is_not_about_people_is_locked() -> None:
    assert set(of(LOCK, made())) == set(StoreName)
    assert not of(LOCK, made(sensitive=True))
    assert not of(LOCK, made(torn_down=True))


@pytest.mark.parametrize("changes", [{}, {"sensitive": True, "torn_down": True, "protected": False}])
def test_no_argument_opens_an_account(changes: dict[str, Any]) -> None:
    for account in of(ACCOUNT, made(**changes)).values():
        assert value(account, "publicNetworkAccess") == "Disabled"
        assert value(account, "networkRuleSet.defaultAction") == "Deny"
        assert value(account, "networkRuleSet.bypass") == "None"
        for off in ("allowBlobPublicAccess", "allowSharedKeyAccess", "allowCrossTenantReplication"):
            assert value(account, off) is False
        assert value(account, "minimumTlsVersion") == "TLS1_2"
        assert account.protect is changes.get("protected", True)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="public"):
        stores_args(public=True)
