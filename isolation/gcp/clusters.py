"""GKE's clusters: their control planes, and their nodes with the pods on them.

A node's endpoint has the addresses of its pods too, since a pod's packets leave by its node's interface and
the firewall takes them for the node's.
Source: cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules.
"""

from __future__ import annotations

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.gcp import types
from isolation.gcp.groups import Groups
from isolation.gcp.interfaces import Interface, Machines, member
from isolation.gcp.places import Places, Subnet
from isolation.gcp.ranges import EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.roads import entry_name
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Guard, Kind, Unmodelled
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

# The API server, and on 8132 the tunnel by which it reaches into the cluster.
# Source: cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules.
CONTROL_PLANE_TRAFFIC = traffic("TCP", 443) | traffic("TCP", 8132) | traffic("TCP", 10250)
# Since Konnectivity, nodes open the tunnel through which the API server reaches into the cluster.
SILENT = Guard(Chain("a control plane", (Filter("a control plane opens no connection", (), Action.DENY),)))


class ClusterReader:
    """Adds the nodes and control planes of all clusters to `machines`."""

    def __init__(self, graph: Graph, places: Places, machines: Machines, groups: Groups) -> None:
        self._graph = graph
        self._places = places
        self._machines = machines
        self._groups = groups

    def read(self) -> None:
        """Every cluster, and the pools of those that are not in this stack."""
        for cluster in self._graph.of(types.CLUSTER):
            self._cluster(cluster)
        for pool in self._graph.of(types.NODE_POOL):
            if not any(self._is_of(pool, cluster) for cluster in self._graph.of(types.CLUSTER)):
                why = "the cluster that it is of is not in this stack"
                self._machines.unmodelled.append(Unmodelled(pool.label, why, origin=pool.urn))

    def _cluster(self, cluster: Resource) -> None:
        subnets = self._places.of_subnet(cluster, cluster.at("subnetwork"))
        if not subnets:
            networks = self._places.of_network(cluster, cluster.at("network"))
            subnets = [subnet for network in networks for subnet in network.subnets if subnet.holds_machines]
        asked = cluster.at("privateClusterConfig.enablePrivateNodes")
        private = asked.flag()
        for subnet in subnets:
            self._control_plane(cluster, subnet)
            if cluster.at("enableAutopilot").flag():
                auto = cluster.at("nodePoolAutoConfig")
                tags, roles = auto.at("networkTags.tags"), auto.at("resourceManagerTags")
                self._nodes(cluster, cluster, subnet, (tags, roles, Value(None, "")), private=private)
            elif not cluster.at("removeDefaultNodePool").flag() and not cluster.at("nodePools").missing:
                for value in cluster.at("nodePools").members():
                    self._pool(cluster, cluster, value.at("nodeConfig"), subnet, private=private)
            elif not cluster.at("removeDefaultNodePool").flag():
                self._pool(cluster, cluster, cluster.at("nodeConfig"), subnet, private=private)
            for pool in self._graph.of(types.NODE_POOL):
                if self._is_of(pool, cluster):
                    own = pool.at("networkConfig.enablePrivateNodes")
                    hidden = private if own.missing else own.flag()
                    self._pool(cluster, pool, pool.at("nodeConfig"), subnet, private=hidden)

    def _is_of(self, pool: Resource, cluster: Resource) -> bool:
        """Whether a node pool is a cluster's, or may be."""
        value = pool.at("cluster")
        found = self._graph.refer(pool, value, types.CLUSTER)
        return cluster in found.resources or (value.unknown and not found.resources)

    def _pool(
        self, cluster: Resource, owner: Resource, config: Value, subnet: Subnet, *, private: bool
    ) -> None:
        values = (config.at("tags"), config.at("resourceManagerTags"), config.at("serviceAccount"))
        self._nodes(cluster, owner, subnet, values, private=private)

    def _nodes(
        self,
        cluster: Resource,
        owner: Resource,
        subnet: Subnet,
        values: tuple[Value, Value, Value],
        *,
        private: bool,
    ) -> None:
        """Nodes of one pool: `values` are its network tags, secure tags and service account."""
        tags, secure, runs_as = values
        groups = self._groups.identity(owner, runs_as, secure)
        what = "nodes" if owner.type == types.NODE_POOL else "nodes of cluster"
        pods, open_pods = _pods(cluster, owner, subnet)
        self._machines.add(
            owner,
            Interface(
                f"{what} {owner.name}",
                subnet,
                (subnet.primary & EVERYWHERE_4) | pods | (subnet.primary & EVERYWHERE_6),
                self._groups.tags(subnet.network, tags),
                groups,
                EMPTY if private else internet_addresses(),
                cluster=member(cluster),
                unknown=(*open_pods, *subnet.unknown),
                origin=owner.urn,
            ),
        )
        if owner is not cluster:
            names = self._machines.by_resource.setdefault(cluster.urn, [])
            names.append(self._machines.interfaces[-1].name)

    def _control_plane(self, cluster: Resource, subnet: Subnet) -> None:
        """The API server's address in the network, and on the internet where it has one."""
        private = cluster.at("privateClusterConfig")
        block = private.at("masterIpv4CidrBlock").text()
        for own in self._places.of_subnet(cluster, private.at("privateEndpointSubnetwork")):
            subnet = own
        network = subnet.network
        by_address = cluster.at("controlPlaneEndpointsConfig.ipEndpointsConfig")
        closed = not by_address.at("enabled").missing and not by_address.at("enabled").flag(True)
        public = by_address.at("enablePublicEndpoint")
        hidden = (
            closed
            or private.at("enablePrivateEndpoint").flag()
            or (not public.missing and not public.flag(True))
        )
        self._machines.control_planes.append(
            Endpoint(
                f"control plane of {cluster.name}",
                Kind.CONTROL_PLANE,
                network.name,
                network.name,
                addresses(block) if block else subnet.primary & EVERYWHERE_4,
                egress=(SILENT,),
                ingress=_admits(cluster, closed=closed),
                public=EMPTY if hidden else internet_addresses() & EVERYWHERE_4,
                entries=() if hidden else (entry_name(network),),
                serves=CONTROL_PLANE_TRAFFIC,
                origin=cluster.urn,
            )
        )


