"""The programs that the pack is measured on: as many resources as asked, under names of their own."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.pack import sized

PROVIDER: dict[str, Any] = {"urn": "u::p", "type": "pulumi:providers:gcp", "custom": True}
RESOURCES: list[dict[str, Any]] = [
    {"urn": "u::stack", "type": "pulumi:pulumi:Stack"},
    PROVIDER,
    *({"urn": f"u::{name}", "type": "gcp:kms/keyRing:KeyRing", "custom": True} for name in "abc"),
]


@pytest.mark.parametrize("size", [2, 3, 8])
def test_a_program_has_the_size_that_was_asked_for(size: int) -> None:
    resources = sized({"deployment": {"resources": RESOURCES}}, size)["deployment"]["resources"]
    assert resources[0] == PROVIDER
    assert len({each["urn"] for each in resources[1:]}) == size
    assert [each["urn"] for each in resources[1:3]] == ["u::a", "u::b"]


def test_nothing_to_take_from_is_said() -> None:
    with pytest.raises(ValueError, match="no resources"):
        sized({"deployment": {"resources": RESOURCES[:2]}}, 3)
