"""VPCs and subnets of a plan: names, ranges, and which one a reference means.

A VPC or subnet that is named but not in the plan becomes a place of its own, so that what stands in it is
judged, and is reported as not modelled: its routes and rules are its owner's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.addresses import addresses
from isolation.aws import types
from isolation.aws.ranges import DEFAULT_VPC, EVERYWHERE_4, EVERYWHERE_6, SHARED, assigned
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Unmodelled
from isolation.outside import PRIVATE
from isolation.resources import Graph, Resource, Value

_UNIQUE_LOCAL = addresses("fc00::/7")
# The IPv6 range that Amazon assigns is a /56.
# Source: docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html.
ASSIGNED_LENGTH = 56
# The prefix of a range that is not known yet: it may be longer than any other, which is tried after it.
OPEN_LENGTH = 128
_OPEN = (PRIVATE | SHARED) & EVERYWHERE_4


@dataclass(eq=False)
class Vpc:
    """A VPC. `name` is its domain's name in the model, and that of the router behind its gateways."""

    name: str
    resource: Resource | None
    blocks: list[tuple[IntervalSet, int]]
    """Its ranges, each with its prefix length."""
    subnets: list[Subnet] = field(default_factory=list["Subnet"])
    unknown: tuple[str, ...] = ()
    """What decides about its ranges; empty where all are certain."""

    @property
    def ranges(self) -> IntervalSet:
        """All its addresses, or those it may have."""
        return IntervalSet.union(block for block, _ in self.blocks)

    @property
    def known(self) -> IntervalSet:
        """Those of its addresses that are certain."""
        return IntervalSet.union(block for block, length in self.blocks if length != OPEN_LENGTH)

    def open(self, ranges: IntervalSet) -> tuple[str, ...]:
        """What is open about some of its addresses."""
        return () if self.known.covers(ranges) else self.unknown

    @property
    def short(self) -> str:
        """Its name without what it is."""
        return self.name.removeprefix("VPC ")

    @property
    def six(self) -> IntervalSet:
        """Its IPv6 range, of which every address is the internet's."""
        return (self.ranges & EVERYWHERE_6) - _UNIQUE_LOCAL


@dataclass(eq=False)
class Subnet:
    """A subnet. Machines started in it get public addresses of their own where `gives_public`."""

    name: str
    vpc: Vpc
    resource: Resource | None
    ranges: IntervalSet
    gives_public: bool = False
    unknown: tuple[str, ...] = ()


