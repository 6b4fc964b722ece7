"""Packets against the flow table: what the table says of them, and what the rules say.

The table's answer is read from the flows themselves. The rules' answer is by matching, best priority first,
at each end that is a machine of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from ipaddress import IPv4Address, IPv4Network

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.gcp.firewall_rules import Rule
from stacks.flows import table
from tests.components.gcp.samples import ranges

FLOWS = table().flows
RANGES = ranges()


@dataclass(frozen=True)
class Place:
    """An address, whose side it is on, and whether a machine of ours (with a firewall) has it."""

    name: str
    address: IPv4Address
    side: SegmentName | Outside | str
    machine: bool


def _machines() -> list[Place]:
    places: list[Place] = []
    for segment, given_ranges in RANGES.items():
        for kind, text in (("node", given_ranges.nodes), ("pod", given_ranges.pods)):
            if text:
                places.append(Place(f"{segment} {kind}", IPv4Network(text)[5], segment, machine=True))
    return places


MACHINES = _machines()
# A cluster's private endpoint has an address of its segment's subnet, and is no machine.
ENDPOINTS = [
    Place(f"{segment} control plane", IPv4Network(RANGES[segment].nodes)[9], segment, machine=False)
    for segment in (SegmentName.TRAINING, SegmentName.INFERENCE)
]
OUTSIDE = [
    Place("internet", IPv4Address("8.8.8.8"), Outside.INTERNET, machine=False),
    Place("enterprise", IPv4Address("10.1.2.3"), Outside.ENTERPRISE, machine=False),
    Place("other private network", IPv4Address("172.20.1.1"), "elsewhere", machine=False),
    Place("restricted APIs", IPv4Address("199.36.153.6"), "apis", machine=False),
    Place("front end", IPv4Address("35.191.7.7"), "front-end", machine=False),
    Place("health check", IPv4Address("130.211.1.1"), "front-end", machine=False),
]
PLACES = [*MACHINES, *ENDPOINTS, *OUTSIDE]
PORTS = sorted({int(port) for flow in FLOWS for port in flow.ports} | {22, 80, 3389, 65535})
TRAFFIC = [(protocol, port) for protocol in ("tcp", "udp") for port in PORTS]


def says_table(flows: Sequence[Flow], source: Place, destination: Place, protocol: str, port: int) -> bool:
    """Whether the flow table lets the connection open."""
    return any(
        (flow.protocol == "all" or (flow.protocol == protocol and str(port) in flow.ports))
        and _carries(flow, source, destination)
        for flow in flows
    )


def _carries(flow: Flow, source: Place, destination: Place) -> bool:
    ends = (source.side, destination.side)
    match flow.carrier:
        case Carrier.MACHINES:
            return ends == (flow.source, flow.destination)
        case Carrier.GATEWAY:
            # What comes from outside is received by Google's front ends, not by the network.
            inner = isinstance(flow.source, SegmentName)
            return (
                inner and destination.side == flow.destination and source.side in (flow.source, "front-end")
            )
        case Carrier.PRIVATE_APIS:
            return ends == (flow.source, "apis")
        case Carrier.CONTROL_PLANE:
            if flow.source != flow.destination:
                return ends == (flow.source, "apis")
            return ends == (flow.source, flow.destination) and not destination.machine


def say_rules(rules: Sequence[Rule], source: Place, destination: Place, protocol: str, port: int) -> bool:
    """Whether the rules let the connection open, at each end that has a firewall of ours."""

    def lets(machine: Place, direction: str, other: Place) -> bool:
        for rule in rules:
            if (
                rule.direction == direction
                and rule.segment in (None, machine.side)
                and any(other.address in network for network in networks(rule))
                and rule.protocol in ("all", protocol)
                and (not rule.ports or str(port) in rule.ports)
            ):
                return rule.action == "allow"
        raise AssertionError(f"no rule decides {machine.name} {direction} {other.name}: the denies are gone")

    leaves = not source.machine or lets(source, "EGRESS", destination)
    return leaves and (not destination.machine or lets(destination, "INGRESS", source))


@cache
def networks(rule: Rule) -> list[IPv4Network]:
    return [IPv4Network(each) for each in rule.ranges]


def entry(source: SegmentName | str, destination: SegmentName | str, name: str = "exception") -> AllowEntry:
    return AllowEntry(
        name=name,
        owner="platform@example.com",
        reason="A licence server that only lives there.",
        source=source,
        destination=destination,
        protocol="tcp",
        ports=("443",),
        expires=date(2027, 1, 31),
    )
