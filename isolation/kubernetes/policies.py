"""NetworkPolicies, and Cilium's, as packet filters: one filter per direction for every kind of pod.

A pod that no policy isolates in a direction lets everything pass in it; an isolated one lets pass what the
union of its policies' rules names. Selectors become groups, whose members are the pods that a rule's peer
selects, so that the matcher needs no labels. Named ports are those of the pod that is called; one that no
container declares matches nothing. Leaves out hairpin traffic: a pod's packets to itself, which plugins treat
differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isolation.addresses import addresses
from isolation.intervals import EMPTY, IntervalSet
from isolation.kubernetes.cilium import CiliumLine, pod_labels
from isolation.kubernetes.cluster import Cluster, Policy
from isolation.kubernetes.objects import Peer, PolicyPort, Selector
from isolation.kubernetes.workloads import Pod
from isolation.rules import ANYONE, Action, Filter, Match, Rule
from isolation.traffic import traffic

# All of TCP, UDP and SCTP, which is all that a NetworkPolicy speaks of.
POD_TRAFFIC = IntervalSet.union(traffic(protocol, 1, 65535) for protocol in ("TCP", "UDP", "SCTP"))
_ANYONE = "anyone"

DeclaredPort = tuple[str, str, int]  # name, protocol, number


@dataclass(frozen=True, slots=True)
class _Line:
    """One rule of a policy, with a label that finds it and a label for each of its peers."""

    label: str
    policy: Policy
    peers: tuple[Peer, ...]
    ports: tuple[PolicyPort, ...]

    def group(self, index: int) -> str:
        return f"{self.label} peer[{index}]"


class PolicyFilters:
    """The filters of a cluster's pods.

    Args:
        cluster: whose policies.
        blocks_cover_pods: whether an ipBlock holds the pods with an address in it, and those whose address is
            not known. It depends on the network plugin: False is the reading that allows least, True the one
            that allows most.
        pods: the range of the cluster's pods, where addresses are compared; Cilium's ranges leave them out.
    """

    def __init__(self, cluster: Cluster, blocks_cover_pods: bool = False, pods: IntervalSet = EMPTY) -> None:
        self._cluster = cluster
        self._pods = pods
        self._blocks_cover_pods = blocks_cover_pods
        self._filters: dict[tuple[object, ...], Filter] = {}
        self._lines = {
            direction: [list(_lines(policy, direction)) for policy in cluster.policies]
            for direction in ("Ingress", "Egress")
        }
        self._cilium: dict[str, list[list[CiliumLine]]] = {
            direction: [list(policy.lines(direction, POD_TRAFFIC)) for policy in cluster.cilium]
            for direction in ("Ingress", "Egress")
        }
        called = [line for lines in self._lines["Egress"] for line in lines]
        self._called_ports: frozenset[DeclaredPort] = frozenset(
            declared
            for workload in cluster.workloads
            for pod in workload.pods
            for declared in pod.ports
            if any(_names(port, declared) for line in called for port in line.ports)
        )

    def of(self, pod: Pod, direction: str) -> Filter:
        """What `pod` lets pass in the direction `Ingress` or `Egress`."""
        guarding = tuple(
            index
            for index, policy in enumerate(self._cluster.policies)
            if direction in policy.spec.directions and _guards(policy, pod)
        )
        labels = self._labels(pod)
        also = tuple(
            index
            for index, policy in enumerate(self._cluster.cilium)
            if not pod.host_network and policy.guards(labels)
        )
        key = (direction, guarding, also, pod.ports if direction == "Ingress" else None)
        if key not in self._filters:
            lines = [line for index in guarding for line in self._lines[direction][index]]
            rules = [rule for line in lines for rule in self._rules(line, direction, pod)]
            rules += [
                _cilium(line, direction, self._pods)
                for index in also
                for line in self._cilium[direction][index]
            ]
            isolated = guarding or any(
                self._cluster.cilium[index].denies_by_default(direction) for index in also
            )
            default = Action.DENY if isolated else Action.ALLOW
            policies = [str(self._cluster.policies[index]) for index in guarding]
            policies += [str(self._cluster.cilium[index]) for index in also]
            called = ", ".join(dict.fromkeys(policies)) or "(none selects it)"
            name = f"NetworkPolicies {called} {direction.lower()}"
            self._filters[key] = Filter(name, tuple(rules), default)
        return self._filters[key]

    def groups(self, pod: Pod) -> frozenset[str]:
        """The rules' peers that hold `pod`; as the called side also once for each port that egress rules
        name."""
        calling = self._members(pod, "Ingress")
        called = self._members(pod, "Egress") | {_ANYONE}
        ports = pod.ports & self._called_ports
        return frozenset(calling | called | {_at_port(group, port) for group in called for port in ports})

    def _members(self, pod: Pod, direction: str) -> set[str]:
        found = {
            line.group(index)
            for lines in self._lines[direction]
            for line in lines
            for index, peer in enumerate(line.peers)
            if self._holds(line.policy, peer, pod)
        }
        if pod.host_network:
            return found
        labels = self._labels(pod)
        return found | {
            line.label for lines in self._cilium[direction] for line in lines if line.holds(labels)
        }

    def _labels(self, pod: Pod) -> Mapping[str, str]:
        return pod_labels(pod.namespace, pod.labels, self._cluster.namespace_labels(pod.namespace))

    def _holds(self, policy: Policy, peer: Peer, pod: Pod) -> bool:
        """Whether a peer holds `pod`; without a namespace selector it looks in the policy's own namespace."""
        if peer.ipBlock is not None:
            return self._blocks_cover_pods and (not pod.address or bool(_block(peer) & pod.address))
        if pod.host_network:
            return False
        if peer.namespaceSelector is None:
            inside = pod.namespace == policy.namespace
        else:
            inside = peer.namespaceSelector.selects(self._cluster.namespace_labels(pod.namespace))
        return inside and (peer.podSelector is None or peer.podSelector.selects(pod.labels))

    def _rules(self, line: _Line, direction: str, guarded: Pod) -> Iterator[Rule]:
        """The allows of one line: one for all its numbered ports, and for egress one for each named port."""
        groups = frozenset(line.group(index) for index in range(len(line.peers)))
        blocks = IntervalSet.union(_block(peer) for peer in line.peers)
        peers = Match(blocks, groups) if line.peers else ANYONE
        numbered = _numbered(line.ports)
        if direction == "Ingress":
            named = [
                traffic(declared[1], declared[2])
                for declared in guarded.ports
                if any(_names(port, declared) for port in line.ports)
            ]
            yield Rule(line.label, Action.ALLOW, source=peers, traffic=IntervalSet.union([numbered, *named]))
            return
        yield Rule(line.label, Action.ALLOW, destination=peers, traffic=numbered)
        for declared in self._called_ports:
            if any(_names(port, declared) for port in line.ports):
                having = frozenset(
                    _at_port(group, declared) for group in (groups if line.peers else (_ANYONE,))
                )
                yield Rule(
                    f"{line.label} port {declared[0]}",
                    Action.ALLOW,
                    destination=Match(groups=having),
                    traffic=traffic(declared[1], declared[2]),
                )


