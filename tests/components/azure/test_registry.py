"""The registries on Azure: their exact children, who may do what, and what nodes start from."""

from __future__ import annotations

from functools import cache
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.azure.diagnostics import Logs
from components.azure.identity import Actor
from components.azure.keys import Seal
from components.azure.registry import Registry, RegistryArgs
from components.contracts import Workload
from tests.components.azure.clusters import identity, known
from tests.components.azure.platform import LABELS, NAME, PLACE
from tests.components.recorder import Made, build, differences, value

REGISTRY = "azure-native:containerregistry:Registry"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
PULL, PUSH = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "8311e382-0749-4cb8-b61a-304f252e45ec"


def seal() -> Seal:
    uri = "https://keys.vault.azure.net/keys/registry"
    vault = PLACE.id("Microsoft.KeyVault/vaults", "keys")
    reader = PLACE.id("Microsoft.ManagedIdentity/userAssignedIdentities", f"{NAME}-key-registry")
    return Seal(
        name="registry",
        uri=known(uri),
        version=known(f"{uri}/1"),
        id=known(f"{vault}/keys/registry"),
        vault_id=known(vault),
        vault_uri=known("https://keys.vault.azure.net"),
        actor=Actor(known(reader), known("reader-object"), known("reader-client")),
    )


def args(**changes: Any) -> RegistryArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "seal": seal(),
        "identities": {workload: identity(workload) for workload in Workload},
        "logs": Logs(known(PLACE.id("Microsoft.OperationalInsights/workspaces", NAME))),
        "labels": LABELS,
    }
    return RegistryArgs(**{**given, **changes})


@cache
def usual() -> tuple[Made, ...]:
    return tuple(build(lambda: Registry(NAME, args())))


def granted(role: str, which: str) -> set[str]:
    """The workloads that have a role on a registry."""
    return {
        value(each, "principalId").removesuffix("-object")
        for each in usual()
        if each.type == ASSIGNMENT
        and value(each, "roleDefinitionId").endswith(role)
        and value(each, "scope") == args().id(which)
    }


def test_inventory() -> None:
    assert differences(list(usual()), "azure-registry") == []


def test_only_who_is_named_pushes() -> None:
    # A signature lies beside its image, so the signer adds it there.
    assert granted(PUSH, "software") == {"deployer", "signer"}
    assert granted(PUSH, "packed") == {"pipeline"}


def test_nodes_pull_software_and_no_models() -> None:
    assert granted(PULL, "software") == {"nodes"}
    assert granted(PULL, "packed") == {"signer", "trainer", "inference"}


def test_no_role_deletes() -> None:
    roles = {
        value(each, "roleDefinitionId").rpartition("/")[2] for each in usual() if each.type == ASSIGNMENT
    }
    assert roles == {PULL, PUSH}


def test_names_are_those_that_clusters_pull_and_are_known_at_preview() -> None:
    seen: list[str] = []

    def program() -> None:
        handle = Registry(NAME, args()).handle
        pulumi.Output.concat(handle.images, "vllm").apply(seen.append)
        handle.models.apply(seen.append)

    build(program, preview=True)
    software, packed = args().own_name("software"), args().own_name("packed")
    assert sorted(seen) == sorted([f"{software}.azurecr.io/images/vllm", f"{packed}.azurecr.io/models/"])
    for name in (software, packed):
        assert name.isalnum()
        assert len(name) <= 50


def test_nothing_starts_before_nodes_may_pull() -> None:
    found: list[frozenset[str]] = []

    def program() -> None:
        bootstrap = Registry(NAME, args()).bootstrap

        async def waits() -> None:
            found.append(frozenset([await each.urn.future() or "" for each in await bootstrap.resources()]))

        pulumi.Output.from_input(waits())

    made = build(program)
    needed = {
        each.urn
        for each in made
        if each.type.endswith(":CacheRule") or each.name in (f"{NAME}-software-nodes", f"{NAME}-software")
    }
    assert len(needed) == 3
    assert needed <= found[0]


def test_protection_ends_with_a_teardown() -> None:
    for protected in (True, False):
        for each in build(lambda protected=protected: Registry(NAME, args(protected=protected))):
            if each.type == REGISTRY:
                assert each.protect is protected


@pytest.mark.parametrize(
    "argument", ["admin_user_enabled", "public_network_access", "anonymous_pull", "upstream"]
)
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: True})
