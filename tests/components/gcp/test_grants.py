"""What every grant goes through: no basic role, nobody public, and the wait until it holds."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from components.gcp import grants
from components.gcp.grants import BASIC_ROLES, SETTLING_SECONDS, checked, not_public, settle


def waited(monkeypatch: pytest.MonkeyPatch, attached: str | None) -> list[float]:
    """The waits of one grant, with providers attached or not."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(grants.asyncio, "sleep", sleep)
    monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
    if attached is not None:
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", attached)
    asyncio.new_event_loop().run_until_complete(settle(cast("Any", None)))
    return waits


@pytest.mark.parametrize("attached", [None, "", "aws:4001"])
def test_a_grant_on_the_real_cloud_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, attached: str | None
) -> None:
    assert waited(monkeypatch, attached) == [SETTLING_SECONDS]


@pytest.mark.parametrize("attached", ["gcp:4001", "aws:4001,gcp:4002"])
def test_an_attached_provider_is_not(monkeypatch: pytest.MonkeyPatch, attached: str) -> None:
    assert waited(monkeypatch, attached) == []


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
