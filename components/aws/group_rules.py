"""What security groups say: the flow table and its exceptions as plain rules, one for each port of each side.

Guarantees: each flow becomes exactly the rules it needs, at both of its ends, and nothing else is allowed; no
flow or exception joins training to the internet or the enterprise network (`components/segments.py`). Inside
the network a peer is a group, never an address range, so that no machine without that group is meant.

How a flow is carried on AWS:
- machines, private-apis: between the groups of the two segments. Nodes and pods of a segment are one side;
  private APIs are interface endpoints in the data segment.
- gateway: clients reach the load balancer in the edge segment, which reaches the serving port.
- control-plane: EKS puts a cluster's endpoint into its segment's subnets, behind a group of its own, so
  that who may reach the API server reaches no node. It listens on 443 only, and reaches kubelets and webhooks
  back.

Names, time and instance metadata need no rule: groups do not filter them
(docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.segments import refuse_entry, refuse_flow

EVERYWHERE = "0.0.0.0/0"
CLUSTER_SEGMENTS = (SegmentName.TRAINING, SegmentName.INFERENCE)
API_SERVER_PORT = "443"
# Where API servers reach back: aggregated metrics, webhooks, and kubelets with other webhooks.
# Source: docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html and the charts' own ports.
REACHED_BACK = ("6443", "9443", "10250")

Direction = Literal["ingress", "egress"]


@dataclass(frozen=True)
class GroupRule:
    """One rule of one group. `peer` is another group, or CIDR text outside the network.

    With protocol `all`, `ports` is None; otherwise the first and the last port.
    """

    name: str
    group: str
    direction: Direction
    peer: str
    protocol: str
    ports: tuple[int, int] | None
    description: str


def control(segment: SegmentName) -> str:
    """The group of the API server of a segment's cluster."""
    return f"{segment}-control"


GROUPS = (*(segment.value for segment in SegmentName), *(control(segment) for segment in CLUSTER_SEGMENTS))


def plan(
    flows: Sequence[Flow], enterprise_ranges: Sequence[str] = (), allow: Sequence[AllowEntry] = ()
) -> list[GroupRule]:
    """Every rule of every group. Raises ValueError: a flow or an entry that no argument may open."""
    rules: list[GroupRule] = []
    for flow in flows:
        refuse_flow(flow)
        rules += _flow(flow, enterprise_ranges)
    for entry in allow:
        refuse_entry(entry, enterprise_ranges)
        text = f"Until {entry.expires}, {entry.owner}: {entry.reason}"
        rules += _between(entry.name, [str(entry.source)], [str(entry.destination)], entry, text)
    return rules


def _flow(flow: Flow, enterprise: Sequence[str]) -> Iterator[GroupRule]:
    outside: Mapping[str, Sequence[str]] = {Outside.INTERNET: [EVERYWHERE], Outside.ENTERPRISE: enterprise}
    sources = outside.get(flow.source, [flow.source.value])
    destinations = outside.get(flow.destination, [flow.destination.value])
    if Outside.INTERNET in (flow.source, flow.destination) and flow.carrier is not Carrier.GATEWAY:
        raise ValueError(f"flow {flow.name}: this network has no way to the internet; use carrier gateway")
    if flow.carrier is not Carrier.CONTROL_PLANE:
        yield from _between(flow.name, sources, destinations, flow, flow.reason)
        return
    assert isinstance(flow.destination, SegmentName), f"{flow.name}: a control plane is in a segment"
    group = control(flow.destination)
    for source in sources:
        yield from _both(flow.name, source, group, ("tcp", API_SERVER_PORT), flow.reason)
    if flow.source == flow.destination:
        for port in REACHED_BACK:
            back = "The API server reaches kubelets and webhooks."
            yield from _both(f"{flow.name}-back", group, flow.destination.value, ("tcp", port), back)


def _between(
    name: str, sources: Sequence[str], destinations: Sequence[str], flow: Flow | AllowEntry, reason: str
) -> Iterator[GroupRule]:
    for source in sources:
        for destination in destinations:
            for port in flow.ports or ("",):
                yield from _both(name, source, destination, (flow.protocol, port), reason)


def _both(
    name: str, source: str, destination: str, what: tuple[str, str], reason: str
) -> Iterator[GroupRule]:
    """Egress where the source is a group, ingress where the destination is."""
    protocol, port = what
    ends: tuple[tuple[str, Direction, str], ...] = (
        (source, "egress", destination),
        (destination, "ingress", source),
    )
    for group, direction, peer in ends:
        if group in GROUPS:
            parts = [name, port, "" if peer in GROUPS else peer, direction]
            yield GroupRule(
                name="-".join(filter(None, parts)),
                group=group,
                direction=direction,
                peer=peer,
                protocol=protocol,
                ports=port_range(port),
                description=reason,
            )


def port_range(text: str) -> tuple[int, int] | None:
    """First and last port of `443` or `8000-8010`; None for every port, which is empty text."""
    if not text:
        return None
    first, _, last = text.partition("-")
    return int(first), int(last or first)
