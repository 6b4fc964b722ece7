"""The vault for secrets: API keys of callers, and certificates with their private keys.

Builds a vault of its own, apart from the keys that everything is encrypted with, and policies that it refuses
by.

Guarantees: what `vaults.py` guarantees; every use is recorded; the vault takes no secret without an end, and
none that outlives what rotation allows.

Leaves out: what is in it, and who may read which (`api_keys.py`, `certificates.py`).
Sources: learn.microsoft.com/azure/key-vault/policy-reference,
learn.microsoft.com/azure/key-vault/general/event-grid-overview (30 days).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.azure.assignments import Assigned, assign
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.place import Place
from components.azure.vaults import Vault, VaultPlan, guarded_vault

# Ids of secrets, for grants on single ones.
SECRETS = "Microsoft.KeyVault/vaults/secrets"
# How long before the end the vault tells that it comes.
TOLD_DAYS = 30


class SecretsArgs(BaseModel):
    """Where the vault is, where its use is recorded, and how many days a secret may live.

    `recover` takes a deleted vault of the same name back. `protected` is False only while a stack is torn
    down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    logs: Logs
    most_days: int = Field(ge=1)
    recover: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Secrets(pulumi.ComponentResource):
    """`vault` for whoever puts secrets in it; the network makes it reachable."""

    vault: Vault

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Secrets", name, None, opts)
        plan = VaultPlan(name, args.place, "secrets", args.labels, args.protected, args.recover)
        self.vault = guarded_vault(plan, self)
        recorded(f"{name}-secrets", Kind.VAULT, self.vault.id, args.logs, self)
        for what, policy in _policies(args.most_days).items():
            assign(f"{name}-{what}", args.place, policy, self)
        self.register_outputs({"vault": self.vault.id})


def _policies(most_days: int) -> dict[str, Assigned]:
    return {
        "ends": Assigned("98728c90-32c7-4049-8429-847dc0f4fe37", "Every secret has an end"),
        "validity": Assigned(
            "342e8053-e12e-4c44-be01-c3c2f318400f",
            "No secret outlives its rotation",
            {"maximumValidityInDays": most_days},
        ),
    }
