"""Google Cloud: from the resources of pulumi-gcp to the neutral model.

Reads networks, subnets, routes, NAT, peerings, VPN, Interconnect, every kind of firewall rule, machines, GKE
clusters with their nodes, load balancers and private ways to services. Guarantees that a type of a networking
module is modelled, known to carry no packets, or reported. Leaves out what only a running project shows:
routes that BGP brings, rules that services write by themselves, and what machines forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isolation.coverage import not_modelled
from isolation.gcp import types
from isolation.gcp.balancers import BalancerReader, front, with_addresses
from isolation.gcp.firewalls import Firewalls
from isolation.gcp.interfaces import Machines, endpoints
from isolation.gcp.machines import MachineReader
from isolation.gcp.places import Places
from isolation.gcp.ranges import RESERVED
from isolation.gcp.routes import roads
from isolation.gcp.services import services
from isolation.intervals import IntervalSet
from isolation.model import ClusterPlace, Model, Scope
from isolation.outside import named_endpoint, outside
from isolation.resources import Graph, Resource


def translate(graph: Graph, scope: Scope) -> Model:
    """The model of all Google Cloud networks of a plan."""
    places = Places(graph)
    machines = MachineReader(graph, places).read()
    balancers = BalancerReader(graph, places, machines).read()
    firewalls = Firewalls(graph, places, machines.unsure)
    apis = services(graph, places)
    network_of = {one.name: one.subnet.network for one in machines.interfaces}
    standing = [
        with_addresses(one, balancers, network_of[one.name]) for one in endpoints(machines, firewalls, scope)
    ]
    control = [replace(one, segments=scope.segments_of(one.addresses)) for one in machines.control_planes]
    ways = roads(graph, places, scope, machines.unsure)
    own = IntervalSet.union(one.known for one in places if one.resource)
    world = outside(scope, RESERVED, own)
    names = [named_endpoint(domain, RESERVED) for domain in _domains(graph)]
    rest = Model(
        endpoints=(*standing, *control, *balancers.endpoints, *names),
        unmodelled=(
            *places.unmodelled,
            *machines.unmodelled,
            *firewalls.unmodelled(),
            *balancers.unmodelled,
            *not_modelled(graph.resources, "gcp", types.lists()),
        ),
        clusters=tuple(_clusters(graph, machines)),
        notes=tuple(_notes(graph, scope)),
    )
    return Model.joined([world, ways.model(), front(places), apis, rest])


def _clusters(graph: Graph, machines: Machines) -> Iterator[ClusterPlace]:
    for cluster in graph.of(types.CLUSTER):
        names = machines.by_resource.get(cluster.urn, [])
        pods = IntervalSet.union(
            one.addresses - one.subnet.primary for one in machines.interfaces if one.name in names
        )
        if names and pods:
            enforced, unknown = _enforces(cluster)
            yield ClusterPlace(
                cluster.at("name").text(cluster.name),
                tuple(names),
                pods,
                cluster.urn,
                frozenset() if enforced else frozenset(names),
                unknown,
            )


def _enforces(cluster: Resource) -> tuple[bool, tuple[str, ...]]:
    """Whether NetworkPolicies bind, and what that hangs on: with Dataplane V2 always, as on Autopilot.

    Source: docs.cloud.google.com/kubernetes-engine/docs/how-to/network-policy.
    """
    plane, older = cluster.at("datapathProvider"), cluster.at("networkPolicy.enabled")
    if plane.text() == "ADVANCED_DATAPATH" or cluster.at("enableAutopilot").flag() or older.flag():
        return True, ()
    return False, tuple(one.where for one in (plane, older) if one.unknown)


def _domains(graph: Graph) -> list[str]:
    """The domain names that firewall rules name."""
    found: dict[str, None] = {}
    for resource in graph.of(types.GLOBAL_RULE, types.REGION_RULE, types.ORG_RULE):
        for side in ("srcFqdns", "destFqdns"):
            found.update(dict.fromkeys(resource.at(f"match.{side}").texts()))
    for policy in graph.of(types.GLOBAL_RULES, types.REGION_RULES, types.ORG_RULES):
        for rule in policy.at("rules").items():
            for side in ("srcFqdns", "destFqdns"):
                found.update(dict.fromkeys(rule.at(f"match.{side}").texts()))
    return list(found)


def _notes(graph: Graph, scope: Scope) -> Iterator[str]:
    if types.CLUSTER in graph:
        yield (
            "GKE writes firewall rules of its own, which no plan shows; they count only where VPC rules come"
            " before the network's policies"
        )
    if scope.enterprise:
        yield (
            "The enterprise network's owner may connect it at any time, but not to private endpoints: where a"
            " stack declares the line, those are judged, too"
        )
    if types.NETWORK in graph:
        yield "Policies of the organisation and its folders count as far as this stack declares them"
