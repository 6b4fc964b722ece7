"""What every grant goes through: no basic role, nobody public, and the wait until it holds."""

from __future__ import annotations

from itertools import chain

import pulumi
import pytest
from pulumi_gcp.storage.bucket import Bucket

from components.gcp import grants
from components.gcp.grants import BASIC_ROLES, SETTLING_SECONDS, checked, key_grant, not_public, settled
from tests.components.recorder import Made, build

KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"


def program() -> None:
    """A key with two grants, and a bucket that waits for both."""
    made = [
        key_grant(f"grant-{user}", KEY, "roles/cloudkms.cryptoKeyEncrypterDecrypter", user, None)
        for user in ("serviceAccount:a@example.com", "serviceAccount:b@example.com")
    ]
    Bucket("user", location="europe-west4", encryption={"default_kms_key_name": settled(KEY, *made)})


def waited(
    monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...], attached: str = ""
) -> tuple[list[float], list[Made]]:
    """What a run waits for, whose grants were made some seconds ago: none of them for an empty tuple."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    urns = sorted(each.urn for each in build(program) if each.name.startswith("grant-"))
    assert len(urns) == 2
    monkeypatch.setattr(grants, "_made", {urn: 1000 - age for urn, age in zip(urns, ages, strict=False)})
    monkeypatch.setattr(grants.time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(grants, "sleep", sleep)
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", attached)
    return waits, build(program)


@pytest.mark.parametrize(
    ("ages", "seconds"),
    [((), 0), ((0.0,), SETTLING_SECONDS), ((90.0, 30.0), SETTLING_SECONDS - 30), ((500.0, 400.0), 0)],
)
def test_a_value_waits_for_its_youngest_grant(
    monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...], seconds: float
) -> None:
    waits, _ = waited(monkeypatch, ages)
    assert waits == [seconds]


@pytest.mark.parametrize("attached", ["gcp:4001", "aws:4001,gcp:4002"])
def test_grants_of_an_attached_provider_hold_at_once(monkeypatch: pytest.MonkeyPatch, attached: str) -> None:
    waits, _ = waited(monkeypatch, (0.0, 0.0), attached)
    assert waits == [0]


def test_the_engine_orders_the_user_after_the_grants(monkeypatch: pytest.MonkeyPatch) -> None:
    _, made = waited(monkeypatch, ())
    user = next(each for each in made if each.name == "user")
    assert set(user.property_dependencies["encryption"]) == {each.urn for each in made} - {user.urn}
    assert user.inputs["encryption"] == {"defaultKmsKeyName": KEY}


def test_every_key_grant_notes_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _, made = waited(monkeypatch, ())
    hooks = list(chain.from_iterable(each.after_create for each in made))
    assert len(hooks) == len(set(hooks)) == 2
    grants.note(pulumi.ResourceHookArgs(urn="urn:made", id="", name="", type=""))
    assert grants._made["urn:made"] == 1000


@pytest.mark.parametrize("role", sorted(BASIC_ROLES))
def test_a_basic_role_is_refused(role: str) -> None:
    with pytest.raises(ValueError, match="is a basic role; write a predefined role"):
        checked(role)


def test_a_predefined_role_and_a_member_pass() -> None:
    assert checked("roles/storage.objectViewer") == "roles/storage.objectViewer"
    assert not_public("group:platform@example.com") == "group:platform@example.com"


@pytest.mark.parametrize("member", ["allUsers", "allAuthenticatedUsers"])
def test_the_public_is_refused(member: str) -> None:
    with pytest.raises(ValueError, match="is everybody; write"):
        not_public(member)
