"""Peerings of virtual networks, as two halves that both must be there.

A half says of its own network what it takes: packets that the peer only forwards, and the peer's gateways.
Whether it lets the peer in is no wall: it only takes the peer out of the tag VirtualNetwork.
Sources: learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering and
virtual-network-peering-overview there, learn.microsoft.com/azure/virtual-network-manager/
concept-connectivity-configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.places import Places, Vnet
from isolation.model import Unmodelled
from isolation.resources import Resource, Value

_FLAGS = ("allowVirtualNetworkAccess", "allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways")


@dataclass(frozen=True, eq=False)
class Half:
    """One side of a peering.

    Attributes:
        access: the peer counts as the tag VirtualNetwork.
        forwarded: it takes packets that come from beyond the peer.
        offers: the peer may use this side's gateways.
        uses: it uses the peer's gateways.
    """

    name: str
    local: Vnet
    remote: Vnet
    access: bool
    forwarded: bool
    offers: bool
    uses: bool
    unknown: tuple[str, ...] = ()
    origin: str = ""


class Peerings:
    """All peerings of a plan, by the network on whose side they are."""

    def __init__(self, graph: ArmGraph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self.unmodelled: list[Unmodelled] = []
        self._halves = list(self._declared())

    def add(self, halves: list[Half]) -> None:
        """Peerings that something else makes, both halves of each."""
        self._halves += halves

    def of(self, vnet: Vnet) -> list[Half]:
        """The halves of a network that are connected. A peer outside the stack is taken to agree."""
        return [
            half
            for half in self._halves
            if half.local is vnet and (half.remote.resource is None or self.other(half) is not None)
        ]

    def __iter__(self) -> Iterator[Half]:
        for half in self._halves:
            if half in self.of(half.local):
                yield half

    def other(self, half: Half) -> Half | None:
        """The peer's half."""
        for one in self._halves:
            if one.local is half.remote and one.remote is half.local:
                return one
        return None

    def _declared(self) -> Iterator[Half]:
        for resource in self._graph.of(types.PEERING):
            found = self._graph.parent(resource, types.VNET)
            locals_ = [self._places.vnets[one.urn] for one in found.resources]
            if found.text:
                locals_ = [self._places.foreign(found.text)]
            for local in locals_:
                yield from self._halves_of(resource, property_value(resource), local, certain=found.certain)
        for vnet in list(self._places):
            if vnet.resource and "virtualNetworkPeerings" in vnet.resource.asked:
                for value in vnet.resource.at("virtualNetworkPeerings").items():
                    yield from self._halves_of(vnet.resource, value, vnet, certain=True)

    def _halves_of(self, owner: Resource, value: Value, local: Vnet, *, certain: bool) -> Iterator[Half]:
        remote = value.at("remoteVirtualNetwork.id")
        whole = value.at("peerCompleteVnets")
        if whole.unknown or not whole.flag(True):
            why = "it joins parts of two networks"
            self.unmodelled.append(Unmodelled(owner.label, why, frozenset({local.name}), owner.urn))
        peers = self._places.of_vnet(owner, remote)
        for peer in peers:
            if peer is local:
                continue
            unknown = [] if certain and len(peers) == 1 else [f"{owner.label}: which networks it joins"]
            access, forwarded, offers, uses = (value.at(path) for path in _FLAGS)
            unknown += [flag.where for flag in (access, forwarded, offers, uses) if flag.unknown]
            yield Half(
                f"{owner.name}, {local.short} to {peer.short}",
                local,
                peer,
                # What is not known yet counts as open, and says so.
                access.unknown or access.flag(True),
                forwarded.unknown or forwarded.flag(),
                offers.unknown or offers.flag(),
                uses.unknown or uses.flag(),
                tuple(unknown),
                owner.urn,
            )
