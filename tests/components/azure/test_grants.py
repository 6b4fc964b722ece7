"""What every grant on Azure goes through: known roles, single resources, and the kind of principal."""

from __future__ import annotations

import pytest

from components.azure.grants import Granted, Holder, grant, narrow, role_id, roles
from components.azure.resource_group import ResourceGroup, ResourceGroupArgs
from tests.components.azure.platform import NAME, PLACE
from tests.components.recorder import Made, build, fails_with, value

VAULT = PLACE.id("Microsoft.KeyVault/vaults", "v")
# Owner, Contributor, User Access Administrator, Role Based Access Control Administrator.
# Source: learn.microsoft.com/azure/role-based-access-control/built-in-roles.
BASIC = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}


def granting(granted: Granted) -> None:
    parent = ResourceGroup(NAME, ResourceGroupArgs(place=PLACE))
    grant("grant", PLACE, granted, parent)


def made(granted: Granted) -> Made:
    (one,) = [each for each in build(lambda: granting(granted)) if each.name == "grant"]
    return one


def test_a_grant_says_the_kind_of_principal_and_is_timed() -> None:
    one = made(Granted("key-vault-crypto-user", "someone", VAULT))
    assert value(one, "principalType") == "ServicePrincipal"
    assert value(one, "scope") == VAULT
    assert value(one, "roleDefinitionId") == PLACE.role("12338af0-0e69-4776-bea7-57ae8d297424")
    assert value(one, "conditionVersion") is None
    assert one.after_create == ("grant-made",)


def test_a_condition_goes_with_its_version() -> None:
    one = made(Granted("reader", "group", VAULT, Holder.GROUP, when="@Request[x] StringEquals 'y'"))
    assert value(one, "principalType") == "Group"
    assert value(one, "conditionVersion") == "2.0"


def test_no_role_that_reaches_everything_can_be_granted() -> None:
    assert not BASIC & set(roles().values())
    with pytest.raises(ValueError, match=r"owner is no role of roles[.]yaml; write one of acr-pull,"):
        role_id(PLACE, "owner")


@pytest.mark.parametrize(
    "scope",
    [
        "/",
        PLACE.subscription_id,
        f"{PLACE.subscription_id}/",
        PLACE.group_id,
        PLACE.group_id.upper(),
        "/providers/Microsoft.Management/managementGroups/all",
    ],
)
def test_a_scope_of_more_than_one_resource_is_refused(scope: str) -> None:
    said = fails_with(lambda: granting(Granted("reader", "someone", scope)))
    assert "holds more than one resource; write the id of the one that is needed" in said


def test_a_single_resource_passes() -> None:
    assert narrow(VAULT) == VAULT
