"""What the firewall says: the flow table and its exceptions, as plain rules.

Turns flows, address ranges and allow-list entries into a list of rules, without any cloud resource, so that
the table can be tested and proved as data.

Guarantees: each flow becomes exactly the rules it needs, and nothing else is allowed. No argument can let
training reach the internet or the enterprise network, or be reached from there: a flow or an entry that would
is refused here, and on top two logged denies come before every allow. Nobody but the two denies at the end
catches what no rule names.

How a flow is carried on Google Cloud:
- machines: one egress rule at the source's machines, one ingress rule at the destination's. Nodes and pods of
  a segment are one side, since a pod's packets leave by its node's interface.
- gateway: the edge on Google Cloud is a global load balancer whose front ends stand outside the network, so a
  flow into the edge needs no rule, and one out of it also admits the ranges of those front ends.
- private-apis: an egress rule to the restricted range and to private endpoints in the data segment.
- control-plane: a cluster's own nodes reach its private endpoint, which takes an address of the segment's
  subnet and is no machine, so one egress rule is all. From anywhere else there is no address to reach: API
  servers are behind Google's APIs (the Connect gateway), hence an egress rule to the restricted range.

What a cluster's segment must be allowed, because GKE's own firewall rules come after this policy and never
apply: the control plane's endpoint on TCP 443, and on 8132 for the tunnel (Konnectivity) through which the
API server reaches kubelets on 10250 and webhooks, so that no ingress from a control plane is needed; node to
node, node to pod and pod to pod, both ways. The metadata server, its DNS and its time need no rule: Google
Cloud always lets a machine reach 169.254.169.254, and 169.254.169.252 never leaves the node.
Sources: cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules,
cloud.google.com/firewall/docs/firewalls#alwaysallowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName
from components.gcp.google_ranges import FRONT_END_RANGES, RESTRICTED_RANGE
from components.segments import SegmentRanges, refuse_entry, refuse_flow

EVERYWHERE = "0.0.0.0/0"

# Better priorities are smaller. Google keeps 2147483644 and above for its own defaults, and each rule of a
# policy needs a priority of its own, whatever its direction.
# Source: cloud.google.com/firewall/docs/firewall-policies-rule-details#priority.
NEVER_PRIORITY = 100
FLOW_PRIORITY = 1000
ALLOW_PRIORITY = 10000
DENY_ALL_PRIORITY = 65000
PAIRS_OF_FLOWS = 4000
PAIRS_OF_ENTRIES = 25000


@dataclass(frozen=True)
class Rule:
    """One rule of the network's firewall policy. `ranges` are sources of ingress, destinations of egress."""

    name: str
    priority: int
    direction: Literal["INGRESS", "EGRESS"]
    action: Literal["allow", "deny"]
    segment: SegmentName | None
    ranges: tuple[str, ...]
    protocol: str
    ports: tuple[str, ...]
    description: str
    logged: bool = True


def plan(
    ranges: Mapping[SegmentName, SegmentRanges],
    flows: Sequence[Flow],
    enterprise_ranges: Sequence[str] = (),
    allow: Sequence[AllowEntry] = (),
) -> list[Rule]:
    """Every rule of the policy, best priority first.

    Raises:
        ValueError: a flow or an entry that no argument may open, or two names with the same priority.
    """
    sides: dict[SegmentName | Outside, tuple[str, ...]] = {
        segment: ranges[segment].machines for segment in SegmentName
    }
    sides[Outside.ENTERPRISE] = tuple(enterprise_ranges)
    rules = [*_never(sides[Outside.ENTERPRISE]), *_deny_all()]
    for flow in flows:
        rules += _flow(flow, sides)
    for entry in allow:
        rules += _entry(entry, sides)
    _refuse_shared_priorities(rules)
    return sorted(rules, key=lambda rule: rule.priority)


def _never(enterprise: tuple[str, ...]) -> Iterator[Rule]:
    """Training and the enterprise network, both ways, before anything else is looked at."""
    if not enterprise:
        return
    directions: tuple[tuple[Literal["INGRESS", "EGRESS"], str], ...] = (
        ("INGRESS", "training-never-from-enterprise"),
        ("EGRESS", "training-never-to-enterprise"),
    )
    for offset, (direction, name) in enumerate(directions):
        yield Rule(
            name=name,
            priority=NEVER_PRIORITY + offset,
            direction=direction,
            action="deny",
            segment=SegmentName.TRAINING,
            ranges=enterprise,
            protocol="all",
            ports=(),
            description="GPU nodes and the enterprise network never meet; no allow comes before this.",
        )


