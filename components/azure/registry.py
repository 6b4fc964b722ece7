"""The registries: the only place that software and packed models come from.

Builds two Premium registries, one for images and charts and one for packed models, since a role of Azure's
reaches a whole registry: who adds models could otherwise add images. With them come a private endpoint each,
the roles of `registry_access.yaml`, a record of who pulled and pushed, and the one cache rule that nodes
without a way out start from.

Guarantees: the customer's key, read by the key's own identity; no public name, no export to other registries,
no administrator's password, no anonymous pull; nobody deletes, and only the named push; what no tag names goes
after 30 days. `bootstrap` resolves once nodes may pull and the names of the endpoint are in place.

Leaves out: tags that never move, which Azure has for single images only (locks that a pipeline sets); which
digests run is decided in the clusters (`components/kubernetes/image_lists.py`). Quarantine, which would hold
back what the cache fetches for nodes. Scanning, which Defender's plan brings (`defender.py`). Signatures are
made by the signer with Notation and the vault's signing key (`keys.py`, docs/mirror.md).
Sources: learn.microsoft.com/azure/container-registry/container-registry-private-link, and beside it
tutorial-customer-managed-keys, container-registry-roles, data-loss-prevention;
learn.microsoft.com/azure/aks/network-isolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.containerregistry._inputs import (
    AzureADAuthenticationAsArmPolicyArgs,
    EncryptionPropertyArgs,
    ExportPolicyArgs,
    IdentityPropertiesArgs,
    KeyVaultPropertiesArgs,
    NetworkRuleSetArgs,
    PoliciesArgs,
    RetentionPolicyArgs,
    SkuArgs,
    UserIdentityPropertiesArgs,
)
from pulumi_azure_native.containerregistry.cache_rule import CacheRule
from pulumi_azure_native.containerregistry.registry import Registry as ContainerRegistry
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.grants import Granted, grant, settled
from components.azure.identity import Actor
from components.azure.place import Place
from components.contracts import Identity, Key, Workload
from components.ready import after
from components.registry_access import Repository, table
from components.store_access import Right
