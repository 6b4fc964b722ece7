"""Pods in the network of their nodes: NetworkPolicies, then the cloud's filters, then its routes.

Every workload of a plan's Kubernetes objects becomes an endpoint that stands where its cluster's nodes stand,
with an address of the pods' range: one for each kind of node that filters and routes tell apart, since a pod
may be started on any. A packet of a pod meets its NetworkPolicies, where the cluster enforces them, and then
what its node meets. A pod with the node's network is the node. Claims of segments are held by the nodes
alone, which no NetworkPolicy guards; pods add what can be asked of a workload.

Objects that cannot be read leave their cluster without pods, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.cluster import Cluster, read_cluster
from isolation.kubernetes.documents import Document, Unreadable
from isolation.kubernetes.policies import PolicyFilters
from isolation.kubernetes.workloads import Pod
from isolation.model import ClusterPlace, Endpoint, Guard, Kind, Model
from isolation.resources import Graph, Resource, contains_unknown, texts_in
from isolation.rules import Chain, Filter, Match

PREFIX = "kubernetes:"
# Groups that are written `core/v1` in a type and `v1` in an object.
_CORE = "core/"


def with_pods(graph: Graph, model: Model) -> Model:
    """The model with the pods of all its clusters."""
    pods: list[Endpoint] = []
    notes: list[str] = []
    for place in model.clusters:
        mine = [one for one in graph.resources if _belongs(graph, one, place)]
        try:
            cluster = read_cluster(
                [document for one in mine if not _is_open(one) and (document := _document(one)) is not None]
            )
        except Unreadable as problem:
            why = f"Pods of {place.name} count as its nodes, since an object cannot be read: {problem}"
            notes.append(why)
            pods += _unread(place, _kinds_of_nodes(model, place), str(problem))
            continue
        notes += [f"In {place.name}: {note}" for note in cluster.notes]
        if place.unenforced and (cluster.policies or cluster.cilium):
            notes.append(f"NetworkPolicies are not enforced on {', '.join(sorted(place.unenforced))}")
        pods += _endpoints(cluster, place, _kinds_of_nodes(model, place), open_values=_open(mine))
    if not pods and not notes:
        return model
    return Model.joined([model, Model(endpoints=tuple(pods), notes=tuple(notes))])


def is_provider_of(graph: Graph, provider: str, name: str, urn: str) -> bool:
    """Whether the provider of an object (`urn::id`) talks to a cluster, by its references or its texts."""
    own = provider.rpartition("::")[0]
    found = graph.by_urn.get(own)
    if found is not None:
        if any(urn in urns for urns in found.references.values()):
            return True
        if any(name in text for text in texts_in(found.properties)):
            return True
    return own.rpartition("::")[2] == name


def _belongs(graph: Graph, resource: Resource, place: ClusterPlace) -> bool:
    return resource.type.startswith(PREFIX) and is_provider_of(
        graph, resource.provider, place.name, place.urn
    )


def _document(resource: Resource) -> Document | None:
    """An object as its YAML would be; None for what is no object, such as a Helm release."""
    api, _, kind = resource.type.removeprefix(PREFIX).rpartition(":")
    if not kind or "helm" in api or kind.endswith("Patch"):
        return None
    asked = {key: value for key, value in resource.properties.items() if key not in ("status", "apiVersion")}
    return Document("the plan", api.removeprefix(_CORE), kind, {**asked, "kind": kind})


def _is_open(resource: Resource) -> bool:
    """Whether it is a policy of which something is not known yet. Its pods stand without it, and say so."""
    return resource.type.endswith("NetworkPolicy") and contains_unknown(dict(resource.properties))


def _open(resources: list[Resource]) -> tuple[str, ...]:
    return tuple(f"{one.label}: spec" for one in resources if _is_open(one))


def _kinds_of_nodes(model: Model, place: ClusterPlace) -> list[Endpoint]:
    """One node of each kind that pods can tell apart, in the order of the place."""
    by_name = {one.name: one for one in model.endpoints}
    found: dict[tuple[object, ...], Endpoint] = {}
    for name in place.nodes:
        node = by_name[name]
        key = (
            node.network,
            node.router,
            _addresses(node, place),
            node.segments,
            node.groups,
            node.egress,
            node.ingress,
            node.public,
            node.entries,
            node.boundaries,
            node.unknown,
            name in place.unenforced,
        )
        found.setdefault(key, node)
    return list(found.values())


def _addresses(node: Endpoint, place: ClusterPlace) -> IntervalSet:
    """Where a node's pods have their addresses, as others see them: its own part of the range where it has
    one, and its own where it hides theirs."""
    if place.translated:
        return node.addresses
    return place.pods & node.addresses or place.pods


def _endpoints(
    cluster: Cluster, place: ClusterPlace, nodes: list[Endpoint], open_values: tuple[str, ...]
) -> Iterator[Endpoint]:
    filters = PolicyFilters(cluster, pods=place.pods)
    # Pods of the same policies share a guard, so that the search does not tell them apart.
    made: dict[Filter, Guard] = {}

    def guard(pod: Pod, direction: str) -> Guard:
        one = filters.of(pod, direction)
        if one not in made:
            made[one] = _guard(one, place.name)
        return made[one]

    for workload in cluster.workloads:
        name = f"{workload.namespace}/{workload.name}"
        for index, pod in enumerate(one for one in workload.pods if not one.host_network):
            called = f"pod {name} ({workload.kind}){f' #{index}' if index else ''} in {place.name}"
            egress, ingress = guard(pod, "Egress"), guard(pod, "Ingress")
            groups = frozenset(_own(place.name, group) for group in filters.groups(pod))
            for node in nodes:
                bound = node.name not in place.unenforced
                yield replace(
                    node,
                    name=called if len(nodes) == 1 else f"{called} on {node.name}",
                    kind=Kind.POD,
                    addresses=(EMPTY if place.translated else pod.address) or _addresses(node, place),
                    groups=node.groups | groups,
                    egress=(egress, *node.egress) if bound else node.egress,
                    ingress=(ingress, *node.ingress) if bound else node.ingress,
                    forwards=(),
                    assumed=False,
                    unknown=(*node.unknown, *place.unknown, *open_values),
                    origin="",
                )


def _unread(place: ClusterPlace, nodes: list[Endpoint], problem: str) -> Iterator[Endpoint]:
    """Pods of objects that cannot be read, of which there may be some on every node."""
    for node in nodes:
        yield replace(
            node,
            name=f"pods in {place.name} on {node.name}",
            kind=Kind.POD,
            addresses=_addresses(node, place),
            forwards=(),
            assumed=True,
            unknown=(*node.unknown, problem),
            origin="",
        )


def _guard(one: Filter, cluster: str) -> Guard:
    """A filter of NetworkPolicies whose groups are those of one cluster only."""
    rules = tuple(
        replace(rule, source=_matched(rule.source, cluster), destination=_matched(rule.destination, cluster))
        for rule in one.rules
    )
    return Guard(Chain(one.name, (Filter(one.name, rules, one.default),)))


def _matched(match: Match, cluster: str) -> Match:
    return replace(match, groups=frozenset(_own(cluster, group) for group in match.groups))


def _own(cluster: str, group: str) -> str:
    return f"{cluster}: {group}"
