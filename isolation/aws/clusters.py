"""EKS: control planes, nodes with their pods, Fargate.

The control plane has interfaces in the cluster's subnets, in the groups it names and the one EKS makes for
the cluster. Pods are in `isolation.aws.pods`. What the control plane
serves inside the VPC is off where its private endpoint is; what it serves on the internet is a way into the
cluster that no rule of the network holds.
Sources: docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, sec-group-reqs.html,
cluster-endpoint.html, launch-templates.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from isolation.addresses import addresses
from isolation.aws import types
from isolation.aws.gateways import SERVICES_ROUTER
from isolation.aws.groups import Groups, Membership, cluster_group, merged
from isolation.aws.interfaces import INTO_SERVICES, SILENT, Interface, Interfaces
from isolation.aws.machines import MachineReader, unknown_public
from isolation.aws.places import Places, Subnet
from isolation.aws.ranges import EVERYWHERE_4, FRONT_ENDS
from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.joined import is_provider_of
from isolation.model import Endpoint, Guard, Kind, Scope, Unmodelled
from isolation.resources import Graph, Resource
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

HTTPS = traffic("TCP", 443)


class ClusterReader:
    """Reads clusters into `interfaces`; `outside` are their endpoints on the internet."""

    def __init__(
        self, graph: Graph, places: Places, groups: Groups, interfaces: Interfaces, machines: MachineReader
    ) -> None:
        self._graph = graph
        self._places = places
        self._groups = groups
        self._interfaces = interfaces
        self._machines = machines
        self.outside: list[Endpoint] = []
        self.unmodelled: list[Unmodelled] = []

    def read(self, scope: Scope) -> None:
        """Every cluster."""
        for cluster in self._graph.of(types.CLUSTER):
            self._cluster(cluster, scope)
        for group in self._graph.of(types.NODE_GROUP):
            found = self._graph.refer(group, group.at("clusterName"), types.CLUSTER)
            self._nodes(group, found.resources[0] if found.resources else None)
        for profile in self._graph.of(types.FARGATE):
            found = self._graph.refer(profile, profile.at("clusterName"), types.CLUSTER)
            for subnet in self._places.of_subnets(profile, profile.at("subnetIds")):
                own = self._own(found.resources[0] if found.resources else None, subnet)
                self._add(
                    f"Fargate pods of {profile.name}", subnet, own, owner=profile, clusters=found.resources
                )

    def _cluster(self, cluster: Resource, scope: Scope) -> None:
        config = cluster.at("vpcConfig")
        subnets = self._places.of_subnets(cluster, config.at("subnetIds"))
        private = config.at("endpointPrivateAccess").flag()
        for subnet in subnets:
            own = [self._own(cluster, subnet)]
            if not config.at("securityGroupIds").missing:
                own.append(self._groups.of(cluster, config.at("securityGroupIds"), subnet.vpc))
            self._interfaces.add(
                Interface(
                    f"control plane of {cluster.name} in {subnet.name}",
                    Kind.CONTROL_PLANE,
                    subnet,
                    merged(own),
                    serves=HTTPS if private else EMPTY,
                    origin=cluster.urn,
                )
            )
            if cluster.at("computeConfig.enabled").flag():
                self._add(
                    f"nodes that EKS starts for {cluster.name}",
                    subnet,
                    own[0],
                    owner=cluster,
                    clusters=[cluster],
                )
        public = config.at("endpointPublicAccess")
        if public.flag(True) or public.unknown:
            self._public(cluster, subnets, scope)
        if not cluster.at("remoteNetworkConfig").missing:
            why = "its nodes outside AWS and their pods"
            networks = frozenset(subnet.vpc.name for subnet in subnets)
            self.unmodelled.append(Unmodelled(cluster.label, why, networks, cluster.urn))

    def _public(self, cluster: Resource, subnets: Sequence[Subnet], scope: Scope) -> None:
        public = cluster.at("vpcConfig.endpointPublicAccess")
        blocks = cluster.at("vpcConfig.publicAccessCidrs")
        ranges = addresses(*(blocks.texts() or ["0.0.0.0/0", "::/0"]))
        open_ = tuple(each.where for each in (public, blocks) if each.partly_unknown)
        name = f"public endpoint of {cluster.name}"
        rule = Rule("publicAccessCidrs", Action.ALLOW, Match(ranges))
        wall = Guard(Chain(name, (Filter(name, (rule,), Action.DENY),)))
        segments = scope.segments_of(IntervalSet.union(subnet.ranges for subnet in subnets))
        self.outside.append(
            Endpoint(
                name,
                Kind.CONTROL_PLANE,
                SERVICES_ROUTER,
                SERVICES_ROUTER,
                FRONT_ENDS & EVERYWHERE_4,
                segments,
                egress=(SILENT,),
                ingress=(wall,),
                public=unknown_public(),
                entries=(INTO_SERVICES,),
                serves=HTTPS,
                unknown=open_,
                origin=cluster.urn,
            )
        )

    def _nodes(self, group: Resource, cluster: Resource | None) -> None:
        templates = self._machines.templates(group, group.at("launchTemplate"))
        for subnet in self._places.of_subnets(group, group.at("subnetIds")):
            groups, public = self._own(cluster, subnet), subnet.gives_public
            unknown: tuple[str, ...] = ()
            if templates:
                named, asked = self._machines.of_template(templates[0], subnet)
                groups = named or groups
                public = public if asked is None else asked
            elif not group.at("launchTemplate").missing:
                unknown = (f"{group.label}: its launch template",)
            owners = (cluster,) if cluster else ()
            self._add(
                f"nodes {group.name}",
                subnet,
                groups,
                owner=group,
                clusters=owners,
                public=public,
                unknown=unknown,
            )

    def _own(self, cluster: Resource | None, subnet: Subnet) -> Membership:
        if cluster is None:
            return self._groups.default(subnet.vpc)
        return Membership(frozenset({cluster_group(cluster)}))

    def _add(
        self,
        name: str,
        subnet: Subnet,
        groups: Membership,
        *,
        owner: Resource,
        clusters: Sequence[Resource],
        public: bool = False,
        unknown: tuple[str, ...] = (),
    ) -> None:
        self._interfaces.add(
            Interface(
                f"{name} in {subnet.name}",
                Kind.MACHINE,
                subnet,
                groups,
                public=unknown_public() if public else EMPTY,
                unknown=unknown,
                origin=owner.urn,
            ),
            owner.urn,
            *(nodes_of(cluster) for cluster in clusters),
        )


def nodes_of(cluster: Resource) -> str:
    """By what the nodes of a cluster are found among interfaces."""
    return f"nodes of {cluster.urn}"


def clusters_of(graph: Graph, placed: Resource) -> Iterator[Resource]:
    """The clusters that a Kubernetes object may be placed in: those its provider talks to."""
    for cluster in graph.of(types.CLUSTER):
        if is_provider_of(graph, placed.provider, called(cluster), cluster.urn):
            yield cluster


def called(cluster: Resource) -> str:
    """The name of a cluster."""
    return cluster.at("name").text(cluster.name)
