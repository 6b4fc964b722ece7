"""The deployer on Azure: its exact children, what it may do and what it runs."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from components.azure.deployer import Deployer, DeployerArgs, State
from components.contracts import Workload
from tests.components.azure.clusters import acting, known
from tests.components.azure.platform import LABELS, NAME, PLACE
from tests.components.azure.test_registry import seal
from tests.components.recorder import Made, build, differences, value

GROUP = "azure-native:containerinstance:ContainerGroup"
TEAM = f"/subscriptions/{PLACE.subscription}/resourceGroups/platform/providers"
STATE = State(
    container=f"{TEAM}/Microsoft.Storage/storageAccounts/acmestate/blobServices/default/containers/pulumi",
    key=f"{TEAM}/Microsoft.KeyVault/vaults/acme-state/keys/pulumi",
)
IMAGE = f"acmesoftware.azurecr.io/images/deployer@sha256:{'0' * 64}"


def args(**changes: Any) -> DeployerArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "subnet": known(PLACE.id("Microsoft.Network/virtualNetworks/subnets", NAME, "operations")),
        "actor": acting(Workload.DEPLOYER),
        "image": known(IMAGE),
        "state": STATE,
        "seal": seal(),
        "labels": LABELS,
    }
    return DeployerArgs(**{**given, **changes})


@cache
def usual() -> tuple[Made, ...]:
    return tuple(build(lambda: Deployer(f"{NAME}-deployer", args())))


def group() -> Made:
    (found,) = [each for each in usual() if each.type == GROUP]
    return found


def test_inventory() -> None:
    assert differences(list(usual()), "azure-deployer") == []


def test_it_starts_once_it_may_use_its_state() -> None:
    grants = {each.urn for each in usual() if each.type.endswith(":RoleAssignment")}
    assert len(grants) == 2
    assert grants <= set(group().property_dependencies["identity"])


def test_without_a_program_it_ends_before_it_deploys() -> None:
    script = value(group(), "containers[0].command[2]")
    copied, deployed = script.index("azcopy copy"), script.index("pulumi up")
    assert copied < script.index("exit 0") < deployed
    assert "https://acmestate.blob.core.windows.net/pulumi/programs/test.zip" in script
    assert "azblob://pulumi?storage_account=acmestate" in script


def test_nothing_in_it_is_secret() -> None:
    environment = value(group(), "containers[0].environmentVariables")
    assert all(set(each) == {"name", "value"} for each in environment)
    (credential,) = value(group(), "imageRegistryCredentials")
    assert set(credential) == {"server", "identity"}
    assert credential["server"] == "acmesoftware.azurecr.io"


def test_what_the_team_keeps_is_named_by_its_parts() -> None:
    assert STATE.account_id.endswith("/storageAccounts/acmestate")
    assert STATE.vault_id.endswith("/vaults/acme-state")
    assert STATE.place == ("acmestate", "pulumi")


@pytest.mark.parametrize("argument", ["privileged", "ip_address", "restart_policy"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: True})
