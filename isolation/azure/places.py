"""Virtual networks and subnets of a plan: names, ranges, and which one a reference means.

A subnet is a resource of its own or stands in its network's list; `Subnet.at` reads either. A network or
subnet that is named but not in the plan becomes a place of its own, so that what stands in it is judged, and
is reported as not modelled: its routes and rules are its owner's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph, parse, property_value
from isolation.azure.ranges import EVERYWHERE_4
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Unmodelled
from isolation.outside import PRIVATE
from isolation.resources import Found, Resource, Value

# The prefix of a range that is not known yet: it may be longer than any other, which is tried after it.
OPEN_LENGTH = 128
SUBNETS = "microsoft.network/virtualnetworks/subnets"


@dataclass(eq=False)
class Vnet:
    """A virtual network. `name` is its domain's name in the model."""

    name: str
    resource: Resource | None
    blocks: list[tuple[IntervalSet, int]]
    """Its ranges, each with its prefix length."""
    subnets: list[Subnet] = field(default_factory=list["Subnet"])
    known: IntervalSet = EMPTY
    """Those of its addresses that are certain."""
    unknown: tuple[str, ...] = ()
    """What decides about the others; empty where all are certain."""

    @property
    def ranges(self) -> IntervalSet:
        """All its addresses, or those it may have."""
        return IntervalSet.union(block for block, _ in self.blocks)

    def open(self, ranges: IntervalSet) -> tuple[str, ...]:
        """What is open about some of its addresses."""
        return () if self.known.covers(ranges) else self.unknown

    @property
    def short(self) -> str:
        """Its name without what it is."""
        return self.name.removeprefix("network ")


@dataclass(eq=False)
class Subnet:
    """A subnet. `owner` is the resource that declares it, `value` its properties there."""

    name: str
    vnet: Vnet
    owner: Resource | None
    value: Value
    ranges: IntervalSet
    unknown: tuple[str, ...] = ()

    def at(self, path: str) -> Value:
        """A property, such as `networkSecurityGroup.id`."""
        return self.value.at(path)

    @property
    def own_name(self) -> str:
        """Its name within the network, by which Azure knows those of gateways and firewalls."""
        return self.name.rpartition("/")[2]

    @property
    def policies(self) -> tuple[bool, bool, str]:
        """Whether security groups hold for private endpoints in it, whether routes do, and the value that is
        open; by default neither holds.

        Source: learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy.
        """
        value = self.at("privateEndpointNetworkPolicies")
        text = value.text("Disabled")
        groups = text in ("Enabled", "NetworkSecurityGroupEnabled")
        routes = text in ("Enabled", "RouteTableEnabled")
        return groups, routes, value.where if value.unknown else ""


