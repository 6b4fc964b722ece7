"""Keys on Azure: exact children and values, who may use which key, and that no argument weakens them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native.managedidentity.user_assigned_identity import UserAssignedIdentity
from pydantic import ValidationError

from components.azure.grants import roles
from components.azure.keys import Keys, kinds
from components.contracts import Purpose
from tests.components.azure.platform import NAME, PLACE, keys_args
from tests.components.recorder import Made, build, differences, value

KEY, VAULT = "azure-native:keyvault:Key", "azure-native:keyvault:Vault"
GRANT = "azure-native:authorization:RoleAssignment"
OWN = PLACE.id("Microsoft.KeyVault/vaults", PLACE.world_name("keys"))


def made(read: Callable[[Keys], object] = bool, **changes: Any) -> list[Made]:
    return build(lambda: read(Keys(NAME, keys_args(**changes))))


def of(kind: str, resources: list[Made]) -> dict[str, Made]:
    return {each.name.removeprefix(f"{NAME}-"): each for each in resources if each.type == kind}


def test_inventory() -> None:
    assert differences(made(), "azure-keys") == []


def test_an_identity_uses_the_one_key_of_its_purpose() -> None:
    grants = of(GRANT, made())
    for purpose in kinds():
        granted = grants.pop(f"key-{purpose}")
        assert value(granted, "principalId") == f"{NAME}-key-{purpose}-principal"
        assert value(granted, "scope") == f"{OWN}/keys/{purpose}"
    (signer,) = grants.values()
    assert value(signer, "principalId") == f"{NAME}-signer-principal"
    assert value(signer, "scope") == f"{OWN}/keys/signing"


def test_a_role_allows_no_more_than_its_key_does() -> None:
    for name, granted in of(GRANT, made()).items():
        wraps = roles()["key-vault-crypto-service-encryption-user"]
        expected = (
            roles()["key-vault-crypto-user"] if name in {"key-cluster-secrets", "signing-signer"} else wraps
        )
        assert value(granted, "roleDefinitionId") == PLACE.role(expected), name


def test_every_purpose_has_a_key_but_the_vaults_own() -> None:
    assert set(Purpose) - kinds().keys() == {Purpose.SECRETS}


def test_whoever_encrypts_gets_every_name_of_the_key() -> None:
    found: list[object] = []

    def read(keys: Keys) -> None:
        seal = keys.seals[Purpose.DATA]
        parts = (seal.uri, seal.version, seal.id, seal.vault_id, seal.vault_uri, seal.actor.id)
        pulumi.Output.all(*parts).apply(found.extend)

    made(read)
    uri = f"https://{PLACE.world_name('keys')}.vault.azure.net/"
    actor = PLACE.id("Microsoft.ManagedIdentity/userAssignedIdentities", f"{NAME}-key-data")
    version = f"https://vault/keys/{NAME}-data/1"
    assert found == [f"{uri}keys/data", version, f"{OWN}/keys/data", OWN, uri, actor]


def test_whoever_encrypts_waits_until_it_may() -> None:
    def read(keys: Keys) -> None:
        for purpose, seal in keys.seals.items():
            UserAssignedIdentity(
                f"waits-{purpose}",
                resource_group_name=PLACE.group,
                tags={"key": seal.uri, "as": seal.actor.id},
                opts=pulumi.ResourceOptions(parent=keys),
            )

    resources = made(read)
    grants = of(GRANT, resources)
    for each in resources:
        if each.name.startswith("waits-"):
            use = grants[f"key-{each.name.removeprefix('waits-')}"]
            assert use.urn in each.property_dependencies["tags"]


def test_what_a_key_is_called_is_known_at_preview() -> None:
    uris: list[str] = []

    def read() -> None:
        for handle in Keys(NAME, keys_args()).handles.values():
            handle.id.apply(uris.append)

    build(read, preview=True)
    assert len(uris) == len(kinds())


@pytest.mark.parametrize("protected", [True, False])
def test_no_argument_weakens_a_key(protected: bool) -> None:
    resources = made(protected=protected, recover=True)
    (vault,) = of(VAULT, resources).values()
    assert value(vault, "properties.enablePurgeProtection") is True
    assert value(vault, "properties.softDeleteRetentionInDays") == 90
    assert value(vault, "properties.publicNetworkAccess") == "Disabled"
    assert value(vault, "properties.createMode") == "recover"
    assert vault.protect is protected
    for each in of(KEY, resources).values():
        assert value(each, "properties.kty") in {"RSA-HSM", "EC-HSM"}
        assert value(each, "properties.attributes.exportable") is False
        assert each.protect is protected


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="rotation"):
        keys_args(rotation="P9Y")
