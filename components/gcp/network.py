"""The network: five segments, a firewall that says the flow table, and private access to Google's APIs.

Builds a VPC with one subnet per segment, the route and zones of `private_access.py`, the firewall of
`firewall.py`, and the service perimeter of `perimeter.py` when the organisation has an access policy. A
brought network keeps its subnets, routes and zones, is checked (`existing_network.py`) and gets the firewall.

Guarantees: no address, NAT, router, peering or default route, so the only way out is the restricted range of
Google's APIs; what the flow table does not name is denied and logged; firewall policies come before VPC
rules, so that neither GKE's own rules nor anybody else's can widen them; every subnet logs its flows. No
argument opens training to the internet or to the enterprise network.

Leaves out: how the enterprise network is connected (its owner attaches Interconnect or VPN and announces
routes; the firewall is ready for it), the load balancer that is the edge, and a segment's machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp.compute.network import Network as Vpc
from pulumi_gcp.compute.subnetwork import Subnetwork
from pydantic import BaseModel, ConfigDict

from components import contracts
from components.contracts import AllowEntry, Flow, Segment, SegmentName
from components.gcp.existing_network import ExistingNetwork, checked_subnets
from components.gcp.firewall import Firewall, SegmentTag, Target, firewall
from components.gcp.firewall_rules import plan
from components.gcp.perimeter import PerimeterArgs, perimeter
from components.gcp.private_access import api_zones, logged_resolver, restricted_route
from components.ready import after
from components.segments import SegmentRanges

# Names of a segment's secondary ranges, where a cluster runs.
PODS = "pods"
SERVICES = "services"


class NetworkArgs(BaseModel):
    """Where the network is and what its segments are called and allowed.

    `project` is the project's id, `project_number` its number. `ranges` has every segment. `existing` brings
    a network instead of building one. `perimeter` needs an organisation with an access policy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    region: str
    ranges: Mapping[SegmentName, SegmentRanges]
    flows: tuple[Flow, ...]
    enterprise_ranges: tuple[str, ...] = ()
    allow: tuple[AllowEntry, ...] = ()
    existing: ExistingNetwork | None = None
    perimeter: PerimeterArgs | None = None


@dataclass(frozen=True)
class Placement:
    """What a GKE cluster needs to stand in a segment: its network, ranges by name, and its nodes' tag."""

    network_id: pulumi.Output[str]
    segment: Segment
    pods_range_name: str
    services_range_name: str
    tag: SegmentTag


class Network(pulumi.ComponentResource):
    """`handle` for whoever needs the network, `placements` for clusters, by segment."""

    handle: contracts.Network
    placements: Mapping[SegmentName, Placement]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Network", name, None, opts)
        rules = plan(args.ranges, args.flows, args.enterprise_ranges, args.allow)

        guards: list[pulumi.Resource] = []
        if args.existing:
            vpc, network_id = None, pulumi.Output.from_input(args.existing.id)
            subnet_ids = checked_subnets(args.existing, args.region, args.ranges, self)
        else:
            vpc = _vpc(name, args, self)
            network_id = vpc.id
            subnet_ids = {segment: _subnet(name, segment, vpc, args, self).id for segment in SegmentName}
            guards += [restricted_route(name, vpc, self), *api_zones(name, vpc, self)]
            guards += [logged_resolver(name, vpc, self)]
        walls = firewall(name, _target(args, vpc, network_id), rules, self, vpc)
        guards += walls.guards
        if args.perimeter:
            guards += [perimeter(name, args.perimeter, args.project_number, self)]

        self._publish(args, network_id, subnet_ids, walls, guards)
        self.register_outputs({"id": self.handle.id})

    def _publish(
        self,
        args: NetworkArgs,
        network_id: pulumi.Output[str],
        subnet_ids: Mapping[SegmentName, pulumi.Output[str]],
        walls: Firewall,
        guards: Sequence[pulumi.Resource],
    ) -> None:
        """The handles, whose ids resolve once everything that guards them is in force."""
        ready_id = after(network_id, *guards)
        segments = {
            segment: Segment(
                name=segment,
                subnet_ids=(after(subnet_ids[segment], *guards),),
                node_range=given.nodes,
                pod_range=given.pods,
                service_range=given.services,
            )
            for segment, given in args.ranges.items()
        }
        self.handle = contracts.Network(id=ready_id, segments=segments)
        self.placements = {
            segment: Placement(ready_id, segments[segment], pods, services, walls.tags[segment])
            for segment, (pods, services) in _cluster_ranges(args).items()
        }


def _cluster_ranges(args: NetworkArgs) -> Mapping[SegmentName, tuple[str, str]]:
    """The names of the ranges for pods and Services, of the segments where a cluster runs."""
    segments = [segment for segment, given in args.ranges.items() if given.pods and given.services]
    if args.existing is None:
        return dict.fromkeys(segments, (PODS, SERVICES))
    return {segment: args.existing.subnets[segment].cluster_ranges(segment) for segment in segments}


def _vpc(name: str, args: NetworkArgs, parent: pulumi.Resource) -> Vpc:
    return Vpc(
        name,
        name=name,
        project=args.project,
        description="Five segments, no default route; see components/gcp/network.py.",
        auto_create_subnetworks=False,
        delete_default_routes_on_create=True,
        routing_mode="REGIONAL",
        # Otherwise an allow of a VPC rule, GKE's included, would win over a deny of our policy.
        network_firewall_policy_enforcement_order="BEFORE_CLASSIC_FIREWALL",
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _subnet(
    name: str, segment: SegmentName, vpc: Vpc, args: NetworkArgs, parent: pulumi.Resource
) -> Subnetwork:
    ranges = args.ranges[segment]
    secondary = {PODS: ranges.pods, SERVICES: ranges.services}
    return Subnetwork(
        f"{name}-{segment}",
        name=f"{name}-{segment}",
        project=args.project,
        region=args.region,
        network=vpc.id,
        ip_cidr_range=ranges.nodes,
        secondary_ip_ranges=[
            {"range_name": range_name, "ip_cidr_range": cidr}
            for range_name, cidr in secondary.items()
            if cidr
        ],
        private_ip_google_access=True,
        stack_type="IPV4_ONLY",
        log_config={
            # Every connection is logged; a minute's worth of its packets makes one record.
            "flow_sampling": 1,
            "aggregation_interval": "INTERVAL_1_MIN",
            "metadata": "INCLUDE_ALL_METADATA",
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _target(args: NetworkArgs, vpc: Vpc | None, network_id: pulumi.Output[str]) -> Target:
    """The network that the firewall is attached to; a brought one may be of another project."""
    if args.existing:
        return Target(args.existing.project, pulumi.Output.from_input(args.existing.name), network_id)
    assert vpc is not None
    return Target(args.project, vpc.name, network_id)
