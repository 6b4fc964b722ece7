"""The network: five segments over the zones, walls that say the flow table, and private endpoints.

Builds a VPC with a range and subnets per segment (`subnets.py`), security groups (`groups.py`), ACLs
(`acls.py`), private endpoints (`endpoints.py`), the firewall and log for names (`names.py`) and flow logs.

Guarantees: no NAT, peering or transit; an internet gateway only for the edge segment, and only when the stack
serves clients; no route leaves training; what the flow table does not name is denied twice, by groups and by
ACLs; the VPC's default group, ACL and route table let nothing pass; every connection and every name asked for
is logged under the customer's key. No argument opens training to the internet or the enterprise network.

Leaves out: how the enterprise network is connected (its owner attaches a gateway and routes; groups are ready
for it), the load balancer that is the edge, and a segment's machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.ec2.default_route_table import DefaultRouteTable
from pulumi_aws.ec2.default_security_group import DefaultSecurityGroup
from pulumi_aws.ec2.flow_log import FlowLog
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.ec2.vpc_ipv4_cidr_block_association import VpcIpv4CidrBlockAssociation
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.aws import acl_rules, group_rules
from components.aws.acls import acls
from components.aws.documents import allow
from components.aws.endpoints import endpoints
from components.aws.groups import Groups, groups
from components.aws.identity import service_trust
from components.aws.log_groups import log_group
from components.aws.names import known_names
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground, Subnets, subnets, way_in
from components.contracts import AllowEntry, Flow, Key, Segment, SegmentName
from components.ready import after
from components.segments import SegmentRanges

MINUTE = 60
# What a role writes flow logs with. Source: docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html.
WRITE_LOGS = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]


class NetworkArgs(BaseModel):
    """Where the network is and what its segments are called and allowed.

    `ranges` has every segment. `logs_key` encrypts flow and name logs, kept for `log_days`. `serves` says
    whether clients call in from the internet. `organization` is the organisation's id, if there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    ranges: Mapping[SegmentName, SegmentRanges]
    flows: tuple[Flow, ...]
    logs_key: Key
    log_days: int
    serves: bool
    enterprise_ranges: tuple[str, ...] = ()
    allow: tuple[AllowEntry, ...] = ()
    organization: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])

    @property
    def machines(self) -> Mapping[SegmentName, str]:
        """What a segment's machines have as addresses; nodes and pods share the range of pods."""
        return {segment: given.pods or given.nodes for segment, given in self.ranges.items()}


@dataclass(frozen=True)
class Placement:
    """What stands in a segment needs: its network, subnets by zone, and the ids of groups by name.

    `control` are the subnets of the API server, where a cluster runs.
    """

    network_id: pulumi.Output[str]
    segment: Segment
    subnets: Mapping[str, pulumi.Output[str]]
    control: Mapping[str, pulumi.Output[str]]
    groups: Mapping[str, pulumi.Output[str]]


class Network(pulumi.ComponentResource):
    """`handle` for whoever needs the network, `placements` by segment."""

    handle: contracts.Network
    placements: Mapping[SegmentName, Placement]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Network", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        vpc, vpc_id = _vpc(ground, args)
        made = {
            segment: subnets(ground, segment, cidr, vpc_id[segment])
            for segment, cidr in args.machines.items()
        }
        flows = (args.flows, args.enterprise_ranges, args.allow)
        walls = groups(ground, vpc.id, group_rules.plan(*flows))
        guards = [*walls.guards, *acls(ground, vpc, made, acl_rules.plan(args.machines, *flows))]
        guards += [*_closed_defaults(ground, vpc), *_logs(ground, args, vpc)]
        if args.serves:
            guards.append(way_in(ground, vpc.id, made[SegmentName.EDGE]))
        data = walls.ids[SegmentName.DATA]
        guards += endpoints(ground, vpc.id, made[SegmentName.DATA], data, args.organization)

        self._publish(args, vpc, made, walls, guards)
        self.register_outputs({"id": self.handle.id})

    def _publish(
        self,
        args: NetworkArgs,
        vpc: Vpc,
        made: Mapping[SegmentName, Subnets],
        walls: Groups,
        guards: list[pulumi.Resource],
    ) -> None:
        """The handles, whose ids resolve once everything that guards them is in force."""
        network_id = after(vpc.id, *guards)
        group_ids = {group: after(own, *guards) for group, own in walls.ids.items()}
        self.placements = {}
        for segment, own in made.items():
            ids, control = (
                {zone: after(subnet.id, *guards, *own.guards) for zone, subnet in some.items()}
                for some in (own.by_zone, own.control)
            )
            handle = Segment(
                name=segment,
                subnet_ids=tuple(ids.values()),
                node_range=args.machines[segment],
                pod_range=args.ranges[segment].pods,
                service_range=args.ranges[segment].services,
            )
            self.placements[segment] = Placement(network_id, handle, ids, control, group_ids)
        segments = {segment: placement.segment for segment, placement in self.placements.items()}
        self.handle = contracts.Network(id=network_id, segments=segments)


def _vpc(ground: Ground, args: NetworkArgs) -> tuple[Vpc, Mapping[SegmentName, pulumi.Output[str]]]:
    """The VPC with one range per segment, and its id for each segment once it has that range.

    A VPC takes five ranges: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html.
    """
    opts = pulumi.ResourceOptions(parent=ground.parent)
    first, *others = args.machines.items()
    vpc = Vpc(
        ground.name,
        cidr_block=first[1],
        enable_dns_hostnames=True,
        enable_dns_support=True,
        tags={**ground.labels, "Name": ground.name},
        opts=opts,
    )
    ids = {first[0]: vpc.id}
    for segment, cidr in others:
        more = VpcIpv4CidrBlockAssociation(
            f"{ground.name}-{segment}", vpc_id=vpc.id, cidr_block=cidr, opts=opts
        )
        ids[segment] = after(vpc.id, more)
    return vpc, ids


def _closed_defaults(ground: Ground, vpc: Vpc) -> list[pulumi.Resource]:
    """The default group and route table of the VPC, emptied."""
    name, labels, opts = ground.name, ground.labels, pulumi.ResourceOptions(parent=ground.parent)
    group = DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, tags=labels, opts=opts)
    table = DefaultRouteTable(
        f"{name}-default",
        default_route_table_id=vpc.default_route_table_id,
        routes=[],
        tags=labels,
        opts=opts,
    )
    return [group, table]


def _logs(ground: Ground, args: NetworkArgs, vpc: Vpc) -> list[pulumi.Resource]:
    """Flow logs, and the firewall and log of names."""
    name, labels, opts = ground.name, ground.labels, pulumi.ResourceOptions(parent=ground.parent)
    connections, queries = (
        log_group(ground, what, f"/palisade/{name}/{what}", args.logs_key, args.log_days)
        for what in ("flows", "names")
    )
    arn = args.place.arn("logs", f"log-group:/palisade/{name}/flows")
    writer = Acting(
        "Writes the network's flow logs.",
        service_trust(args.place, "vpc-flow-logs.amazonaws.com"),
        does="write",
        statements=[allow("Write", WRITE_LOGS, [arn, f"{arn}:*"])],
    )
    flows = FlowLog(
        f"{name}-flows",
        vpc_id=vpc.id,
        traffic_type="ALL",
        max_aggregation_interval=MINUTE,
        log_destination_type="cloud-watch-logs",
        log_destination=connections.arn,
        iam_role_arn=acting_role(ground, "flows", writer),
        tags=labels,
        opts=opts,
    )
    return [flows, *known_names(ground, vpc.id, queries.arn)]
