"""Content Safety: what judges prompts before a model reads them.

Builds the account, its private endpoint, and the right of the model server's identity to ask it.

Guarantees: no keys of the account's own, only identities ask; it answers inside the network only and calls
nobody; what it keeps is under the customer's key; who asked is recorded, and not what.

Leaves out: the question itself. The gateway in the cluster asks for attacks on the model (Prompt Shields) and
for hate, sexual content, violence and self-harm, and refuses what is found, or what could not be asked
(docs/adr/0009). Personal identifiers are found by no question of this service.
Sources: learn.microsoft.com/azure/ai-services/content-safety/concepts/jailbreak-detection,
learn.microsoft.com/azure/ai-services/content-safety/how-to/encrypt-data-at-rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.cognitiveservices._enums import ResourceIdentityType
from pulumi_azure_native.cognitiveservices._inputs import (
    AccountPropertiesArgs,
    EncryptionArgs,
    IdentityArgs,
    KeyVaultPropertiesArgs,
    NetworkRuleSetArgs,
    SkuArgs,
)
from pulumi_azure_native.cognitiveservices.account import Account
from pydantic import BaseModel, ConfigDict, Field

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.endpoints import Reach, Target, private_endpoint
from components.azure.grants import Granted, grant, settled
from components.azure.keys import Seal
from components.azure.place import Place
from components.azure.subnets import Ground
from components.contracts import Identity
from components.ready import after

ACCOUNT = "Microsoft.CognitiveServices/accounts"
# The version of the service that is asked.
API = "2024-09-01"


class PromptsArgs(BaseModel):
    """Where prompts are judged, what encrypts what is kept, who asks, and where that is recorded.

    `reach` is what the network gives private endpoints.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    seal: Seal
    asker: Identity
    logs: Logs
    reach: Reach
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Prompts(pulumi.ComponentResource):
    """`host` is where the service answers, once it may be asked, and `api` the version of what is asked."""

    host: pulumi.Output[str]
    api: pulumi.Output[str]

    def __init__(self, name: str, args: PromptsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Prompts", name, None, opts)
        own = args.place.world_name("prompts")
        made = self._account(name, own, args)
        account = after(args.place.id(ACCOUNT, own), made)
        told = recorded(f"{name}-asked", Kind.AI_ACCOUNT, account, args.logs, self)
        ground = Ground(name, args.place, args.labels, self)
        reached = private_endpoint(ground, "screen", Target("foundry", account), args.reach)
        asks = Granted("cognitive-services-user", args.asker.principal, account)
        may = grant(name, args.place, asks, self)
        self.host = settled(after(f"{own}.cognitiveservices.azure.com", told, *reached), may)
        self.api = pulumi.Output.from_input(API)
        self.register_outputs({"host": self.host})

    def _account(self, name: str, own: str, args: PromptsArgs) -> Account:
        key = KeyVaultPropertiesArgs(
            identity_client_id=args.seal.actor.client,
            key_name=args.seal.name,
            key_vault_uri=args.seal.vault_uri,
            key_version=args.seal.version.apply(lambda uri: uri.rpartition("/")[2]),
        )
        return Account(
            name,
            account_name=own,
            resource_group_name=args.place.group,
            location=args.place.location,
            kind="ContentSafety",
            sku=SkuArgs(name="S0"),
            identity=IdentityArgs(
                type=ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.seal.actor.id]
            ),
            properties=AccountPropertiesArgs(
                custom_sub_domain_name=own,
                disable_local_auth=True,
                public_network_access="Disabled",
                network_acls=NetworkRuleSetArgs(default_action="Deny"),
                restrict_outbound_network_access=True,
                allowed_fqdn_list=[],
                encryption=EncryptionArgs(key_source="Microsoft.KeyVault", key_vault_properties=key),
            ),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
