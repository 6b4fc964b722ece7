"""Routes to single addresses: of private endpoints, and of services by service endpoints.

A private endpoint is a route to its one address, which a route for everywhere never beats, and a table's only
where the endpoint's subnet says that routes hold, or where it is for that one address, too.
Sources: learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy,
learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoints-overview.
"""

from __future__ import annotations

from collections.abc import Iterable

from isolation.azure import types
from isolation.azure.arm import property_value
from isolation.azure.book import OWN, Book, Parts
from isolation.azure.interfaces import Interface
from isolation.azure.lines import LONGEST
from isolation.azure.owners import Owners
from isolation.azure.places import Subnet, Vnet, four
from isolation.azure.ranges import EVERYWHERE_4
from isolation.azure.tables import Table
from isolation.intervals import IntervalSet
from isolation.model import LOCAL
from isolation.resources import Resource


class EndpointRoutes:
    """Writes them into the routers of subnets."""

    def __init__(self, parts: Parts, book: Book) -> None:
        self._parts = parts
        self._book = book

    def private(self, router: str, vnet: Vnet, table: Table, private: Iterable[Interface]) -> None:
        """The routes to private endpoints, of the network and of its peers, that a table's might hide."""
        written = IntervalSet.union(entry.destination for entry in table.entries if entry.length)
        peers = {half.remote.name: half for half in self._parts.peerings.of(vnet)}
        waiting: dict[tuple[str, str], list[Interface]] = {}
        for one in private:
            there = one.subnet.vnet
            _, routed, open_ = one.subnet.policies
            if (routed and not open_) or not written & one.addresses:
                continue
            target = LOCAL
            if there is not vnet:
                half = peers.get(there.name)
                if half is None:
                    continue
                target = self._parts.ways.peering(half, self._parts.peerings.other(half))
            if one.addresses.covers(four(one.subnet.ranges)):
                waiting.setdefault((one.subnet.name, target), []).append(one)
                continue
            unknown = (open_,) if open_ else ()
            length = _length(one.addresses)
            self._book.route(one.name, router, one.addresses, length, (target,), rank=OWN, unknown=unknown)
        for (name, target), found in waiting.items():
            # Each has a route to its address, wherever in the subnet that will be, and nothing else has.
            self._book.route(
                f"private endpoints in {name}",
                router,
                found[0].addresses,
                _length(found[0].addresses),
                (target,),
                rank=OWN,
                only=frozenset(one.name for one in found),
                unknown=(found[0].subnet.policies[2],) if found[0].subnet.policies[2] else (),
            )

    def services(self, router: str, vnet: Vnet, table: Table) -> None:
        """The routes to services' public addresses that a table's subnets have."""
        for subnet in vnet.subnets:
            if self._parts.tables.of_subnet(subnet) is not table or subnet.owner is None:
                continue
            limited = self._limits(subnet.owner, subnet)
            for each in subnet.at("serviceEndpoints").items():
                service = each.at("service").text("a service that is not known yet")
                target, ranges = self._parts.ways.service_endpoint(subnet, service, limited)
                self._book.route(
                    f"service endpoint {service}",
                    router,
                    ranges,
                    LONGEST,
                    (target,),
                    rank=OWN,
                    sources=subnet.ranges,
                )

    def _limits(self, owner: Resource, subnet: Subnet) -> str:
        """The policies that hold a subnet's service endpoints to resources of this stack's subscription.

        Source: learn.microsoft.com/azure/virtual-network/virtual-network-service-endpoint-policies-overview.
        """
        policies = subnet.at("serviceEndpointPolicies")
        found = self._parts.graph.refer_all(owner, policies, types.ENDPOINT_POLICY, step="id")
        if found.text or not found.certain or not all(map(self._holds, found.resources)):
            return ""
        return ", ".join(f"service endpoint policy {one.name}" for one in found.resources)

    def _holds(self, policy: Resource) -> bool:
        graph = self._parts.graph
        parts = [(policy, each) for each in policy.at("serviceEndpointPolicyDefinitions").items()]
        apart = graph.children(policy, types.ENDPOINT_POLICY_DEFINITION)
        parts += [(one, property_value(one)) for one, _ in apart]
        owners = Owners(graph)
        return bool(parts) and not any(
            listed.unknown or owners.foreign(one, each)
            for one, part in parts
            for listed in (part.at("serviceResources"),)
            for each in (listed.items() if not listed.unknown else (listed,))
        )


def _length(addresses: IntervalSet) -> int:
    return 32 if EVERYWHERE_4.covers(addresses) else LONGEST
