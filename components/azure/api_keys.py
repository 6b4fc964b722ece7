"""API keys of callers that can get no token, replaced on a schedule.

Builds one secret per caller in the vault for secrets, which takes none without an end or with a late one
(`secrets.py`), and who may read it.

Guarantees: only the model server reads them, each by a grant of its own, from inside the network; no key in
any state: what is written here is no key, and the gateway takes none that is so short. A version of a secret
ends 30 days after it is due, and the vault tells 30 days before the end, which is when it is due
(`alerts.py`).

Leaves out: making the values: `openssl rand -base64 33`, then `az keyvault secret set --expires`, from inside
the network.
Source: learn.microsoft.com/azure/key-vault/secrets/about-secrets (ends of secrets).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import pulumi
from pulumi_azure_native.keyvault.secret import Secret
from pydantic import BaseModel, ConfigDict, Field

from components.azure.grants import Granted, grant, settled
from components.azure.place import Place
from components.azure.secrets import SECRETS, TOLD_DAYS
from components.azure.vaults import Vault
from components.contracts import Identity
from components.ready import after

# No key: the gateway takes none under 32 characters.
UNSET = "unset"


class ApiKeysArgs(BaseModel):
    """Callers with the days between rotations of their keys, who reads them, and the vault they are in.

    `rotation_days` maps a caller to at most 90. `today` is when the first
    rotation is counted from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    vault: Vault
    rotation_days: Mapping[str, Annotated[int, Field(ge=1, le=90)]] = Field(min_length=1)
    reader: Identity
    today: date
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class ApiKeys(pulumi.ComponentResource):
    """`secrets` by caller: names, once they may be read."""

    secrets: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ApiKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:ApiKeys", name, None, opts)
        made = {caller: self._secret(name, args, caller) for caller in args.rotation_days}
        self.secrets = {
            caller: settled(f"{name}-{caller}", self._reads(f"{name}-{caller}", args, secret))
            for caller, secret in made.items()
        }
        self.register_outputs({"secrets": dict(self.secrets)})

    def _secret(self, name: str, args: ApiKeysArgs, caller: str) -> Secret:
        end = args.today + timedelta(days=args.rotation_days[caller] + TOLD_DAYS)
        seconds = int(datetime.combine(end, time(), UTC).timestamp())
        return Secret(
            f"{name}-{caller}",
            secret_name=f"{name}-{caller}",
            vault_name=args.vault.name,
            resource_group_name=args.place.group,
            properties={
                "value": UNSET,
                "content_type": "text/plain",
                "attributes": {"enabled": True, "expires": seconds},
            },
            tags={**args.labels, "caller": caller},
            # Whoever rotates adds a version; a write of ours would make the latest one no key again.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.vault.resource], ignore_changes=["properties"]
            ),
        )

    def _reads(self, own_name: str, args: ApiKeysArgs, secret: Secret) -> pulumi.Resource:
        scope = after(args.place.id(SECRETS, args.vault.name, own_name), secret)
        granted = Granted("key-vault-secrets-user", args.reader.principal, scope)
        return grant(own_name, args.place, granted, self)
