"""Network ACLs: rules in the order of their numbers, denied at the end, at the boundary of a subnet.

They keep no connections, so answers need a rule for the port they go to, and they do not see what stays
within a subnet. A subnet without one of its own has the VPC's default one, which allows everything until the
plan empties it.
Source: docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.layers import layer4
from isolation.aws.places import Places, Subnet
from isolation.model import Guard, Unmodelled
from isolation.resources import Graph, Resource, Value
from isolation.rules import ANYONE, Action, Chain, Filter, Match, Rule

# A rule whose number is not known stands first: it may decide before any other.
FIRST = -1


class Acls:
    """All network ACLs of a plan."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self.unmodelled: list[Unmodelled] = []
        self._of_subnet: dict[str, Resource] = {}
        self._default: dict[str, Resource] = {}
        self._filters: dict[tuple[str, bool], Filter] = {}
        self._guards: dict[str, tuple[Guard, Guard]] = {}
        self._standalone: dict[str, list[Resource]] = {}
        for rule in graph.of(types.ACL_RULE):
            found = graph.refer(rule, rule.at("networkAclId"), *types.ACLS)
            for one in found.resources:
                self._standalone.setdefault(one.urn, []).append(rule)
            if not found.resources and rule.at("networkAclId").unknown:
                why = "which network ACL it belongs to is not known"
                self.unmodelled.append(Unmodelled(rule.label, why, origin=rule.urn))
        for resource in graph.of(types.DEFAULT_ACL):
            for vpc in self._vpcs_of_default(resource):
                self._default[vpc] = resource
        for resource in graph.of(types.ACL):
            if "subnetIds" in resource.asked:
                for subnet in places.of_subnets(resource, resource.at("subnetIds")):
                    self._join(resource, subnet, resource)
        for resource in graph.of(types.ACL_ASSOCIATION):
            found = graph.refer(resource, resource.at("networkAclId"), *types.ACLS)
            for subnet in places.of_subnet(resource, resource.at("subnetId")):
                if found.one:
                    self._join(found.one, subnet, resource)
                else:
                    self._open(resource, subnet)

    def guards(self, subnet: Subnet) -> tuple[Guard, Guard]:
        """What enters a subnet meets, and what leaves it."""
        found = self._guards.get(subnet.name)
        if found is None:
            acl = self._of_subnet.get(subnet.name) or self._default.get(subnet.vpc.name)
            pair = [
                Guard(Chain(each.name, (each,)), subnet.name)
                for each in (self._filter(acl, subnet, egress=False), self._filter(acl, subnet, egress=True))
            ]
            found = self._guards[subnet.name] = pair[0], pair[1]
        return found

    def _filter(self, acl: Resource | None, subnet: Subnet, *, egress: bool) -> Filter:
        way = "out" if egress else "in"
        key = (acl.urn if acl else f"default of {subnet.vpc.name}", egress)
        found = self._filters.get(key)
        if found is None:
            if acl is None:
                name = f"default network ACL of {subnet.vpc.short} ({way})"
                found = Filter(name, (Rule(name, Action.ALLOW),), Action.DENY, stateful=False)
            else:
                rules = tuple(self._rules(acl, egress=egress))
                name = f"network ACL {acl.name} ({way})"
                found = Filter(name, rules, Action.DENY, stateful=False)
            self._filters[key] = found
        return found

    def _rules(self, acl: Resource, *, egress: bool) -> Iterator[Rule]:
        side = "egress" if egress else "ingress"
        value = acl.at(side)
        inline = list(value.items()) if side in acl.asked else []
        own = [one for one in self._standalone.get(acl.urn, ()) if one.at("egress").flag() is egress]
        clash: tuple[str, ...] = ()
        if inline and own:
            clash = (f"{acl.label}: it has rules inline and by themselves, which undo each other",)
        numbers = Counter([each.at("ruleNo").text() for each in inline])
        numbers.update(one.at("ruleNumber").text() for one in own)
        twice = {number for number, count in numbers.items() if number and count > 1}

        def open_about(number: Value) -> tuple[str, ...]:
            """AWS takes a number once: which of two rules stands is open."""
            said = f"{acl.label}: which of its rules with number {number.text()} stands"
            return (*clash, said) if number.text() in twice else clash

        if side in acl.asked and value.unknown:
            yield Rule(f"{acl.name} {side}", Action.ALLOW, priority=FIRST, unknown=(value.where,))
        for each in inline:
            open_values = open_about(each.at("ruleNo"))
            paths = "ruleNo", "action", "cidrBlock"
            yield from _rules(f"{acl.name} {side} rule", each, paths, open_values, egress=egress)
        for one in own:
            each = Value(one.properties, f"{one.label}: ")
            found = self._graph.refer(one, one.at("networkAclId"), *types.ACLS)
            unknown = open_about(each.at("ruleNumber"))
            unknown += () if found.certain else (one.at("networkAclId").where,)
            paths = "ruleNumber", "ruleAction", "cidrBlock"
            yield from _rules(one.name, each, paths, unknown, egress=egress)

    def _vpcs_of_default(self, resource: Resource) -> Iterator[str]:
        value = resource.at("defaultNetworkAclId")
        sources = self._graph.sources(resource, value, *types.VPCS)
        for vpc in self._places:
            own = vpc.resource.at("defaultNetworkAclId").text() if vpc.resource else ""
            if (own and own == value.text()) or vpc.resource in sources:
                yield vpc.name

    def _join(self, acl: Resource, subnet: Subnet, said: Resource) -> None:
        if self._of_subnet.setdefault(subnet.name, acl) is not acl:
            self._open(said, subnet)

    def _open(self, resource: Resource, subnet: Subnet) -> None:
        why = f"which network ACL {subnet.name} has is not known"
        self.unmodelled.append(Unmodelled(resource.label, why, frozenset({subnet.vpc.name}), resource.urn))


def _rules(
    name: str, value: Value, paths: tuple[str, str, str], clash: tuple[str, ...], *, egress: bool
) -> Iterator[Rule]:
    """One rule; where it may allow or deny, one of each, of which either may stand."""
    number, action, block = (value.at(path) for path in paths)
    six = value.at("ipv6CidrBlock")
    unknown = [*clash, *(each.where for each in (number, action, block, six) if each.unknown)]
    members = addresses(*(each.text() for each in (block, six) if each.text()))
    if block.unknown or six.unknown:
        members = ALL_ADDRESSES
    traffic, open_traffic = layer4(value, "protocol")
    unknown += open_traffic
    peer = Match(members)
    denies = action.text().lower() == "deny"
    actions = [Action.DENY, Action.ALLOW] if action.unknown else [Action.DENY if denies else Action.ALLOW]
    for each in actions:
        yield Rule(
            name,
            each,
            ANYONE if egress else peer,
            peer if egress else ANYONE,
            traffic,
            FIRST if number.unknown else number.number(),
            unknown=tuple(dict.fromkeys(unknown)),
        )
