"""Azure Firewall: what takes packets at its address and sends them on by the routes of its own subnet.

Its rules stand at the gateway into it (`firewall_rules.py`). What network rules let pass keeps its address,
but on the way to the internet; what application rules let pass comes from the firewall. What it forwards
inwards (DNAT) is not followed, and said to be so.
Source: learn.microsoft.com/azure/firewall/overview and snat-private-range there.
"""

from __future__ import annotations

from dataclasses import dataclass

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.firewall_rules import APPLICATION, NETWORK, FirewallRules, without_allowed
from isolation.azure.outbound import unknown_public
from isolation.azure.places import Places, Subnet, four
from isolation.azure.ranges import EVERYWHERE_4
from isolation.azure.tags import Tags
from isolation.azure.ways import Ways
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import INTERNET, Gateway, Guard, Unmodelled
from isolation.resources import Resource, Value
from isolation.rules import Chain

SUBNET = "azurefirewallsubnet"


@dataclass(frozen=True, eq=False)
class Firewall:
    """A firewall in a subnet of its own."""

    name: str
    subnet: Subnet
    resource: Resource
    unknown: tuple[str, ...] = ()
    """What decides whether it stands there."""

    @property
    def router(self) -> str:
        """The router behind it."""
        return f"behind {self.name}"


class Firewalls:
    """All firewalls of a plan."""

    def __init__(self, graph: ArmGraph, places: Places, ways: Ways, tags: Tags) -> None:
        self._graph = graph
        self._tags = tags
        self.rules = FirewallRules(graph, tags)
        self._ways = ways
        self.unmodelled: list[Unmodelled] = []
        self.found: list[Firewall] = []
        for resource in graph.of(types.FIREWALL):
            subnets = places.of_subnets(resource, resource.at("ipConfigurations"), "subnet.id")
            networks = frozenset(subnet.vnet.name for subnet in subnets)
            if not subnets:
                why = "it stands in a virtual hub, whose routes are not modelled"
                self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
            elif self.rules.translates(resource):
                why = "it may forward what comes from the internet to machines (DNAT)"
                self.unmodelled.append(Unmodelled(resource.label, why, networks, resource.urn))
            name = f"firewall {resource.at('azureFirewallName').text(resource.name)}"
            if any(one.name == name for one in self.found):
                name += f" ({resource.name})"
            # One firewall has one subnet; where a plan does not tell which, it may have each.
            open_ = (resource.at("ipConfigurations").where,) if len(subnets) > 1 else ()
            self.found += [
                Firewall(f"{name} in {subnet.name}" if open_ else name, subnet, resource, open_)
                for subnet in subnets
            ]

    def at(self, resource: Resource, value: Value) -> list[Firewall]:
        """The firewalls that a next hop's address may be that of; nearly always one."""
        return [one for one in self.found if self._is(one, resource, value)]

    def _is(self, one: Firewall, resource: Resource, value: Value) -> bool:
        if value.unknown:
            return one.resource in self._graph.sources(resource, value, types.FIREWALL)
        wanted = value.text()
        own = [each.at("privateIPAddress").text() for each in one.resource.at("ipConfigurations").items()]
        # A subnet of this name holds nothing else.
        alone = one.subnet.own_name.lower() == SUBNET
        return bool(wanted) and (wanted in own or (alone and bool(addresses(wanted) & one.subnet.ranges)))

    def into(self, firewall: Firewall) -> tuple[str, ...]:
        """The gateways that stand for what its network rules and its application rules let pass."""
        around = self._tags.around(firewall.subnet)
        network = self.rules.filter(firewall.resource, NETWORK, around)
        application = self.rules.filter(firewall.resource, APPLICATION, around)
        packets = Chain(network.name, (network,))
        names = Chain(application.name, (without_allowed(network), application))
        own = four(firewall.subnet.ranges)
        found = [
            self._gateway(firewall, firewall.name, packets, EMPTY),
            self._gateway(firewall, f"{firewall.name} by application rules", names, own),
        ]
        if self._translated(firewall.resource):
            found.append(self._gateway(firewall, f"{firewall.name} by its own address", packets, own))
        return tuple(found)

    def _gateway(self, firewall: Firewall, name: str, chain: Chain, hidden: IntervalSet) -> str:
        return self._ways.add(
            Gateway(
                name,
                "Azure Firewall",
                firewall.router,
                guards=(Guard(chain),),
                source_becomes=hidden,
                unknown=(*firewall.unknown, *self._translated(firewall.resource)),
                origin=firewall.resource.urn,
            )
        )

    def _translated(self, resource: Resource) -> tuple[str, ...]:
        """What is open about addresses: a policy may hide those of private ranges, too."""
        policy = self._graph.refer(resource, resource.at("firewallPolicy.id"), types.FIREWALL_POLICY).one
        said = [policy.at("snat")] if policy else []
        said.append(resource.at("additionalProperties"))
        return tuple(f"{each.where}: whose addresses it hides" for each in said if not each.missing)

    def outwards(self, firewall: Firewall) -> tuple[str, ...]:
        """Its way to the internet."""
        name = f"public address of {firewall.name}"
        hidden = unknown_public()
        return (
            self._ways.add(
                Gateway(name, "public address", INTERNET, destinations=EVERYWHERE_4, source_becomes=hidden)
            ),
        )
