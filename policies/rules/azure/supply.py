"""Where software comes from and who brings it in: Azure's side of `policies/rules/supply.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, check

REGISTRY = "azure-native:containerregistry:Registry"
CACHE = "azure-native:containerregistry:CacheRule"
PASSWORDS = ("azure-native:containerregistry:Token", "azure-native:containerregistry:ScopeMap")
# The one cache that a network-isolated cluster starts from: learn.microsoft.com/azure/aks/network-isolated.
BOOTSTRAP = {"sourceRepository": "mcr.microsoft.com/*", "targetRepository": "aks-managed-repository/*"}


@check("repositories-are-no-way-to-public-registries", CACHE)
def fetches_bootstrap_only(rule: Resource) -> Iterator[Finding]:
    """Nodes cannot start without Microsoft's own images of AKS; nothing else is fetched."""
    for path, wanted in BOOTSTRAP.items():
        yield from must_be(rule.at(path), wanted)
    yield from must_be_absent(rule.at("credentialSetResourceId"))


@check("repositories-name-who-may-push", REGISTRY)
def lets_in_identities_only(registry: Resource) -> Iterator[Finding]:
    """Whoever has the administrator's password pushes, whatever roles say."""
    yield from must_not_be(registry.at("adminUserEnabled"), True)
    yield from must_not_be(registry.at("anonymousPullEnabled"), True)


@check("repositories-name-who-may-push", *PASSWORDS)
def is_no_password(_password: Resource) -> Iterator[Finding]:
    yield Finding("it lets in whoever has a password, past every role")


@check("data-at-rest-uses-a-customer-key", REGISTRY)
def registry_uses_a_customer_key(registry: Resource) -> Iterator[Finding]:
    encryption = registry.at("encryption")
    yield from must_be(encryption.at("status"), "enabled")
    if encryption.at("keyVaultProperties.keyIdentifier").missing:
        yield Finding(f"{encryption.path}.keyVaultProperties.keyIdentifier is missing")


@check("registries-are-private", REGISTRY)
def is_private(registry: Resource) -> Iterator[Finding]:
    """Export would copy every image to a registry of somebody else's, past the private endpoint."""
    yield from must_be(registry.at("publicNetworkAccess"), "Disabled")
    yield from must_be(registry.at("policies.exportPolicy.status"), "disabled")
