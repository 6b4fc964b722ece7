"""The address plan: one private range, cut into the ranges of the five segments.

The plan is cut into 32 equal units, always at the same places, so that a stack's ranges follow from one
line of its file and never move when a segment is added:

| units  | use                | | units  | use                         |
|--------|--------------------|-|--------|-----------------------------|
| 0-7    | training pods      | | 22-23  | inference Services          |
| 8-15   | inference pods     | | 24     | edge                        |
| 16-17  | training nodes     | | 25     | data (private endpoints)    |
| 18-19  | inference nodes    | | 26     | operations                  |
| 20-21  | training Services  | | 27-31  | kept free                   |

Left out: how a cloud divides a segment's range by zone, and every rule about who may reach whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.contracts import SegmentName
from stacks.model.sections import NetworkSection, SegmentRanges

# Services of a GKE cluster take at most a /16, which is 2 of 32 units of a /12. A /18 leaves a /20 for
# pods, which is 16 nodes. Source: cloud.google.com/kubernetes-engine/docs/concepts/alias-ips.
WIDEST_PLAN = 12
NARROWEST_PLAN = 18
UNITS = 32

# Each node takes a /24 for its pods at the default of 110 pods a node. Source: as above.
POD_PREFIX_PER_NODE = 24


@dataclass(frozen=True)
class Ranges:
    """The ranges of one segment. `pods` and `services` exist where a cluster runs."""

    nodes: IPv4Network
    pods: IPv4Network | None = None
    services: IPv4Network | None = None

    def named(self) -> Iterator[tuple[str, IPv4Network]]:
        """Each range that exists, with the name it has in a stack file."""
        for name, network in (("nodes", self.nodes), ("pods", self.pods), ("services", self.services)):
            if network is not None:
                yield name, network


# First unit and number of units of each range.
NODES = {
    SegmentName.TRAINING: (16, 2),
    SegmentName.INFERENCE: (18, 2),
    SegmentName.EDGE: (24, 1),
    SegmentName.DATA: (25, 1),
    SegmentName.OPERATIONS: (26, 1),
}
PODS = {SegmentName.TRAINING: (0, 8), SegmentName.INFERENCE: (8, 8)}
SERVICES = {SegmentName.TRAINING: (20, 2), SegmentName.INFERENCE: (22, 2)}


def derive(plan: IPv4Network) -> dict[SegmentName, Ranges]:
    """The ranges of all segments, cut from one plan of /12 to /18.

    Raises:
        ValueError: the plan is wider or narrower than that.
    """
    if not WIDEST_PLAN <= plan.prefixlen <= NARROWEST_PLAN:
        raise ValueError(f"an address plan is /{WIDEST_PLAN} to /{NARROWEST_PLAN}, not /{plan.prefixlen}")
    return {
        segment: Ranges(
            nodes=_cut(plan, *NODES[segment]),
            pods=_cut(plan, *PODS[segment]) if segment in PODS else None,
            services=_cut(plan, *SERVICES[segment]) if segment in SERVICES else None,
        )
        for segment in SegmentName
    }


def _cut(plan: IPv4Network, first: int, count: int) -> IPv4Network:
    """The `count` units of the plan that begin at unit `first`; `count` is a power of two."""
    unit = plan.num_addresses // UNITS
    prefix = plan.prefixlen + (UNITS // count).bit_length() - 1
    return IPv4Network((int(plan.network_address) + first * unit, prefix))


def ranges(network: NetworkSection) -> Mapping[SegmentName, Ranges]:
    """The ranges a stack uses: the plan's, except where the stack file names its own.

    Raises:
        ValueError: the plan has no usable size, or is absent while a range depends on it.
    """
    derived = derive(IPv4Network(network.address_plan)) if network.address_plan else {}
    return {segment: _merged(network.ranges.get(segment), derived.get(segment)) for segment in SegmentName}


def _merged(given: SegmentRanges | None, derived: Ranges | None) -> Ranges:
    if given is None:
        if derived is None:
            raise ValueError("neither the address plan nor network.ranges gives this segment's ranges")
        return derived
    return Ranges(
        nodes=IPv4Network(given.nodes),
        pods=IPv4Network(given.pods) if given.pods else derived and derived.pods,
        services=IPv4Network(given.services) if given.services else derived and derived.services,
    )


def node_capacity(pods: IPv4Network) -> int:
    """How many nodes a pod range serves, at the default of 110 pods a node."""
    return 2 ** max(0, POD_PREFIX_PER_NODE - pods.prefixlen)


def overlaps(named: Mapping[str, IPv4Network]) -> Iterator[tuple[str, str]]:
    """Every pair of names whose ranges share an address, each pair once."""
    items = list(named.items())
    for index, (name, network) in enumerate(items):
        for other_name, other in items[:index]:
            if network.overlaps(other):
                yield other_name, name
