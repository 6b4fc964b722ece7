"""Security admin rules of network managers, which come before every security group.

Rules of all collections for a network are read by priority. Deny ends it; Allow leaves it to the security
groups; AlwaysAllow lets the packet in or out, whatever they say. They do not hold for private endpoints, and
where a service brings rules of its own into a network they do not hold unless the configuration says so.
Source: learn.microsoft.com/azure/virtual-network-manager/concept-security-admins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from isolation.addresses import ALL_ADDRESSES
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.layers import layer4, source_ports
from isolation.azure.managers import Managers
from isolation.azure.nsgs import INBOUND, OUTBOUND, spread, together
from isolation.azure.places import Subnet
from isolation.azure.tags import Meaning, Surroundings, Tags
from isolation.intervals import EMPTY
from isolation.resources import Resource, Value
from isolation.rules import Action, Filter, Match, Rule

_ACTIONS = {"allow": Action.NEXT, "alwaysallow": Action.ALLOW, "deny": Action.DENY}
# Services with network intent policies, by the delegations of their subnets.
_INTENT = ("microsoft.sql/managedinstances", "microsoft.databricks/workspaces")


class AdminRules:
    """All admin rules of a plan, by network manager."""

    def __init__(self, graph: ArmGraph, managers: Managers, tags: Tags) -> None:
        self._graph = graph
        self._managers = managers
        self._tags = tags
        self._by_subnet = any(
            graph.refer(one, one.at("resourceId"), types.VNET).one is None
            for one in graph.of(types.STATIC_MEMBER)
        )
        self._filters: dict[tuple[str, str, bool], tuple[Filter, ...]] = {}

    def filters(self, subnet: Subnet, *, egress: bool) -> tuple[Filter, ...]:
        """What comes before the security groups of a subnet's machines."""
        around = self._tags.around(subnet)
        # Where a member is a subnet, two of one network differ.
        key = (around.name, subnet.name if self._by_subnet else "", egress)
        found = self._filters.get(key)
        if found is None:
            found = self._filters[key] = tuple(self._of_managers(subnet, around, egress=egress))
        return found

    def _of_managers(self, subnet: Subnet, around: Surroundings, *, egress: bool) -> Iterator[Filter]:
        way = "out" if egress else "in"
        managers = {
            each.urn: each
            for one in self._graph.of(types.ADMIN_CONFIGURATION)
            for each in self._graph.parent(one, types.MANAGER).resources
        }
        # Managers of a management group come before those of a subscription.
        ordered = sorted(managers.values(), key=_height)
        unordered = len({_height(one) for one in ordered}) < len(ordered)
        for manager in ordered:
            rules = list(self._rules(manager, subnet, around, egress=egress))
            if unordered:
                why = "which network manager comes first is not known"
                rules = [replace(rule, unknown=(*rule.unknown, why)) for rule in rules]
            if rules:
                name = f"admin rules of {manager.at('networkManagerName').text(manager.name)} ({way})"
                yield Filter(name, tuple(_without_ties(rules)), Action.NEXT)

    def _rules(
        self, manager: Resource, subnet: Subnet, around: Surroundings, *, egress: bool
    ) -> Iterator[Rule]:
        location = subnet.vnet.resource.at("location").text() if subnet.vnet.resource else ""
        for configuration, certain in self._graph.children(manager, types.ADMIN_CONFIGURATION):
            open_ = list(self._managers.open_commit(configuration, "SecurityAdmin", location))
            open_ += [] if certain else [f"{configuration.label}: its network manager"]
            applies = configuration.at("applyOnNetworkIntentPolicyBasedServices").texts()
            if "All" not in applies and _has_intent(subnet):
                open_.append(f"{configuration.label}: whether it holds beside a service's own rules")
            for collection, _ in self._graph.children(configuration, types.ADMIN_COLLECTION):
                covers, more = self._covers(collection, subnet)
                if not covers and not more:
                    continue
                unknown = (*open_, *(() if covers else more))
                for rule, _ in self._graph.children(collection, types.ADMIN_RULE):
                    yield from self._rule(rule, around, unknown, egress=egress)
                for rule, _ in self._graph.children(collection, types.DEFAULT_ADMIN_RULE):
                    why = f"{rule.label}: what the default rule says"
                    yield Rule(rule.name, Action.ALLOW, unknown=(why,))
                    yield Rule(rule.name, Action.DENY, unknown=(why,))

    def _covers(self, collection: Resource, subnet: Subnet) -> tuple[bool, tuple[str, ...]]:
        """Whether a collection is for a subnet's network, and what is open where it is not said."""
        unknown: list[str] = []
        groups = collection.at("appliesToGroups")
        for each in groups.items():
            members = self._managers.members(collection, each.at("networkGroupId"))
            if members.has(subnet):
                return True, ()
            unknown += members.unknown
        return False, (*unknown, *([groups.where] if groups.unknown else []))

    def _rule(
        self, rule: Resource, around: Surroundings, unknown: tuple[str, ...], *, egress: bool
    ) -> Iterator[Rule]:
        direction, access, priority = rule.at("direction"), rule.at("access"), rule.at("priority")
        way = OUTBOUND if egress else INBOUND
        if not direction.unknown and direction.text().lower() != way.lower():
            return
        whole = property_value(rule)
        members, open_ = layer4(whole, "destinationPortRange", "destinationPortRanges")
        open_ += [each.where for each in (direction, access, priority) if each.unknown]
        source, destination = self._end(rule, "sources", around), self._end(rule, "destinations", around)
        for action in (
            _ACTIONS.values() if access.unknown else [_ACTIONS.get(access.text().lower(), Action.DENY)]
        ):
            ports = (
                source_ports(whole, "sourcePortRange", "sourcePortRanges") if action is Action.DENY else []
            )
            made = Rule(
                rule.at("ruleName").text(rule.name),
                action,
                traffic=members,
                priority=0 if priority.unknown else priority.number(),
                unknown=tuple(dict.fromkeys((*unknown, *open_, *ports))),
            )
            yield from spread(made, source, destination)

    def _end(self, rule: Resource, side: str, around: Surroundings) -> Meaning:
        listed = rule.at(side)
        if listed.unknown:
            return Meaning(Match(), ALL_ADDRESSES, (listed.where,))
        return together([self._prefix(rule, each, around) for each in listed.items()])

    def _prefix(self, rule: Resource, value: Value, around: Surroundings) -> Meaning:
        prefix, kind = value.at("addressPrefix"), value.at("addressPrefixType").text()
        if kind == "NetworkGroup":
            members = self._managers.members(rule, prefix)
            perhaps = ALL_ADDRESSES if members.unknown else EMPTY
            return Meaning(Match(members.ranges), perhaps, members.unknown)
        if not prefix.text():
            return Meaning(Match(), ALL_ADDRESSES, (prefix.where,))
        return self._tags.meaning(prefix.text(), around)


def _height(manager: Resource) -> int:
    return 0 if manager.at("networkManagerScopes.managementGroups").texts() else 1


def _has_intent(subnet: Subnet) -> bool:
    return any(
        each.at("serviceName").text().lower().startswith(_INTENT)
        for one in subnet.vnet.subnets
        for each in one.at("delegations").items()
    )


def _without_ties(rules: list[Rule]) -> Iterator[Rule]:
    """Of several rules of one priority only one counts, and which one is not said."""
    names: Counter[int] = Counter()
    for priority, _ in {(rule.priority, rule.name) for rule in rules}:
        names[priority] += 1
    for rule in rules:
        why = (f"which rule of priority {rule.priority} counts",) if names[rule.priority] > 1 else ()
        yield replace(rule, unknown=(*rule.unknown, *why))
