"""A stack of Azure's with a Managed HSM, in the two steps that people take between them; then taken down."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.azure import hsm_keys
from rehearsal.record import CloudRecord
from rehearsal.session import Session
from stacks.azure.base import place
from stacks.settings import Settings, own_fields
from tests.engine.conftest import Typed
from tools import commands
from tools.stack import Stack, stack_settings

STACK = "azure-dev"
HSM = "azure-native:keyvault:ManagedHsm"
ADMINISTRATORS = ["5d1f0c7e-2b64-4c1c-9a53-0f4e6b8a7d21"]
# What a key of the HSM seals, each by what it is called in the plan.
SEALED = {
    "azure-native:compute:DiskEncryptionSet": {"disks"},
    "azure-native:storage:StorageAccount": {"datasets", "flows", "models", "outputs", "records"},
}


def asked(**section: Any) -> dict[str, Any]:
    """The stack's file with a section for an HSM."""
    settings = stack_settings(STACK)
    settings["config"]["palisade:azure"]["managed_hsm"] = {"administrators": ADMINISTRATORS, **section}
    return settings


def keys() -> Mapping[str, str]:
    own = hsm_keys.uri(hsm_keys.own_name(place(Settings.load(own_fields(asked()["config"])))))
    return {purpose: f"{own}keys/{purpose}/{32 * 'a'}" for purpose in ("data", "models", "disks", "logs")}


def planned(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    with Session(folder) as session:
        stack = Stack(STACK, session)
        stack.configure(settings)
        done = stack.run("preview", "--json", capture=True)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout[done.stdout.index("{") :])


def changed(plan: Mapping[str, Any]) -> dict[str, set[str]]:
    """What a plan updates, by type, and nothing else may be in it."""
    assert set(plan["changeSummary"]) <= {"same", "update"}, plan["changeSummary"]
    found: dict[str, set[str]] = {}
    for step in plan["steps"]:
        if step["op"] == "update":
            type_, name = step["urn"].rsplit("::", 2)[1].rsplit("$", 1)[-1], step["urn"].rpartition("::")[2]
            found.setdefault(type_, set()).add(name.rpartition("-")[2])
    return found


def standing(folder: Path, type_: str) -> list[Mapping[str, Any]]:
    record = CloudRecord(folder / "record.sqlite")
    found = [each.inputs for each in record.find(type_)]
    record.close()
    return found


def output(folder: Path) -> dict[str, Any]:
    """What the stack tells people of its HSM."""
    with Session(folder) as session:
        resources = Stack(STACK, session).export()["deployment"]["resources"]
    (stack,) = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
    return stack["outputs"]["managed_hsm"]


def identities(folder: Path) -> dict[str, str]:
    """The object ids of those that encrypt with a key of a purpose, as they stand."""
    record = CloudRecord(folder / "record.sqlite")
    made = record.find("azure-native:managedidentity:UserAssignedIdentity")
    found = {each.id.rpartition("-key-")[2]: each.outputs["principalId"] for each in made}
    record.close()
    return {purpose: found[purpose] for purpose in keys()}


def test_an_hsm_comes_in_two_steps_and_stays(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = asked()

    def file_of(_name: str) -> dict[str, Any]:
        return copy.deepcopy(settings)

    monkeypatch.setattr(commands, "stack_settings", file_of)
    first = typed(lambda: commands.up(STACK))
    assert "the HSM seals nothing yet" in first
    assert " proven, 0 violated, 0 unproven" in first
    (hsm,) = standing(tmp_path, HSM)
    told = output(tmp_path)
    assert told["name"] == hsm["name"]
    assert told["users"] == identities(tmp_path)
    assert told["rotation"]["lifetimeActions"][0]["trigger"] == {"timeAfterCreate": "P90D"}

    # Another list of administrators is theirs to give inside: nothing changes.
    assert changed(planned(tmp_path, asked(administrators=ADMINISTRATORS * 2))) == {}
    settings = asked(keys=keys())
    assert changed(planned(tmp_path, settings)) == SEALED
    second = typed(lambda: commands.up(STACK))
    assert "the HSM seals nothing yet" not in second
    assert " proven, 0 violated, 0 unproven" in second
    assert changed(planned(tmp_path, settings)) == {}
    own = keys()["disks"].partition("keys/")[0]
    for account in standing(tmp_path, "azure-native:storage:StorageAccount"):
        assert account["encryption"]["keyVaultProperties"]["keyVaultUri"] == own
    # Back to the vault, whose keys have stayed, in place as well.
    assert changed(planned(tmp_path, asked())) == SEALED

    destroyed = typed(lambda: commands.destroy(STACK))
    assert "not kept by design" not in destroyed
    assert len(standing(tmp_path, HSM)) == 1
    released = typed(lambda: commands.release(STACK, "owner@example.com", "The test is over."))
    assert "not kept by design" not in released
    assert len(standing(tmp_path, HSM)) == 1, "nobody purges it for 90 days"