def _deny_all() -> Iterator[Rule]:
    directions: tuple[Literal["INGRESS", "EGRESS"], ...] = ("INGRESS", "EGRESS")
    for offset, direction in enumerate(directions):
        yield Rule(
            name=f"deny-all-{direction.lower()}",
            priority=DENY_ALL_PRIORITY + offset,
            direction=direction,
            action="deny",
            segment=None,
            ranges=(EVERYWHERE,),
            protocol="all",
            ports=(),
            description="What no rule names is denied, on every machine of this network.",
        )


def _flow(flow: Flow, sides: Mapping[SegmentName | Outside, tuple[str, ...]]) -> Iterator[Rule]:
    """The rules of one flow of the table."""
    refuse_flow(flow)
    if flow.carrier is Carrier.GATEWAY and isinstance(flow.source, Outside):
        return
    if Outside.INTERNET in (flow.source, flow.destination):
        raise ValueError(f"flow {flow.name}: this network has no way to the internet; use carrier gateway")
    if flow.carrier is Carrier.PRIVATE_APIS:
        yield _allowed(flow, "EGRESS", flow.source, (RESTRICTED_RANGE, *sides[flow.destination]))
    elif flow.carrier is Carrier.CONTROL_PLANE:
        nodes = sides[flow.destination][:1]
        yield _allowed(
            flow, "EGRESS", flow.source, nodes if flow.source == flow.destination else (RESTRICTED_RANGE,)
        )
    elif flow.carrier is Carrier.GATEWAY:
        yield from _both_ends(flow, (*sides[flow.source], *FRONT_END_RANGES), sides[flow.destination])
    else:
        yield from _both_ends(flow, sides[flow.source], sides[flow.destination])


def _both_ends(
    flow: Flow | AllowEntry, source: tuple[str, ...], destination: tuple[str, ...]
) -> Iterator[Rule]:
    """Ingress where the destination is ours, egress where the source is; none for a side without ranges."""
    if isinstance(flow.destination, SegmentName) and source:
        yield _allowed(flow, "INGRESS", flow.destination, source)
    if isinstance(flow.source, SegmentName) and destination:
        yield _allowed(flow, "EGRESS", flow.source, destination)


def _entry(entry: AllowEntry, sides: Mapping[SegmentName | Outside, tuple[str, ...]]) -> Iterator[Rule]:
    """The rules of one entry of the allow-list."""
    refuse_entry(entry, sides[Outside.ENTERPRISE])
    ends = (entry.source, entry.destination)
    source, destination = (sides[end] if isinstance(end, SegmentName) else (end,) for end in ends)
    yield from _both_ends(entry, source, destination)


def _allowed(
    flow: Flow | AllowEntry,
    direction: Literal["INGRESS", "EGRESS"],
    segment: SegmentName | Outside | str,
    ranges: tuple[str, ...],
) -> Rule:
    """An allow at one end of a flow. Its priority follows from its name, so that no other flow moves it."""
    if not isinstance(segment, SegmentName):
        raise ValueError(f"{flow.name}: {segment} is no segment of this network, so no rule can sit there")
    if isinstance(flow, AllowEntry):
        base, pairs = ALLOW_PRIORITY, PAIRS_OF_ENTRIES
        description = f"Exception until {flow.expires}, owner {flow.owner}: {flow.reason}"
    else:
        base, pairs, description = FLOW_PRIORITY, PAIRS_OF_FLOWS, flow.reason
    slot = crc32(flow.name.encode()) % pairs
    return Rule(
        name=f"{flow.name}-{direction.lower()}",
        priority=base + 2 * slot + (1 if direction == "EGRESS" else 0),
        direction=direction,
        action="allow",
        segment=segment,
        ranges=ranges,
        protocol=flow.protocol,
        ports=flow.ports,
        description=description,
        # Flow logs already hold what machines of one segment say to each other, which is by far the most.
        logged=flow.source != flow.destination,
    )


def _refuse_shared_priorities(rules: Sequence[Rule]) -> None:
    by_priority: dict[int, str] = {}
    for rule in rules:
        other = by_priority.setdefault(rule.priority, rule.name)
        if other != rule.name:
            raise ValueError(
                f"{other} and {rule.name} share the priority {rule.priority}; rename one of them"
            )
