"""A Managed HSM on Azure: exact children and values, what its keys seal, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pulumi
import pytest
from pydantic import ValidationError

from components.azure import hsm_keys
from components.azure.accounts import AccountPlan, guarded_account
from components.azure.audit import Audit
from components.azure.disks import Disks, DisksArgs
from components.azure.hsm import Hsm, HsmArgs
from components.azure.keys import Seal, kinds
from components.contracts import Purpose
from stacks.model.azure import ManagedHsm
from tests.components.azure.platform import LABELS, NAME, PLACE, logs, seal
from tests.components.azure.records import audit_args
from tests.components.recorder import Made, build, differences, value

HSM = "azure-native:keyvault:ManagedHsm"
OWN = hsm_keys.own_name(PLACE)
VERSION = 32 * "a"
GROUP = "5d1f0c7e-2b64-4c1c-9a53-0f4e6b8a7d21"


def key(name: str, hsm: str = OWN, version: str = VERSION) -> str:
    return f"https://{hsm}.managedhsm.azure.net/keys/{name}/{version}"


def hsm_args(**changes: Any) -> HsmArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "administrators": (GROUP,),
        "vaulted": {purpose: seal(purpose) for purpose in kinds()},
        "logs": logs(),
        "labels": LABELS,
    }
    return HsmArgs(**{**given, **changes})


def made(read: Callable[[Hsm], object] = bool, **changes: Any) -> list[Made]:
    return build(lambda: read(Hsm(NAME, hsm_args(**changes))))


def the(type_: str, resources: list[Made]) -> Made:
    (found,) = [each for each in resources if each.type == type_]
    return found


def test_inventory() -> None:
    assert differences(made(keys={Purpose.DATA: key("data")}), "azure-hsm") == []


def test_its_name_is_one_in_all_the_world() -> None:
    assert 3 <= len(OWN) <= 24
    other = PLACE.model_copy(update={"entropy": "second"})
    assert OWN not in {hsm_keys.own_name(other), PLACE.world_name("keys")}


@pytest.mark.parametrize("protected", [True, False])
def test_no_argument_weakens_an_hsm(protected: bool) -> None:
    hsm = the(HSM, made(protected=protected, recover=True))
    assert value(hsm, "properties.enablePurgeProtection") is True
    assert value(hsm, "properties.softDeleteRetentionInDays") == 90
    assert value(hsm, "properties.publicNetworkAccess") == "Disabled"
    assert value(hsm, "properties.networkAcls.defaultAction") == "Deny"
    assert value(hsm, "properties.createMode") == "recover"
    assert hsm.protect is protected


def test_other_administrators_do_not_ask_for_another_hsm() -> None:
    assert the(HSM, made()).ignore_changes == ("properties.initialAdminObjectIds",)


def test_without_keys_it_seals_nothing() -> None:
    seals: list[object] = []
    made(lambda hsm: seals.append(hsm.seals))
    assert seals == [{}]


def test_a_seal_is_the_key_of_the_hsm_and_the_identity_of_the_vaults() -> None:
    found: list[object] = []

    def read(hsm: Hsm) -> None:
        own, vaulted = hsm.seals[Purpose.DATA], seal(Purpose.DATA)
        assert own.name == "acme-data"
        parts = (own.uri, own.version, own.vault_uri, own.actor.id, vaulted.actor.id, own.id, vaulted.id)
        pulumi.Output.all(*parts).apply(found.extend)

    made(read, keys={Purpose.DATA: key("acme-data")})
    uri = f"https://{OWN}.managedhsm.azure.net/"
    assert found[:3] == [f"{uri}keys/acme-data", f"{uri}keys/acme-data/{VERSION}", uri]
    assert found[3] == found[4]
    assert found[5] == found[6], "the vault's key is the way back"


def test_who_must_get_a_role_is_told_for_every_purpose_that_can_be_sealed() -> None:
    told: list[object] = []

    def read(hsm: Hsm) -> None:
        assert set(hsm.users) == {purpose for purpose, kind in kinds().items() if kind.hsm}
        hsm.users[Purpose.DISKS].apply(told.append)

    made(read)
    assert told == [f"{NAME}-key-disks-principal"]


def test_what_seals_is_known_at_preview() -> None:
    known_uris: list[str] = []

    def read() -> None:
        hsm = Hsm(NAME, hsm_args(keys={Purpose.DATA: key("data"), Purpose.DISKS: key("disks")}))
        for own in hsm.seals.values():
            own.version.apply(known_uris.append)
            own.vault_uri.apply(known_uris.append)

    build(read, preview=True)
    assert len(known_uris) == 4


def sealed(purpose: Purpose, use: Callable[[Seal, pulumi.Resource], object]) -> list[Made]:
    return made(lambda hsm: use(hsm.seals[purpose], hsm), keys={purpose: key(purpose.value)})


def test_a_store_takes_the_key_without_a_version() -> None:
    def store(own: Seal, parent: pulumi.Resource) -> None:
        guarded_account(AccountPlan(NAME, PLACE, "data", own, logs(), ("data",), 14), parent)

    account = the("azure-native:storage:StorageAccount", sealed(Purpose.DATA, store))
    assert value(account, "encryption.keySource") == "Microsoft.Keyvault"
    assert value(account, "encryption.keyVaultProperties") == {
        "keyName": "data",
        "keyVaultUri": f"https://{OWN}.managedhsm.azure.net/",
    }


def test_disks_take_a_version_and_follow_the_newest() -> None:
    def disks(own: Seal, parent: pulumi.Resource) -> None:
        args = DisksArgs(place=PLACE, key_version=own.version, reader=own.actor.id)
        Disks(NAME, args, pulumi.ResourceOptions(parent=parent))

    made_set = the("azure-native:compute:DiskEncryptionSet", sealed(Purpose.DISKS, disks))
    assert value(made_set, "activeKey") == {"keyUrl": key("disks")}
    assert value(made_set, "rotationToLatestKeyVersionEnabled") is True


def test_a_cluster_of_records_takes_the_newest_and_tells_who_encrypts() -> None:
    def cluster(own: Seal, parent: pulumi.Resource) -> None:
        audit = Audit(NAME, audit_args(seal=own, cluster="encrypted"), pulumi.ResourceOptions(parent=parent))
        assert audit.encrypts is not None

    found = the("azure-native:operationalinsights:Cluster", sealed(Purpose.LOGS, cluster))
    assert value(found, "keyVaultProperties") == {
        "keyName": "logs",
        "keyVaultUri": f"https://{OWN}.managedhsm.azure.net/",
        "keyVersion": "",
    }


@pytest.mark.parametrize("purpose", sorted(kinds().keys()))
def test_only_purposes_are_sealed_whose_services_take_such_a_key(purpose: Purpose) -> None:
    if kinds()[purpose].hsm:
        assert hsm_args(keys={purpose: key("own")}).keys
    else:
        with pytest.raises(ValidationError, match="takes no key of an HSM"):
            hsm_args(keys={purpose: key("own")})


def test_a_stack_file_names_the_same_purposes() -> None:
    annotation = ManagedHsm.model_fields["keys"].annotation
    assert set(get_args(get_args(annotation)[0])) == {each for each, kind in kinds().items() if kind.hsm}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (key("data", version=""), "no version of a key"),
        (f"https://{OWN}.managedhsm.azure.net/keys/data", "no version of a key"),
        (f"http://{OWN}.managedhsm.azure.net/keys/data/{VERSION}", "no version of a key"),
        (f"https://{OWN}.vault.azure.net/keys/data/{VERSION}", "no version of a key"),
        (f"{key('data')}\n", "no version of a key"),
        (key("data", hsm="another"), "in another HSM than the stack's"),
    ],
)
def test_what_is_no_version_of_a_key_in_it_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        hsm_args(keys={Purpose.DATA: text})


def test_somebody_administers_it() -> None:
    with pytest.raises(ValidationError, match="administrators"):
        hsm_args(administrators=())
