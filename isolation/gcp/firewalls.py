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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from isolation.gcp import types
from isolation.gcp.groups import widened
from isolation.gcp.places import Network, Places
from isolation.gcp.rules import EGRESS, INGRESS, Directed, classic, of_policy
from isolation.model import Guard, Unmodelled
from isolation.resources import Graph, Resource, Value
from isolation.rules import Action, Chain, Filter, Rule

_POLICIES = {
    types.GLOBAL_ASSOCIATION: (types.GLOBAL_POLICY, types.GLOBAL_RULES),
    types.REGION_ASSOCIATION: (types.REGION_POLICY, types.REGION_RULES),
    types.ORG_ASSOCIATION: (types.ORG_POLICY, types.ORG_RULES),
}
_RULES = {
    types.GLOBAL_RULE: types.GLOBAL_POLICY,
    types.REGION_RULE: types.REGION_POLICY,
    types.ORG_RULE: types.ORG_POLICY,
}
BEFORE = "BEFORE_CLASSIC_FIREWALL"


class Firewalls:
    """The guards of each network and region, made once."""

    def __init__(self, graph: Graph, places: Places, unsure: Mapping[str, tuple[str, ...]]) -> None:
        """`unsure` are the groups of machines whose own groups are not known, and why."""
        self._graph = graph
        self._places = places
        self._unsure = unsure
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

    def _open_order(self, network: Network) -> tuple[str, ...]:
        """What hides whether policies or VPC rules come first: then neither decides for sure."""
        order = network.resource.at("networkFirewallPolicyEnforcementOrder") if network.resource else None
        return (order.where,) if order is not None and order.unknown else ()

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
            rules = [found.rule for found in self._all_classic(network) if found.direction == direction]
            name = f"VPC firewall rules of {network.short}"
            self._filters[key] = self._filter(name, rules, self._open_order(network))
        return self._filters[key]

    def _all_classic(self, network: Network) -> list[Directed]:
        """The VPC firewall rules of a network, both directions."""
        if network.name not in self._rules:
            found: list[Directed] = []
            for resource in self._graph.of(types.FIREWALL):
                networks = self._places.of_network(resource, resource.at("network"))
                if network in networks:
                    open_values = _unless_one(networks, resource.at("network"))
                    rules = classic(self._graph, resource, network)
                    found += [Directed(one.direction, _opened(one.rule, open_values)) for one in rules]
            self._rules[network.name] = found
        return self._rules[network.name]

    def _filter(
        self, name: str, rules: Iterable[Rule], open_values: tuple[str, ...], *, stateful: bool = True
    ) -> Filter:
        """A filter that hands over what its rules do not decide."""
        opened = [_opened(rule, open_values) for rule in rules]
        wide = tuple(each for rule in opened for each in widened(rule, self._unsure))
        return Filter(name, wide, Action.NEXT, stateful)

    def _global(self, network: Network, direction: str) -> Iterator[Filter]:
        """The global policies that an association attaches to the network."""
        for association in self._graph.of(types.GLOBAL_ASSOCIATION):
            yield from self._associated(association, network, direction)

    def _regional(
        self, network: Network, region: str, direction: str, *, stateful: bool = True
    ) -> Iterator[Filter]:
        """The policies of the region that an association attaches to the network."""
        for association in self._graph.of(types.REGION_ASSOCIATION):
            own = association.at("region")
            if own.unknown or own.text(region) == region or not region:
                yield from self._associated(association, network, direction, stateful=stateful)

    def _associated(
        self, association: Resource, network: Network, direction: str, *, stateful: bool = True
    ) -> Iterator[Filter]:
        target = association.at("attachmentTarget")
        networks = self._places.of_network(association, target)
        if network not in networks:
            return
        region = association.at("region")
        open_values = (*_unless_one(networks, target), *((region.where,) if region.unknown else ()))
        if not network.rdma:
            open_values += self._open_order(network)
        yield from self._named(association, network, direction, open_values, stateful=stateful)

    def _named(
        self,
        association: Resource,
        network: Network,
        direction: str,
        open_values: tuple[str, ...],
        *,
        stateful: bool = True,
    ) -> Iterator[Filter]:
        """The policy that an association names, or what stands for one that nobody knows."""
        named = association.at("firewallPolicy")
        found = self._graph.refer(association, named, *_POLICIES[association.type])
        for policy in found.resources:
            more = open_values if found.certain else (*open_values, named.where)
            yield self._policy(network, policy, direction, more, stateful=stateful)
        if found.text:
            yield _foreign(found.text)
        elif named.unknown and not found.resources:
            yield _foreign(named.where)

    def _hierarchical(self, network: Network, direction: str) -> Iterator[Filter]:
        associations = list(self._graph.of(types.ORG_ASSOCIATION))
        associations.sort(key=lambda one: _depth(one.at("attachmentTarget")))
        for association in associations:
            target = association.at("attachmentTarget")
            open_values = self._covers(target, network)
            yield from self._named(association, network, direction, open_values)

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
            name = f"firewall policy {policy.at('name').text() or policy.at('shortName').text(policy.name)}"
            told = _told_apart(rules, policy.label)
            self._filters[key] = self._filter(name, told, open_values, stateful=stateful)
        return self._filters[key]

    def _policy_rules(self, network: Network, policy: Resource) -> Iterator[Directed]:
        for value in policy.at("rules").members():
            yield from of_policy(self._graph, policy, value, "", network)
        for resource, open_policy in self._rules_by_policy.get(policy.urn, ()):
            for_network, open_network = self._for_network(resource, network)
            if for_network:
                value = Value(resource.properties, f"{resource.label}: ")
                for found in of_policy(self._graph, resource, value, "", network):
                    yield Directed(found.direction, _opened(found.rule, (*open_policy, *open_network)))

    def unmodelled(self) -> Iterator[Unmodelled]:
        """Rules of which nobody can tell whose they are: they may be of any policy."""
        for rule_type, policy_type in _RULES.items():
            for resource in self._graph.of(rule_type):
                value = resource.at("firewallPolicy")
                if value.unknown and not self._graph.refer(resource, value, policy_type).resources:
                    why = "which firewall policy it belongs to is not known"
                    yield Unmodelled(resource.label, why, origin=resource.urn)
        for network in self._places:
            profile = network.resource.at("networkProfile") if network.resource else None
            if profile is not None and profile.unknown:
                why = "whether it is a network for RDMA, with a firewall of its own, is not known"
                yield Unmodelled(profile.where, why, frozenset({network.name}))

    @cached_property
    def _rules_by_policy(self) -> dict[str, list[tuple[Resource, tuple[str, ...]]]]:
        """The rules of each policy, with what hides whether they are its own."""
        found: dict[str, list[tuple[Resource, tuple[str, ...]]]] = {}
        for rule_type, policy_type in _RULES.items():
            for resource in self._graph.of(rule_type):
                named = resource.at("firewallPolicy")
                owner = self._graph.refer(resource, named, policy_type)
                open_values = () if owner.certain else (named.where,)
                for policy in owner.resources:
                    found.setdefault(policy.urn, []).append((resource, open_values))
        return found

    def _for_network(self, resource: Resource, network: Network) -> tuple[bool, tuple[str, ...]]:
        """Whether a hierarchical rule may be for this network, and what hides it; without `targetResources`
        it is for all."""
        targets = resource.at("targetResources")
        if targets.missing:
            return True, ()
        found = self._graph.refer_all(resource, targets, types.NETWORK)
        if not found.certain:
            return True, (targets.where,)
        return network in self._places.of_networks(resource, targets), ()


def _depth(target: Value) -> int:
    """How near to the root an association stands; where that is not known, it may come before any other."""
    if target.unknown:
        return 0
    return 1 if target.text().startswith("organizations/") else 2


def _unless_one(networks: Sequence[Network], value: Value) -> tuple[str, ...]:
    """What hides which of several networks is meant."""
    return () if len(networks) == 1 else (value.where,)


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
    return replace(rule, unknown=(*rule.unknown, *open_values)) if open_values else rule


def _foreign(text: str) -> Filter:
    """A policy that is not in this stack: it may allow or deny anything."""
    unknown = (f"the rules of firewall policy {text}, which is not in this stack",)
    rules = (Rule(text, Action.ALLOW, unknown=unknown), Rule(text, Action.DENY, unknown=unknown))
    return Filter(f"firewall policy {text}", rules, Action.NEXT)
