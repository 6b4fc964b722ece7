"""Network managers: who is in their groups, and which of their configurations are in force.

A configuration does nothing until it is committed to a location. A group without static members takes its
members by a policy, which no plan tells.
Source: learn.microsoft.com/azure/virtual-network-manager/concept-deployments and concept-network-groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.places import Places, Subnet, Vnet
from isolation.intervals import IntervalSet
from isolation.resources import Resource, Value


@dataclass(frozen=True)
class Members:
    """Who is in a network group; `unknown` says what leaves others open."""

    vnets: tuple[Vnet, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    unknown: tuple[str, ...] = ()

    def has(self, subnet: Subnet) -> bool:
        """Whether a subnet is in it for certain."""
        return subnet in self.subnets or subnet.vnet in self.vnets

    @property
    def ranges(self) -> IntervalSet:
        """The addresses of all members."""
        return IntervalSet.union([*(one.ranges for one in self.vnets), *(one.ranges for one in self.subnets)])


class Managers:
    """Groups and commits of a plan's network managers."""

    def __init__(self, graph: ArmGraph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._members: dict[str, Members] = {}

    def members(self, resource: Resource, value: Value) -> Members:
        """The members of the group that a value names."""
        found = self._graph.refer(resource, value, types.NETWORK_GROUP)
        if found.one is None:
            return Members(unknown=(f"{value.where}: its members",))
        known = self._members.get(found.one.urn)
        if known is None:
            known = self._members[found.one.urn] = self._read(found.one)
        return known

    def open_commit(self, configuration: Resource, kind: str, location: str) -> tuple[str, ...]:
        """What is open about a configuration's being in force in a location; nothing where it surely is."""
        for commit in self._graph.of(types.COMMIT):
            if commit.at("properties.commitType").text().lower() != kind.lower():
                continue
            named = self._graph.refer_all(
                commit, commit.at("properties.configurationIds"), configuration.type
            )
            where = commit.at("properties.targetLocations")
            places = [_plain(text) for text in where.texts()]
            if configuration in named.resources and named.certain:
                if not location or _plain(location) in places:
                    return ()
                if where.partly_unknown:
                    return (where.where,)
        return (f"{configuration.label}: whether it is committed",)

    def _read(self, group: Resource) -> Members:
        vnets: list[Vnet] = []
        subnets: list[Subnet] = []
        unknown: list[str] = []
        members = self._graph.children(group, types.STATIC_MEMBER)
        for member, certain in members:
            value = member.at("resourceId")
            found = self._graph.refer(member, value, types.VNET, types.SUBNET)
            if found.one is None or not certain:
                unknown += [] if found.text and certain else [value.where]
            elif found.one.type == types.VNET:
                vnets.append(self._places.vnets[found.one.urn])
            else:
                subnets += self._places.of_resource(found.one)
        if not members:
            unknown.append(f"{group.label}: the members that policies give it")
        return Members(tuple(vnets), tuple(subnets), tuple(unknown))


def _plain(location: str) -> str:
    """`West Europe` and `westeurope` are one."""
    return location.replace(" ", "").lower()
