"""Machines of Google Cloud: instances, templates, and what anybody could start; GKE's are in `clusters.py`.

Machines that are not declared stand for each subnet: one without any tag, and, as anybody who may start a
machine may name them, one for each network tag that a rule or route asks for. Secure tags and service
accounts are granted by IAM, so nobody is assumed to have them.
"""

from __future__ import annotations

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.clusters import ClusterReader
from isolation.gcp.groups import Groups, tag
from isolation.gcp.interfaces import Interface, Machines
from isolation.gcp.places import Places, Subnet
from isolation.gcp.ranges import EVERYWHERE_4, EVERYWHERE_6
from isolation.intervals import EMPTY, IntervalSet
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value

MOST_TAGS = 24


class MachineReader:
    """Reads machines from a graph."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._groups = Groups(graph, places)
        self._found = Machines()

    def read(self) -> Machines:
        """Every machine, declared or assumed."""
        for resource in self._graph.of(types.INSTANCE, types.FROM_TEMPLATE, *types.TEMPLATES):
            self._instance(resource)
        ClusterReader(self._graph, self._places, self._found, self._groups).read()
        self._assume()
        self._found.unsure = self._groups.unsure
        return self._found

    def _instance(self, resource: Resource) -> None:
        label = (
            "machine" if resource.type in (types.INSTANCE, types.FROM_TEMPLATE) else "machines of template"
        )
        name = f"{label} {resource.at('name').text(resource.name)}"
        groups = self._groups.identity(
            resource,
            resource.at("serviceAccount.email"),
            resource.at("params.resourceManagerTags" if label == "machine" else "resourceManagerTags"),
        )
        for index, value in enumerate(resource.at("networkInterfaces").members()):
            subnets = self._subnets(resource, value)
            unknown = [] if len(subnets) == 1 else [value.at("subnetwork").where]
            unknown += [each.where for each in (value.at("accessConfigs"),) if each.unknown]
            for subnet in subnets:
                self._found.add(
                    resource,
                    Interface(
                        name if not index else f"{name}, interface {index}",
                        subnet,
                        _own_addresses(value, subnet),
                        self._groups.tags(subnet.network, resource.at("tags")),
                        groups,
                        _public(value, subnet),
                        unknown=(*unknown, *subnet.unknown),
                        origin=resource.urn,
                    ),
                )

    def _subnets(self, resource: Resource, value: Value) -> list[Subnet]:
        if not value.at("subnetwork").missing:
            return self._places.of_subnet(resource, value.at("subnetwork"))
        return [
            subnet
            for network in self._places.of_network(resource, value.at("network"))
            for subnet in network.subnets
            if subnet.holds_machines
        ]

    def _assume(self) -> None:
        """Machines that nobody has declared, in every subnet that holds machines."""
        asked = self._asked_tags()
        for subnet in self._places.subnets.values():
            if not subnet.holds_machines or not subnet.primary:
                continue
            network = subnet.network
            tags = [each for each in asked if each.startswith(f"tag:{network.short}/")]
            for groups in [frozenset[str](), *(frozenset({each}) for each in tags[:MOST_TAGS])]:
                having = f" with tag {next(iter(groups)).rpartition('/')[2]}" if groups else ""
                self._found.interfaces.append(
                    Interface(
                        f"any machine{having} in {subnet.name}",
                        subnet,
                        subnet.primary,
                        groups,
                        public=internet_addresses() & EVERYWHERE_6 if subnet.public_six else EMPTY,
                        assumed=True,
                        unknown=subnet.unknown,
                        origin=subnet.resource.urn if subnet.resource else "",
                    )
                )

    def _asked_tags(self) -> list[str]:
        found: dict[str, None] = {}
        for path, resources in (
            ("targetTags", self._graph.of(types.FIREWALL)),
            ("sourceTags", self._graph.of(types.FIREWALL)),
            ("tags", self._graph.of(types.ROUTE)),
        ):
            for resource in resources:
                for network in self._places.of_network(resource, resource.at("network")):
                    found.update({tag(network, each): None for each in resource.at(path).texts()})
        return list(found)


def _own_addresses(value: Value, subnet: Subnet) -> IntervalSet:
    """An interface's addresses; those of the whole subnet where its own is not known."""
    own = value.at("networkIp").text()
    found = addresses(own) if own else subnet.primary
    for alias in value.at("aliasIpRanges").items():
        text = alias.at("ipCidrRange").text()
        if text and not text.startswith("/"):
            found |= addresses(text)
        else:
            name = alias.at("subnetworkRangeName").text()
            found |= subnet.secondary.get(name, EMPTY) if name else subnet.ranges
    return found | (subnet.primary & EVERYWHERE_6)


def _public(value: Value, subnet: Subnet) -> IntervalSet:
    """The external addresses of an interface; all of the internet's for one that is not known yet."""
    found = EMPTY
    configs = value.at("accessConfigs")
    # An empty block asks for an ephemeral address.
    if not configs.missing:
        texts = [each.at("natIp").text() for each in configs.items()]
        known = [text for text in texts if text]
        found = (
            addresses(*known) if known and len(known) == len(texts) else internet_addresses() & EVERYWHERE_4
        )
    if subnet.public_six:
        found |= internet_addresses() & EVERYWHERE_6
    return found
