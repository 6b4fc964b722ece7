"""What everything in one cluster is built from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from components.kubernetes.profile import Profile
from components.kubernetes.software import Software


@dataclass(frozen=True)
class Scope:
    """One cluster: the prefix of resource names, its surroundings, its software, and the parent of children.

    `trust_domain` is what identities in the cluster are named under.
    """

    owner: str
    profile: Profile
    software: Software
    trust_domain: str
    parent: pulumi.Resource

    def name(self, what: str) -> str:
        """The Pulumi name of something in the cluster."""
        return f"{self.owner}-{what}"

    def within(self, owner: str, parent: pulumi.Resource) -> Scope:
        """The same cluster, for the children of another component."""
        return replace(self, owner=owner, parent=parent)

    def opts(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """A child, after what it needs."""
        return pulumi.ResourceOptions(parent=self.parent, depends_on=list(after))
