"""AWS: from the resources of pulumi-aws to the neutral model.

Reads VPCs, subnets, route tables, gateways, peerings, transit gateways, VPN and Direct Connect, security
groups, network ACLs, machines, EKS clusters with their nodes, load balancers, endpoints, and services with
interfaces in subnets. Guarantees that a type of a networking module is modelled, known to carry no packets,
or reported. Leaves out what only a running account shows: routes that BGP brings, rules that services and
other stacks write, what machines and firewalls forward, and accounts' settings that no stack declares.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.aws import types
from isolation.aws.acls import Acls
from isolation.aws.balancers import BalancerReader
from isolation.aws.clusters import ClusterReader
from isolation.aws.deciding import deciding
from isolation.aws.exits import ExitReader
from isolation.aws.gateways import SERVICES_ROUTER, Ways
from isolation.aws.groups import Groups
from isolation.aws.interfaces import INTO_SERVICES, Interfaces, Walls, endpoint
from isolation.aws.machines import MachineReader
from isolation.aws.places import Places
from isolation.aws.pods import PodReader
from isolation.aws.ranges import FRONT_ENDS, SERVICES
from isolation.aws.roads import Roads
from isolation.aws.services import ServiceReader
from isolation.aws.tables import Tables
from isolation.aws.targets import Targets
from isolation.aws.transit import Transit
from isolation.coverage import not_modelled
from isolation.intervals import IntervalSet
from isolation.model import Gateway, Model, Scope
from isolation.outside import outside
from isolation.resources import Graph


def translate(graph: Graph, scope: Scope) -> Model:
    """The model of all AWS networks of a plan."""
    places = Places(graph)
    tables, acls, groups = Tables(graph, places), Acls(graph, places), Groups(graph, places)
    ways = Ways(graph, places, tables, acls)
    interfaces = Interfaces()
    machines = MachineReader(graph, places, groups, interfaces)
    clusters = ClusterReader(graph, places, groups, interfaces, machines)
    services = ServiceReader(graph, places, groups, interfaces)
    balancers = BalancerReader(graph, places, groups, interfaces)
    pods = PodReader(graph, places, groups, interfaces)
    machines.read()
    clusters.read(scope)
    pods.read()
    services.read()
    balancers.read()
    transit = Transit(graph, places, tables, ways)
    between = transit.model()
    roads = Roads(graph, places, tables, ways, Targets(graph, places, ways, transit)).model(scope)
    ways.add(Gateway(INTO_SERVICES, "AWS's edge", SERVICES_ROUTER))
    walls = Walls(groups, acls, tables, ways)
    standing = tuple(endpoint(one, walls, scope) for one in interfaces.found.values())
    own = IntervalSet.union(vpc.known for vpc in places if vpc.resource)
    rest = Model(
        endpoints=(*standing, *clusters.outside),
        exits=tuple(ExitReader(graph, places).read()),
        unmodelled=(
            *places.unmodelled,
            *tables.unmodelled,
            *acls.unmodelled,
            *groups.unmodelled,
            *clusters.unmodelled,
            *pods.unmodelled,
            *balancers.unmodelled,
            *deciding(graph),
            *not_modelled(graph.resources, "aws", types.lists()),
        ),
        clusters=tuple(pods.places()),
        notes=tuple(_notes(graph, scope)),
    )
    world = outside(scope, SERVICES | FRONT_ENDS, own)
    return Model.joined([world, between, roads, ways.model(), services.model(), rest])


def _notes(graph: Graph, scope: Scope) -> Iterator[str]:
    if types.CLUSTER in graph:
        yield (
            "EKS makes a security group for each cluster, which no plan shows: it stands with the rules that"
            " EKS documents"
        )
    if scope.enterprise:
        yield (
            "The enterprise network's owner may connect it at any time, by Direct Connect, VPN or a peering:"
            " groups and ACLs keep the two apart, not a connection that is missing"
        )
    yield "Security groups are attached by whom IAM lets: a machine that nobody declares has the default one"
