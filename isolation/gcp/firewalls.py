"""The firewalls of a network in the order in which Google Cloud asks them.

Hierarchical policies, organisation before folders; then, as the network's enforcement order says, VPC
firewall rules before or after the network's global and regional policies; last the implied rules: egress is
allowed and ingress denied. What a policy or the VPC rules do not decide goes to the next.
Source: cloud.google.com/firewall/docs/firewall-policies-rule-eval-order.

GKE and other services write VPC rules and regional system policies of their own, which no plan shows. They
are not guessed: where VPC rules come before the policies, one rule stands for those that GKE may write, as an
unknown. A network for RDMA asks regional policies only, is stateless, and implies allow both ways.
Source: cloud.google.com/firewall/docs/firewall-for-roce.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from isolation.gcp import types
from isolation.gcp.places import Network, Places
from isolation.gcp.rules import EGRESS, INGRESS, Directed, classic, of_policy
from isolation.model import Guard, Unmodelled
from isolation.resources import Graph, Resource, Value
from isolation.rules import Action, Chain, Filter, Rule

_POLICIES = {
    types.GLOBAL_ASSOCIATION: (types.GLOBAL_POLICY, types.GLOBAL_RULES),
    types.REGION_ASSOCIATION: (types.REGION_POLICY, types.REGION_RULES),
}
_RULES = {
    types.GLOBAL_RULE: types.GLOBAL_POLICY,
    types.REGION_RULE: types.REGION_POLICY,
    types.ORG_RULE: types.ORG_POLICY,
}
BEFORE = "BEFORE_CLASSIC_FIREWALL"


class Firewalls:
    """The guards of each network and region, made once."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._guards: dict[tuple[str, str, str], tuple[Guard, ...]] = {}
        self._filters: dict[tuple[object, ...], Filter] = {}
        self._rules: dict[object, list[Directed]] = {}
        """Rules of both directions, read once: by the network, or by the policy and the network."""

    def guards(
        self, network: Network, region: str, direction: str, wrote: frozenset[str]
    ) -> tuple[Guard, ...]:
        """What a machine of a network and region meets in one direction; `wrote` are the groups of nodes that
        GKE writes rules for."""
        key = (network.name, region, direction)
        found = self._guards.get(key)
        if found is None:
            chain = Chain(
                f"the firewall of {network.name}", tuple(self._ordered(network, region, direction, wrote))
            )
            found = self._guards[key] = (Guard(chain),)
        return found

    def _ordered(
        self, network: Network, region: str, direction: str, wrote: frozenset[str]
    ) -> Iterator[Filter]:
        if network.rdma:
            if direction == INGRESS:
                yield from self._regional(network, region, direction, stateful=False)
            yield self._implied(network, direction, Action.ALLOW)
            return
        yield from self._hierarchical(network, direction)
        policies = [*self._global(network, direction), *self._regional(network, region, direction)]
        rules = [self._classic(network, direction)]
        if direction == INGRESS and wrote:
            rules.insert(0, self._by_gke(network, wrote))
        if self._before(network):
            yield from (*policies, *rules)
        else:
            yield from (*rules, *policies)
        yield self._implied(network, direction, Action.ALLOW if direction == EGRESS else Action.DENY)

    def _before(self, network: Network) -> bool:
        order = network.resource.at("networkFirewallPolicyEnforcementOrder") if network.resource else None
        return order is not None and order.text() == BEFORE

    def _by_gke(self, network: Network, wrote: frozenset[str]) -> Filter:
        unknown = f"the VPC firewall rules that GKE writes in {network.name}"
        rule = Rule(unknown, Action.ALLOW, target=wrote, unknown=(unknown,))
        return Filter("rules of GKE's own", (rule,), Action.NEXT)

    def _implied(self, network: Network, direction: str, default: Action) -> Filter:
        key = ("implied", direction, default)
        if key not in self._filters:
            self._filters[key] = Filter(f"the implied {direction.lower()} rule", (), default)
        return self._filters[key]

    def _classic(self, network: Network, direction: str) -> Filter:
        key = ("classic", network.name, direction)
        if key not in self._filters:
            rules = tuple(found.rule for found in self._all_classic(network) if found.direction == direction)
            self._filters[key] = Filter(f"VPC firewall rules of {network.short}", rules, Action.NEXT)
        return self._filters[key]

    def _all_classic(self, network: Network) -> list[Directed]:
        """The VPC firewall rules of a network, both directions."""
        if network.name not in self._rules:
            self._rules[network.name] = [
                found
                for resource in self._graph.of(types.FIREWALL)
                if network in self._places.of_network(resource, resource.at("network"))
                for found in classic(self._graph, resource, network)
            ]
        return self._rules[network.name]

    def _global(self, network: Network, direction: str) -> Iterator[Filter]:
        """The global policies that an association attaches to the network."""
        for association in self._graph.of(types.GLOBAL_ASSOCIATION):
            yield from self._associated(association, network, direction)

    def _regional(
        self, network: Network, region: str, direction: str, *, stateful: bool = True
    ) -> Iterator[Filter]:
        """The policies of the region that an association attaches to the network."""
        for association in self._graph.of(types.REGION_ASSOCIATION):
            if association.at("region").text(region) == region or not region:
                yield from self._associated(association, network, direction, stateful=stateful)

    def _associated(
        self, association: Resource, network: Network, direction: str, *, stateful: bool = True
    ) -> Iterator[Filter]:
        if network not in self._places.of_network(association, association.at("attachmentTarget")):
            return
        found = self._graph.refer(association, association.at("firewallPolicy"), *_POLICIES[association.type])
        for policy in found.resources:
            open_values = () if found.certain else (association.at("firewallPolicy").where,)
            yield self._policy(network, policy, direction, open_values, stateful=stateful)
        if found.text:
            yield _foreign(found.text)

    def _hierarchical(self, network: Network, direction: str) -> Iterator[Filter]:
        associations = list(self._graph.of(types.ORG_ASSOCIATION))
        associations.sort(key=lambda one: not one.at("attachmentTarget").text().startswith("organizations/"))
        for association in associations:
            target = association.at("attachmentTarget")
            open_values = self._covers(target, network)
            found = self._graph.refer(
                association, association.at("firewallPolicy"), types.ORG_POLICY, types.ORG_RULES
            )
            for policy in found.resources:
                yield self._policy(network, policy, direction, open_values)
            if found.text:
                yield _foreign(found.text)

    def _covers(self, target: Value, network: Network) -> tuple[str, ...]:
        """What is open about whether a hierarchical policy's place holds the network's project."""
        if target.text().startswith("organizations/"):
            return ()
        project = network.resource.at("project").text() if network.resource else ""
        for one in self._graph.of(types.PROJECT):
            if project and one.at("projectId").text() == project and one.at("folderId").text():
                return () if target.text().endswith(one.at("folderId").text()) else (target.where,)
        return (f"{target.where}: whether the project {project or 'of the network'} lies in it",)

    def _policy(
        self,
        network: Network,
        policy: Resource,
        direction: str,
        open_values: tuple[str, ...],
        *,
        stateful: bool = True,
    ) -> Filter:
        key = (policy.urn, network.name, direction, open_values, stateful)
        if key not in self._filters:
            known = (policy.urn, network.name)
            if known not in self._rules:
                self._rules[known] = list(self._policy_rules(network, policy))
            rules = [found.rule for found in self._rules[known] if found.direction == direction]
            if open_values:
                rules = [_opened(rule, open_values) for rule in rules]
            rules = list(_told_apart(rules, policy.label))
            name = f"firewall policy {policy.at('name').text() or policy.at('shortName').text(policy.name)}"
            self._filters[key] = Filter(name, tuple(rules), Action.NEXT, stateful)
        return self._filters[key]

    def _policy_rules(self, network: Network, policy: Resource) -> Iterator[Directed]:
        for value in policy.at("rules").items():
            yield from of_policy(self._graph, policy, value, "", network)
        for resource in self._rules_by_policy.get(policy.urn, ()):
            if self._for_network(resource, network):
                value = Value(resource.properties, f"{resource.label}: ")
                yield from of_policy(self._graph, resource, value, "", network)

    def unmodelled(self) -> Iterator[Unmodelled]:
        """Rules of which nobody can tell whose they are: they may be of any policy."""
        for rule_type, policy_type in _RULES.items():
            for resource in self._graph.of(rule_type):
                value = resource.at("firewallPolicy")
                if value.unknown and not self._graph.refer(resource, value, policy_type).resources:
                    why = "which firewall policy it belongs to is not known"
                    yield Unmodelled(resource.label, why, origin=resource.urn)

    @cached_property
    def _rules_by_policy(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for rule_type, policy_type in _RULES.items():
            for resource in self._graph.of(rule_type):
                owner = self._graph.refer(resource, resource.at("firewallPolicy"), policy_type)
                for policy in owner.resources:
                    found.setdefault(policy.urn, []).append(resource)
        return found

    def _for_network(self, resource: Resource, network: Network) -> bool:
        """Whether a hierarchical rule is for this network; without `targetResources` it is for all."""
        targets = resource.at("targetResources")
        return targets.missing or network in self._places.of_networks(resource, targets)


def _told_apart(rules: list[Rule], policy: str) -> Iterator[Rule]:
    """Of a policy's rules with one priority Google takes one: where they contradict, which is open."""
    actions: dict[int, set[Action]] = {}
    for rule in rules:
        actions.setdefault(rule.priority, set()).add(rule.action)
    for rule in rules:
        if rule.priority >= 0 and len(actions[rule.priority]) > 1:
            yield _opened(rule, (f"{policy}: which of its rules with priority {rule.priority} stands",))
        else:
            yield rule


def _opened(rule: Rule, open_values: tuple[str, ...]) -> Rule:
    return Rule(
        rule.name,
        rule.action,
        rule.source,
        rule.destination,
        rule.traffic,
        rule.priority,
        rule.target,
        (*rule.unknown, *open_values),
    )


def _foreign(text: str) -> Filter:
    """A policy that is not in this stack: it may allow or deny anything."""
    unknown = (f"the rules of firewall policy {text}, which is not in this stack",)
    rules = (Rule(text, Action.ALLOW, unknown=unknown), Rule(text, Action.DENY, unknown=unknown))
    return Filter(f"firewall policy {text}", rules, Action.NEXT)
