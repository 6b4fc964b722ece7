"""Machines of Google Cloud: instances, templates, GKE's nodes with their pods, and what anybody could start.

A node's endpoint has the addresses of its pods too, since a pod's packets leave by its node's interface and
the firewall takes them for the node's. Machines that are not declared stand for each subnet: one without any
tag, and, as anybody who may start a machine may name them, one for each network tag that a rule or route asks
for. Secure tags and service accounts are granted by IAM, so nobody is assumed to have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.gcp import types
from isolation.gcp.firewalls import Firewalls
from isolation.gcp.places import Network, Places, Subnet
from isolation.gcp.ranges import EVERYWHERE_4, EVERYWHERE_6
from isolation.gcp.routes import entry_name
from isolation.gcp.rules import EGRESS, INGRESS, account, account_groups, secure_groups, tag, unsure_group
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Endpoint, Guard, Kind, Scope, Unmodelled
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.traffic import traffic

# The API server, and on 8132 the tunnel by which it reaches into the cluster.
# Source: cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules.
CONTROL_PLANE_TRAFFIC = traffic("TCP", 443) | traffic("TCP", 8132) | traffic("TCP", 10250)
MOST_TAGS = 24
# Since Konnectivity, nodes open the tunnel through which the API server reaches into the cluster.
SILENT = Guard(Chain("a control plane", (Filter("a control plane opens no connection", (), Action.DENY),)))


@dataclass(eq=False)
class Interface:
    """A machine's place in a subnet, before its guards are known."""

    name: str
    subnet: Subnet
    addresses: IntervalSet
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    public: IntervalSet = EMPTY
    assumed: bool = False
    cluster: str = ""
    unknown: tuple[str, ...] = ()
    origin: str = ""


@dataclass(eq=False)
class Machines:
    """All machines of a plan, and the control planes of its clusters."""

    interfaces: list[Interface] = field(default_factory=list[Interface])
    control_planes: list[Endpoint] = field(default_factory=list[Endpoint])
    by_resource: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Names of endpoints by the URN of the instance, template, cluster or pool they come from."""
    unsure: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The groups of machines whose tags or accounts are not known, and the values that hide them."""
    unmodelled: list[Unmodelled] = field(default_factory=list[Unmodelled])


