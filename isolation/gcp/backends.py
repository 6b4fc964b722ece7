"""Behind load balancers of Google Cloud: URL maps, backend services, groups, and the machines in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from isolation.gcp import types
from isolation.gcp.interfaces import Machines
from isolation.kubernetes.joined import is_provider_of
from isolation.model import (
    Forward,
)
from isolation.resources import Graph, Resource, Value, texts_in
from isolation.traffic import ALL_TRAFFIC

SERVICE = "kubernetes:core/v1:Service"
# The properties of a URL map that name backend services.
_FORWARDING = frozenset(
    {"defaultService", "defaultRouteAction", "defaultUrlRedirect", "pathMatchers", "tests"}
)


class Backends:
    """Tells which machines are behind a proxy or a forwarding rule."""

    def __init__(self, graph: Graph, machines: Machines) -> None:
        self._graph = graph
        self._machines = machines

    def forwards(self, proxy: Resource) -> tuple[Forward, ...]:
        """What a target proxy forwards to; any machine where that is not known."""
        services, open_services = self._services(proxy)
        found = tuple(self._forward(service) for service in services)
        if open_services:
            found += (Forward(self._any_machine(), ALL_TRAFFIC, unknown=open_services),)
        return found

    def passed_to(self, rule: Resource) -> Iterator[str]:
        """The machines behind a load balancer that passes packets through."""
        for service in self._graph.refer(rule, rule.at("backendService"), *types.BACKENDS).resources:
            yield from self._backends(service)[0]
        target = self._graph.refer(rule, rule.at("target"), types.TARGET_POOL, types.TARGET_INSTANCE)
        for one in target.resources:
            for path in ("instances", "instance"):
                for text in texts_in(one.at(path).raw):
                    last = text.rpartition("/")[2]
                    for instance in self._graph.of(types.INSTANCE):
                        if last in (instance.at("name").text(), instance.name):
                            yield from self._machines.by_resource.get(instance.urn, [])
                for owner in self._graph.sources(one, one.at(path), types.INSTANCE):
                    yield from self._machines.by_resource.get(owner.urn, [])

    def _services(self, proxy: Resource) -> tuple[list[Resource], tuple[str, ...]]:
        """The backend services behind a target proxy, through its URL map where it has one, and the values
        that hide further ones."""
        found: dict[str, Resource] = {}
        open_values: list[str] = []
        direct, mapped = proxy.at("backendService"), proxy.at("urlMap")
        for one in self._graph.refer(proxy, direct, *types.BACKENDS).resources:
            found[one.urn] = one
        url_maps = self._graph.refer(proxy, mapped, *types.URL_MAPS).resources
        open_values += [direct.where] if direct.unknown and not found else []
        open_values += [mapped.where] if mapped.unknown and not url_maps else []
        for url_map in url_maps:
            for path in url_map.properties:
                value = url_map.at(path)
                sources = self._graph.sources(url_map, value, *types.BACKENDS)
                found.update((one.urn, one) for one in sources)
                if value.partly_unknown and not sources and path in _FORWARDING:
                    open_values.append(value.where)
            for text in texts_in(url_map.properties):
                found.update((one.urn, one) for one in self._graph.named(text, *types.BACKENDS))
        return list(found.values()), tuple(open_values)

    def _forward(self, service: Resource) -> Forward:
        policy = self._graph.refer(service, service.at("securityPolicy"), *types.SECURITY_POLICIES)
        inspected = ""
        if policy.resources:
            inspected = f"security policy {policy.resources[0].at('name').text(policy.resources[0].name)}"
        elif policy.text:
            inspected = f"security policy {policy.text}"
        destinations, unknown = self._backends(service)
        return Forward(destinations, ALL_TRAFFIC, inspected, unknown)

    def _backends(self, service: Resource) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The endpoints behind a backend service, and what is open about them."""
        names: dict[str, None] = {}
        unknown: list[str] = []
        for value in service.at("backends").members():
            group = value.at("group")
            found, certain = self._group(service, group)
            names.update(dict.fromkeys(found))
            if not found or not certain:
                # What nobody can tell may be any machine.
                names.update(dict.fromkeys(self._any_machine()))
                unknown.append(f"{group.where}: {group.text('which machines it has')}")
        return tuple(names), tuple(unknown)

    def _any_machine(self) -> tuple[str, ...]:
        return tuple(one.name for one in self._machines.interfaces if not one.assumed)

    def _group(self, service: Resource, group: Value) -> tuple[list[str], bool]:
        """The machines of an instance group, or the nodes whose pods a group of network endpoints has, and
        whether there are no others."""
        found = self._graph.refer(service, group, types.GROUP, *types.MANAGERS, *types.NEGS)
        if not found.resources and not group.unknown:
            # A manager's group is named by its URL, of which the last part is the manager's name.
            last = group.text().rpartition("/")[2]
            return self._by_neg.get(last, []) or self._managed(last), True
        names: dict[str, None] = {}
        certain = True
        for one in found.resources:
            for reference in (one.at("instances"), one.at("versions"), one.at("instanceTemplate")):
                sources = self._graph.sources(one, reference, types.INSTANCE, *types.TEMPLATES)
                certain = certain and (bool(sources) or not reference.partly_unknown)
                for owner in sources:
                    names.update(dict.fromkeys(self._machines.by_resource.get(owner.urn, [])))
                for text in texts_in(reference.raw):
                    for owner in self._graph.named(text, types.INSTANCE, *types.TEMPLATES):
                        names.update(dict.fromkeys(self._machines.by_resource.get(owner.urn, [])))
        if not names and group.unknown:
            names.update(dict.fromkeys(self._negs_of(service)))
        return list(names), certain

    def _managed(self, last: str) -> list[str]:
        return [
            name
            for manager in self._graph.of(*types.MANAGERS, types.GROUP)
            if manager.at("name").text(manager.name) == last
            for owner in self._graph.sources(manager, manager.at("versions"), *types.TEMPLATES)
            for name in self._machines.by_resource.get(owner.urn, [])
        ]

    def _negs_of(self, service: Resource) -> list[str]:
        """At preview a group's id is not known; a Service that its backends wait for tells it."""
        services = self._graph.sources(service, service.at("backends"), SERVICE)
        return [name for one in services for name in self._nodes_of(one)]

    @cached_property
    def _by_neg(self) -> dict[str, list[str]]:
        """The nodes behind each group of network endpoints that a Kubernetes Service asks GKE to make."""
        found: dict[str, list[str]] = {}
        for service in self._graph.of(SERVICE):
            notes = service.at("metadata").raw
            for text in texts_in(notes):
                if '"exposed_ports"' in text:
                    for name in text.split('"name"')[1:]:
                        parts = name.split('"')
                        if len(parts) > 1:
                            found.setdefault(parts[1], []).extend(self._nodes_of(service))
        return found

    def _nodes_of(self, service: Resource) -> list[str]:
        """The nodes of the cluster that a Kubernetes object's provider talks to."""
        return [
            name
            for cluster in self._graph.of(types.CLUSTER)
            if is_provider_of(self._graph, service.provider, _called(cluster), cluster.urn)
            for name in self._machines.by_resource.get(cluster.urn, [])
        ]


def _called(cluster: Resource) -> str:
    return cluster.at("name").text(cluster.name)
