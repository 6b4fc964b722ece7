"""Keys: exact children and values, who may use which key, and that no argument weakens them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pulumi
import pytest
from pulumi_gcp.storage.bucket import Bucket
from pydantic import ValidationError

from components.contracts import Purpose
from components.gcp.keys import Keys, KeysArgs
from tests.components.gcp.platform import ANSWERS, NAME, keys_args
from tests.components.recorder import Made, build, differences, value

KEY = "gcp:kms/cryptoKey:CryptoKey"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
SIGNING = {"signing", "authority"}


def made(preview: bool = False, **changes: Any) -> list[Made]:
    return build(lambda: Keys(NAME, keys_args(**changes)), ANSWERS, preview)


def of(resources: list[Made], kind: str) -> dict[str, Made]:
    return {each.name.removeprefix(f"{NAME}-"): each for each in resources if each.type == kind}


def test_production_keys_are_the_inventory() -> None:
    assert differences(made(), "keys") == []


def test_the_same_is_planned_at_preview() -> None:
    planned, built = made(preview=True), made()
    assert [(each.type, each.name) for each in planned] == [(each.type, each.name) for each in built]
    for name, key in of(planned, KEY).items():
        for path in ("rotationPeriod", "destroyScheduledDuration", "versionTemplate", "deletionPolicy"):
            assert value(key, path) == value(of(built, KEY)[name], path)


@pytest.mark.parametrize(("production", "protected"), list(product([True, False], repeat=2)))
def test_no_argument_weakens_a_key(production: bool, protected: bool) -> None:
    keys = of(made(production=production, protected=protected), KEY)
    for name, key in keys.items():
        assert value(key, "destroyScheduledDuration") == "2592000s"
        assert value(key, "versionTemplate.protectionLevel") == ("HSM" if production else "SOFTWARE")
        assert key.protect is protected
        assert value(key, "deletionPolicy") == ("PREVENT" if protected else "DELETE")
        assert value(key, "rotationPeriod") == (None if name in SIGNING else "7776000s")


def test_there_is_one_key_for_each_purpose_and_two_that_sign() -> None:
    assert set(of(made(), KEY)) == {*Purpose, *SIGNING}


def test_a_key_is_granted_to_the_agents_that_need_it_and_to_nobody_else() -> None:
    users: dict[str, set[str]] = {}
    for grant in of(made(), GRANT).values():
        users.setdefault(value(grant, "cryptoKeyId"), set()).add(value(grant, "member").split("@")[1])
    assert users == {
        f"{NAME}-data-id": {"gs-project-accounts.iam.gserviceaccount.com"},
        f"{NAME}-models-id": {"gs-project-accounts.iam.gserviceaccount.com"},
        f"{NAME}-disks-id": {"compute-system.iam.gserviceaccount.com"},
        f"{NAME}-cluster-secrets-id": {"gcp-sa-container.iam.gserviceaccount.com"},
        f"{NAME}-registry-id": {"gcp-sa-artifactregistry.iam.gserviceaccount.com"},
        f"{NAME}-logs-id": {
            "gcp-sa-logging.iam.gserviceaccount.com",
            "gs-project-accounts.iam.gserviceaccount.com",
        },
        f"{NAME}-catalog-id": {"gcp-sa-dataplex.iam.gserviceaccount.com"},
        f"{NAME}-secrets-id": {"gcp-sa-secretmanager.iam.gserviceaccount.com"},
        f"{NAME}-messages-id": {"gcp-sa-pubsub.iam.gserviceaccount.com"},
        f"{NAME}-authority-id": {"gcp-sa-privateca.iam.gserviceaccount.com"},
        f"{NAME}-signing-id": {"acme-ai-test.iam.gserviceaccount.com"},
    }


@pytest.mark.parametrize("purpose", Purpose)
def test_whoever_uses_a_handle_waits_for_its_grants(purpose: Purpose) -> None:
    def program() -> None:
        keys = Keys(NAME, keys_args())
        Bucket("user", location="europe-west4", encryption={"default_kms_key_name": keys.handles[purpose].id})

    resources = build(program, ANSWERS)
    user = next(each for each in resources if each.name == "user")
    grants = {each.urn for name, each in of(resources, GRANT).items() if name.startswith(f"{purpose}-")}
    assert grants
    assert grants <= set(user.property_dependencies["encryption"])


def test_every_grant_settles_before_it_counts() -> None:
    assert all(len(grant.after_create) == 1 for grant in of(made(), GRANT).values())


def test_the_signing_version_is_known_after_the_signer_may_use_it() -> None:
    seen: list[str] = []

    def program() -> None:
        Keys(NAME, keys_args()).signing.version_id.apply(seen.append)

    build(program, ANSWERS)
    assert seen == ["keyRings/palisade-test/cryptoKeys/signing/cryptoKeyVersions/1"]


def test_a_new_stack_gets_a_new_ring() -> None:
    (ring,) = [each for each in made() if each.type == "gcp:kms/keyRing:KeyRing"]
    assert "name" not in ring.inputs
    assert ring.protect


@pytest.mark.parametrize("argument", ["rotation_days", "protection_level", "destroy_days", "key_name"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        keys_args(**{argument: 1})
    assert argument not in KeysArgs.model_fields


def test_handles_are_outputs() -> None:
    kinds: list[type] = []

    def program() -> None:
        keys = Keys(NAME, keys_args())
        kinds.extend(type(key.id) for key in keys.handles.values())

    build(program, ANSWERS)
    assert set(kinds) == {pulumi.Output}
