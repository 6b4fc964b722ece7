"""Network security groups: rules in the order of their priorities, then Azure's own.

Azure's rules come last and lose against any of the plan's: within VirtualNetwork everything passes (65000),
the load balancer's probes come in and everything goes out to the internet (65001), the rest is denied
(65500). Rules are of the group or resources of their own; both at once take each other away.
Sources: learn.microsoft.com/azure/virtual-network/network-security-groups-overview and
network-security-group-how-it-works.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from isolation.addresses import ALL_ADDRESSES
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.layers import layer4, source_ports
from isolation.azure.tags import Meaning, Surroundings, Tags
from isolation.intervals import EMPTY
from isolation.resources import Resource, Value
from isolation.rules import ANYONE, Action, Filter, Match, Rule

INBOUND, OUTBOUND = "Inbound", "Outbound"
# A rule whose priority is not known stands first: it may decide before any other.
FIRST = 0
# Name, priority, direction, source, destination, and whether it allows.
DEFAULTS = (
    ("AllowVnetInBound", 65000, INBOUND, "VirtualNetwork", "VirtualNetwork", True),
    ("AllowAzureLoadBalancerInBound", 65001, INBOUND, "AzureLoadBalancer", "*", True),
    ("DenyAllInBound", 65500, INBOUND, "*", "*", False),
    ("AllowVnetOutBound", 65000, OUTBOUND, "VirtualNetwork", "VirtualNetwork", True),
    ("AllowInternetOutBound", 65001, OUTBOUND, "*", "Internet", True),
    ("DenyAllOutBound", 65500, OUTBOUND, "*", "*", False),
)


@dataclass(frozen=True)
class Group:
    """A security group: of the plan, or what a reference says where it is not there or not certain."""

    key: str
    name: str
    resource: Resource | None
    unknown: tuple[str, ...] = ()


class Nsgs:
    """All security groups of a plan."""

    def __init__(self, graph: ArmGraph, tags: Tags) -> None:
        self._graph = graph
        self._tags = tags
        self._filters: dict[tuple[str, bool, str], Filter] = {}

    def find(self, resource: Resource, value: Value) -> Group | None:
        """The group that a value names; None where it names none."""
        if value.missing:
            return None
        found = self._graph.refer(resource, value, types.NSG)
        if found.one:
            own = found.one.at("networkSecurityGroupName").text(found.one.name)
            return Group(found.one.urn, f"NSG {own}", found.one)
        what = found.text or value.where
        why = "it is not in this stack" if found.text else "which one it is, is not known"
        return Group(what, f"NSG {what.rpartition('/')[2]}", None, (f"the rules of {what}: {why}",))

    def filter(self, group: Group, around: Surroundings, *, egress: bool) -> Filter:
        """A group's rules in one direction, as they are meant in some surroundings."""
        key = (group.key, egress, around.name)
        found = self._filters.get(key)
        if found is None:
            way = "out" if egress else "in"
            found = Filter(
                f"{group.name} ({way})", tuple(self._rules(group, around, egress=egress)), Action.DENY
            )
            self._filters[key] = found
        return found

    def _rules(self, group: Group, around: Surroundings, *, egress: bool) -> Iterator[Rule]:
        way = OUTBOUND if egress else INBOUND
        if group.resource is None:
            yield Rule(f"rules of {group.name}", Action.ALLOW, priority=FIRST, unknown=group.unknown)
            return
        for name, owner, value, clash in self._declared(group.resource):
            yield from self._rule(name, owner, value, clash, way=way, around=around)
        for name, priority, direction, source, destination, allows in DEFAULTS:
            if direction == way:
                action = Action.ALLOW if allows else Action.DENY
                ends = self._tags.meaning(source, around), self._tags.meaning(destination, around)
                yield from spread(Rule(name, action, priority=priority), *ends)

    def _declared(self, resource: Resource) -> Iterator[tuple[str, Resource, Value, tuple[str, ...]]]:
        listed = resource.at("securityRules")
        inline = list(listed.items()) if "securityRules" in resource.asked else []
        own = self._graph.children(resource, types.SECURITY_RULE)
        clash: tuple[str, ...] = ()
        if inline and own:
            clash = (f"{resource.label}: it has rules inline and by themselves, which undo each other",)
        if "securityRules" in resource.asked and listed.unknown:
            yield "securityRules", resource, listed, (listed.where,)
        for index, value in enumerate(inline):
            yield value.at("name").text(f"#{index}"), resource, value, clash
        for rule, certain in own:
            open_ = clash if certain else (*clash, f"{rule.label}: which security group it is of")
            yield rule.at("securityRuleName").text(rule.name), rule, property_value(rule), open_

    def _rule(
        self,
        name: str,
        owner: Resource,
        value: Value,
        clash: tuple[str, ...],
        *,
        way: str,
        around: Surroundings,
    ) -> Iterator[Rule]:
        direction, access, priority = value.at("direction"), value.at("access"), value.at("priority")
        if not direction.unknown and direction.text().lower() != way.lower():
            return
        members, open_ = layer4(value, "destinationPortRange", "destinationPortRanges")
        unknown = [*clash, *open_, *(each.where for each in (direction, access, priority) if each.unknown)]
        source = self._end(owner, value, "source", around)
        destination = self._end(owner, value, "destination", around)
        rule = Rule(
            name,
            Action.ALLOW,
            traffic=members,
            priority=FIRST if priority.unknown else priority.number(),
            unknown=tuple(dict.fromkeys(unknown)),
        )
        if access.unknown or access.text().lower() == "deny":
            open_ports = source_ports(value, "sourcePortRange", "sourcePortRanges")
            denial = replace(rule, action=Action.DENY, unknown=(*rule.unknown, *open_ports))
            yield from spread(denial, source, destination)
        if access.unknown or access.text().lower() != "deny":
            yield from spread(rule, source, destination)

    def _end(self, owner: Resource, value: Value, side: str, around: Surroundings) -> Meaning:
        """One side of a rule: prefixes, tags and application security groups together."""
        one, several = value.at(f"{side}AddressPrefix"), value.at(f"{side}AddressPrefixes")
        asgs = value.at(f"{side}ApplicationSecurityGroups")
        if value.unknown or one.unknown or several.unknown or asgs.unknown:
            where = next(each.where for each in (value, one, several, asgs) if each.unknown)
            return Meaning(Match(), ALL_ADDRESSES, (where,))
        parts = [self._tags.meaning(each, around) for each in [one.text(), *several.texts()] if each]
        open_ = [each.where for each in several.items() if each.unknown]
        if open_:
            parts.append(Meaning(Match(), ALL_ADDRESSES, tuple(open_)))
        parts += [self._members(owner, each.at("id")) for each in asgs.items()]
        return together(parts)

    def _members(self, owner: Resource, value: Value) -> Meaning:
        """The machines of an application security group: known by membership, at private addresses."""
        found = self._graph.refer(owner, value, types.ASG)
        groups = frozenset(asg_of(one) for one in found.resources)
        if found.text:
            groups |= {asg_of(found.text)}
        if found.certain:
            return Meaning(Match(groups=groups))
        return Meaning(Match(groups=groups), ALL_ADDRESSES, (value.where,))


