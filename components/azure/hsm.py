"""A Managed HSM, by setting: modules of the enterprise's own, for the keys whose services take one there.

Builds the HSM and, of keys that people made in it, the seals of their purposes.

Guarantees: private from birth; its keys are opened by roles of its own, which the administrators give that
it was made with; every use is recorded; nobody purges what was deleted, for 90 days; no deletion unless the
stack is being torn down. A seal keeps its purpose's identity, which may use both keys, so that whatever is
sealed moves to the HSM, and back, in place. Azure's own services on its list may pass its firewall, and still
need a role.

Leaves out what people do from inside the network (README): activating it, for which they download its
security domain and keep the shares; its keys with their rotation; and the role on each. The SDK has no
resource for any of it, and Azure's control plane is no way in unless an administrator makes it one, for
whoever administers the subscription too. And purposes whose services take no key of an HSM (`keys.yaml`):
they stay in the vault, and so do the keys that were left for one of the HSM.
Sources: learn.microsoft.com/azure/key-vault/managed-hsm, of it quick-create-cli, access-control,
private-link, soft-delete-overview and authorize-azure-resource-manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

import pulumi
from pulumi_azure_native.keyvault import _inputs as inputs
from pulumi_azure_native.keyvault._enums import CreateMode, ManagedHsmSkuFamily, ManagedHsmSkuName
from pulumi_azure_native.keyvault.managed_hsm import ManagedHsm
from pydantic import BaseModel, ConfigDict, Field, model_validator

from components.azure import hsm_keys
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.hsm_keys import HsmKey
from components.azure.keys import Seal, kinds
from components.azure.place import Place
from components.azure.vaults import DELETION_DAYS
from components.contracts import Purpose
from components.ready import after

HSM = "Microsoft.KeyVault/managedHSMs"


class HsmArgs(BaseModel):
    """Where the HSM is, who administers it, and what is to be sealed by it.

    `administrators` are object ids; they count when it is made, and give every later right themselves. `keys`
    are versions of keys in it, by purpose, and `vaulted` the seals by the vault's keys. `recover` takes a
    deleted HSM of the same name back. `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    administrators: tuple[str, ...] = Field(min_length=1)
    vaulted: Mapping[Purpose, Seal]
    keys: Mapping[Purpose, str] = Field(default_factory=dict[Purpose, str])
    logs: Logs
    recover: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for purpose, key in self.keys.items():
            if not kinds()[purpose].hsm:
                raise ValueError(f"{purpose} is encrypted by a service that takes no key of an HSM")
            hsm_keys.read(self.place, key)
        return self


class Hsm(pulumi.ComponentResource):
    """`id` is for the network, which makes it reachable; `seals` are those of its keys, by purpose.

    `users` are the object ids that must have the role on the key of their purpose.
    """

    id: pulumi.Output[str]
    name: str
    seals: Mapping[Purpose, Seal]
    users: Mapping[Purpose, pulumi.Output[str]]

    def __init__(self, name: str, args: HsmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Hsm", name, None, opts)
        self.name = hsm_keys.own_name(args.place)
        made = self._hsm(name, args)
        own = after(args.place.id(HSM, self.name), made)
        self.id = after(own, recorded(f"{name}-hsm", Kind.HSM, own, args.logs, self))
        self.seals = {
            purpose: self._seal(args.vaulted[purpose], hsm_keys.read(args.place, key), made)
            for purpose, key in args.keys.items()
        }
        self.users = {
            purpose: args.vaulted[purpose].actor.principal for purpose, kind in kinds().items() if kind.hsm
        }
        self.register_outputs({"id": self.id})

    def _hsm(self, name: str, args: HsmArgs) -> ManagedHsm:
        return ManagedHsm(
            f"{name}-hsm",
            resource_group_name=args.place.group,
            name=self.name,
            location=args.place.location,
            sku=inputs.ManagedHsmSkuArgs(family=ManagedHsmSkuFamily.B, name=ManagedHsmSkuName.STANDARD_B1),
            properties=inputs.ManagedHsmPropertiesArgs(
                tenant_id=args.place.tenant,
                create_mode=CreateMode.RECOVER if args.recover else None,
                initial_admin_object_ids=list(args.administrators),
                enable_soft_delete=True,
                soft_delete_retention_in_days=DELETION_DAYS,
                enable_purge_protection=True,
                public_network_access="Disabled",
                network_acls=inputs.MHSMNetworkRuleSetArgs(bypass="AzureServices", default_action="Deny"),
            ),
            tags={**args.labels, "holds": "keys"},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protected,
                # Read when it is made and never again; another list would ask for another HSM.
                ignore_changes=["properties.initialAdminObjectIds"],
            ),
        )

    def _seal(self, vaulted: Seal, key: HsmKey, made: ManagedHsm) -> Seal:
        """The seal by a key of the HSM; the identity, and the vault's key for the way back, are the same."""
        return replace(
            vaulted,
            name=key.name,
            uri=after(key.newest, made),
            version=after(str(key), made),
            vault_uri=after(key.uri, made),
        )
