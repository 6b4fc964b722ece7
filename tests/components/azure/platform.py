"""Arguments for tests of Azure's components: a production stack in Western Europe."""

from __future__ import annotations

from typing import Any

import pulumi

from components.azure.identity import Federation, IdentitiesArgs
from components.azure.keys import KeysArgs, example_public_key
from components.azure.place import Place
from components.contracts import Identity, Workload

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


def identity(workload: Workload) -> Identity:
    own = PLACE.id("Microsoft.ManagedIdentity/userAssignedIdentities", f"{NAME}-{workload}")
    principal = pulumi.Output.from_input(f"{NAME}-{workload}-principal")
    return Identity(workload, pulumi.Output.from_input(own), principal)


def keys_args(**changes: Any) -> KeysArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "identities": {each: identity(each) for each in Workload},
        "signing_key": example_public_key(),
        "labels": LABELS,
    }
    return KeysArgs(**{**given, **changes})
