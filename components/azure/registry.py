"""The registries: the only place that software and packed models come from.

Builds two Premium registries, one for images and charts and one for packed models, since a role of Azure's
reaches a whole registry: who adds models could otherwise add images. With them come the roles of
`registry_access.yaml`, a record of who pulled and pushed, and the one cache rule that nodes without a way out
start from.

Guarantees: the customer's key, read by the key's own identity; no public name, no export to other registries,
no administrator's password, no anonymous pull; nobody deletes, and only the named push; what no tag names
goes after 30 days. `bootstrap` resolves once nodes may pull.

Leaves out: the private endpoints, which the network makes of `registries`; tags that never move, which Azure
has for single images only (locks that a pipeline sets): which digests run is decided in the clusters
(`components/kubernetes/image_lists.py`). Quarantine, which would hold back what the cache fetches for nodes.
Scanning, which Defender's plan brings (`findings.py`). Signatures are made by the signer with Notation and
the vault's signing key (`keys.py`, docs/mirror.md).
Sources: learn.microsoft.com/azure/container-registry/container-registry-private-link, and beside it
tutorial-customer-managed-keys, container-registry-roles, data-loss-prevention, container-registry-retention-
policy; learn.microsoft.com/azure/aks/network-isolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pulumi
from pulumi_azure_native.containerregistry import _inputs as inputs
from pulumi_azure_native.containerregistry._enums import ResourceIdentityType
from pulumi_azure_native.containerregistry.cache_rule import CacheRule
from pulumi_azure_native.containerregistry.registry import Registry as ContainerRegistry
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.grants import Granted, grant, settled
from components.azure.keys import Seal
from components.azure.place import Place
from components.contracts import Identity, Workload
from components.ready import after
from components.registry_access import Repository, table
from components.store_access import Right

REGISTRY = "Microsoft.ContainerRegistry/registries"
# Which registry holds what; a role reaches all of one.
SOFTWARE, PACKED = "software", "packed"
HOLDS = {Repository.IMAGES: SOFTWARE, Repository.CHARTS: SOFTWARE, Repository.MODELS: PACKED}
ROLE_OF = {Right.READ: "acr-pull", Right.ADD: "acr-push"}
# A registry's name ends at 50 characters.
# Source: learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules.
LONGEST = 50
UNTAGGED_DAYS = 30
# Nodes ask for this rule by its name. Source: learn.microsoft.com/azure/aks/network-isolated.
BOOTSTRAP = {
    "cache_rule_name": "aks-managed-mcr",
    "source_repository": "mcr.microsoft.com/*",
    "target_repository": "aks-managed-repository/*",
}


class RegistryArgs(BaseModel):
    """Where the registries live, their key, who works with them and where that is recorded.

    `protected` keeps them from deletion.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    seal: Seal
    identities: Mapping[Workload, Identity]
    logs: Logs
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True

    def own_name(self, which: str) -> str:
        """A registry's own name, which is one in all the world."""
        return self.place.world_name(which, longest=LONGEST)

    def id(self, which: str) -> str:
        return self.place.id(REGISTRY, self.own_name(which))


class Registry(pulumi.ComponentResource):
    """`handle` for whoever runs software, `registries` by what they hold (ids) for the network.

    `bootstrap` is the id of the one that nodes start from.
    """

    handle: contracts.Registry
    registries: Mapping[str, pulumi.Output[str]]
    bootstrap: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Registry", name, None, opts)
        made = {which: self._registry(name, args, which) for which in (SOFTWARE, PACKED)}
        self.registries = {which: after(args.id(which), own) for which, own in made.items()}
        records = [
            recorded(f"{name}-{which}-record", Kind.REGISTRY, id_, args.logs, self)
            for which, id_ in self.registries.items()
        ]
        cache = CacheRule(
            f"{name}-bootstrap",
            resource_group_name=args.place.group,
            registry_name=made[SOFTWARE].name,
            **BOOTSTRAP,
            opts=pulumi.ResourceOptions(parent=self),
        )
        grants = list(self._grants(name, args))

        guards = (*made.values(), *records, cache, *grants)
        prefixes = {kind: _prefix(args, kind, guards) for kind in Repository}
        self.handle = contracts.Registry(
            name=settled(args.own_name(SOFTWARE), *guards),
            images=prefixes[Repository.IMAGES],
            charts=prefixes[Repository.CHARTS],
            models=prefixes[Repository.MODELS],
        )
        self.bootstrap = settled(args.id(SOFTWARE), *guards)
        self.register_outputs({"images": self.handle.images})

    def _registry(self, name: str, args: RegistryArgs, which: str) -> ContainerRegistry:
        return ContainerRegistry(
            f"{name}-{which}",
            resource_group_name=args.place.group,
            registry_name=args.own_name(which),
            location=args.place.location,
            sku=inputs.SkuArgs(name="Premium"),
            identity=inputs.IdentityPropertiesArgs(
                type=ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=args.seal.actor.id.apply(_as_map),
            ),
            encryption=inputs.EncryptionPropertyArgs(
                status="enabled",
                key_vault_properties=inputs.KeyVaultPropertiesArgs(
                    # Without a version, so that a new one is taken by itself; by client id, not by the id.
                    key_identifier=args.seal.uri,
                    identity=args.seal.actor.client,
                ),
            ),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Disabled",
            # Defender scans from Azure's own side.
            network_rule_bypass_options="AzureServices",
            network_rule_set=inputs.NetworkRuleSetArgs(default_action="Deny"),
            data_endpoint_enabled=True,
            zone_redundancy="Enabled",
            policies=_policies(),
            tags={**args.labels, "repository": which},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _grants(self, name: str, args: RegistryArgs) -> Iterator[pulumi.Resource]:
        """One role for each workload in each registry: who adds also reads."""
        given: dict[tuple[Workload, str], Right] = {}
        for access in table():
            who = (access.workload, HOLDS[access.repository])
            given[who] = Right.ADD if Right.ADD in (access.right, given.get(who)) else access.right
        # A signature is kept beside what it signs.
        given[Workload.SIGNER, SOFTWARE] = Right.ADD
        for (workload, which), right in given.items():
            scope = self.registries[which]
            may = Granted(ROLE_OF[right], args.identities[workload].principal, scope)
            yield grant(f"{name}-{which}-{workload}", args.place, may, self)


def _policies() -> inputs.PoliciesArgs:
    return inputs.PoliciesArgs(
        # A network-isolated cluster starts with tokens of Azure's control plane.
        azure_ad_authentication_as_arm_policy=inputs.AzureADAuthenticationAsArmPolicyArgs(status="enabled"),
        export_policy=inputs.ExportPolicyArgs(status="disabled"),
        retention_policy=inputs.RetentionPolicyArgs(status="enabled", days=UNTAGGED_DAYS),
    )


def _as_map(identity: str) -> dict[str, inputs.UserIdentityPropertiesArgs]:
    return {identity: inputs.UserIdentityPropertiesArgs()}


def _prefix(args: RegistryArgs, kind: Repository, guards: tuple[pulumi.Resource, ...]) -> pulumi.Output[str]:
    return settled(f"{args.own_name(HOLDS[kind])}.azurecr.io/{kind}/", *guards)
