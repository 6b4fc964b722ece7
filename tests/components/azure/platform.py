"""Arguments for tests of Azure's components: a production stack in Western Europe."""

from __future__ import annotations

from typing import Any

import pulumi

from components.azure.diagnostics import Logs
from components.azure.endpoints import Target
from components.azure.identity import Actor, Federation, IdentitiesArgs
from components.azure.keys import KeysArgs, Seal, example_public_key
from components.azure.network import NetworkArgs
from components.azure.place import Place
from components.azure.storage import StoresArgs
from components.contracts import Identity, Purpose, SegmentName, Workload
from components.segments import SegmentRanges
from stacks.flows import table

NAME = "palisade-test"
PLACE = Place(
    subscription="12345678-90ab-4cde-8f01-234567890abc",
    tenant="0fedcba9-8765-4321-8fed-cba987654321",
    location="westeurope",
    zones=("1", "2"),
    group=NAME,
)
RANGES = {
    SegmentName.TRAINING: SegmentRanges(
        nodes="10.64.128.0/20", pods="10.64.0.0/18", services="10.64.160.0/20"
    ),
    SegmentName.INFERENCE: SegmentRanges(
        nodes="10.64.144.0/20", pods="10.64.64.0/18", services="10.64.176.0/20"
    ),
    SegmentName.EDGE: SegmentRanges(nodes="10.64.192.0/21"),
    SegmentName.DATA: SegmentRanges(nodes="10.64.200.0/21"),
    SegmentName.OPERATIONS: SegmentRanges(nodes="10.64.208.0/21"),
}
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
        "logs": logs(),
        "labels": LABELS,
    }
    return KeysArgs(**{**given, **changes})


def known(text: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(text)


def logs() -> Logs:
    return Logs(known(PLACE.id("Microsoft.OperationalInsights/workspaces", NAME)))


def actor(name: str) -> Actor:
    own = PLACE.id("Microsoft.ManagedIdentity/userAssignedIdentities", f"{NAME}-{name}")
    return Actor(known(own), known(f"{NAME}-{name}-principal"), known(f"{NAME}-{name}-client"))


def seal(purpose: Purpose) -> Seal:
    vault = PLACE.id("Microsoft.KeyVault/vaults", "keys")
    uri = f"https://keys.vault.azure.net/keys/{purpose}"
    return Seal(
        name=purpose.value,
        uri=known(uri),
        version=known(f"{uri}/1"),
        id=known(f"{vault}/keys/{purpose}"),
        vault_id=known(vault),
        vault_uri=known("https://keys.vault.azure.net/"),
        actor=actor(f"key-{purpose}"),
    )


def network_args(**changes: Any) -> NetworkArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "ranges": RANGES,
        "flows": table().flows,
        "seal": seal(Purpose.LOGS),
        "logs": logs(),
        "log_days": 2192,
        "watcher_group": "NetworkWatcherRG",
        "reached": {"keys": Target("vault", known(PLACE.id("Microsoft.KeyVault/vaults", "keys")))},
        "enterprise_ranges": ("172.16.0.0/12",),
        "labels": LABELS,
    }
    return NetworkArgs(**{**given, **changes})


def stores_args(**changes: Any) -> StoresArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "sensitive": False,
        "retention_days": 14,
        "seals": {purpose: seal(purpose) for purpose in Purpose},
        "identities": {each: identity(each) for each in Workload},
        "logs": logs(),
        "labels": LABELS,
    }
    return StoresArgs(**{**given, **changes})
