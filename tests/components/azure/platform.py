"""Arguments for tests of Azure's components: a production stack in Western Europe."""

from __future__ import annotations

from typing import Any

from components.azure.identity import Federation, IdentitiesArgs
from components.azure.place import Place

NAME = "palisade-test"
PLACE = Place(
    subscription="12345678-90ab-4cde-8f01-234567890abc",
    tenant="0fedcba9-8765-4321-8fed-cba987654321",
    location="westeurope",
    zones=("1", "2"),
    group=NAME,
)
LABELS = {"platform": "palisade"}
CI = Federation(
    name="ci",
    issuer="https://token.actions.githubusercontent.com",
    subject="repo:acme/platform:environment:production",
)


def identities_args(**changes: Any) -> IdentitiesArgs:
    given: dict[str, Any] = {"place": PLACE, "deployers": (CI,), "labels": LABELS}
    return IdentitiesArgs(**{**given, **changes})
