"""Subnets of the segments, one each over all zones, with their groups (`nsgs.py`) and route tables.

Guarantees: no machine gets a way out that nobody made (`default_outbound_access`); every subnet but the
edge's drops what leads nowhere in the network, so that no route that comes to be known leads to the internet;
only the edge and operations learn routes from the enterprise network; rules hold for private endpoints too.

Leaves out: subnets in the network's own list, beside which single ones would be deleted. They are made one
after the other, since a network takes one change at a time.
Sources: learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access,
virtual-networks-udr-overview and private-link/disable-private-endpoint-network-policy there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network.route import Route
from pulumi_azure_native.network.route_table import RouteTable
from pulumi_azure_native.network.subnet import Subnet

from components.azure.place import Place
from components.contracts import SegmentName
from components.ready import after

SUBNET = "Microsoft.Network/virtualNetworks/subnets"
EVERYWHERE = "0.0.0.0/0"
# Who learns routes from the enterprise network, when its owner connects it.
JOINED = frozenset({SegmentName.EDGE, SegmentName.OPERATIONS})
# An application gateway takes no default route but to the internet.
# Source: learn.microsoft.com/azure/application-gateway/configuration-infrastructure (user-defined routes).
UNROUTED = frozenset({SegmentName.EDGE})


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
    handed: Mapping[SegmentName, str],
) -> dict[SegmentName, pulumi.Output[str]]:
    """The ids of the segments' subnets. `groups` are ids of groups whose rules are in force.

    `handed` are the services of Azure's that alone put machines into a segment's subnet.
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
            route_table=inputs.RouteTableArgs(id=_routes(ground, segment)),
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


def _routes(ground: Ground, segment: SegmentName) -> pulumi.Output[str]:
    """The id of a segment's route table, once it drops what leads nowhere."""
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
    if segment in UNROUTED:
        return table.id
    nowhere = Route(
        f"{name}-nowhere",
        resource_group_name=ground.place.group,
        route_table_name=table.name,
        route_name="nowhere",
        address_prefix=EVERYWHERE,
        next_hop_type="None",
        opts=opts,
    )
    return after(table.id, nowhere)
