"""Ways from a subnet to the internet: public addresses, NAT gateways, and the access that Azure gives anyway.

A subnet that does not say `defaultOutboundAccess: false` lets its machines out behind an address of Azure's.
A NAT gateway takes nothing in. None of these is a route: the default route to the internet is always there,
and these decide who may take it.
Sources: learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access,
learn.microsoft.com/azure/nat-gateway/nat-gateway-resource.
"""

from __future__ import annotations

from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.places import Places, Subnet, Vnet, four
from isolation.azure.ranges import EVERYWHERE_4, RESERVED
from isolation.intervals import IntervalSet
from isolation.model import INTERNET, Gateway
from isolation.outside import internet_addresses
from isolation.resources import Resource


def unknown_public() -> IntervalSet:
    """An IPv4 address on the internet that is not known yet."""
    return internet_addresses(RESERVED) & EVERYWHERE_4


class Outbound:
    """The gateways to the internet of every network, each made once."""

    def __init__(self, graph: ArmGraph, places: Places) -> None:
        self._graph = graph
        self._of_vnet: dict[str, dict[str, Gateway]] = {}
        for vnet in list(places):
            self._read(vnet)

    def targets(self, vnet: Vnet) -> tuple[str, ...]:
        """What the next hop Internet means in a network."""
        if vnet.name not in self._of_vnet:
            self._read(vnet)
        return tuple(self._of_vnet[vnet.name])

    def gateways(self) -> list[Gateway]:
        """All of them."""
        return [one for found in self._of_vnet.values() for one in found.values()]

    def add(self, vnet: Vnet, gateway: Gateway) -> None:
        """One more, such as a load balancer that lets the machines behind it out."""
        self.targets(vnet)
        self._of_vnet[vnet.name][gateway.name] = gateway

    def _read(self, vnet: Vnet) -> None:
        found = self._of_vnet.setdefault(vnet.name, {})
        own = Gateway(f"public addresses in {vnet.short}", "public address", INTERNET, needs_public=True)
        found[own.name] = own
        by_nat: dict[str, list[Subnet]] = {}
        for subnet in vnet.subnets:
            default = subnet.at("defaultOutboundAccess")
            if subnet.owner is not None and (default.unknown or default.flag(True)):
                name = f"default outbound access of {subnet.name}"
                found[name] = Gateway(
                    name,
                    "default outbound access",
                    INTERNET,
                    sources=four(subnet.ranges),
                    destinations=EVERYWHERE_4,
                    source_becomes=unknown_public(),
                    unknown=(default.where,) if default.unknown else (),
                    origin=subnet.owner.urn,
                )
            nat = subnet.at("natGateway.id")
            if subnet.owner is not None and not nat.missing:
                known = self._graph.refer(subnet.owner, nat, types.NAT)
                keys = [one.urn for one in known.resources] or [known.text or nat.where]
                for key in keys:
                    by_nat.setdefault(key, []).append(subnet)
        for key, subnets in by_nat.items():
            gateway = self._nat(vnet, self._graph.by_urn.get(key), key, subnets)
            found[gateway.name] = gateway

    def _nat(self, vnet: Vnet, nat: Resource | None, key: str, subnets: list[Subnet]) -> Gateway:
        six = nat is None or nat.at("sku.name").text("Standard") != "Standard"
        ranges = IntervalSet.union(one.ranges for one in subnets)
        return Gateway(
            f"NAT gateway {nat.name if nat else key.rpartition('/')[2]} of {vnet.short}",
            "NAT gateway",
            INTERNET,
            sources=ranges if six else four(ranges),
            destinations=None if six else EVERYWHERE_4,
            source_becomes=unknown_public(),
            origin=nat.urn if nat else "",
        )
