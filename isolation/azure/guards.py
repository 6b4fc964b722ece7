"""What packets of an interface meet: rules of network managers, then the security groups, which must all
allow.

An interface that has a security group neither of its own nor of its subnet is open, but for packets from the
internet to a public address of SKU Standard, which lets none in by itself.
Sources: learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works and
ip-services/public-ip-addresses there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isolation.azure.admin import AdminRules
from isolation.azure.interfaces import Interface
from isolation.azure.nsgs import Group, Nsgs
from isolation.azure.places import Subnet
from isolation.azure.tags import Tags
from isolation.model import Guard
from isolation.rules import Action, Chain, Filter, Rule


class Guards:
    """The guards of all interfaces; equal ones are one object."""

    def __init__(self, nsgs: Nsgs, admin: AdminRules, tags: Tags) -> None:
        self._nsgs = nsgs
        self._admin = admin
        self._tags = tags
        self._guards: dict[tuple[object, ...], Guard] = {}
        self._handing: dict[Filter, Filter] = {}
        self._open: dict[tuple[str, bool, bool], Filter] = {}

    def of(self, one: Interface, egress: bool) -> Guard:
        """What packets out of an interface meet, or what those into it do."""
        own = self._nsgs.find(one.group.resource, one.group.value) if one.group else None
        key = (one.subnet.name, own.key if own else "", one.unfiltered, one.unmanaged, one.basic, egress)
        found = self._guards.get(key)
        if found is None:
            filters = tuple(self._filters(one, own, egress=egress))
            names = ", ".join(each.name for each in filters)
            found = self._guards[key] = Guard(Chain(names, filters))
        return found

    def _filters(self, one: Interface, own: Group | None, *, egress: bool) -> Iterator[Filter]:
        around = self._tags.around(one.subnet)
        if not one.unmanaged:
            yield from self._admin.filters(one.subnet, egress=egress)
        groups = [] if one.unfiltered else [each for each in (self._of_subnet(one.subnet), own) if each]
        if egress:
            groups.reverse()
        filters = [self._nsgs.filter(each, around, egress=egress) for each in groups]
        for each in filters[:-1]:
            yield self._hands_over(each)
        yield filters[-1] if filters else self._opened(one, egress=egress)

    def _of_subnet(self, subnet: Subnet) -> Group | None:
        if subnet.owner is None:
            why = f"the rules of {subnet.name}"
            return Group(subnet.name, f"NSG of {subnet.name}", None, (why,))
        return self._nsgs.find(subnet.owner, subnet.at("networkSecurityGroup.id"))

    def _hands_over(self, one: Filter) -> Filter:
        """A filter whose allowance leaves the packet to the next one."""
        found = self._handing.get(one)
        if found is None:
            rules = tuple(
                replace(rule, action=Action.NEXT) if rule.action is Action.ALLOW else rule
                for rule in one.rules
            )
            found = self._handing[one] = replace(one, rules=rules)
        return found

    def _opened(self, one: Interface, *, egress: bool) -> Filter:
        around = self._tags.around(one.subnet)
        shut = not egress and not one.basic and not one.unfiltered
        key = (around.name, shut, one.unfiltered)
        found = self._open.get(key)
        if found is None:
            internet = self._tags.meaning("Internet", around).match
            name = "an address of SKU Standard lets nobody in by itself"
            rules = (Rule(name, Action.DENY, source=internet),) if shut else ()
            what = "no security group holds here" if one.unfiltered else "no security group"
            found = self._open[key] = Filter(what, rules, Action.ALLOW)
        return found