def asg_of(group: Resource | str) -> str:
    """The group of machines in an application security group, by its resource or by an id elsewhere."""
    return f"asg:{group.lower() if isinstance(group, str) else group.urn}"


def spread(rule: Rule, source: Meaning, destination: Meaning) -> Iterator[Rule]:
    """A rule as it is for certain, then as it may be: each end may be wider than what is known of it."""
    open_ = (*source.unknown, *destination.unknown)
    if _says(source.match) and _says(destination.match):
        yield replace(rule, source=source.match, destination=destination.match)
    if source.perhaps or destination.perhaps:
        yield replace(
            rule,
            source=_wider(source),
            destination=_wider(destination),
            unknown=tuple(dict.fromkeys((*rule.unknown, *open_))),
        )


def _says(match: Match) -> bool:
    return match.anyone or bool(match.addresses) or bool(match.groups)


def _wider(meaning: Meaning) -> Match:
    match = meaning.match
    return match if match.anyone else replace(match, addresses=match.addresses | meaning.perhaps)


def together(parts: list[Meaning]) -> Meaning:
    """All that several prefixes mean; a side that names none means everybody."""
    if not parts:
        return Meaning(ANYONE)
    match, perhaps, unknown = Match(), EMPTY, list[str]()
    for part in parts:
        match = Match(
            match.addresses | part.match.addresses,
            match.groups | part.match.groups,
            match.anyone or part.match.anyone,
        )
        perhaps |= part.perhaps
        unknown += part.unknown
    return Meaning(match, perhaps, tuple(unknown))
