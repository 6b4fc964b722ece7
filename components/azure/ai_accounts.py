"""Accounts of Azure's AI services, which judge prompts or answer them.

Builds an account, its private endpoint, and the right of one identity to ask it.

Guarantees: no keys of the account's own, only identities ask; it answers inside the network only, those that
run model servers, and calls nobody; what it keeps is under the customer's key; who asked is recorded, and not
what.

Leaves out: taking a deleted account's name back. Azure keeps the name for 48 hours, in which another
`azure.entropy` gives another one, or somebody purges the account.
Sources: learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks,
learn.microsoft.com/azure/ai-services/cognitive-services-data-loss-prevention,
learn.microsoft.com/azure/ai-services/recover-purge-resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.authorization.role_assignment import RoleAssignment
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
from components.azure.grants import Granted, grant
from components.azure.keys import Seal
from components.azure.place import Place
from components.azure.subnets import Ground
from components.contracts import Identity
from components.ready import after

ACCOUNT = "Microsoft.CognitiveServices/accounts"


class AiAccountArgs(BaseModel):
    """Where the account is, what encrypts what it keeps, who asks, and where that is recorded.

    `reach` is what the network gives private endpoints.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    seal: Seal
    asker: Identity
    logs: Logs
    reach: Reach
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


@dataclass(frozen=True)
class AccountPlan:
    """What an account is: its resource's name, `what` its own name begins with, its kind, what its endpoint
    is called, and the role of whoever asks.
    """

    name: str
    what: str
    kind: str
    endpoint: str
    role: str


@dataclass(frozen=True)
class AiAccount:
    """An account with its own name, what must be there before it is asked, and the right to ask it."""

    own: str
    resource: Account
    guards: tuple[pulumi.Resource, ...]
    may: RoleAssignment


def ai_account(plan: AccountPlan, args: AiAccountArgs, parent: pulumi.Resource) -> AiAccount:
    """The account, recorded, reachable, and open to the one who asks."""
    own = args.place.world_name(plan.what)
    made = _account(plan, own, args, parent)
    account = after(args.place.id(ACCOUNT, own), made)
    told = recorded(f"{plan.name}-asked", Kind.AI_ACCOUNT, account, args.logs, parent)
    ground = Ground(plan.name, args.place, args.labels, parent)
    reached = private_endpoint(ground, plan.endpoint, Target("foundry", account), args.reach)
    may = grant(plan.name, args.place, Granted(plan.role, args.asker.principal, account), parent)
    return AiAccount(own, made, (told, *reached), may)


def _account(plan: AccountPlan, own: str, args: AiAccountArgs, parent: pulumi.Resource) -> Account:
    key = KeyVaultPropertiesArgs(
        identity_client_id=args.seal.actor.client,
        key_name=args.seal.name,
        key_vault_uri=args.seal.vault_uri,
        key_version=args.seal.version.apply(lambda uri: uri.rpartition("/")[2]),
    )
    return Account(
        plan.name,
        account_name=own,
        resource_group_name=args.place.group,
        location=args.place.location,
        kind=plan.kind,
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
        opts=pulumi.ResourceOptions(parent=parent),
    )
