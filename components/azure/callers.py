"""Who may call the models: programs of the enterprise's directory that hold a role, by tokens of Entra ID.

Builds the secret that holds the issuer's page of keys, and who reads it. The gateway in the cluster verifies
tokens by it (docs/adr/0018).

Guarantees: no client's secret is anywhere in the platform; a token counts for one API, and only with one
role, which an administrator of the directory gives; as long as nobody has put the issuer's keys into the
vault, no token counts.

Leaves out: the registration of the API in the directory with its role, and who has the role: Entra ID is no
part of Azure Resource Manager. The registration asks for tokens of version 2. The page of keys changes with
little notice, so that a pipeline fetches it every day:
`curl .../discovery/v2.0/keys`, then `az keyvault secret set --name token-keys --expires`.
Sources: learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps,
learn.microsoft.com/entra/identity-platform/signing-key-rollover.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pulumi
from pulumi_azure_native.keyvault.secret import Secret
from pydantic import BaseModel, ConfigDict, Field

from components.azure.grants import Granted, grant, settled
from components.azure.place import Place
from components.azure.secrets import SECRETS, TOLD_DAYS
from components.azure.vaults import Vault
from components.contracts import Identity
from components.kubernetes.tokens import Tokens
from components.ready import after

KEYS = "token-keys"
# A page without keys: whoever shows a token is refused.
NONE = '{"keys":[]}'
# A page that nobody fetched for so long is told of.
FETCHED_DAYS = 7


class CallersArgs(BaseModel):
    """Which API tokens must be for, which role they must hold, and who reads the issuer's keys.

    `audience` is the API's client id. `issuer` is another one than the tenant's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    vault: Vault
    audience: str
    role: str
    reader: Identity
    today: date
    issuer: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Callers(pulumi.ComponentResource):
    """`tokens` is what the gateway holds tokens to, `keys` the secret with the issuer's page, once read."""

    tokens: Tokens
    keys: pulumi.Output[str]

    def __init__(self, name: str, args: CallersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Callers", name, None, opts)
        end = args.today + timedelta(days=FETCHED_DAYS + TOLD_DAYS)
        page = Secret(
            name,
            secret_name=KEYS,
            vault_name=args.vault.name,
            resource_group_name=args.place.group,
            properties={
                "value": NONE,
                "content_type": "application/json",
                "attributes": {
                    "enabled": True,
                    "expires": int(datetime.combine(end, time(), UTC).timestamp()),
                },
            },
            tags=args.labels,
            # A pipeline puts the issuer's keys in as a new version.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.vault.resource], ignore_changes=["properties"]
            ),
        )
        scope = after(args.place.id(SECRETS, args.vault.name, KEYS), page)
        reads = grant(name, args.place, Granted("key-vault-secrets-user", args.reader.principal, scope), self)
        issuer = args.issuer or f"https://login.microsoftonline.com/{args.place.tenant}/v2.0"
        self.tokens = Tokens(issuer, args.audience, args.role)
        self.keys = settled(KEYS, reads)
        self.register_outputs({"issuer": issuer})
