"""Which machines are in a pool: those that name it as their own, and those whose addresses it lists.

The same of load balancers, their rules of translation, and application gateways.
Sources: learn.microsoft.com/azure/load-balancer/backend-pool-management,
learn.microsoft.com/azure/load-balancer/inbound-nat-rules.
"""

from __future__ import annotations

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.interfaces import Interface, Interfaces
from isolation.intervals import IntervalSet
from isolation.resources import Resource, Value


class Pools:
    """The pools of a plan, once its machines are read."""

    def __init__(self, graph: ArmGraph, interfaces: Interfaces) -> None:
        self._graph = graph
        self._interfaces = interfaces

    def behind(self, balancer: Resource, pool: Value) -> tuple[str, ...]:
        """The machines in a pool: those that name it, and those whose addresses it lists."""
        wanted, own = last_name(pool), balancer.at("loadBalancerName").text(balancer.name)
        names = [
            one.name
            for one in self._interfaces.machines()
            if any(self.holds((balancer, own), wanted, named) for named in one.pools)
        ]
        listed = [
            one
            for one in balancer.at("backendAddressPools").items()
            if not wanted or one.at("name").text().lower() == wanted
        ]
        listed += [
            property_value(apart)
            for apart, _ in self._graph.children(balancer, types.BALANCER_POOL)
            if wanted in ("", apart.at("backendAddressPoolName").text(apart.name).lower())
        ]
        for one in listed:
            for each in one.at("loadBalancerBackendAddresses").items():
                text = each.at("ipAddress").text()
                names += [near.name for near in self.at_address(addresses(text))] if text else []
        return tuple(dict.fromkeys(names))

    def at_address(self, wanted: IntervalSet) -> list[Interface]:
        """The declared machines that have an address, or may have it."""
        found = [one for one in self._interfaces.machines() if one.addresses.covers(wanted)]
        return [one for one in found if one.addresses == wanted] or found

    def translated(self, balancer: Resource, path: str, rule: Value) -> tuple[str, ...]:
        """The machines that name a rule of translation as their own."""
        wanted = rule.at("name").text().lower() or rule.at("inboundNatRuleName").text().lower()
        own = balancer.at("loadBalancerName").text(balancer.name)
        return tuple(
            one.name
            for one in self._interfaces.machines()
            for named in one.pools
            if path.lower() in named[1].text().lower() and self.holds((balancer, own), wanted, named)
        )

    def holds(self, owner: tuple[Resource, str], wanted: str, named: tuple[Resource, Value]) -> bool:
        """Whether a machine names a pool (or a rule) of a resource, given with its name, as its own."""
        resource, own = owner
        text = named[1].text().lower()
        if text:
            return f"/{own.lower()}/" in text and (not wanted or text.endswith(f"/{wanted}"))
        parts = {one.urn for one, _ in self._graph.children(resource, types.BALANCER_POOL)}
        return any(
            one.urn == resource.urn or one.urn in parts
            for one in self._graph.sources(*named, resource.type, types.BALANCER_POOL)
        )


def last_name(value: Value) -> str:
    """The name at the end of a known id, in small letters."""
    return value.text().rpartition("/")[2].lower()
