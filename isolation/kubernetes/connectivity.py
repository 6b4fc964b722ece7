"""Who can talk to whom, on which ports: all pairs of workloads, and of workloads with outside addresses.

A pair can talk when the caller's egress and the called one's ingress both allow it; the answer is the union
over the pods of both workloads. Outside addresses are cut wherever a policy names one and joined again where
nothing tells them apart. Exact for what the YAML says. Two things are out of scope: packets of a workload to
itself are left out unless asked for, since a pod's hairpin traffic is the plugin's affair; and Services are
no peers, since policies see the pod's address and port behind them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from isolation.addresses import ALL_IPV4, ALL_IPV6, address_ranges
from isolation.intervals import IntervalSet
from isolation.kubernetes.cluster import Cluster
from isolation.kubernetes.policies import POD_TRAFFIC, PolicyFilters
from isolation.kubernetes.workloads import Workload
from isolation.matching import Matcher, Side
from isolation.rules import Action, Chain, Filter
from isolation.traffic import traffic_texts

_NO_GROUPS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """A pair that can talk.

    Attributes:
        src: the caller, `namespace/workload` or an address range `first-last`.
        dst: the called side, likewise; never two address ranges.
        connections: for example `("TCP 80-90", "UDP 53")`; `("ALL",)` is TCP, UDP and SCTP on 1-65535.
    """

    src: str
    dst: str
    connections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Peer:
    """A kind of pod, or a set of outside addresses, as the matcher sees it."""

    side: Side
    egress: Chain
    ingress: Chain


def connectivity(
    cluster: Cluster,
    *,
    blocks_cover_pods: bool = False,
    within_workloads: bool = False,
    ipv6: bool | None = None,
) -> list[Connection]:
    """Every pair of the cluster that can talk, sorted by caller and called side.

    Args:
        cluster: what `isolation.kubernetes.cluster.read_cluster` made of the YAML.
        blocks_cover_pods: whether ipBlocks hold pods; see `PolicyFilters`.
        within_workloads: list also what the pods of one workload can say to each other.
        ipv6: whether outside addresses of IPv6 count; None for where the YAML says that the cluster has them.
    """
    return _Connectivity(cluster, blocks_cover_pods, cluster.ipv6 if ipv6 is None else ipv6).list(
        within_workloads
    )


class _Connectivity:
    def __init__(self, cluster: Cluster, blocks_cover_pods: bool, ipv6: bool) -> None:
        self._cluster = cluster
        self._policies = PolicyFilters(cluster, blocks_cover_pods)
        self._open = Filter("outside", (), Action.ALLOW)
        self._chains: dict[Filter, Chain] = {}
        pods = {
            workload: [
                (
                    self._policies.of(pod, "Egress"),
                    self._policies.of(pod, "Ingress"),
                    self._policies.groups(pod),
                )
                for pod in workload.pods
            ]
            for workload in cluster.workloads
        }
        filters = {one: None for found in pods.values() for out, into, _ in found for one in (out, into)}
        self._matcher = Matcher([self._open, *filters], POD_TRAFFIC)
        self._inside = {
            workload: list(
                dict.fromkeys(self._peer(Side(0, groups), out, into) for out, into, groups in found)
            )
            for workload, found in pods.items()
        }
        everywhere = ALL_IPV4 | ALL_IPV6 if ipv6 else ALL_IPV4
        self._outside = [
            (members, self._peer(Side(signature), self._open, self._open))
            for signature, members in self._matcher.signatures.classes(everywhere).items()
        ]
        self._answers: dict[tuple[_Peer, _Peer], int] = {}

    def list(self, within_workloads: bool) -> list[Connection]:
        found = [*self._between_workloads(within_workloads), *self._with_outside()]
        return sorted(found)

    @cached_property
    def _names(self) -> dict[Workload, str]:
        """`namespace/name`, with the kind behind it where two workloads of a namespace share their name."""
        plain = {workload: f"{workload.namespace}/{workload.name}" for workload in self._inside}
        uses = Counter(plain.values())
        return {
            workload: name if uses[name] == 1 else f"{name}[{workload.kind}]"
            for workload, name in plain.items()
        }

    def _between_workloads(self, within_workloads: bool) -> Iterator[Connection]:
        for source, callers in self._inside.items():
            for destination, called in self._inside.items():
                if source is destination and (not within_workloads or source.kind == "Pod"):
                    continue
                if allowed := self._union(callers, called):
                    yield Connection(self._names[source], self._names[destination], self._texts(allowed))

    def _with_outside(self) -> Iterator[Connection]:
        for workload, peers in self._inside.items():
            for out in (True, False):
                by_traffic: dict[int, list[IntervalSet]] = {}
                for members, peer in self._outside:
                    allowed = self._union(peers, [peer]) if out else self._union([peer], peers)
                    if allowed:
                        by_traffic.setdefault(allowed, []).append(members)
                for allowed, sets in by_traffic.items():
                    for text in address_ranges(IntervalSet.union(sets)):
                        pair = (self._names[workload], text) if out else (text, self._names[workload])
                        yield Connection(*pair, self._texts(allowed))

    def _union(self, callers: list[_Peer], called: list[_Peer]) -> int:
        allowed = 0
        for source in callers:
            for destination in called:
                allowed |= self._allowed(source, destination)
        return allowed

    def _allowed(self, source: _Peer, destination: _Peer) -> int:
        key = (source, destination)
        found = self._answers.get(key)
        if found is None:
            out, _ = self._matcher.chain(source.egress, source.side, destination.side, _NO_GROUPS)
            into, _ = self._matcher.chain(destination.ingress, source.side, destination.side, _NO_GROUPS)
            found = self._answers[key] = out & into
        return found

    def _peer(self, side: Side, egress: Filter, ingress: Filter) -> _Peer:
        return _Peer(side, self._chain(egress), self._chain(ingress))

    def _chain(self, one: Filter) -> Chain:
        return self._chains.setdefault(one, Chain(one.name, (one,)))

    def _texts(self, mask: int) -> tuple[str, ...]:
        return tuple(traffic_texts(self._matcher.cuts.members(mask), POD_TRAFFIC))