def _cilium(line: CiliumLine, direction: str, pods: IntervalSet) -> Rule:
    """A line of Cilium's; all share one priority, at which a deny comes before an allow."""
    peers = ANYONE if line.everyone else Match(line.blocks - pods, frozenset({line.label}))
    if direction == "Ingress":
        return Rule(line.label, line.action, source=peers, traffic=line.traffic)
    return Rule(line.label, line.action, destination=peers, traffic=line.traffic)


def _lines(policy: Policy, direction: str) -> Iterator[_Line]:
    rules = (policy.spec.ingress if direction == "Ingress" else policy.spec.egress) or ()
    for index, rule in enumerate(rules):
        yield _Line(f"{policy} {direction.lower()}[{index}]", policy, rule.peers, rule.ports or ())


def _guards(policy: Policy, pod: Pod) -> bool:
    selector = policy.spec.podSelector or Selector()
    return not pod.host_network and pod.namespace == policy.namespace and selector.selects(pod.labels)


def _block(peer: Peer) -> IntervalSet:
    if peer.ipBlock is None:
        return EMPTY
    return addresses(peer.ipBlock.cidr) - addresses(*(peer.ipBlock.except_ or ()))


def _numbered(ports: tuple[PolicyPort, ...]) -> IntervalSet:
    """The ports that need no pod to know; no ports at all are all of them."""
    if not ports:
        return POD_TRAFFIC
    return IntervalSet.union(
        traffic(port.protocol or "TCP", port.port or 1, (port.endPort or port.port) if port.port else 65535)
        for port in ports
        if not isinstance(port.port, str)
    )


def _names(port: PolicyPort, declared: DeclaredPort) -> bool:
    return port.port == declared[0] and (port.protocol or "TCP") == declared[1]


def _at_port(group: str, declared: DeclaredPort) -> str:
    return f"{group} at {declared[0]} {declared[1]} {declared[2]}"
