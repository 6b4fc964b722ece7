"""AKS: control planes, nodes with their pods, and how both leave.

A private cluster's API server has a private endpoint beside its nodes, or stands in a subnet of its own; any
other answers on the internet, to the ranges it names. Nodes have addresses of their pool's subnet. Pods of an
overlay have the node's address outside their cluster; pods with a subnet of their own stand there.
`outboundType` says how nodes leave: by a load balancer or a NAT gateway that AKS makes, or only by what their
network has. Leaves out the security group that AKS makes for the interfaces of nodes, on which nothing here
counts.
Sources: learn.microsoft.com/azure/aks, private-clusters, api-server-vnet-integration,
api-server-authorized-ip-ranges, egress-outboundtype, concepts-network-azure-cni-overlay and
configure-azure-cni-dynamic-ip-allocation there.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import addresses
from isolation.azure import services_data, types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.fronts import front_end
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.outbound import unknown_public
from isolation.azure.parts import open_parts
from isolation.azure.places import Places, Subnet
from isolation.intervals import IntervalSet
from isolation.kubernetes.joined import is_provider_of
from isolation.model import ClusterPlace, Endpoint, Exit, Guard, Kind, Scope, Unmodelled
from isolation.resources import Resource, Value
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

# Nodes reach an API server in their network by two ports.
# Source: learn.microsoft.com/azure/aks/api-server-vnet-integration (NSG security rules).
HTTPS = traffic("TCP", 443)
INTEGRATED = HTTPS | traffic("TCP", 4443)
# What pods have where nobody says. Source: learn.microsoft.com/azure/aks/azure-cni-overlay.
PODS = "10.244.0.0/16"
# What enforces NetworkPolicies. Source: learn.microsoft.com/azure/aks/use-network-policies.
ENFORCED = frozenset({"azure", "calico", "cilium"})
# Under these AKS makes a way out for the nodes that no other resource of a plan shows.
MADE = frozenset({"loadbalancer", "managednatgateway"})


class ClusterReader:
    """Reads clusters into `interfaces`; `outside` are their endpoints on the internet."""

    def __init__(self, graph: ArmGraph, places: Places, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces
        self.outside: list[Endpoint] = []
        self.unmodelled: list[Unmodelled] = []

    def read(self, scope: Scope) -> None:
        """Every cluster with its pools."""
        for cluster in self._graph.of(types.CLUSTER):
            self.unmodelled += open_parts(cluster, "agentPoolProfiles", deep=False)
            self.unmodelled += open_parts(cluster, "apiServerAccessProfile", "networkProfile", deep=False)
            subnets: list[Subnet] = []
            for each in cluster.at("agentPoolProfiles").items():
                name = f"{cluster.name}-{each.at('name').text('pool')}"
                subnets += self._pool(cluster, cluster, name, each)
            for pool, _ in self._graph.children(cluster, types.NODE_POOL):
                subnets += self._pool(cluster, pool, pool.name, property_value(pool))
            unique = list({one.name: one for one in subnets}.values())
            if cluster.at("nodeProvisioningProfile.mode").text() == "Auto":
                for subnet in unique:
                    self._nodes(cluster, cluster, f"nodes that AKS starts for {cluster.name}", subnet)
            self._control_plane(cluster, unique, scope)
            networks = frozenset(subnet.vnet.name for subnet in unique)
            for entry in services_data.clusters():
                value = cluster.at(entry["at"])
                if value.unknown or value.text().lower() in entry["when"]:
                    self.unmodelled.append(Unmodelled(cluster.label, entry["why"], networks, cluster.urn))

    def _pool(self, cluster: Resource, owner: Resource, name: str, value: Value) -> list[Subnet]:
        """The nodes of a pool; its subnets."""
        own = value.at("vnetSubnetID")
        if own.missing:
            own = Value(f"of the network that AKS makes for {cluster.name}", f"{cluster.label}: vnetSubnetID")
        subnets = self._places.of_subnet(owner, own)
        direct = value.at("enableNodePublicIP")
        for subnet in subnets:
            self._nodes(cluster, owner, f"nodes {name}", subnet, direct)
        for subnet in self._places.of_subnet(owner, value.at("podSubnetID")):
            pods = _leaving(cluster, Interface(f"pods of {name}", Kind.MACHINE, subnet, origin=owner.urn))
            self._interfaces.add(pods, f"pods of {cluster.urn}")
        return subnets

    def _nodes(
        self, cluster: Resource, owner: Resource, name: str, subnet: Subnet, direct: Value | None = None
    ) -> None:
        node = _leaving(cluster, Interface(name, Kind.MACHINE, subnet, origin=owner.urn))
        if direct is not None and (direct.flag() or direct.unknown):
            node.public, node.entered = unknown_public(), True
            node.unknown += (direct.where,) if direct.unknown else ()
        self._interfaces.add(node, owner.urn, f"nodes of {cluster.urn}")

    def _control_plane(self, cluster: Resource, subnets: list[Subnet], scope: Scope) -> None:
        access = cluster.at("apiServerAccessProfile")
        private, integrated = access.at("enablePrivateCluster"), access.at("enableVnetIntegration")
        unknown = tuple(each.where for each in (private, integrated) if each.unknown)
        if integrated.flag():
            for subnet in self._places.of_subnet(cluster, access.at("subnetId")) or subnets[:1]:
                self._stands(cluster, subnet, unknown)
        elif private.flag() or private.unknown:
            for subnet in subnets[:1]:
                self._stands(cluster, subnet, unknown, by_endpoint=True)
        if not private.flag():
            self._public(cluster, subnets, scope, unknown)

    def _stands(
        self, cluster: Resource, subnet: Subnet, unknown: tuple[str, ...], *, by_endpoint: bool = False
    ) -> None:
        """The API server's address in the network: a private endpoint's, or its own."""
        guarded, _, open_ = subnet.policies
        if by_endpoint and open_:
            unknown += (open_,)
        self._interfaces.add(
            Interface(
                f"control plane of {cluster.name}",
                Kind.CONTROL_PLANE,
                subnet,
                serves=HTTPS if by_endpoint else INTEGRATED,
                linked=by_endpoint,
                silent=by_endpoint,
                unfiltered=by_endpoint and not guarded,
                unmanaged=by_endpoint,
                unknown=unknown,
                origin=cluster.urn,
            )
        )

    def _public(
        self, cluster: Resource, subnets: list[Subnet], scope: Scope, unknown: tuple[str, ...]
    ) -> None:
        """The API server on the internet, behind the ranges that may ask it."""
        blocks = cluster.at("apiServerAccessProfile.authorizedIPRanges")
        ranges = addresses(*(blocks.texts() or ["0.0.0.0/0"]))
        open_ = (*unknown, *((blocks.where,) if blocks.partly_unknown else ()))
        name = f"public endpoint of {cluster.name}"
        wall = Rule("authorizedIPRanges", Action.ALLOW, Match(ranges))
        self.outside.append(
            front_end(
                name,
                Kind.CONTROL_PLANE,
                segments=scope.segments_of(IntervalSet.union(one.ranges for one in subnets)),
                ingress=(Guard(Chain(name, (Filter(name, (wall,), Action.DENY),))),),
                serves=HTTPS,
                unknown=open_,
                origin=cluster.urn,
            )
        )


def run_commands(graph: ArmGraph) -> Iterator[Exit]:
    """Clusters in which commands are run by Azure's API, past every rule of their network."""
    for cluster in graph.of(types.CLUSTER):
        closed = cluster.at("apiServerAccessProfile.disableRunCommand")
        if not closed.flag():
            why = "commands are run in it by Azure's API, past the network (disableRunCommand is not set)"
            yield Exit(cluster.label, frozenset(), why, origin=cluster.urn)


