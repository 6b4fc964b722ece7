"""Azure: from the resources of pulumi-azure-native to the neutral model.

Reads virtual networks, subnets, route tables, peerings, NAT, gateways by VPN and ExpressRoute, network
security groups, rules and connections of network managers, machines, and firewalls. Guarantees that a type of
a networking module is modelled, known to carry no packets, or reported. Leaves out what only a running
subscription shows: routes that BGP brings, rules that services write by themselves, and what machines and
firewalls forward.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.azure import types
from isolation.azure.admin import AdminRules
from isolation.azure.application_gateways import GatewayReader
from isolation.azure.arm import ArmGraph
from isolation.azure.attached import AttachedReader
from isolation.azure.balancers import BalancerReader
from isolation.azure.book import Parts
from isolation.azure.clusters import ClusterReader, cluster_places
from isolation.azure.connectivity import Connectivity
from isolation.azure.endpoints import EndpointReader
from isolation.azure.exits import ExitReader
from isolation.azure.firewalls import Firewalls
from isolation.azure.front_doors import FrontDoorReader
from isolation.azure.fronts import fronts
from isolation.azure.guards import Guards
from isolation.azure.interfaces import INTO_SERVICES, Interfaces, Walls, endpoint
from isolation.azure.lines import Lines
from isolation.azure.machines import MachineReader
from isolation.azure.managers import Managers
from isolation.azure.nsgs import Nsgs
from isolation.azure.outbound import Outbound
from isolation.azure.peerings import Peerings
from isolation.azure.places import Places
from isolation.azure.ranges import HOST, METADATA, RESERVED
from isolation.azure.roads import Roads
from isolation.azure.tables import Tables
from isolation.azure.tags import CONTROL_ROUTER, Tags
from isolation.azure.ways import SERVICES_ROUTER, Ways
from isolation.coverage import not_modelled
from isolation.intervals import IntervalSet
from isolation.model import Endpoint, Gateway, Kind, Model, Route, Router, Scope, Unmodelled
from isolation.outside import named_endpoint, outside
from isolation.resources import Graph


def translate(graph: Graph, scope: Scope) -> Model:
    """The model of all Azure networks of a plan."""
    plan = ArmGraph(graph.resources)
    places = Places(plan)
    tables = Tables(plan, places)
    managers, peerings = Managers(plan, places), Peerings(plan, places)
    connectivity = Connectivity(plan, places, managers)
    peerings.add(connectivity.halves())
    lines = Lines(plan, places, peerings)
    tags = Tags(places, tables, peerings, lines, scope)
    guards = Guards(Nsgs(plan, tags), AdminRules(plan, managers, tags), tags)
    interfaces, ways = Interfaces(), Ways()
    outbound, firewalls = Outbound(plan, places), Firewalls(plan, places, ways, tags)
    endpoints, clusters = EndpointReader(plan, places, interfaces), ClusterReader(plan, places, interfaces)
    balancers = BalancerReader(plan, places, interfaces)
    gateways = GatewayReader(plan, places, interfaces, balancers)
    doors = FrontDoorReader(plan, places, interfaces, balancers)
    MachineReader(plan, places, interfaces).read()
    attached = AttachedReader(plan, places, interfaces)
    attached.read()
    endpoints.read()
    clusters.read(scope)
    balancers.read()
    gateways.read()
    roads = Roads(Parts(plan, places, tables, peerings, lines, outbound, firewalls, ways), scope)
    doors.read(scope, roads.router)
    ways.add(Gateway(INTO_SERVICES, "Azure's edge", SERVICES_ROUTER))
    walls = Walls(guards.of, roads.router_of, lambda subnet: ways.entry(subnet.vnet))
    standing = tuple(endpoint(one, walls, scope) for one in interfaces.found.values())
    routed = roads.model(interfaces.found.values())
    ways.regional(tags.named)
    names = [named_endpoint(domain, RESERVED) for domain in firewalls.rules.names]
    own = IntervalSet.union(vnet.known for vnet in places)
    rest = Model(
        endpoints=(*standing, *clusters.outside, *tags.endpoints(), *names, *_hosts(places, ways)),
        routers=(Router(CONTROL_ROUTER, CONTROL_ROUTER),),
        routes=tuple(_from_control(places, ways)),
        gateways=tuple(outbound.gateways()),
        exits=tuple(ExitReader(plan, places).read()),
        unmodelled=(
            *places.unmodelled,
            *tables.unmodelled,
            *peerings.unmodelled,
            *connectivity.unmodelled,
            *lines.unmodelled,
            *firewalls.unmodelled,
            *attached.unmodelled,
            *clusters.unmodelled,
            *balancers.unmodelled,
            *gateways.unmodelled,
            *_hubs(plan, places),
            *not_modelled(plan.resources, types.PREFIX, types.lists()),
        ),
        clusters=tuple(cluster_places(plan, interfaces)),
        notes=(*_notes(plan, scope), *endpoints.notes()),
    )
    return Model.joined([outside(scope, RESERVED, own), fronts(), doors.model(), routed, ways.model(), rest])


def _hosts(places: Places, ways: Ways) -> Iterator[Endpoint]:
    """What every network has at fixed addresses: names, probes and metadata. Rules of security groups do not
    hold for packets to it; those from it are the load balancers' probes."""
    for vnet in places:
        yield Endpoint(
            f"Azure's host in {vnet.short}",
            Kind.RESOLVER,
            vnet.name,
            ways.arrivals(vnet),
            HOST | METADATA,
            unguarded=True,
        )


def _from_control(places: Places, ways: Ways) -> Iterator[Route]:
    """Azure's own control planes reach what they manage at its address in the network."""
    for vnet in places:
        if vnet.resource is not None:
            name = ways.add(Gateway(f"managed in {vnet.short}", "Azure's edge", ways.arrivals(vnet)))
            yield Route(f"control planes to {vnet.short}", CONTROL_ROUTER, vnet.ranges, 1, (name,))


def _hubs(graph: ArmGraph, places: Places) -> Iterator[Unmodelled]:
    """Virtual hubs: any network that is joined to one may reach whatever the hub leads to."""
    for one in graph.of(types.HUB_CONNECTION):
        networks = frozenset(vnet.name for vnet in places.of_vnet(one, one.at("remoteVirtualNetwork.id")))
        yield Unmodelled(
            one.label, "where a virtual hub leads is decided by its own routes", networks, one.urn
        )


def _notes(graph: ArmGraph, scope: Scope) -> Iterator[str]:
    if types.CLUSTER in graph:
        yield (
            "AKS makes a security group for the interfaces of nodes, which no plan shows: no claim is proven"
            " by it"
        )
    if scope.enterprise:
        yield (
            "The enterprise network's owner may connect it at any time, by ExpressRoute, VPN or a peering:"
            " security groups keep the two apart, not a connection that is missing"
        )
    yield "A machine that nobody declares is behind its subnet's security group; it may have a public address"
