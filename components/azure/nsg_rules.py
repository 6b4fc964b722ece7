"""What network security groups say: the flow table and its exceptions as plain rules, each at both its ends.

Guarantees: each flow becomes exactly the rules it needs, and nothing else is allowed; each group ends with
denials, both ways, of the internet, of the network and of everything, which lie above Azure's own rules that
allow them (AllowVnetInBound, AllowVnetOutBound, AllowInternetOutBound); no flow or exception joins training
to the internet or the enterprise network (`components/segments.py`).

How a flow is carried on Azure:
- machines: between the subnets of the two segments.
- private-apis: to private endpoints in the data segment's subnet, whose rules hold for them too. They are in
  an application security group, and nothing else in that subnet is let in. Those of services that only model
  servers ask (`endpoints.yaml`) are in a group of their own, which only flows with `models` are let into
  (learn.microsoft.com/azure/private-link/configure-asg-private-endpoint).
- gateway: clients reach the application gateway in the edge segment, which reaches the serving port. That the
  edge opens nothing else needs the feature EnableApplicationGatewayNetworkIsolation of the subscription.
- control-plane: AKS puts the endpoint of an API server into the subnet of its nodes, so that a rule which
  lets somebody reach it lets the same port of a node be reached: routes keep the two apart (`routes.py`).
  Tunnels go through the same port, 443.

Within a cluster everything is open, between nodes and pods of one segment, since AKS supports nothing else
and lays no tunnel around packets of pods (learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay,
"Network security groups"). What pods may is said by network policies in the cluster. Packets that leave a
cluster carry the node's address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal
from zlib import crc32

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.segments import SegmentRanges, refuse_entry, refuse_flow

API_SERVER_PORT = "443"
ANYTHING = ("*",)
# Instead of ranges: application security groups of the network's private endpoints.
ENDPOINTS, MODEL_ENDPOINTS = "private endpoints", "private endpoints of models"
INTERNET, NETWORK = "Internet", "VirtualNetwork"
# Priorities are 100 to 4096, the smallest first, each once for a direction.
# Source: learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules.
FIRST, LAST_ALLOWED = 100, 3999
DENIED = {INTERNET: 4094, NETWORK: 4095, "*": 4096}
NAMES = {INTERNET: "internet", NETWORK: "network", "*": "everything"}

Direction = Literal["Inbound", "Outbound"]


@dataclass(frozen=True)
class NsgRule:
    """One rule of one segment's group. `sources`, `destinations` are ranges, or one service tag or `*`;
    `destinations` may be `ENDPOINTS`, `MODEL_ENDPOINTS`, or both.
    """

    name: str
    segment: SegmentName
    direction: Direction
    allow: bool
    priority: int
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    protocol: str
    ports: tuple[str, ...]
    description: str


class Platform(BaseModel):
    """What of Azure's own is let into a segment, by its service tag."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    segment: SegmentName
    source: str
    ports: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class _Allowance:
    name: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    protocol: str
    ports: tuple[str, ...]
    reason: str


