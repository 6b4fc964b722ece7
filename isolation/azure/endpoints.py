"""Private endpoints: an address in a subnet that stands for one resource of a service.

Security groups hold for it only where its subnet says so (`Subnet.policies`), and its route is written by
`isolation.azure.roads`. Leaves out names: whether a machine asks the endpoint's address follows from zones,
and a note says of which endpoint no zone tells.
Sources: learn.microsoft.com/azure/private-link, private-endpoint-overview and
disable-private-endpoint-network-policy there.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.nsgs import asg_of
from isolation.azure.places import Places, four
from isolation.intervals import IntervalSet
from isolation.model import Kind
from isolation.resources import Resource


class EndpointReader:
    """Reads private endpoints into `interfaces`."""

    def __init__(self, graph: ArmGraph, places: Places, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces

    def read(self) -> None:
        """Every private endpoint."""
        for endpoint in self._graph.of(types.PRIVATE_ENDPOINT):
            for subnet in self._places.of_subnet(endpoint, endpoint.at("subnet.id")):
                guarded, _, open_ = subnet.policies
                found = self._graph.refer_all(
                    endpoint, endpoint.at("applicationSecurityGroups"), types.ASG, step="id"
                )
                where = () if found.certain else (f"{endpoint.label}: applicationSecurityGroups",)
                self._interfaces.add(
                    Interface(
                        f"endpoint {endpoint.name}",
                        Kind.PRIVATE_ENDPOINT,
                        subnet,
                        _own(endpoint) or four(subnet.ranges),
                        asgs=frozenset(asg_of(one) for one in found.resources),
                        unfiltered=not guarded,
                        # Rules of network managers hold for no private endpoint.
                        unmanaged=True,
                        linked=True,
                        silent=True,
                        unknown=(*where, *((open_,) if open_ else ())),
                        origin=endpoint.urn,
                    ),
                    endpoint.urn,
                )

    def notes(self) -> Iterator[str]:
        """Endpoints whose names nothing in the plan leads to them."""
        zoned = {
            one.urn
            for group in self._graph.of(types.ZONE_GROUP)
            for one in self._graph.parent(group, types.PRIVATE_ENDPOINT).resources
        }
        for endpoint in self._graph.of(types.PRIVATE_ENDPOINT):
            if endpoint.urn not in zoned:
                yield (
                    f"No private zone of this plan has the name of endpoint {endpoint.name}: whoever asks for"
                    " the service by its name is led to the internet, unless a zone elsewhere has it"
                )


def _own(endpoint: Resource) -> IntervalSet:
    """The addresses that an endpoint asks for."""
    return addresses(
        *(
            text
            for each in endpoint.at("ipConfigurations").items()
            if (text := each.at("privateIPAddress").text())
        )
    )
