"""What network ACLs say: which segments may exchange packets at all, as plain rules.

A second wall behind the security groups, for whatever has the wrong group: it knows address ranges and no
connections, so it lets answers back in by their port. What no rule names is denied.

Guarantees: training exchanges packets with itself, private APIs and operations only, whatever its groups say.
A segment's whole inside is one rule; the groups are exact there.

Names, time and instance metadata need no rule: ACLs do not filter them
(docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from components.aws.group_rules import EVERYWHERE, port_range
from components.contracts import AllowEntry, Carrier, Flow, Outside, SegmentName

# Ports that answers go to: every system's range of temporary ports lies in it. Source: the page above.
ANSWERS = (1024, 65535)
# Rules of 1 to 32766, the smallest first. Source: docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html.
FIRST, SLOTS = 100, 32_000
# Rules of one ACL in one direction, unless a quota is raised.
# Source: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html.
MOST = 20
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}


@dataclass(frozen=True)
class AclRule:
    """One allowance in one segment's ACL. `ports` is None for every port."""

    name: str
    number: int
    segment: SegmentName
    egress: bool
    peer: str
    protocol: str
    ports: tuple[int, int] | None


def plan(
    ranges: Mapping[SegmentName, str],
    flows: Sequence[Flow],
    enterprise_ranges: Sequence[str] = (),
    allow: Sequence[AllowEntry] = (),
) -> list[AclRule]:
    """Every rule of every segment's ACL; `ranges` is what each segment's machines have as addresses.

    Raises:
        ValueError: two rules would share a number, or an ACL would have more rules than AWS takes.
    """
    rules = {
        _rule(segment, egress, cidr, "all", None)
        for segment, cidr in ranges.items()
        for egress in (False, True)
    }
    for flow in (*flows, *allow):
        if flow.source != flow.destination:
            rules.update(_crossing(flow, ranges, enterprise_ranges))
    ordered = sorted(rules, key=lambda rule: (rule.segment, rule.egress, rule.number))
    _refuse(ordered)
    return ordered


def _crossing(
    flow: Flow | AllowEntry, ranges: Mapping[SegmentName, str], enterprise: Sequence[str]
) -> Iterator[AclRule]:
    """At each end that is a segment: the way of the flow, and the way back of its answers."""
    sources, destinations = (_addresses(end, ranges, enterprise) for end in (flow.source, flow.destination))
    control_plane = isinstance(flow, Flow) and flow.carrier is Carrier.CONTROL_PLANE
    for port in ("443",) if control_plane else flow.ports or ("",):
        wanted = port_range(port)
        for source in sources:
            for destination in destinations:
                if isinstance(flow.source, SegmentName):
                    yield _rule(flow.source, True, destination, flow.protocol, wanted)
                    yield _rule(flow.source, False, destination, flow.protocol, ANSWERS)
                if isinstance(flow.destination, SegmentName):
                    yield _rule(flow.destination, False, source, flow.protocol, wanted)
                    yield _rule(flow.destination, True, source, flow.protocol, ANSWERS)


def _addresses(
    end: SegmentName | Outside | str, ranges: Mapping[SegmentName, str], enterprise: Sequence[str]
) -> Sequence[str]:
    if isinstance(end, SegmentName):
        return [ranges[end]]
    if end == Outside.INTERNET:
        return [EVERYWHERE]
    return enterprise if end == Outside.ENTERPRISE else [end]


def _rule(
    segment: SegmentName, egress: bool, peer: str, protocol: str, ports: tuple[int, int] | None
) -> AclRule:
    """The rule, under a name and a number that follow from what it says, so that no other rule moves it."""
    what = "-".join(map(str, ports)) if ports else "all"
    name = f"{segment}-{'to' if egress else 'from'}-{peer}-{protocol}-{what}"
    return AclRule(name, FIRST + crc32(name.encode()) % SLOTS, segment, egress, peer, protocol, ports)


def _refuse(rules: Sequence[AclRule]) -> None:
    seen: dict[tuple[SegmentName, bool, int], str] = {}
    counts: dict[tuple[SegmentName, bool], int] = {}
    for rule in rules:
        other = seen.setdefault((rule.segment, rule.egress, rule.number), rule.name)
        if other != rule.name:
            raise ValueError(f"{other} and {rule.name} share the number {rule.number}; change a range of one")
        side = (rule.segment, rule.egress)
        counts[side] = counts.get(side, 0) + 1
        if counts[side] > MOST:
            raise ValueError(
                f"the ACL of {rule.segment} would have more than {MOST} rules in one direction; name fewer, "
                "wider ranges in network.enterprise_ranges and allow"
            )