@cache
def platform() -> tuple[Platform, ...]:
    """`nsg_rules.yaml`, read once."""
    text = Path(__file__).with_name("nsg_rules.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Platform, ...]).validate_python(yaml.safe_load(text)["platform"])


def plan(
    ranges: Mapping[SegmentName, SegmentRanges],
    flows: Sequence[Flow],
    enterprise_ranges: Sequence[str] = (),
    allow: Sequence[AllowEntry] = (),
) -> list[NsgRule]:
    """Every rule of every segment's group.

    Raises:
        ValueError: a flow or an entry that no argument may open.
    """
    for flow in flows:
        refuse_flow(flow)
        if Outside.INTERNET in (flow.source, flow.destination) and flow.carrier is not Carrier.GATEWAY:
            raise ValueError(
                f"flow {flow.name}: this network has no way to the internet; use carrier gateway"
            )
    for entry in allow:
        refuse_entry(entry, enterprise_ranges)
    addresses = _Addresses(ranges, enterprise_ranges)
    rules: list[NsgRule] = []
    for segment in ranges:
        allowed = [*addresses.of_cluster(segment), *addresses.of_platform(segment)]
        for each in (*flows, *allow):
            allowed += addresses.of_flow(segment, each)
        rules += [*_placed(segment, allowed), *_denials(segment)]
    return rules


@dataclass(frozen=True)
class _Addresses:
    """What each kind of flow needs of a segment's group, by the addresses of segments and the enterprise."""

    ranges: Mapping[SegmentName, SegmentRanges]
    enterprise: Sequence[str]

    def of_cluster(self, segment: SegmentName) -> Iterator[tuple[Direction, _Allowance]]:
        own = self.ranges[segment]
        if own.pods:
            reason = "Nodes and pods of one cluster."
            inside = _Allowance("cluster", own.machines, own.machines, "*", (), reason)
            yield "Inbound", inside
            yield "Outbound", inside

    def of_platform(self, segment: SegmentName) -> Iterator[tuple[Direction, _Allowance]]:
        for each in platform():
            if each.segment is segment:
                nodes = (self.ranges[segment].nodes,)
                yield "Inbound", _Allowance(each.name, (each.source,), nodes, "*", each.ports, each.why)

    def of_flow(
        self, segment: SegmentName, flow: Flow | AllowEntry
    ) -> Iterator[tuple[Direction, _Allowance]]:
        """Nothing, unless the segment is one of its ends; within a cluster all is open already."""
        sources, destinations = self._of(flow.source), self._of(flow.destination)
        within = flow.source == flow.destination and self.ranges[segment].pods
        if within or not (sources and destinations):
            return
        protocol = "*" if flow.protocol == "all" else flow.protocol.capitalize()
        made = _Allowance(flow.name, sources, destinations, protocol, _ports(flow), _reason(flow))
        if flow.source == segment:
            yield "Outbound", made
        if flow.destination == segment:
            yield "Inbound", replace(made, destinations=_endpoints(flow) or destinations)

    def _of(self, end: SegmentName | Outside | str) -> tuple[str, ...]:
        if isinstance(end, SegmentName):
            return (self.ranges[end].nodes,)
        if end == Outside.INTERNET:
            return (INTERNET,)
        return tuple(self.enterprise) if end == Outside.ENTERPRISE else (end,)


def _endpoints(flow: Flow | AllowEntry) -> tuple[str, ...]:
    """The endpoints that a flow leads to; none where it leads to machines."""
    if not isinstance(flow, Flow) or flow.carrier is not Carrier.PRIVATE_APIS:
        return ()
    return (ENDPOINTS, MODEL_ENDPOINTS) if flow.models else (ENDPOINTS,)


def _ports(flow: Flow | AllowEntry) -> tuple[str, ...]:
    control_plane = isinstance(flow, Flow) and flow.carrier is Carrier.CONTROL_PLANE
    return (API_SERVER_PORT,) if control_plane else flow.ports


def _reason(flow: Flow | AllowEntry) -> str:
    return flow.reason if isinstance(flow, Flow) else f"Until {flow.expires}, {flow.owner}: {flow.reason}"


def _placed(segment: SegmentName, allowed: Sequence[tuple[Direction, _Allowance]]) -> Iterator[NsgRule]:
    """The rules with priorities that follow from their names.

    A new rule moves an old one only where both would have the same.
    """
    taken: set[tuple[Direction, int]] = set()
    for direction, each in sorted(allowed, key=lambda pair: (_slot(pair[1].name), pair[1].name)):
        priority = _slot(each.name)
        while (direction, priority) in taken:
            priority += 1
        taken.add((direction, priority))
        yield NsgRule(
            name=f"{each.name}-{_way(direction)}",
            segment=segment,
            direction=direction,
            allow=True,
            priority=priority,
            sources=each.sources,
            destinations=each.destinations,
            protocol=each.protocol,
            ports=each.ports or ANYTHING,
            description=each.reason,
        )


def _slot(name: str) -> int:
    return FIRST + crc32(name.encode()) % (LAST_ALLOWED - FIRST)


def _way(direction: Direction) -> str:
    return "in" if direction == "Inbound" else "out"


def _denials(segment: SegmentName) -> Iterator[NsgRule]:
    directions: tuple[Direction, ...] = ("Inbound", "Outbound")
    for direction, (peer, priority) in product(directions, DENIED.items()):
        ends = ((peer,), ANYTHING) if direction == "Inbound" else (ANYTHING, (peer,))
        yield NsgRule(
            name=f"deny-{NAMES[peer]}-{_way(direction)}",
            segment=segment,
            direction=direction,
            allow=False,
            priority=priority,
            sources=ends[0],
            destinations=ends[1],
            protocol="*",
            ports=ANYTHING,
            description=f"What is not allowed by name is denied: {NAMES[peer]}.",
        )