class Places:
    """All VPCs and subnets that a plan has or names."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.vpcs: dict[str, Vpc] = {}
        self.subnets: dict[str, Subnet] = {}
        self.unmodelled: list[Unmodelled] = []
        self._taken: Counter[str] = Counter()
        for index, resource in enumerate(graph.of(*types.VPCS), 1):
            self.vpcs[resource.urn] = self._vpc(resource, index)
        for resource in graph.of(*types.SUBNETS):
            for vpc in self._vpcs_of_subnet(resource):
                subnet = _subnet(resource, vpc, self._fresh(f"subnet {resource.name}"))
                vpc.subnets.append(subnet)
                self.subnets[resource.urn] = subnet
        # Places of other stacks in which this one puts gateways have tables and routers as ours have.
        for gateway in graph.of(types.NAT):
            self.of_subnet(gateway, gateway.at("subnetId"))
        for firewall in graph.of(types.FIREWALL):
            self.of_subnets(firewall, firewall.at("subnetMappings"), step="subnetId")

    def __iter__(self) -> Iterator[Vpc]:
        return iter(self.vpcs.values())

    def of_vpc(self, resource: Resource, value: Value) -> list[Vpc]:
        """The VPCs a reference may mean; nearly always one."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, *types.VPCS)
        known = [self.vpcs[one.urn] for one in found.resources if one.urn in self.vpcs]
        if found.text:
            known.append(self.foreign(found.text))
        if not known and value.unknown and value.where not in self.vpcs:
            # It may be any of ours, so no claim is proven beside it.
            self.unmodelled.append(Unmodelled(value.where, "which VPC it names is not known"))
        return known or [self.foreign(value.where)]

    def of_subnet(self, resource: Resource, value: Value) -> list[Subnet]:
        """The subnets a reference may mean."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, *types.SUBNETS)
        if found.text:
            return [self._foreign_subnet(found.text)]
        known = [self.subnets[one.urn] for one in found.resources if one.urn in self.subnets]
        return known or [self._foreign_subnet(value.where)]

    def of_subnets(self, resource: Resource, value: Value, step: str = "") -> list[Subnet]:
        """The subnets of a list, or of the one subnet that a value names."""
        if value.missing:
            return []
        found = self._graph.refer_all(resource, value, *types.SUBNETS, step=step)
        known = [self.subnets[one.urn] for one in found.resources if one.urn in self.subnets]
        known += [self._foreign_subnet(text) for text in found.text.split(", ") if text]
        return known or [self._foreign_subnet(value.where)]

    def foreign(self, text: str) -> Vpc:
        """A VPC that is not in the plan, by the text that names it."""
        if text not in self.vpcs:
            name = f"VPC {text} (not in this stack)"
            self.vpcs[text] = Vpc(name, None, [])
            why = "it is not in this stack, so its own routes, rules and peerings are not known"
            self.unmodelled.append(Unmodelled(text, why, frozenset({name})))
        return self.vpcs[text]

    def _foreign_subnet(self, text: str) -> Subnet:
        if text not in self.subnets:
            vpc = self.foreign(f"of subnet {text}")
            unknown = (f"the range of subnet {text}",)
            subnet = Subnet(f"subnet {text} (not in this stack)", vpc, None, PRIVATE, unknown=unknown)
            vpc.blocks.append((PRIVATE, OPEN_LENGTH))
            vpc.subnets.append(subnet)
            self.subnets[text] = subnet
        return self.subnets[text]

    def _fresh(self, name: str) -> str:
        """The name, or another where a VPC or subnet has it."""
        self._taken[name] += 1
        count = self._taken[name]
        return f"{name} ({count})" if count > 1 else name

    def _vpc(self, resource: Resource, index: int) -> Vpc:
        unknown = [resource.at("cidrBlock").where] if resource.at("cidrBlock").unknown else []
        own = resource.at("cidrBlock").text()
        if not own and resource.type == types.DEFAULT_VPC:
            own = DEFAULT_VPC
        blocks = [_block(own)] if own else [(_OPEN, OPEN_LENGTH)]
        if not own and not unknown:
            # A pool of addresses gives it one.
            unknown.append(resource.at("cidrBlock").where)
        blocks += _six(resource, index)
        for more in self._graph.of(types.MORE_FOUR, types.MORE_SIX):
            if resource not in self._graph.refer(more, more.at("vpcId"), *types.VPCS).resources:
                continue
            if more.type == types.MORE_SIX:
                text = more.at("ipv6CidrBlock").text()
                blocks.append(_block(text) if text else (assigned(index), ASSIGNED_LENGTH))
            elif more.at("cidrBlock").text():
                blocks.append(_block(more.at("cidrBlock").text()))
            else:
                blocks.append((_OPEN, OPEN_LENGTH))
                unknown.append(more.at("cidrBlock").where)
        return Vpc(self._fresh(f"VPC {resource.name}"), resource, blocks, unknown=tuple(unknown))

    def _vpcs_of_subnet(self, resource: Resource) -> list[Vpc]:
        if resource.type == types.DEFAULT_SUBNET:
            default = [one for one in self if one.resource and one.resource.type == types.DEFAULT_VPC]
            return default or [self.foreign("the account's default VPC")]
        return self.of_vpc(resource, resource.at("vpcId"))


def _block(text: str) -> tuple[IntervalSet, int]:
    return addresses(text), prefix_length(text)


def prefix_length(text: str) -> int:
    """A prefix's length; that of the whole address without one."""
    _, slash, length = text.partition("/")
    return int(length) if slash else 32 if "." in text else 128


def _six(resource: Resource, index: int) -> list[tuple[IntervalSet, int]]:
    """A VPC's IPv6 range; one that is not known yet is a documentation range, of which no rule speaks."""
    block = resource.at("ipv6CidrBlock")
    if block.text():
        return [_block(block.text())]
    asked = resource.at("assignGeneratedIpv6CidrBlock").flag() or not resource.at("ipv6IpamPoolId").missing
    return [(assigned(index), ASSIGNED_LENGTH)] if asked or block.unknown else []


def _subnet(resource: Resource, vpc: Vpc, name: str) -> Subnet:
    block, six = resource.at("cidrBlock"), resource.at("ipv6CidrBlock")
    unknown = [block.where] if block.unknown else []
    default = resource.type == types.DEFAULT_SUBNET
    if block.text():
        ranges = addresses(block.text())
    else:
        # One without an IPv4 range has IPv6 addresses only, if that is what it says.
        ranges = EMPTY if resource.at("ipv6Native").flag() else vpc.ranges & EVERYWHERE_4
    if six.text():
        ranges |= addresses(six.text())
    elif six.unknown or not resource.at("ipv6IpamPoolId").missing:
        ranges |= vpc.ranges & EVERYWHERE_6
    public = resource.at("mapPublicIpOnLaunch")
    if public.unknown:
        unknown.append(public.where)
    return Subnet(
        name, vpc, resource, ranges, public.flag(default) or public.unknown, (*unknown, *vpc.unknown)
    )