class Places:
    """All networks and subnets that a plan has or names."""

    def __init__(self, graph: ArmGraph) -> None:
        self._graph = graph
        self.vnets: dict[str, Vnet] = {}
        self.subnets: dict[str, Subnet] = {}
        self.unmodelled: list[Unmodelled] = []
        self._taken: Counter[str] = Counter()
        self._by_name: dict[tuple[str, str], Subnet] = {}
        self._of_resource: dict[str, list[Subnet]] = {}
        for resource in graph.of(types.VNET):
            self.vnets[resource.urn] = self._vnet(resource)
        for vnet in list(self.vnets.values()):
            if vnet.resource and "subnets" in vnet.resource.asked:
                self._inline(vnet, vnet.resource)
        for resource in graph.of(types.SUBNET):
            self._standalone(resource)

    def __iter__(self) -> Iterator[Vnet]:
        return iter(self.vnets.values())

    def of_vnet(self, resource: Resource, value: Value) -> list[Vnet]:
        """The networks a reference may mean; nearly always one."""
        if value.missing:
            return []
        return self._vnets(self._graph.refer(resource, value, types.VNET), value.where)

    def of_subnet(self, resource: Resource, value: Value) -> list[Subnet]:
        """The subnets a reference may mean."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, types.SUBNET)
        known = [subnet for one in found.resources for subnet in self.of_resource(one)]
        if known:
            return known
        if not value.unknown:
            return [self._of_text(found.text or value.text())]
        # An id that an inline subnet's network tells; which one of several it is, is open.
        vnets = [self.vnets[one.urn] for one in self._graph.sources(resource, value, types.VNET)]
        inline = [one for vnet in vnets for one in vnet.subnets if one.owner is vnet.resource]
        return inline or [self._foreign_subnet(value.where)]

    def of_resource(self, resource: Resource) -> list[Subnet]:
        """The subnet that a resource is; one for each network that it may be of."""
        return self._of_resource.get(resource.urn, [])

    def of_subnets(self, resource: Resource, value: Value, step: str = "") -> list[Subnet]:
        """The subnets of a list; `step` is where in each member the reference stands."""
        found: dict[str, Subnet] = {}
        if value.unknown:
            found.update({one.name: one for one in self.of_subnet(resource, value)})
        for each in value.items():
            member = each.at(step) if step else each
            found.update({one.name: one for one in self.of_subnet(resource, member)})
        return list(found.values())

    def foreign(self, text: str) -> Vnet:
        """A network that is not in the plan, by the text that names it."""
        key = text.lower()
        if key not in self.vnets:
            known = parse(text)
            name = self._fresh(f"network {known.names[0] if known else text} (not in this stack)")
            self.vnets[key] = Vnet(name, None, [])
            why = "it is not in this stack, so its own routes, rules and peerings are not known"
            self.unmodelled.append(Unmodelled(text, why, frozenset({name})))
        return self.vnets[key]

    def _vnets(self, found: Found, where: str) -> list[Vnet]:
        known = [self.vnets[one.urn] for one in found.resources if one.urn in self.vnets]
        if found.text:
            known.append(self.foreign(found.text))
        return known or [self.foreign(where)]

    def _of_text(self, text: str) -> Subnet:
        """A subnet by its id: one that stands in its network's list, or one of a network elsewhere."""
        known = parse(text)
        if known is not None and known.type == SUBNETS:
            for resource in self._graph.of(types.VNET):
                own = self._graph.id_of(resource)
                if own and own.may_be(known.parent) and (resource.urn, known.names[-1]) in self._by_name:
                    return self._by_name[resource.urn, known.names[-1]]
        return self._foreign_subnet(text)

    def _foreign_subnet(self, text: str) -> Subnet:
        key = text.lower()
        if key not in self.subnets:
            known = parse(text)
            vnet = self.foreign(text[: text.lower().rindex("/subnets/")] if known else f"of subnet {text}")
            short = known.names[-1] if known else text
            name = self._fresh(f"subnet {short} (not in this stack)")
            vnet.blocks.append((PRIVATE, OPEN_LENGTH))
            unknown = (f"the range of subnet {text}",)
            self.subnets[key] = Subnet(name, vnet, None, Value({}, f"{name}: "), PRIVATE, unknown)
            vnet.subnets.append(self.subnets[key])
        return self.subnets[key]

    def _fresh(self, name: str) -> str:
        """The name, or another where a network or subnet has it."""
        self._taken[name] += 1
        count = self._taken[name]
        return f"{name} ({count})" if count > 1 else name

    def _vnet(self, resource: Resource) -> Vnet:
        prefixes = resource.at("addressSpace.addressPrefixes")
        pools = resource.at("addressSpace.ipamPoolPrefixAllocations")
        blocks = [(addresses(text), prefix_length(text)) for text in prefixes.texts()]
        unknown: tuple[str, ...] = ()
        if prefixes.partly_unknown or not blocks or not pools.missing:
            blocks.append((PRIVATE, OPEN_LENGTH))
            unknown = (prefixes.where,)
        name = resource.at("virtualNetworkName").text(resource.name)
        known = addresses(*prefixes.texts())
        return Vnet(self._fresh(f"network {name}"), resource, blocks, known=known, unknown=unknown)

    def _inline(self, vnet: Vnet, resource: Resource) -> None:
        listed = resource.at("subnets")
        for value in listed.items():
            subnet = self._add(vnet, resource, value, value.at("name").text("unnamed"))
            self.subnets[subnet.name] = subnet
        if listed.partly_unknown and (listed.unknown or any(each.unknown for each in listed.items())):
            why = "which subnets it has is not known"
            self.unmodelled.append(
                Unmodelled(resource.label, why, frozenset({vnet.name}), origin=resource.urn)
            )

    def _standalone(self, resource: Resource) -> None:
        found = self._graph.parent(resource, types.VNET)
        for vnet in self._vnets(found, resource.at("virtualNetworkName").where):
            own = resource.at("subnetName").text(resource.name)
            if vnet.resource and "subnets" in vnet.resource.asked:
                why = "its network has subnets inline, too, and each takes away what the other put"
                self.unmodelled.append(
                    Unmodelled(resource.label, why, frozenset({vnet.name}), origin=resource.urn)
                )
            subnet = self._add(vnet, resource, property_value(resource), own)
            if not found.certain:
                subnet.unknown += (f"{resource.label}: which network it is of",)
            self.subnets[subnet.name] = subnet
            self._of_resource.setdefault(resource.urn, []).append(subnet)

    def _add(self, vnet: Vnet, owner: Resource, value: Value, own: str) -> Subnet:
        ranges, unknown = _ranges(vnet, value)
        name = self._fresh(f"subnet {vnet.short}/{own}")
        subnet = Subnet(name, vnet, owner, value, ranges, (*unknown, *vnet.unknown))
        vnet.subnets.append(subnet)
        if vnet.resource:
            self._by_name[vnet.resource.urn, own.lower()] = subnet
        return subnet


def _ranges(vnet: Vnet, value: Value) -> tuple[IntervalSet, tuple[str, ...]]:
    """A subnet's addresses; one that is not known yet may be any of its network's."""
    one, several = value.at("addressPrefix"), value.at("addressPrefixes")
    texts = [one.text(), *several.texts()]
    known = IntervalSet.union(addresses(text) for text in texts if text)
    if one.unknown or several.partly_unknown or known == EMPTY:
        where = one.where if one.unknown or several.missing else several.where
        return known | vnet.ranges, (where,)
    return known, ()


def prefix_length(text: str) -> int:
    """A prefix's length; that of the whole address without one."""
    _, slash, length = text.partition("/")
    return int(length) if slash else 32 if "." in text else 128


def four(ranges: IntervalSet) -> IntervalSet:
    """The IPv4 part of a set."""
    return ranges & EVERYWHERE_4
