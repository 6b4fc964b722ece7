"""What a rule's prefix means: ranges, or a service tag.

- `VirtualNetwork` is the network's own ranges, those of its peers and of whatever its gateways lead to, the
  host's address, and the prefixes of its subnet's route table; a default route there may count, too.
- `Internet` is every public address that is not the network's, Azure's services among them.
- `AzureLoadBalancer` is the host's address, from which probes come.
- Any other tag is a service of Azure's by public addresses. They change weekly and many of them are
  customers' machines, so that each is a part of the internet (`Tags.endpoints`), but for the control planes
  of `tags.yaml`, which are nobody else's.

Source: learn.microsoft.com/azure/virtual-network/service-tags-overview.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.azure.lines import Lines
from isolation.azure.peerings import Peerings
from isolation.azure.places import Places, Subnet, Vnet
from isolation.azure.ranges import CONTROL, HOST, RESERVED, SERVICES
from isolation.azure.tables import Table, Tables
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import INTERNET, Endpoint, Kind, Scope
from isolation.outside import PRIVATE, internet_addresses
from isolation.rules import ANYONE, Match

CONTROL_ROUTER = "Azure's control planes"
_CLOUD = "AzureCloud"


@dataclass(frozen=True)
class Meaning:
    """What a prefix means: for certain, and what it may mean beyond that, with what decides."""

    match: Match
    perhaps: IntervalSet = EMPTY
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What decides the tags that differ from subnet to subnet."""

    name: str
    network: IntervalSet
    perhaps: IntervalSet
    unknown: tuple[str, ...]
    own: IntervalSet


class Tags:
    """The tags of every subnet; it remembers which tags rules have named."""

    def __init__(
        self, places: Places, tables: Tables, peerings: Peerings, lines: Lines, scope: Scope
    ) -> None:
        self._places = places
        self._tables = tables
        self._peerings = peerings
        self._lines = lines
        self._scope = scope
        self._surroundings: dict[tuple[str, str], Surroundings] = {}
        self._named: dict[str, None] = {}

    def around(self, subnet: Subnet) -> Surroundings:
        """The surroundings of a subnet; equal ones are one object."""
        table = self._tables.of_subnet(subnet)
        key = subnet.vnet.name, table.name
        found = self._surroundings.get(key)
        if found is None:
            found = self._surroundings[key] = self._read(subnet.vnet, table)
        return found

    def meaning(self, text: str, around: Surroundings) -> Meaning:
        """What a prefix of a rule means."""
        if text in ("*", "Any"):
            return Meaning(ANYONE)
        if text[0].isdigit() or ":" in text:
            return Meaning(Match(addresses(text)))
        match text.lower():
            case "virtualnetwork":
                return Meaning(Match(around.network), around.perhaps, around.unknown)
            case "internet":
                public = internet_addresses(RESERVED) | SERVICES
                return Meaning(Match(public - around.own))
            case "azureloadbalancer":
                return Meaning(Match(HOST))
            case _:
                self._named[text] = None
                return Meaning(Match(groups=frozenset({tag(text)})))

    @property
    def named(self) -> tuple[str, ...]:
        """The tags that rules have named so far."""
        return tuple(self._named)

    def endpoints(self) -> Iterator[Endpoint]:
        """What stands for the tags that rules have named."""
        lists = _lists()
        names = list(self._named)
        for name in names:
            base = name.partition(".")[0]
            groups = frozenset(tag(each) for each in (name, base))
            if base in lists["host"]:
                continue
            if base in lists["control"]:
                yield Endpoint(
                    f"Azure's control plane ({name})",
                    Kind.HOSTED,
                    CONTROL_ROUTER,
                    CONTROL_ROUTER,
                    CONTROL,
                    groups=groups,
                )
                continue
            yield Endpoint(
                f"internet ({name})",
                Kind.OUTSIDE,
                INTERNET,
                INTERNET,
                internet_addresses(RESERVED) - self._own(),
                frozenset({INTERNET}),
                groups=groups | {tag(_CLOUD)},
            )

    def _own(self) -> IntervalSet:
        return IntervalSet.union(vnet.known for vnet in self._places)

    def _read(self, vnet: Vnet, table: Table) -> Surroundings:
        network, perhaps, unknown = vnet.known | HOST, vnet.ranges, [*vnet.unknown]
        for half in self._peerings.of(vnet):
            if half.access and half.unknown:
                perhaps |= half.remote.ranges
                unknown += half.unknown
            elif half.access:
                network |= half.remote.known if half.remote.resource else PRIVATE - vnet.ranges
                perhaps |= half.remote.ranges
                unknown += half.remote.unknown
        # Whoever connects the enterprise network makes its ranges a part of the tag.
        network |= self._scope.enterprise
        for line, open_ in self._lines.used(vnet):
            for learned in line.learned:
                if learned.unknown or open_:
                    perhaps |= PRIVATE if learned.ranges == ALL_ADDRESSES else learned.ranges
                    unknown += [*learned.unknown, *open_]
                else:
                    network |= learned.ranges
        for entry in table.entries:
            if entry.certain and entry.length and not entry.unknown:
                network |= entry.destination
            else:
                perhaps |= entry.destination
                unknown += entry.unknown or [f"whether VirtualNetwork has the default route {entry.name}"]
        return Surroundings(
            f"{vnet.name}, {table.name}",
            network,
            perhaps - network,
            tuple(dict.fromkeys(unknown)),
            vnet.known,
        )


def tag(name: str) -> str:
    """The group of what a service tag stands for; tags are written in any case."""
    return f"service tag:{name.lower()}"


def service_of_endpoint(service: str) -> str:
    """The service tag of what a service endpoint leads to."""
    return _lists()["service_endpoints"].get(service, service.rpartition(".")[2])


@cache
def _lists() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("tags.yaml").read_text(encoding="utf-8"))
