"""Connectivity configurations of network managers: peerings that a manager makes between a group's members.

A mesh joins all members with each other, a hub and its spokes the hub with each of them; spokes that are
directly connected are a mesh, too. Like peerings they lead no further.
Source: learn.microsoft.com/azure/virtual-network-manager/concept-connectivity-configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.managers import Managers
from isolation.azure.peerings import Half
from isolation.azure.places import Places, Vnet
from isolation.model import Unmodelled
from isolation.resources import Resource, Value


class Connectivity:
    """The peerings of all configurations."""

    def __init__(self, graph: ArmGraph, places: Places, managers: Managers) -> None:
        self._graph = graph
        self._places = places
        self._managers = managers
        self.unmodelled: list[Unmodelled] = []

    def halves(self) -> list[Half]:
        """Both halves of every peering that a manager makes."""
        return [half for one in self._graph.of(types.CONNECTIVITY) for half in self._of(one)]

    def _of(self, configuration: Resource) -> Iterator[Half]:
        topology = configuration.at("connectivityTopology").text()
        hubs = [
            vnet
            for each in configuration.at("hubs").items()
            for vnet in self._places.of_vnet(configuration, each.at("resourceId"))
        ]
        for group in configuration.at("appliesToGroups").items():
            members = self._managers.members(configuration, group.at("networkGroupId"))
            if members.unknown or members.subnets:
                why = f"which networks it joins is not known ({', '.join(members.unknown) or 'subnets'})"
                self.unmodelled.append(Unmodelled(configuration.label, why, origin=configuration.urn))
            direct = topology == "Mesh" or group.at("groupConnectivity").text() == "DirectlyConnected"
            wide = configuration.at("isGlobal").flag() or group.at("isGlobal").flag()
            for local, remote in permutations(members.vnets, 2) if direct else ():
                if wide or _near(local, remote):
                    yield self._half(configuration, group, local, remote)
            for hub in hubs if topology != "Mesh" else ():
                gateway = group.at("useHubGateway")
                through = gateway.unknown or gateway.flag()
                for spoke in members.vnets:
                    if spoke is not hub:
                        yield self._half(configuration, group, spoke, hub, uses=through)
                        yield self._half(configuration, group, hub, spoke, offers=through)

    def _half(
        self,
        configuration: Resource,
        group: Value,
        local: Vnet,
        remote: Vnet,
        *,
        uses: bool = False,
        offers: bool = False,
    ) -> Half:
        open_ = self._managers.open_commit(configuration, "Connectivity", _location(local))
        gateway = group.at("useHubGateway")
        unknown = (*open_, *([gateway.where] if gateway.unknown and (uses or offers) else []))
        name = f"{configuration.name}, {local.short} to {remote.short}"
        return Half(name, local, remote, True, True, offers, uses, unknown, configuration.urn)


def _location(vnet: Vnet) -> str:
    return vnet.resource.at("location").text() if vnet.resource else ""


def _near(local: Vnet, remote: Vnet) -> bool:
    """Whether both may be in one region, outside of which a mesh leads only where it is global."""
    here, there = _location(local), _location(remote)
    return not here or not there or here == there
