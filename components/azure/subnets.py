"""Subnets of the segments, one each over all zones, with their groups (`nsgs.py`) and route tables
(`routes.py`).

Guarantees: no machine gets a way out that nobody made (`default_outbound_access`); only the edge and
operations learn routes from the enterprise network; rules of groups hold for private endpoints too, and
routes of tables do not, so that each endpoint keeps its own.

Leaves out: subnets in the network's own list, beside which single ones would be deleted. They are made one
after the other, since a network takes one change at a time.
Sources: learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access,
virtual-networks-udr-overview and private-link/disable-private-endpoint-network-policy there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network.route import Route
from pulumi_azure_native.network.route_table import RouteTable
from pulumi_azure_native.network.subnet import Subnet

from components.azure.place import Place
from components.azure.routes import PlannedRoute
from components.contracts import SegmentName
from components.ready import after

SUBNET = "Microsoft.Network/virtualNetworks/subnets"
# Who learns routes from the enterprise network, when its owner connects it.
JOINED = frozenset({SegmentName.EDGE, SegmentName.OPERATIONS})


@dataclass(frozen=True)
class Ground:
    """What the parts of a network share: its name, place and labels, and the component they belong to."""

    name: str
    place: Place
    labels: Mapping[str, str]
    parent: pulumi.Resource


def subnets(
    ground: Ground,
    ranges: Mapping[SegmentName, str],
    network: pulumi.Resource,
    groups: Mapping[SegmentName, pulumi.Output[str]],
    routes: Mapping[SegmentName, Sequence[PlannedRoute]],
    *,
    handed: Mapping[SegmentName, str],
) -> dict[SegmentName, pulumi.Output[str]]:
    """The ids of the segments' subnets. `groups` are ids of groups whose rules are in force.

    `routes` are those of each segment's table. `handed` are the services of Azure's that alone put machines
    into a segment's subnet.
    """
    ids: dict[SegmentName, pulumi.Output[str]] = {}
    before = network
    for segment, cidr in ranges.items():
        before = Subnet(
            f"{ground.name}-{segment}",
            resource_group_name=ground.place.group,
            virtual_network_name=ground.name,
            subnet_name=segment.value,
            address_prefix=cidr,
            default_outbound_access=False,
            network_security_group=inputs.NetworkSecurityGroupArgs(id=groups[segment]),
            route_table=inputs.RouteTableArgs(id=_table(ground, segment, routes[segment])),
            delegations=[inputs.DelegationArgs(name="own", service_name=handed[segment])]
            if segment in handed
            else None,
            # Rules of the group hold for endpoints; their routes stay their own.
            private_endpoint_network_policies="NetworkSecurityGroupEnabled",
            private_link_service_network_policies="Enabled",
            opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=[before]),
        )
        ids[segment] = after(ground.place.id(SUBNET, ground.name, segment.value), before)
    return ids


def _table(ground: Ground, segment: SegmentName, routes: Sequence[PlannedRoute]) -> pulumi.Output[str]:
    """The id of a segment's route table, once its routes are in force."""
    name, opts = f"{ground.name}-{segment}", pulumi.ResourceOptions(parent=ground.parent)
    table = RouteTable(
        name,
        resource_group_name=ground.place.group,
        route_table_name=name,
        location=ground.place.location,
        disable_bgp_route_propagation=segment not in JOINED,
        tags={**ground.labels, "segment": segment.value},
        opts=opts,
    )
    made = [
        Route(
            f"{name}-{each.name}",
            resource_group_name=ground.place.group,
            route_table_name=table.name,
            route_name=each.name,
            address_prefix=each.prefix,
            next_hop_type=each.hop,
            opts=opts,
        )
        for each in routes
    ]
    return after(table.id, *made)
