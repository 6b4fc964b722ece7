"""Prefix lists: the ranges of those in the plan; of others nothing is known but that they have some."""

from __future__ import annotations

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.ranges import service_range
from isolation.intervals import IntervalSet
from isolation.resources import Graph, Resource, Value


class Lists:
    """Reads prefix lists."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def entries(self, resource: Resource, value: Value) -> tuple[list[str], bool]:
        """The prefixes of the list a value names, and whether they are all known."""
        found = self._graph.refer(resource, value, types.PREFIX_LIST)
        if not found.certain or not found.resources:
            return [], False
        listed = found.resources[0]
        inline = listed.at("entries")
        members = [each.at("cidr") for each in inline.items()]
        members += [
            one.at("cidr")
            for one in self._graph.of(types.PREFIX_LIST_ENTRY)
            if listed in self._graph.refer(one, one.at("prefixListId"), types.PREFIX_LIST).resources
        ]
        certain = not inline.unknown and not any(each.unknown for each in members)
        return list(dict.fromkeys(each.text() for each in members if each.text())), certain

    def ranges(self, resource: Resource, value: Value) -> tuple[IntervalSet, bool]:
        """The addresses of a list, and whether they are certain; then they may be any."""
        for endpoint in self._graph.of(types.ENDPOINT):
            own = endpoint.at("prefixListId").text()
            if (own and own == value.text()) or endpoint in self._graph.sources(
                resource, value, types.ENDPOINT
            ):
                return service_range(endpoint.at("serviceName").text()), True
        texts, certain = self.entries(resource, value)
        return (addresses(*texts), True) if certain else (ALL_ADDRESSES, False)