def _pods(cluster: Resource, owner: Resource, subnet: Subnet) -> tuple[IntervalSet, list[str]]:
    """The range of a pool's pods; any of the subnet's where that is not known."""
    policy = cluster.at("ipAllocationPolicy")
    asked = (owner.at("networkConfig.podRange"), cluster.at("ipAllocationPolicy.clusterSecondaryRangeName"))
    open_values = [each.where for each in asked if each.unknown]
    if open_values and (policy.unknown or subnet.secondary):
        return IntervalSet.union(subnet.secondary.values()), open_values
    for text in (
        owner.at("networkConfig.podRange").text(),
        cluster.at("ipAllocationPolicy.clusterSecondaryRangeName").text(),
    ):
        if text in subnet.secondary:
            return subnet.secondary[text], []
    for path in ("ipAllocationPolicy.clusterIpv4CidrBlock", "clusterIpv4Cidr"):
        block = cluster.at(path).text()
        if "/" in block.strip("/"):
            return addresses(block), []
    if cluster.at("ipAllocationPolicy").missing or not subnet.secondary:
        return EMPTY, []
    return IntervalSet.union(subnet.secondary.values()), []


def _admits(cluster: Resource, *, closed: bool) -> tuple[Guard, ...]:
    """Who may open a connection to the API server's address: its nodes, and where addresses are not turned
    off, the authorised networks, or everybody where there are none."""
    nodes = Rule("its nodes", Action.ALLOW, Match(groups=frozenset({member(cluster)})))
    config = cluster.at("masterAuthorizedNetworksConfig")
    if closed:
        rules = [nodes]
    elif config.missing:
        rules = [nodes, Rule("no authorised networks are set", Action.ALLOW)]
    else:
        blocks = config.at("cidrBlocks")
        unknown = (blocks.where,) if blocks.partly_unknown else ()
        listed = [text for each in blocks.items() if (text := each.at("cidrBlock").text())]
        open_to = ALL_ADDRESSES if unknown else addresses(*listed)
        rules = [nodes, Rule("authorised networks", Action.ALLOW, Match(open_to), unknown=unknown)]
    name = f"access to the control plane of {cluster.name}"
    return (Guard(Chain(name, (Filter(name, tuple(rules), Action.DENY),))),)
