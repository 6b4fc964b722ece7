"""Identities on Azure: one per workload, no secret, and who may act as the deployer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from components.azure.identity import Identities
from components.contracts import Workload
from tests.components.azure.platform import CI, NAME, PLACE, identities_args
from tests.components.recorder import Made, build, differences, value

IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
FEDERATED = "azure-native:managedidentity:FederatedIdentityCredential"


def made(**changes: Any) -> list[Made]:
    return build(lambda: Identities(NAME, identities_args(**changes)))


def test_inventory() -> None:
    assert differences(made(), "azure-identities") == []


def test_there_is_one_identity_for_each_workload_and_nothing_with_a_secret() -> None:
    kinds = {each.type for each in made()}
    assert kinds == {"palisade:index:Identities", IDENTITY, FEDERATED}
    assert sum(each.type == IDENTITY for each in made()) == len(Workload)


def test_only_the_deployer_can_be_acted_as_from_outside() -> None:
    credentials = [each for each in made() if each.type == FEDERATED]
    assert {value(each, "resourceName") for each in credentials} == {f"{NAME}-deployer"}
    assert not [each for each in made(deployers=()) if each.type == FEDERATED]


def test_credentials_of_an_identity_are_made_one_after_the_other() -> None:
    others = [CI.model_copy(update={"name": name}) for name in ("second", "third")]
    urns = {each.name: each for each in made(deployers=(CI, *others)) if each.type == FEDERATED}
    first, second, third = (urns[f"{NAME}-deployer-{name}"] for name in ("ci", "second", "third"))
    assert first.urn in second.dependencies
    assert second.urn in third.dependencies


def test_ids_are_known_at_preview() -> None:
    ids: list[str] = []

    def program() -> None:
        for handle in Identities(NAME, identities_args()).handles.values():
            handle.id.apply(ids.append)

    build(program, preview=True)
    names = [f"{NAME}-{workload}" for workload in Workload]
    assert sorted(ids) == sorted(
        PLACE.id("Microsoft.ManagedIdentity/userAssignedIdentities", name) for name in names
    )


def test_more_credentials_than_an_identity_takes_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 20"):
        identities_args(deployers=(CI,) * 21)
