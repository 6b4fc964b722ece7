"""Subnets of the segments, one per zone, each segment with a route table of its own.

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

from components.aws.group_rules import EVERYWHERE
from components.aws.place import Place
from components.contracts import SegmentName

# A range is cut into four, the most zones a stack may have, so that one more zone moves none.
ZONES_BITS = 2
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
    """A segment's subnets by zone, its route table, and what must exist before a machine starts there."""

    by_zone: Mapping[str, Subnet]
    routes: RouteTable
    guards: tuple[pulumi.Resource, ...]


def zone_ranges(cidr: str, zones: tuple[str, ...]) -> Mapping[str, str]:
    """The part of a segment's range in each zone."""
    parts = IPv4Network(cidr).subnets(prefixlen_diff=ZONES_BITS)
    return {zone: str(part) for zone, part in zip(zones, parts, strict=False)}


def subnets(ground: Ground, segment: SegmentName, cidr: str, vpc_id: pulumi.Output[str]) -> Subnets:
    """The subnets of one segment. `vpc_id` resolves once the VPC has the range."""
    name, labels, parent = ground.name, ground.labels, ground.parent
    table = RouteTable(
        f"{name}-{segment}",
        vpc_id=vpc_id,
        tags={**labels, "Name": f"{name}-{segment}", "segment": segment.value},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    role = {ROLE_TAGS[segment]: "1"} if segment in ROLE_TAGS else {}
    made = {
        zone: Subnet(
            f"{name}-{segment}-{zone}",
            vpc_id=vpc_id,
            cidr_block=part,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            private_dns_hostname_type_on_launch="resource-name",
            tags={**labels, **role, "Name": f"{name}-{segment}-{zone}", "segment": segment.value},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for zone, part in zone_ranges(cidr, ground.place.zones).items()
    }
    joined = [
        RouteTableAssociation(
            f"{name}-{segment}-{zone}",
            subnet_id=subnet.id,
            route_table_id=table.id,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for zone, subnet in made.items()
    ]
    return Subnets(made, table, tuple(joined))


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
