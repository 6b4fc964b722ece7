"""What every grant goes through: no basic role and nobody public; that it is timed."""

from __future__ import annotations

import pytest

from components.gcp.grants import BASIC_ROLES, checked, key_grant, not_public
from tests.components.recorder import build

KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k"


def test_a_grant_of_a_key_is_timed() -> None:
    (made,) = build(
        lambda: key_grant("grant", KEY, "roles/cloudkms.viewer", "serviceAccount:a@example.com", None)
    )
    assert made.after_create == ("grant-made",)


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
