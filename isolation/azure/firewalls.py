"""Azure Firewall: what takes packets at its address and sends them on by the routes of its own subnet.

What its rules let pass is not read, so that a way through it is open: it is told, and proves nothing. It
hides addresses on its way to the internet only. What it forwards inwards (DNAT) is not followed.
Source: learn.microsoft.com/azure/firewall/overview and snat-private-range there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.outbound import unknown_public
from isolation.azure.places import Places, Subnet
from isolation.azure.ranges import EVERYWHERE_4
from isolation.azure.ways import Ways
from isolation.model import INTERNET, Gateway, Unmodelled
from isolation.resources import Resource, Value

SUBNET = "azurefirewallsubnet"


@dataclass(frozen=True, eq=False)
class Firewall:
    """A firewall in a subnet of its own."""

    name: str
    subnet: Subnet
    resource: Resource

    @property
    def router(self) -> str:
        """The router behind it."""
        return f"behind {self.name}"


class Firewalls:
    """All firewalls of a plan."""

    def __init__(self, graph: ArmGraph, places: Places, ways: Ways) -> None:
        self._graph = graph
        self._ways = ways
        self.unmodelled: list[Unmodelled] = []
        self.found: list[Firewall] = []
        for resource in graph.of(types.FIREWALL):
            subnets = places.of_subnets(resource, resource.at("ipConfigurations"), "subnet.id")
            networks = frozenset(subnet.vnet.name for subnet in subnets)
            if not subnets:
                why = "it stands in a virtual hub, whose routes are not modelled"
                self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
            elif self._forwards(resource):
                why = "it may forward what comes from the internet to machines (DNAT)"
                self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
            name = f"firewall {resource.at('azureFirewallName').text(resource.name)}"
            self.found += [Firewall(name, subnet, resource) for subnet in subnets]

    def at(self, resource: Resource, value: Value) -> Firewall | None:
        """The firewall that a next hop's address is that of."""
        sources = self._graph.sources(resource, value, types.FIREWALL)
        wanted = value.text()
        for one in self.found:
            own = [each.at("privateIPAddress").text() for each in one.resource.at("ipConfigurations").items()]
            if wanted in own and wanted:
                return one
            # A subnet of this name holds nothing else.
            if wanted and one.subnet.own_name.lower() == SUBNET and addresses(wanted) & one.subnet.ranges:
                return one
            if value.unknown and one.resource in sources:
                return one
        return None

    def into(self, firewall: Firewall) -> str:
        """The gateway that stands for what it lets pass."""
        return self._ways.add(
            Gateway(
                firewall.name,
                "Azure Firewall",
                firewall.router,
                unknown=(f"what {firewall.name} lets pass is not modelled",),
                origin=firewall.resource.urn,
            )
        )

    def outwards(self, firewall: Firewall) -> tuple[str, ...]:
        """Its way to the internet."""
        name = f"public address of {firewall.name}"
        hidden = unknown_public()
        return (
            self._ways.add(
                Gateway(name, "public address", INTERNET, destinations=EVERYWHERE_4, source_becomes=hidden)
            ),
        )

    def _forwards(self, resource: Resource) -> bool:
        """Whether it has rules that translate destinations, or rules that are not in the plan."""
        if not resource.at("natRuleCollections").missing:
            return True
        named = resource.at("firewallPolicy.id")
        if named.missing:
            return False
        policy = self._graph.refer(resource, named, types.FIREWALL_POLICY).one
        if policy is None or not policy.at("basePolicy.id").missing:
            return True
        return any(self._translates(policy))

    def _translates(self, policy: Resource) -> Iterator[bool]:
        for group, _ in self._graph.children(policy, types.FIREWALL_RULES):
            collections = group.at("ruleCollections")
            yield collections.unknown
            for each in collections.items():
                kind = each.at("ruleCollectionType")
                yield kind.unknown or "Nat" in kind.text()
