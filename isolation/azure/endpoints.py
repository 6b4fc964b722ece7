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
from isolation.azure.arm import ArmGraph, parse
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.nsgs import asg_of
from isolation.azure.places import Places, four
from isolation.intervals import IntervalSet
from isolation.model import Kind
from isolation.resources import Resource

# What an endpoint leads to, whether its owner has agreed to it or not.
CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
AI_ACCOUNT = "microsoft.cognitiveservices/accounts"


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
                for name, kind, unsure in self._kinds(endpoint):
                    self._interfaces.add(
                        Interface(
                            name,
                            kind,
                            subnet,
                            _own(endpoint) or four(subnet.ranges),
                            asgs=frozenset(asg_of(one) for one in found.resources),
                            unfiltered=not guarded,
                            # Rules of network managers hold for no private endpoint.
                            unmanaged=True,
                            linked=True,
                            silent=True,
                            unknown=(*where, *((open_,) if open_ else ()), *unsure),
                            origin=endpoint.urn,
                        ),
                        endpoint.urn,
                    )

    def _kinds(self, endpoint: Resource) -> Iterator[tuple[str, Kind, tuple[str, ...]]]:
        """What an endpoint is, under which name: of models, where it leads to an account of AI services;
        both, where nobody knows yet what it leads to, and then of models perhaps.
        """
        name, open_ = f"endpoint {endpoint.name}", list[str]()
        for path in CONNECTIONS:
            connections = endpoint.at(path)
            targets = [each.at("privateLinkServiceId") for each in connections.items()]
            kinds = {known.type for to in targets if not to.unknown and (known := parse(to.text()))}
            unsure = [each.where for each in (connections, *targets) if each.partly_unknown]
            told = {
                one.type for urn in endpoint.references.get(path, ()) if (one := self._graph.by_urn.get(urn))
            }
            if AI_ACCOUNT in kinds or (unsure and told == {types.AI_ACCOUNT}):
                yield name, Kind.MODEL_ENDPOINT, ()
                return
            open_ += unsure if not told or types.AI_ACCOUNT in told else []
        yield name, Kind.PRIVATE_ENDPOINT, ()
        if open_:
            yield f"{name}, if it is of models", Kind.MODEL_ENDPOINT, tuple(dict.fromkeys(open_))

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
