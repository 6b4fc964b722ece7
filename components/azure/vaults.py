"""A vault with everything that guards it, as every vault of the platform is made.

Guarantees: HSM-backed (Premium); private from birth; access by roles only, never by access policies; every
use is recorded; nobody purges what was deleted, for 90 days; no deletion unless the stack is being torn down.
Azure's own services on its list may pass the firewall of the vault, and still need a role.

Leaves out: a Managed HSM (`hsm.py`).
Sources: learn.microsoft.com/azure/key-vault/general/rbac-guide,
learn.microsoft.com/azure/key-vault/general/overview-vnet-service-endpoints (list of trusted services).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.keyvault import _inputs as inputs
from pulumi_azure_native.keyvault._enums import CreateMode, SkuName
from pulumi_azure_native.keyvault.vault import Vault as KeyVault

from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.place import Place
from components.ready import after

VAULT = "Microsoft.KeyVault/vaults"
# The longest there is; it cannot be changed later.
DELETION_DAYS = 90


@dataclass(frozen=True)
class VaultPlan:
    """What a vault holds, where, where its use is recorded, and whether a deleted one of this name is taken
    back.
    """

    name: str
    place: Place
    what: str
    logs: Logs
    labels: Mapping[str, str]
    protected: bool
    recover: bool = False

    @property
    def own_name(self) -> str:
        """The vault's own name, which is one in all the world."""
        return self.place.world_name(self.what)

    @property
    def uri(self) -> str:
        """Where it answers, without a slash at the end: that of Azure's public cloud."""
        return f"https://{self.own_name}.vault.azure.net"


@dataclass(frozen=True)
class Vault:
    """A vault, by its id and where it answers (`https://name.vault.azure.net/`)."""

    id: pulumi.Output[str]
    uri: pulumi.Output[str]
    name: str
    resource: pulumi.Resource


def guarded_vault(plan: VaultPlan, parent: pulumi.Resource) -> Vault:
    """The vault. Its private endpoint is the network's."""
    resource = KeyVault(
        f"{plan.name}-{plan.what}",
        resource_group_name=plan.place.group,
        vault_name=plan.own_name,
        location=plan.place.location,
        properties=inputs.VaultPropertiesArgs(
            tenant_id=plan.place.tenant,
            sku=inputs.SkuArgs(family="A", name=SkuName.PREMIUM),
            create_mode=CreateMode.RECOVER if plan.recover else None,
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=DELETION_DAYS,
            enable_purge_protection=True,
            enabled_for_deployment=False,
            enabled_for_disk_encryption=False,
            enabled_for_template_deployment=False,
            public_network_access="Disabled",
            network_acls=inputs.NetworkRuleSetArgs(bypass="AzureServices", default_action="Deny"),
        ),
        tags={**plan.labels, "holds": plan.what},
        opts=pulumi.ResourceOptions(parent=parent, protect=plan.protected),
    )
    own = after(plan.place.id(VAULT, plan.own_name), resource)
    told = recorded(f"{plan.name}-{plan.what}", Kind.VAULT, own, plan.logs, parent)
    return Vault(
        id=after(own, told),
        uri=after(f"{plan.uri}/", resource),
        name=plan.own_name,
        resource=resource,
    )
