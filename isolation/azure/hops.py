"""Next hops: what a route that is written leads to.

Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview (next hop types).
"""

from __future__ import annotations

from isolation.azure.appliances import Appliances
from isolation.azure.firewalls import Firewall, Firewalls
from isolation.azure.lines import Lines
from isolation.azure.places import Vnet
from isolation.azure.tables import Entry
from isolation.azure.ways import Ways
from isolation.model import DROP, LOCAL

# Targets, and what is open about them.
Lead = tuple[tuple[str, ...], tuple[str, ...]]


class Hops:
    """Reads next hops."""

    def __init__(self, lines: Lines, firewalls: Firewalls, appliances: Appliances, ways: Ways) -> None:
        self._lines = lines
        self._firewalls = firewalls
        self._appliances = appliances
        self._ways = ways

    def of(self, vnet: Vnet, entry: Entry, outwards: tuple[str, ...], inside: Firewall | None) -> Lead:
        """The targets of a route. `outwards` are the ways to the internet, `inside` is whose packets they
        are, if a firewall's."""
        hop = entry.value.at("nextHopType")
        plain = {"none": (DROP,), "vnetlocal": (LOCAL,), "internet": outwards}
        kind = hop.text().lower()
        if kind in plain:
            return plain[kind], ()
        if kind == "virtualnetworkgateway":
            return self._gateway(vnet, entry)
        if kind == "virtualappliance":
            return self._appliance(vnet, entry, inside)
        appliance, _ = self._appliance(vnet, entry, inside)
        gateway, _ = self._gateway(vnet, entry)
        return (LOCAL, *outwards, *appliance, *gateway), (hop.where,)

    def _gateway(self, vnet: Vnet, entry: Entry) -> Lead:
        used = list(self._lines.used(vnet))
        if not used:
            return self._ways.anywhere(entry.owner, entry.value.at("nextHopType"), "the gateway"), ()
        targets = tuple(self._ways.line(line, vnet) for line, _ in used)
        return targets, tuple(value for _, open_ in used for value in open_)

    def _appliance(self, vnet: Vnet, entry: Entry, inside: Firewall | None) -> Lead:
        address = entry.value.at("nextHopIpAddress")
        firewalls = [one for one in self._firewalls.at(entry.owner, address) if one is not inside]
        if firewalls:
            return tuple(name for one in firewalls for name in self._firewalls.into(one)), ()
        return self._appliances.leads(vnet, entry, address), ()