def clusters_of(graph: ArmGraph, placed: Resource) -> Iterator[Resource]:
    """The clusters that a Kubernetes object may be placed in: those its provider talks to."""
    for cluster in graph.of(types.CLUSTER):
        if is_provider_of(graph, placed.provider, _called(cluster), cluster.urn):
            yield cluster


def cluster_places(graph: ArmGraph, interfaces: Interfaces) -> Iterator[ClusterPlace]:
    """Where the pods of each cluster stand: on its nodes, or in subnets of their own."""
    for cluster in graph.of(types.CLUSTER):
        nodes, own = interfaces.of(f"nodes of {cluster.urn}"), interfaces.of(f"pods of {cluster.urn}")
        found = own if len(own) == len(nodes) else [*own, *nodes]
        if not found:
            continue
        profile = cluster.at("networkProfile")
        overlay = profile.at("networkPluginMode").text().lower() == "overlay"
        translated = not own and (overlay or profile.at("networkPlugin").text("kubenet") != "azure")
        pods = IntervalSet.union(one.addresses for one in found)
        if translated:
            listed = [*profile.at("podCidrs").texts(), *profile.at("podCidr").texts()]
            pods = addresses(*(listed or [PODS]))
        names = tuple(one.name for one in found)
        policies = profile.at("networkPolicy")
        yield ClusterPlace(
            _called(cluster),
            names,
            pods,
            cluster.urn,
            frozenset() if policies.text("none").lower() in ENFORCED else frozenset(names),
            (policies.where,) if policies.unknown else (),
            translated,
        )


def _leaving(cluster: Resource, one: Interface) -> Interface:
    """With the address that nodes go out by, where AKS makes a way out. Nothing comes in by it."""
    kind = cluster.at("networkProfile.outboundType")
    one.entered = False
    if kind.unknown or kind.text("loadBalancer").lower() in MADE:
        one.public = unknown_public()
        one.unknown += (kind.where,) if kind.unknown else ()
    return one


def _called(cluster: Resource) -> str:
    return cluster.at("resourceName").text(cluster.name)
