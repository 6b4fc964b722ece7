"""Containers that run beside clusters, as deployments do: Azure's side of the rules about builds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, check

GROUP = "azure-native:containerinstance:ContainerGroup"
IMAGE = re.compile(r"[a-z0-9]{5,50}\.azurecr\.io/[^@]+@sha256:[a-f0-9]{64}")


@check("builds-run-inside-the-network", GROUP)
def runs_inside(group: Resource) -> Iterator[Finding]:
    yield from must_be_set(group.at("subnetIds"))
    yield from must_not_be(group.at("ipAddress.type"), "Public")


@check("builds-run-without-privileges", GROUP)
def runs_without_privileges(group: Resource) -> Iterator[Finding]:
    for container in group.at("containers").items():
        yield from must_not_be(container.at("securityContext.privileged"), True)


@check("builds-run-what-the-enterprise-holds", GROUP)
def runs_what_the_registry_holds(group: Resource) -> Iterator[Finding]:
    """By digest, and pulled as an identity: a password in a group is one more way in."""
    for container in group.at("containers").items():
        image = container.at("image")
        if not IMAGE.fullmatch(image.text):
            yield Finding(f"{image.path} is no image of a registry of Azure's by its digest")
    for credential in group.at("imageRegistryCredentials").items():
        yield from must_be_absent(credential.at("password"))


@check("data-at-rest-uses-a-customer-key", GROUP)
def disk_uses_a_customer_key(group: Resource) -> Iterator[Finding]:
    yield from must_be_set(group.at("encryptionProperties.keyName"))
