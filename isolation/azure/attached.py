"""Services with interfaces in subnets, as `services.yaml` lists them: container groups, apps, databases.

Guarantees that each stands behind its subnet's security group, and that one which is reached past its network
leaves that network's claims open. Leaves out what such a service is asked by its own API; without a subnet it
stands outside the network (`exits.py`).
Source: learn.microsoft.com/azure/virtual-network/vnet-integration-for-azure-services.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isolation.azure import services_data
from isolation.azure.arm import ArmGraph
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.outbound import unknown_public
from isolation.azure.places import Places
from isolation.intervals import EMPTY
from isolation.model import Kind, Unmodelled
from isolation.resources import Resource

_OPEN = frozenset({"true", "enabled", "public"})


class AttachedReader:
    """Reads such services into `interfaces`."""

    def __init__(self, graph: ArmGraph, places: Places, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces
        self.unmodelled: list[Unmodelled] = []

    def read(self) -> None:
        """Every service."""
        for entry in services_data.attached():
            for resource in self._graph.of(entry["type"]):
                standing = list(self._standing(resource, entry))
                for one in standing:
                    self._interfaces.add(one, resource.urn)
                reached = entry.get("reached")
                if standing and reached and resource.at(reached["at"]).text().lower() not in reached["shut"]:
                    networks = frozenset(one.subnet.vnet.name for one in standing)
                    self.unmodelled.append(Unmodelled(resource.label, reached["why"], networks, resource.urn))

    def _standing(self, resource: Resource, entry: Mapping[str, Any]) -> Iterator[Interface]:
        public = resource.at(entry["public"]) if "public" in entry else None
        unknown = (public.where,) if public is not None and public.unknown else ()
        opens = public is not None and (bool(unknown) or public.text().lower() in _OPEN)
        for subnet in self._places.of_subnets(resource, resource.at(entry["subnets"]), entry.get("step", "")):
            yield Interface(
                f"{entry['what']} {resource.name}",
                Kind(entry.get("kind", "machine")),
                subnet,
                public=unknown_public() if opens else EMPTY,
                silent=entry.get("silent", False),
                unknown=unknown,
                origin=resource.urn,
            )
