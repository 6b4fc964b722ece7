"""Values that wait for grants: how long, in which run, and what the engine is told of it."""

from __future__ import annotations

from itertools import chain

import pulumi
import pytest
from pulumi_gcp.kms.crypto_key_iam_member import CryptoKeyIAMMember
from pulumi_gcp.storage.bucket import Bucket

from components import settling
from components.settling import Settling, noted
from tests.components.recorder import Made, build

KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
SECONDS = 120


def program() -> None:
    """A key with two grants, and a bucket that waits for both."""
    made = [
        CryptoKeyIAMMember(
            f"grant-{user}",
            crypto_key_id=KEY,
            role="roles/cloudkms.viewer",
            member=f"serviceAccount:{user}@example.com",
            opts=pulumi.ResourceOptions(hooks=noted(f"grant-{user}")),
        )
        for user in ("a", "b")
    ]
    key = Settling("gcp", seconds=SECONDS).settled(KEY, *made)
    Bucket("user", location="europe-west4", encryption={"default_kms_key_name": key})


def waited(
    monkeypatch: pytest.MonkeyPatch, ages: tuple[float, ...], attached: str = ""
) -> tuple[list[float], list[Made]]:
    """What a run waits for, whose grants were made some seconds ago: none of them for an empty tuple."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    urns = sorted(each.urn for each in build(program) if each.name.startswith("grant-"))
    assert len(urns) == 2
    monkeypatch.setattr(settling, "_made", {urn: 1000 - age for urn, age in zip(urns, ages, strict=False)})
    monkeypatch.setattr(settling.time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(settling, "sleep", sleep)
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", attached)
    return waits, build(program)


@pytest.mark.parametrize(
    ("ages", "seconds"),
    [((), 0), ((0.0,), SECONDS), ((90.0, 30.0), SECONDS - 30), ((500.0, 400.0), 0)],
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


def test_every_grant_notes_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _, made = waited(monkeypatch, ())
    hooks = list(chain.from_iterable(each.after_create for each in made))
    assert len(hooks) == len(set(hooks)) == 2
    settling.note(pulumi.ResourceHookArgs(urn="urn:made", id="", name="", type=""))
    assert settling._made["urn:made"] == 1000
