"""The network: five segments, walls that say the flow table, and private addresses of Azure's services.

Builds a virtual network with a subnet, a security group and a route table per segment (`subnets.py`,
`nsgs.py`), the private zones (`endpoints.py`), endpoints of what was made before it, flow logs, and by
setting rules of a network manager (`network_manager.py`).

Guarantees: no NAT, peering, gateway or public address; no route leads out of training, nor to anything but
private endpoints where a segment is reached by those alone (`routes.py`); what the flow table does not name
is denied by the group at either end, Azure's own allowances included; packets between machines
that can are encrypted; every connection is written down under the customer's key. No argument opens training
to the internet or the enterprise network.

Leaves out: how the enterprise network is connected (its owner attaches a gateway; groups are ready for it),
the application gateway that is the edge, a segment's machines, and the location's network watcher, which
Azure makes with the first network (learn.microsoft.com/azure/network-watcher/network-watcher-create).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network._enums import ResourceIdentityType
from pulumi_azure_native.network.flow_log import FlowLog
from pulumi_azure_native.network.virtual_network import VirtualNetwork
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.azure.accounts import AccountPlan, guarded_account
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.endpoints import Reach, Target, private_endpoint, private_zones
from components.azure.grants import Granted, grant, settled
from components.azure.identity import actor
from components.azure.keys import Seal
from components.azure.network_manager import managed
from components.azure.nsg_rules import ENDPOINTS, MODEL_ENDPOINTS, plan
from components.azure.nsgs import endpoints, groups
from components.azure.place import Place
from components.azure.routes import planned
from components.azure.subnets import Ground, subnets
from components.contracts import AllowEntry, Flow, Segment, SegmentName
from components.ready import after
from components.segments import SegmentRanges

NETWORK = "Microsoft.Network/virtualNetworks"


class NetworkArgs(BaseModel):
    """Where the network is and what its segments are called and allowed.

    `ranges` has every segment. `seal` encrypts flow logs, kept for `log_days`, which the network watcher in
    `watcher_group` writes; `logs` is where everything else is recorded. `reached` is what was made before, by
    the names of its endpoints.
    `handed` are the services of Azure's that alone put machines into a segment's subnet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    ranges: Mapping[SegmentName, SegmentRanges]
    flows: tuple[Flow, ...]
    seal: Seal
    logs: Logs
    log_days: int
    watcher_group: str
    reached: Mapping[str, Target] = Field(default_factory=dict[str, Target])
    enterprise_ranges: tuple[str, ...] = ()
    allow: tuple[AllowEntry, ...] = ()
    manager: bool = False
    handed: Mapping[SegmentName, str] = Field(default_factory=dict[SegmentName, str])
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Network(pulumi.ComponentResource):
    """`handle` for whoever needs the network, and `reach` for whoever makes a private endpoint in it."""

    handle: contracts.Network
    reach: Reach

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Network", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        network = _network(ground, args)
        own = after(args.place.id(NETWORK, name), network)
        told_apart = endpoints(ground)
        rules = plan(args.ranges, args.flows, args.enterprise_ranges, args.allow)
        walls = groups(ground, rules, told_apart)
        nodes = {segment: given.nodes for segment, given in args.ranges.items()}
        routes = {
            segment: tuple(planned(segment, args.ranges, args.flows, args.allow)) for segment in args.ranges
        }
        ids = subnets(ground, nodes, network, walls, routes, handed=args.handed)
        zones = private_zones(ground, own)
        reach = Reach(ids[SegmentName.DATA], told_apart[ENDPOINTS], told_apart[MODEL_ENDPOINTS], zones)
        guards = [*_logs(ground, args, own, reach), *_told(ground, args, own, walls)]
        for what, target in args.reached.items():
            guards += private_endpoint(ground, what, target, reach)
        if args.manager:
            guards += managed(ground, own, args.ranges)

        self.reach = replace(reach, subnet=after(reach.subnet, *guards))
        segments = {
            segment: Segment(
                name=segment,
                subnet_ids=(after(ids[segment], *guards),),
                node_range=given.nodes,
                pod_range=given.pods,
                service_range=given.services,
            )
            for segment, given in args.ranges.items()
        }
        self.handle = contracts.Network(id=after(own, *guards), segments=segments)
        self.register_outputs({"id": self.handle.id})


def _network(ground: Ground, args: NetworkArgs) -> VirtualNetwork:
    """The network with the segments' ranges. Those of pods are known to their cluster only."""
    return VirtualNetwork(
        ground.name,
        resource_group_name=ground.place.group,
        virtual_network_name=ground.name,
        location=ground.place.location,
        address_space=inputs.AddressSpaceArgs(
            address_prefixes=[given.nodes for given in args.ranges.values()]
        ),
        # Azure offers no stricter way yet.
        # Source: learn.microsoft.com/azure/virtual-network/virtual-network-encryption-overview.
        encryption=inputs.VirtualNetworkEncryptionArgs(enabled=True, enforcement="AllowUnencrypted"),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def _logs(
    ground: Ground, args: NetworkArgs, network: pulumi.Output[str], reach: Reach
) -> list[pulumi.Resource]:
    """Flow logs of the whole network, in an account of their own."""
    place, name = ground.place, f"{ground.name}-flows"
    account = guarded_account(_logs_plan(ground, args), ground.parent)
    writer = actor(name, place, ground.labels, ground.parent)
    may = Granted("storage-blob-data-contributor", writer.principal, account.id)
    writes = grant(name, place, may, ground.parent)
    flows = FlowLog(
        name,
        # The watcher stands in a group of its own, which is Azure's.
        resource_group_name=args.watcher_group,
        network_watcher_name=f"NetworkWatcher_{place.location}",
        flow_log_name=name,
        location=place.location,
        target_resource_id=network,
        storage_id=settled(account.id, writes),
        enabled=True,
        format=inputs.FlowLogFormatParametersArgs(type="JSON", version=2),
        identity=inputs.ManagedServiceIdentityArgs(
            type=ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[writer.id]
        ),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    return [flows, *private_endpoint(ground, "flows", Target("blob", account.id), reach)]


def _told(
    ground: Ground,
    args: NetworkArgs,
    network: pulumi.Output[str],
    walls: Mapping[SegmentName, pulumi.Output[str]],
) -> list[pulumi.Resource]:
    """What the network and its groups tell of themselves."""
    return [
        recorded(f"{ground.name}-network", Kind.NETWORK, network, args.logs, ground.parent),
        *(
            recorded(f"{ground.name}-{segment}", Kind.SECURITY_GROUP, group, args.logs, ground.parent)
            for segment, group in walls.items()
        ),
    ]


def _logs_plan(ground: Ground, args: NetworkArgs) -> AccountPlan:
    return AccountPlan(
        name=ground.name,
        place=args.place,
        what="flows",
        seal=args.seal,
        logs=args.logs,
        containers=(),
        kept_days=7,
        ends_days=args.log_days,
        # The network watcher writes from Azure's own network.
        services=True,
        labels=args.labels,
        protected=args.protected,
    )
