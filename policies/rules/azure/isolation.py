"""The isolation proof over Azure's networks."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Stack
from policies.framework.rule import Finding, stack_check
from policies.rules.isolation import unkept_claims

TYPES = (
    "azure-native:network:VirtualNetwork",
    "azure-native:network:Subnet",
    "azure-native:containerservice:ManagedCluster",
    "azure-native:compute:VirtualMachine",
)


@stack_check("isolation-claims-hold", *TYPES)
def claims_hold(stack: Stack) -> Iterator[Finding]:
    yield from unkept_claims(stack, *TYPES)