class MachineReader:
    """Reads machines from a graph."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._found = Machines()

    def read(self) -> Machines:
        """Every machine, declared or assumed."""
        for resource in self._graph.of(types.INSTANCE, types.FROM_TEMPLATE, *types.TEMPLATES):
            self._instance(resource)
        for cluster in self._graph.of(types.CLUSTER):
            self._cluster(cluster)
        for pool in self._graph.of(types.NODE_POOL):
            if not any(self._is_of(pool, cluster) for cluster in self._graph.of(types.CLUSTER)):
                why = "the cluster that it is of is not in this stack"
                self._found.unmodelled.append(Unmodelled(pool.label, why, origin=pool.urn))
        self._assume()
        return self._found

    def _add(self, owner: Resource, interface: Interface) -> None:
        names = self._found.by_resource.setdefault(owner.urn, [])
        if interface.name in names:
            # Where its place is not known, a machine stands in each that it may have.
            interface.name += f" in {interface.subnet.name}"
        self._found.interfaces.append(interface)
        names.append(interface.name)

    def _unsure(self, group: str, *values: str) -> str:
        """The group of machines of which `values` hide whether they are in groups such as `group`."""
        known = self._found.unsure.get(found := unsure_group(group), ())
        self._found.unsure[found] = tuple(dict.fromkeys((*known, *values)))
        return found

    def _tags(self, network: Network, tags: Value) -> frozenset[str]:
        """The groups of a machine's network tags."""
        found = {tag(network, each) for each in tags.texts()}
        # A change by hand of what is left to the provider is not seen.
        if tags.partly_unknown:
            found.add(self._unsure(tag(network, ""), tags.where))
        return frozenset(found)

    def _instance(self, resource: Resource) -> None:
        label = (
            "machine" if resource.type in (types.INSTANCE, types.FROM_TEMPLATE) else "machines of template"
        )
        name = f"{label} {resource.at('name').text(resource.name)}"
        groups = self._identity(
            resource,
            resource.at("serviceAccount.email"),
            resource.at("params.resourceManagerTags" if label == "machine" else "resourceManagerTags"),
        )
        for index, value in enumerate(resource.at("networkInterfaces").members()):
            subnets = self._subnets(resource, value)
            unknown = [] if len(subnets) == 1 else [value.at("subnetwork").where]
            unknown += [each.where for each in (value.at("accessConfigs"),) if each.unknown]
            for subnet in subnets:
                self._add(
                    resource,
                    Interface(
                        name if not index else f"{name}, interface {index}",
                        subnet,
                        _own_addresses(value, subnet),
                        self._tags(subnet.network, resource.at("tags")),
                        groups,
                        _public(value, subnet),
                        unknown=(*unknown, *subnet.unknown),
                        origin=resource.urn,
                    ),
                )

    def _subnets(self, resource: Resource, value: Value) -> list[Subnet]:
        if not value.at("subnetwork").missing:
            return self._places.of_subnet(resource, value.at("subnetwork"))
        return [
            subnet
            for network in self._places.of_network(resource, value.at("network"))
            for subnet in network.subnets
            if subnet.holds_machines
        ]

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
        groups = self._identity(owner, runs_as, secure)
        what = "nodes" if owner.type == types.NODE_POOL else "nodes of cluster"
        pods, open_pods = _pods(cluster, owner, subnet)
        self._add(
            owner,
            Interface(
                f"{what} {owner.name}",
                subnet,
                (subnet.primary & EVERYWHERE_4) | pods | (subnet.primary & EVERYWHERE_6),
                self._tags(subnet.network, tags),
                groups,
                EMPTY if private else internet_addresses(),
                cluster=member(cluster),
                unknown=(*open_pods, *subnet.unknown),
                origin=owner.urn,
            ),
        )
        if owner is not cluster:
            names = self._found.by_resource.setdefault(cluster.urn, [])
            names.append(self._found.interfaces[-1].name)

    def _identity(self, resource: Resource, runs_as: Value, secure: Value) -> frozenset[str]:
        """The groups of a machine's secure tags and service account."""
        groups, certain = account_groups(self._graph, resource, runs_as)
        tags, open_tags = self._secure(resource, secure)
        if not certain:
            # Of what it may be, nothing is sure.
            groups = frozenset({self._unsure(account(""), runs_as.where)})
            self._unsure_sources(runs_as)
        if open_tags:
            tags = frozenset({self._unsure("secure tag:", *open_tags)})
        return groups | tags

    def _unsure_sources(self, runs_as: Value) -> None:
        """Rules for sources know a service account within their network only."""
        for network in self._places:
            self._unsure(f"{network.short} {account('')}", runs_as.where)

    def _secure(self, resource: Resource, value: Value) -> tuple[frozenset[str], list[str]]:
        """The secure tags of a map from keys to values; one that is not known is told by its dependencies."""
        if value.missing:
            return frozenset(), []
        if value.partly_unknown:
            sources = self._graph.sources(resource, value, types.TAG_VALUE)
            groups = frozenset(f"secure tag:{one.urn}" for one in sources)
            return groups, [] if len(sources) == 1 else [value.where]
        if not isinstance(value.raw, dict):
            return frozenset(), [value.where]
        texts = cast("dict[str, object]", value.raw).values()
        listed = Value([{"name": text} for text in texts], value.where)
        groups, certain = secure_groups(self._graph, resource, listed, "name")
        return groups, [] if certain else [value.where]

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
        self._found.control_planes.append(
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

    def _assume(self) -> None:
        """Machines that nobody has declared, in every subnet that holds machines."""
        asked = self._asked_tags()
        for subnet in self._places.subnets.values():
            if not subnet.holds_machines or not subnet.primary:
                continue
            network = subnet.network
            tags = [each for each in asked if each.startswith(f"tag:{network.short}/")]
            for groups in [frozenset[str](), *(frozenset({each}) for each in tags[:MOST_TAGS])]:
                having = f" with tag {next(iter(groups)).rpartition('/')[2]}" if groups else ""
                self._found.interfaces.append(
                    Interface(
                        f"any machine{having} in {subnet.name}",
                        subnet,
                        subnet.primary,
                        groups,
                        public=internet_addresses() & EVERYWHERE_6 if subnet.public_six else EMPTY,
                        assumed=True,
                        unknown=subnet.unknown,
                        origin=subnet.resource.urn if subnet.resource else "",
                    )
                )

    def _asked_tags(self) -> list[str]:
        found: dict[str, None] = {}
        for path, resources in (
            ("targetTags", self._graph.of(types.FIREWALL)),
            ("sourceTags", self._graph.of(types.FIREWALL)),
            ("tags", self._graph.of(types.ROUTE)),
        ):
            for resource in resources:
                for network in self._places.of_network(resource, resource.at("network")):
                    found.update({tag(network, each): None for each in resource.at(path).texts()})
        return list(found)


def endpoints(machines: Machines, firewalls: Firewalls, scope: Scope) -> Iterator[Endpoint]:
    """The machines as endpoints, each behind the firewall of its network and region."""
    nodes: dict[str, set[str]] = {}
    for one in machines.interfaces:
        if one.cluster:
            nodes.setdefault(one.subnet.network.name, set()).add(_node(one.subnet.network))
    for one in machines.interfaces:
        network = one.subnet.network
        wrote = frozenset(nodes.get(network.name, ()))
        accounts = frozenset(f"{network.short} {each}" for each in one.groups if each.startswith(account("")))
        yield Endpoint(
            one.name,
            Kind.MACHINE,
            network.name,
            network.name,
            one.addresses,
            scope.segments_of(one.addresses),
            one.tags
            | one.groups
            | accounts
            | ({_node(network), one.cluster} if one.cluster else frozenset[str]()),
            firewalls.guards(network, one.subnet.region, EGRESS, wrote),
            firewalls.guards(network, one.subnet.region, INGRESS, wrote),
            one.public,
            (entry_name(network),) if one.public else (),
            frozenset({one.subnet.name}),
            assumed=one.assumed,
            unknown=one.unknown,
            origin=one.origin,
        )


def _node(network: Network) -> str:
    return f"node:{network.short}"


def _own_addresses(value: Value, subnet: Subnet) -> IntervalSet:
    """An interface's addresses; those of the whole subnet where its own is not known."""
    own = value.at("networkIp").text()
    found = addresses(own) if own else subnet.primary
    for alias in value.at("aliasIpRanges").items():
        text = alias.at("ipCidrRange").text()
        if text and not text.startswith("/"):
            found |= addresses(text)
        else:
            name = alias.at("subnetworkRangeName").text()
            found |= subnet.secondary.get(name, EMPTY) if name else subnet.ranges
    return found | (subnet.primary & EVERYWHERE_6)


def _public(value: Value, subnet: Subnet) -> IntervalSet:
    """The external addresses of an interface; all of the internet's for one that is not known yet."""
    found = EMPTY
    configs = value.at("accessConfigs")
    # An empty block asks for an ephemeral address.
    if not configs.missing:
        texts = [each.at("natIp").text() for each in configs.items()]
        known = [text for text in texts if text]
        found = (
            addresses(*known) if known and len(known) == len(texts) else internet_addresses() & EVERYWHERE_4
        )
    if subnet.public_six:
        found |= internet_addresses() & EVERYWHERE_6
    return found


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


def member(cluster: Resource) -> str:
    """The group of a cluster's nodes."""
    return f"cluster:{cluster.urn}"


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
