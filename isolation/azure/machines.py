"""Machines in subnets: network interfaces, scale sets, and what anybody could start.

A machine that is not declared stands for each subnet. It may have a public address, as whoever starts one may
give it; it is in no security group but its subnet's. Subnets of gateways and firewalls hold nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.interfaces import Interface, Interfaces, OwnGroup
from isolation.azure.nsgs import asg_of
from isolation.azure.outbound import unknown_public
from isolation.azure.places import Places, Subnet, four
from isolation.azure.ranges import EVERYWHERE_6, RESERVED
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Kind
from isolation.outside import internet_addresses
from isolation.resources import Resource, Value

# Where a configuration of addresses names what sends to it.
POOLS = (
    "loadBalancerBackendAddressPools",
    "loadBalancerInboundNatRules",
    "loadBalancerInboundNatPools",
    "applicationGatewayBackendAddressPools",
)
# Subnets that take nothing but what Azure puts there.
# Source: learn.microsoft.com/azure/virtual-network/virtual-network-vnet-plan-design-arm.
TAKEN = frozenset(
    {"gatewaysubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "routeserversubnet"}
)


class MachineReader:
    """Reads machines into `interfaces`."""

    def __init__(self, graph: ArmGraph, places: Places, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces

    def read(self) -> None:
        """Every machine, declared or assumed."""
        for resource in self._graph.of(types.INTERFACE):
            own = resource.at("networkInterfaceName").text(resource.name)
            group = _group(resource, resource.at("networkSecurityGroup.id"))
            self._configured(f"interface {own}", resource, group, _members(resource.at("ipConfigurations")))
        for resource in self._graph.of(types.MACHINE):
            self._machine(resource)
        for resource in self._graph.of(types.SCALE_SET):
            profile = resource.at("virtualMachineProfile.networkProfile.networkInterfaceConfigurations")
            for each in _members(profile):
                self._profile(f"machines of {resource.name}", resource, each)
        for subnet in self._open():
            public = unknown_public()
            if subnet.ranges - four(subnet.ranges):
                public |= internet_addresses(RESERVED) & EVERYWHERE_6
            self._interfaces.add(
                Interface(
                    f"any machine in {subnet.name}",
                    Kind.MACHINE,
                    subnet,
                    public=public,
                    assumed=True,
                    origin=subnet.owner.urn if subnet.owner else "",
                )
            )

    def _open(self) -> Iterator[Subnet]:
        """The subnets in which anybody may start a machine. That of an application gateway takes nothing else
        (learn.microsoft.com/azure/application-gateway/configuration-infrastructure, "Dedicated subnet")."""
        taken = {
            subnet.name
            for gateway in self._graph.of(types.APPLICATION_GATEWAY)
            for subnet in self._places.of_subnets(gateway, gateway.at("gatewayIPConfigurations"), "subnet.id")
        }
        for subnet in list(self._places.subnets.values()):
            special = subnet.own_name.lower() in TAKEN or subnet.name in taken
            if subnet.owner is not None and subnet.ranges and not special:
                yield subnet

    def _machine(self, resource: Resource) -> None:
        """A machine has interfaces of their own, or describes them itself."""
        listed = resource.at("networkProfile.networkInterfaces")
        found = self._graph.refer_all(resource, listed, types.INTERFACE, step="id")
        for one in self._interfaces.of(*(each.urn for each in found.resources)):
            self._interfaces.by_owner.setdefault(resource.urn, []).append(one.name)
        for each in resource.at("networkProfile.networkInterfaceConfigurations").items():
            self._profile(f"machine {resource.name}", resource, each)

    def _profile(self, name: str, resource: Resource, value: Value) -> None:
        group = _group(resource, value.at("networkSecurityGroup.id"))
        self._configured(name, resource, group, _members(value.at("ipConfigurations")))

    def _configured(
        self, name: str, resource: Resource, group: OwnGroup | None, configurations: Sequence[Value]
    ) -> None:
        for value in configurations:
            asgs, open_ = self._asgs(resource, value.at("applicationSecurityGroups"))
            public, basic = self._public(resource, value)
            for subnet in self._places.of_subnet(resource, value.at("subnet.id")):
                self._interfaces.add(
                    Interface(
                        name,
                        Kind.MACHINE,
                        subnet,
                        _address(subnet, value.at("privateIPAddress")),
                        group,
                        asgs,
                        tuple((resource, pool.at("id")) for path in POOLS for pool in value.at(path).items()),
                        public,
                        basic=basic,
                        unknown=(*open_, *((value.where,) if value.unknown else ())),
                        origin=resource.urn,
                    ),
                    resource.urn,
                )

    def _asgs(self, resource: Resource, value: Value) -> tuple[frozenset[str], tuple[str, ...]]:
        found = self._graph.refer_all(resource, value, types.ASG, step="id")
        groups = frozenset(asg_of(one) for one in found.resources)
        groups |= {asg_of(text) for text in found.text.split(", ") if text}
        return groups, () if found.certain else (value.where,)

    def _public(self, resource: Resource, value: Value) -> tuple[IntervalSet, bool]:
        """The public addresses of one configuration, and whether one is of SKU Basic."""
        if not value.at("publicIPAddressConfiguration").missing:
            return unknown_public(), value.at("publicIPAddressConfiguration.sku.name").text() == "Basic"
        named = value.at("publicIPAddress.id")
        if named.missing:
            return EMPTY, False
        found = self._graph.refer(resource, named, types.PUBLIC_ADDRESS)
        known = [public_address(one) for one in found.resources] or [unknown_public()]
        basic = [one.at("sku.name").text("Basic") == "Basic" for one in found.resources] or [True]
        return IntervalSet.union(known), any(basic)


def public_address(resource: Resource) -> IntervalSet:
    """What a public address is; any of its family where it is not known yet."""
    known = resource.at("ipAddress").text()
    if known:
        return addresses(known)
    if resource.at("publicIPAddressVersion").text() == "IPv6":
        return internet_addresses(RESERVED) & EVERYWHERE_6
    return unknown_public()


def _members(listed: Value) -> list[Value]:
    """The members of a list; one that is not known yet has one at least."""
    return [listed] if listed.unknown else list(listed.items())


def _group(resource: Resource, value: Value) -> OwnGroup | None:
    return None if value.missing else OwnGroup(resource, value)


def _address(subnet: Subnet, value: Value) -> IntervalSet:
    """A configuration's address; those of its subnet where it is not known."""
    return addresses(value.text()) if value.text() else subnet.ranges
