"""The vaults for secrets: one for API keys of callers, one for certificates with their private keys.

Builds both, apart from the keys that everything is encrypted with, and policies that they refuse by.

Guarantees: what `vaults.py` guarantees; the vault of keys takes none without an end or
with a late one; the vault of certificates takes none that lives too long, has a weak key, or is renewed too
late.

Leaves out: what is in them, and who may read which (`api_keys.py`, `callers.py`, `certificates.py`).
Sources: learn.microsoft.com/azure/key-vault/policy-reference,
learn.microsoft.com/azure/key-vault/general/event-grid-overview (30 days).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.azure.assignments import Assigned, assign
from components.azure.diagnostics import Logs
from components.azure.place import Place
from components.azure.vaults import Vault, VaultPlan, guarded_vault

# Ids of secrets, for grants on single ones.
SECRETS = "Microsoft.KeyVault/vaults/secrets"
# How long before the end a vault tells that it comes, and when a certificate is renewed.
TOLD_DAYS = 30
# A key is due after 90 days at the most, and ends when that was told for so long.
MOST_DAYS = 90 + TOLD_DAYS
# What public authorities issue at the most; it falls to 47 days by 2029 (cabforum.org, ballot SC-081v3).
MOST_MONTHS = 7
KEY_BITS = 3072


class SecretsArgs(BaseModel):
    """Where the vaults are, and where their use is recorded.

    `recover` takes deleted vaults of the same names back. `protected` is False only while a stack is torn
    down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    logs: Logs
    recover: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Secrets(pulumi.ComponentResource):
    """`keys` for callers' keys, `certificates` for certificates; the network makes both reachable."""

    keys: Vault
    certificates: Vault

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Secrets", name, None, opts)
        self.keys = self._vault(name, args, "secrets", KEY_POLICIES)
        self.certificates = self._vault(name, args, "certificates", CERTIFICATE_POLICIES)
        self.register_outputs({})

    def _vault(self, name: str, args: SecretsArgs, what: str, policies: Mapping[str, Assigned]) -> Vault:
        plan = VaultPlan(name, args.place, what, args.logs, args.labels, args.protected, args.recover)
        vault = guarded_vault(plan, self)
        for which, policy in policies.items():
            assign(f"{name}-{what}-{which}", vault.id, policy, self)
        return vault


# Source: learn.microsoft.com/azure/key-vault/policy-reference.
KEY_POLICIES = {
    "end": Assigned("98728c90-32c7-4049-8429-847dc0f4fe37", "Every key has an end"),
    "validity": Assigned(
        "342e8053-e12e-4c44-be01-c3c2f318400f",
        "No key outlives its rotation",
        {"maximumValidityInDays": MOST_DAYS},
    ),
}
CERTIFICATE_POLICIES = {
    "renewal": Assigned(
        "12ef42cb-9903-4e39-9c26-422d29570417",
        "Certificates are renewed, or somebody is told, before they end",
        {"maximumPercentageLife": 90, "minimumDaysBeforeExpiry": TOLD_DAYS},
    ),
    "validity": Assigned(
        "0a075868-4c26-42ef-914c-5bc007359560",
        "Certificates live no longer than public authorities issue them",
        {"maximumValidityInMonths": MOST_MONTHS},
    ),
    "key": Assigned(
        "cee51871-e572-4576-855c-047c820360f0",
        "RSA keys of certificates are of a size that holds",
        {"minimumRSAKeySize": KEY_BITS},
    ),
}
