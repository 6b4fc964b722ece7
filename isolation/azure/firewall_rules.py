"""Rules of Azure Firewall: what it lets pass, by addresses and by names.

Network rules come before application rules, and those of a parent policy before a policy's own; groups and
collections are read by priority, and what nothing allows is denied. A name stands for the part of the
internet that it resolves to. What threat intelligence and inspection take away is not counted on.
Source: learn.microsoft.com/azure/firewall/rule-processing and policy-rule-sets there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph
from isolation.azure.layers import ports
from isolation.azure.nsgs import spread, together
from isolation.azure.tags import Meaning, Surroundings, Tags
from isolation.intervals import IntervalSet
from isolation.model import named
from isolation.resources import Resource, Value
from isolation.rules import Action, Filter, Match, Rule
from isolation.traffic import ALL_TRAFFIC, traffic

NETWORK, APPLICATION, TRANSLATION = "NetworkRule", "ApplicationRule", "NatRule"
_CLASSIC = {
    NETWORK: "networkRuleCollections",
    APPLICATION: "applicationRuleCollections",
    TRANSLATION: "natRuleCollections",
}
MOST_PARENTS = 4


@dataclass(frozen=True)
class _Collection:
    """A collection of rules of one action; `order` is where it is read."""

    owner: Resource
    value: Value
    order: tuple[int, int, int]
    kind: str
    unknown: tuple[str, ...]


class FirewallRules:
    """Reads the rules of firewalls; it remembers the names that they name."""

    def __init__(self, graph: ArmGraph, tags: Tags) -> None:
        self._graph = graph
        self._tags = tags
        self.names: dict[str, None] = {}

    def filter(self, firewall: Resource, kind: str, around: Surroundings) -> Filter:
        """The network rules of a firewall, or its application rules."""
        what = "network" if kind == NETWORK else "application"
        name = f"{what} rules of {firewall.name}"
        found: list[Rule] = []
        collections = sorted(self._collections(firewall), key=lambda one: one.order)
        for number, one in enumerate(collections, 1):
            if one.kind in (kind, ""):
                found += self._rules(one, kind, number, around)
        return Filter(name, tuple(found), Action.DENY)

    def translates(self, firewall: Resource) -> bool:
        """Whether it forwards what comes from outside, or may do so by rules that are not in the plan."""
        return any(one.kind in (TRANSLATION, "") for one in self._collections(firewall))

    def _collections(self, firewall: Resource) -> Iterator[_Collection]:
        for kind, path in _CLASSIC.items():
            listed = firewall.at(path)
            if listed.unknown:
                yield _Collection(firewall, listed, (0, 0, 0), kind, (listed.where,))
            for value in listed.items():
                yield _Collection(firewall, value, (0, 0, value.at("priority").number()), kind, ())
        named_ = firewall.at("firewallPolicy.id")
        if not named_.missing:
            yield from self._of_policy(firewall, named_, MOST_PARENTS)

    def _of_policy(self, resource: Resource, value: Value, height: int) -> Iterator[_Collection]:
        """Those of a policy and of its parents; of a policy elsewhere nothing is known."""
        found = self._graph.refer(resource, value, types.FIREWALL_POLICY)
        if found.one is None or not height:
            why = f"the rules of {found.text or value.where}"
            yield _Collection(resource, Value(None, value.where), (height, 0, 0), "", (why,))
            return
        parent = found.one.at("basePolicy.id")
        if not parent.missing:
            yield from self._of_policy(found.one, parent, height - 1)
        for group, certain in self._graph.children(found.one, types.FIREWALL_RULES):
            unknown = () if certain else (f"{group.label}: which policy it is of",)
            listed = group.at("ruleCollections")
            first = group.at("priority").number()
            if listed.unknown:
                yield _Collection(group, listed, (height, first, 0), "", (*unknown, listed.where))
            for each in listed.items():
                order = (height, first, each.at("priority").number())
                for kind in dict.fromkeys(one.at("ruleType").text() for one in each.at("rules").items()):
                    yield _Collection(group, each, order, kind, unknown)
                if each.at("rules").unknown:
                    yield _Collection(group, each, order, "", (*unknown, each.at("rules").where))

    def _rules(self, collection: _Collection, kind: str, number: int, around: Surroundings) -> Iterator[Rule]:
        action = collection.value.at("action.type")
        denies = action.text().lower() == "deny"
        rules = collection.value.at("rules")
        if collection.kind == "" or rules.unknown or collection.value.unknown or action.unknown:
            unknown = (*collection.unknown, *(each.where for each in (action, rules) if each.unknown))
            for each in (Action.DENY, Action.ALLOW):
                yield Rule(f"rules of {collection.owner.name}", each, priority=number, unknown=unknown)
            return
        for index, value in enumerate(rules.items()):
            if value.at("ruleType").text(kind) != kind:
                continue
            members, open_ = _network_traffic(value) if kind == NETWORK else _application_traffic(value)
            name = value.at("name").text(
                f"{collection.value.at('name').text(collection.owner.name)} #{index}"
            )
            rule = Rule(
                name,
                Action.DENY if denies else Action.ALLOW,
                traffic=members,
                priority=number,
                unknown=(*collection.unknown, *open_),
            )
            source = self._side(collection.owner, value, "source", around)
            destination = self._destination(collection.owner, value, kind, around)
            yield from spread(rule, source, destination)

    def _side(self, owner: Resource, value: Value, side: str, around: Surroundings) -> Meaning:
        """One side by addresses, tags and groups of addresses."""
        listed, groups = value.at(f"{side}Addresses"), value.at(f"{side}IpGroups")
        parts = [self._tags.meaning(text, around) for text in listed.texts()]
        open_ = [each.where for each in listed.items() if each.unknown]
        open_ += [each.where for each in (listed, groups) if each.unknown]
        for each in groups.items():
            group = self._graph.refer(owner, each, types.IP_GROUP).one
            if group is None or group.at("ipAddresses").partly_unknown:
                open_.append(each.where)
            else:
                parts.append(Meaning(Match(addresses(*group.at("ipAddresses").texts()))))
        if open_:
            parts.append(Meaning(Match(), ALL_ADDRESSES, tuple(open_)))
        return together(parts)

    def _destination(self, owner: Resource, value: Value, kind: str, around: Surroundings) -> Meaning:
        by_name = value.at("destinationFqdns" if kind == NETWORK else "targetFqdns")
        found = self._side(owner, value, "destination", around) if kind == NETWORK else Meaning(Match())
        names = by_name.texts()
        if kind == NETWORK and by_name.missing:
            return found
        names += [url.partition("/")[0] for url in value.at("targetUrls").texts()]
        names += [f"FQDN tag {each}" for each in value.at("fqdnTags").texts()]
        categories = value.at("webCategories")
        open_ = [each.where for each in (by_name, categories) if each.partly_unknown]
        if "*" in names or not categories.missing:
            # Whoever asks chooses what the name resolves to.
            return Meaning(Match(anyone=True))
        self.names.update(dict.fromkeys(names))
        match = Match(groups=frozenset(named(each) for each in names))
        listed = [value.at("destinationAddresses"), value.at("destinationIpGroups")]
        parts = [found] if kind == NETWORK and not all(each.missing for each in listed) else []
        parts.append(Meaning(match, ALL_ADDRESSES, tuple(open_)) if open_ else Meaning(match))
        return together(parts)


def without_allowed(one: Filter) -> Filter:
    """A filter for what its rules neither allow nor deny, which the next one judges."""
    rules = tuple(replace(rule, action=Action.DENY) for rule in one.rules)
    return replace(one, rules=rules, default=Action.NEXT)


def _network_traffic(value: Value) -> tuple[IntervalSet, list[str]]:
    protocols = value.at("ipProtocols")
    protocols = protocols if not protocols.missing else value.at("protocols")
    listed = value.at("destinationPorts")
    open_ = [each.where for each in (protocols, listed) if each.partly_unknown]
    if open_:
        return ALL_TRAFFIC, open_
    ranges = [ports(text) for text in listed.texts() if text != "*"]
    parts: list[IntervalSet] = []
    for text in protocols.texts():
        if text.upper() == "ICMP":
            parts += [traffic("ICMP"), traffic("ICMPV6")]
            continue
        for name in ("TCP", "UDP") if text.upper() == "ANY" else (text.upper(),):
            every = not ranges or "*" in listed.texts()
            parts += [traffic(name)] if every else [traffic(name, *each) for each in ranges]
        if text.upper() == "ANY" and "*" in listed.texts():
            parts.append(ALL_TRAFFIC)
    return IntervalSet.union(parts), []


def _application_traffic(value: Value) -> tuple[IntervalSet, list[str]]:
    protocols = value.at("protocols")
    if protocols.partly_unknown:
        return traffic("TCP"), [protocols.where]
    defaults = {"http": 80, "https": 443, "mssql": 1433}
    numbers = [
        each.at("port").number(defaults.get(each.at("protocolType").text().lower(), 443))
        for each in protocols.items()
    ]
    return IntervalSet.union(traffic("TCP", port) for port in numbers), []
