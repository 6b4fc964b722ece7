"""The isolation proof over Google Cloud's networks."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Stack
from policies.framework.rule import Finding, stack_check

TYPES = (
    "gcp:compute/network:Network",
    "gcp:compute/subnetwork:Subnetwork",
    "gcp:container/cluster:Cluster",
    "gcp:compute/instance:Instance",
)


@stack_check("isolation-claims-hold", *TYPES)
def claims_hold(stack: Stack) -> Iterator[Finding]:
    # Half of the pack's modules are the proof's; they are imported while the program starts.
    from policies.claims import unkept_claims

    yield from unkept_claims(stack, *TYPES)
