"""Subnets of the segments, one per zone, each segment with a route table of its own.

Where a cluster runs, its API server's interfaces have small subnets of their own in the same segment, so that
a network policy in the cluster can name them and nothing else.

Guarantees: no subnet gives public addresses; no route but the VPC's own, except that the edge segment leads
to the internet gateway when there is one. Endpoints bring no route either (docs/adr/0012), so that training's
route table is empty for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
from pulumi_aws.ec2.internet_gateway import InternetGateway
from pulumi_aws.ec2.route import Route
from pulumi_aws.ec2.route_table import RouteTable
from pulumi_aws.ec2.route_table_association import RouteTableAssociation
from pulumi_aws.ec2.subnet import Subnet

from components.aws.group_rules import CLUSTER_SEGMENTS, EVERYWHERE
from components.aws.place import Place
from components.contracts import SegmentName

# A range is cut into four, the most zones a stack may have, so that one more zone moves none.
ZONES_BITS = 2
# An API server needs at least 6 addresses in each of its subnets, and 16 are recommended.
# Source: docs.aws.amazon.com/eks/latest/userguide/network-reqs.html.
CONTROL_PREFIX = 27
# By these tags the load balancer's controller finds where to put what.
# Source: docs.aws.amazon.com/eks/latest/userguide/network-reqs.html.
ROLE_TAGS = {
    SegmentName.EDGE: "kubernetes.io/role/elb",
    SegmentName.INFERENCE: "kubernetes.io/role/internal-elb",
}


@dataclass(frozen=True)
class Ground:
    """What the parts of a network share: its name, place and labels, and the component they belong to."""

    name: str
    place: Place
    labels: Mapping[str, str]
    parent: pulumi.Resource


@dataclass(frozen=True)
class Subnets:
    """A segment's subnets by zone, its route table, and what must exist before a machine starts there.

    `control` are those of the API server, where a cluster runs.
    """

    by_zone: Mapping[str, Subnet]
    control: Mapping[str, Subnet]
    routes: RouteTable
    guards: tuple[pulumi.Resource, ...]


def zone_ranges(segment: SegmentName, cidr: str, zones: tuple[str, ...]) -> Mapping[str, str]:
    """The part of a segment's range in each zone: half of it where a cluster runs, see `control_ranges`."""
    parts = IPv4Network(cidr).subnets(prefixlen_diff=ZONES_BITS)
    ranges = dict(zip(zones, parts, strict=False))
    if segment in CLUSTER_SEGMENTS:
        ranges = {zone: next(part.subnets(prefixlen_diff=1)) for zone, part in ranges.items()}
    return {zone: str(part) for zone, part in ranges.items()}


def control_ranges(segment: SegmentName, cidr: str, zones: tuple[str, ...]) -> Mapping[str, str]:
    """Where in each zone's part the API server of a segment's cluster is: after the machines' half."""
    if segment not in CLUSTER_SEGMENTS:
        return {}
    machines = zone_ranges(segment, cidr, zones)
    first = {zone: IPv4Network(part).broadcast_address + 1 for zone, part in machines.items()}
    return {zone: f"{address}/{CONTROL_PREFIX}" for zone, address in first.items()}


def subnets(ground: Ground, segment: SegmentName, cidr: str, vpc_id: pulumi.Output[str]) -> Subnets:
    """The subnets of one segment. `vpc_id` resolves once the VPC has the range."""
    table = RouteTable(
        f"{ground.name}-{segment}",
        vpc_id=vpc_id,
        tags={**ground.labels, "Name": f"{ground.name}-{segment}", "segment": segment.value},
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    zones = ground.place.zones
    role = {ROLE_TAGS[segment]: "1"} if segment in ROLE_TAGS else {}
    machines = {
        zone: _subnet(ground, (segment, f"{segment}-{zone}"), (zone, part), vpc_id, role)
        for zone, part in zone_ranges(segment, cidr, zones).items()
    }
    control = {
        zone: _subnet(ground, (segment, f"{segment}-control-{zone}"), (zone, part), vpc_id, {})
        for zone, part in control_ranges(segment, cidr, zones).items()
    }
    joined = [
        RouteTableAssociation(
            f"{ground.name}-{segment}{what}-{zone}",
            subnet_id=subnet.id,
            route_table_id=table.id,
            opts=pulumi.ResourceOptions(parent=ground.parent),
        )
        for what, made in (("", machines), ("-control", control))
        for zone, subnet in made.items()
    ]
    return Subnets(machines, control, table, tuple(joined))


def _subnet(
    ground: Ground,
    named: tuple[SegmentName, str],
    stands: tuple[str, str],
    vpc_id: pulumi.Output[str],
    tags: Mapping[str, str],
) -> Subnet:
    """A subnet of a segment by its name, in a zone with a range."""
    (segment, what), (zone, cidr) = named, stands
    return Subnet(
        f"{ground.name}-{what}",
        vpc_id=vpc_id,
        cidr_block=cidr,
        availability_zone=zone,
        map_public_ip_on_launch=False,
        private_dns_hostname_type_on_launch="resource-name",
        tags={**ground.labels, **tags, "Name": f"{ground.name}-{what}", "segment": segment.value},
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def way_in(ground: Ground, vpc_id: pulumi.Output[str], edge: Subnets) -> pulumi.Resource:
    """The internet gateway and the edge's route to it: the only way between the network and the internet."""
    name, labels, parent = ground.name, ground.labels, ground.parent
    gateway = InternetGateway(
        f"{name}-edge",
        vpc_id=vpc_id,
        tags={**labels, "Name": f"{name}-edge"},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Route(
        f"{name}-edge",
        route_table_id=edge.routes.id,
        destination_cidr_block=EVERYWHERE,
        gateway_id=gateway.id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
