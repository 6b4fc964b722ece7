"""Machines in subnets: instances, interfaces, launch templates, services with interfaces of their own, and
what anybody could start.

A machine that is not declared stands for each subnet. It asks for a public address, as whoever starts one
may, and is in the VPC's default group: others are attached by rights that IAM grants group by group. Which
services stand in subnets, and where they say so, is data (`types.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isolation.addresses import addresses
from isolation.aws import types
from isolation.aws.groups import Groups, Membership, merged
from isolation.aws.interfaces import Interface, Interfaces
from isolation.aws.places import Places, Subnet
from isolation.aws.ranges import EVERYWHERE_4
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Kind
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value


class MachineReader:
    """Reads machines into `interfaces`."""

    def __init__(self, graph: Graph, places: Places, groups: Groups, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._groups = groups
        self._interfaces = interfaces

    def read(self) -> None:
        """Every machine, declared or assumed."""
        for resource in self._graph.of(types.INTERFACE):
            self._interface(resource)
        for resource in self._graph.of(*types.INSTANCES):
            self._instance(resource)
        for resource in self._graph.of(types.AUTOSCALING):
            self._autoscaling(resource)
        for entry in types.lists()["attached"]:
            for resource in self._graph.of(entry["type"]):
                self._attached(resource, entry)
        for subnet in list(self._places.subnets.values()):
            if subnet.ranges and subnet.resource is not None:
                self._interfaces.add(
                    Interface(
                        f"any machine in {subnet.name}",
                        Kind.MACHINE,
                        subnet,
                        self._groups.default(subnet.vpc),
                        public=unknown_public(),
                        assumed=True,
                        origin=subnet.resource.urn,
                    )
                )

    def templates(self, resource: Resource, value: Value) -> list[Resource]:
        """The launch templates a reference may mean."""
        found: dict[str, Resource] = {}
        for path in ("id", "name", "launchTemplateId", "launchTemplateName"):
            for one in self._graph.refer(resource, value.at(path), types.TEMPLATE).resources:
                found[one.urn] = one
        return list(found.values())

    def of_template(self, template: Resource, subnet: Subnet) -> tuple[Membership | None, bool | None]:
        """The groups a template names, and whether it asks for public addresses; None where it leaves that
        to others."""
        interfaces = list(template.at("networkInterfaces").items())
        lists = [each.at("securityGroups") for each in interfaces]
        lists += [template.at("vpcSecurityGroupIds"), template.at("securityGroupNames")]
        given = [one for one in lists if not one.missing]
        groups = merged(self._groups.of(template, one, subnet.vpc) for one in given) if given else None
        asked = [each.at("associatePublicIpAddress") for each in interfaces]
        said = [each for each in asked if not each.missing]
        return groups, (any(each.flag() or each.unknown for each in said) if said else None)

    def _interface(self, resource: Resource) -> None:
        more = self._added(resource, types.INTERFACE)
        subnets = self._places.of_subnet(resource, resource.at("subnetId"))
        for subnet in subnets:
            groups = self._groups.of(resource, resource.at("securityGroups"), subnet.vpc)
            self._interfaces.add(
                Interface(
                    f"interface {resource.name}",
                    Kind.MACHINE,
                    subnet,
                    merged([groups, more]),
                    _own(resource, subnet, ("privateIp", "privateIps", "privateIpLists")),
                    self._elastic(resource),
                    unknown=_which(resource, subnets),
                    origin=resource.urn,
                ),
                resource.urn,
            )

    def _instance(self, resource: Resource) -> None:
        """An instance with an interface of its own, or with those that it is given."""
        owned = self._graph.refer_all(
            resource, resource.at("networkInterfaces"), types.INTERFACE, step="networkInterfaceId"
        ).resources
        owned += self._graph.refer(
            resource, resource.at("primaryNetworkInterface.networkInterfaceId"), types.INTERFACE
        ).resources
        for one in self._interfaces.of(*(each.urn for each in owned)):
            self._interfaces.by_owner.setdefault(resource.urn, []).append(one.name)
            one.public |= self._elastic(resource)
        if owned:
            return
        template = next(iter(self.templates(resource, resource.at("launchTemplate"))), None)
        subnets = self._subnets_of(resource, template)
        for subnet in subnets:
            groups, public = self.of_template(template, subnet) if template else (None, None)
            lists = [resource.at("vpcSecurityGroupIds"), resource.at("securityGroups")]
            given = [one for one in lists if not one.missing]
            if given or groups is None:
                groups = merged(self._groups.of(resource, one, subnet.vpc) for one in given or lists[:1])
            asked = resource.at("associatePublicIpAddress")
            if not asked.missing:
                public = asked.flag() or asked.unknown
            elif public is None:
                public = subnet.gives_public
            self._interfaces.add(
                Interface(
                    f"instance {resource.name}",
                    Kind.MACHINE,
                    subnet,
                    merged([groups, self._added(resource, *types.INSTANCES)]),
                    _own(resource, subnet, ("privateIp", "secondaryPrivateIps")),
                    self._elastic(resource) | (_address(resource.at("publicIp")) if public else EMPTY),
                    unknown=(*((asked.where,) if asked.unknown else ()), *_which(resource, subnets)),
                    origin=resource.urn,
                ),
                resource.urn,
            )

    def _subnets_of(self, resource: Resource, template: Resource | None) -> list[Subnet]:
        if not resource.at("subnetId").missing:
            return self._places.of_subnet(resource, resource.at("subnetId"))
        if template:
            for each in template.at("networkInterfaces").items():
                if not each.at("subnetId").missing:
                    return self._places.of_subnet(template, each.at("subnetId"))
        # Without a subnet it stands in the account's default VPC.
        default = [one for one in self._places if one.resource and one.resource.type == types.DEFAULT_VPC]
        found = [subnet for vpc in default for subnet in vpc.subnets]
        return found or self._places.of_subnet(
            resource, Value("of the account's default VPC", resource.label)
        )

    def _autoscaling(self, resource: Resource) -> None:
        templates = self.templates(resource, resource.at("launchTemplate"))
        mixed = resource.at("mixedInstancesPolicy.launchTemplate")
        templates += self.templates(resource, mixed.at("launchTemplateSpecification"))
        for each in mixed.at("overrides").items():
            templates += self.templates(resource, each.at("launchTemplateSpecification"))
        configurations = self._graph.refer(
            resource, resource.at("launchConfiguration"), types.CONFIGURATION
        ).resources
        for subnet in self._places.of_subnets(resource, resource.at("vpcZoneIdentifiers")):
            for source in (*templates, *configurations) or (None,):
                groups: Membership | None = None
                public: bool | None = None
                if source and source.type == types.TEMPLATE:
                    groups, public = self.of_template(source, subnet)
                elif source:
                    groups = self._groups.of(source, source.at("securityGroups"), subnet.vpc)
                    public = source.at("associatePublicIpAddress").flag(subnet.gives_public)
                unknown = () if source else (f"{resource.label}: its launch template",)
                if public is None:
                    public = subnet.gives_public
                self._interfaces.add(
                    Interface(
                        f"machines of {resource.name} in {subnet.name}",
                        Kind.MACHINE,
                        subnet,
                        groups or self._groups.default(subnet.vpc),
                        public=unknown_public() if public else EMPTY,
                        unknown=unknown,
                        origin=resource.urn,
                    ),
                    resource.urn,
                )

    def _attached(self, resource: Resource, entry: Mapping[str, Any]) -> None:
        """A service with interfaces in subnets. Without any it stands outside (`services.py`)."""
        public = resource.at(entry["public"]) if "public" in entry else None
        opens = public is not None and (public.flag() or public.text().upper() == "ENABLED" or public.unknown)
        for subnet in self._service_subnets(resource, entry):
            at = resource.at(entry["groups"]) if "groups" in entry else Value(None, "")
            self._interfaces.add(
                Interface(
                    f"{entry['what']} {resource.name} in {subnet.name}",
                    Kind(entry.get("kind", "machine")),
                    subnet,
                    self._groups.of(resource, at, subnet.vpc),
                    public=unknown_public() if opens else EMPTY,
                    unknown=(public.where,) if public is not None and public.unknown else (),
                    origin=resource.urn,
                ),
                resource.urn,
            )

    def _service_subnets(self, resource: Resource, entry: Mapping[str, Any]) -> Iterator[Subnet]:
        at = resource.at(entry["subnets"])
        if at.missing:
            return
        if "by" not in entry:
            yield from self._places.of_subnets(resource, at)
            return
        found = self._graph.refer(resource, at, entry["by"])
        for group in found.resources:
            yield from self._places.of_subnets(group, group.at("subnetIds"))
        if not found.resources:
            yield from self._places.of_subnet(resource, Value(f"group {at.text('not known')}", at.where))

    def _added(self, resource: Resource, *kinds: str) -> Membership:
        """Groups that are attached by a resource of their own."""
        found = Membership(frozenset())
        for one in self._graph.of(types.INTERFACE_GROUP):
            at = one.at("networkInterfaceId")
            if resource in self._graph.refer(one, at, *kinds).resources or (
                at.text() and at.text() == resource.at("primaryNetworkInterfaceId").text()
            ):
                for vpc in list(self._places)[:1]:
                    found |= self._groups.of(one, one.at("securityGroupId"), vpc)
        return found

    def _elastic(self, resource: Resource) -> IntervalSet:
        """Elastic addresses that are associated with an instance or interface."""
        found = EMPTY
        for one in self._graph.of(types.EIP, types.EIP_ASSOCIATION):
            instance = one.at("instance" if one.type == types.EIP else "instanceId")
            interface = one.at("networkInterface" if one.type == types.EIP else "networkInterfaceId")
            if any(
                resource in self._graph.refer(one, at, resource.type).resources
                for at in (instance, interface)
            ):
                found |= _address(one.at("publicIp"))
        return found


def unknown_public() -> IntervalSet:
    """An IPv4 address on the internet that is not known yet."""
    return internet_addresses() & EVERYWHERE_4


def _which(resource: Resource, subnets: Sequence[Subnet]) -> tuple[str, ...]:
    """What is open about a machine that stands in one of several subnets."""
    value = resource.at("subnetId")
    return (value.where,) if value.unknown and len(subnets) > 1 else ()


def _address(value: Value) -> IntervalSet:
    return addresses(value.text()) if value.text() else unknown_public()


def _own(resource: Resource, subnet: Subnet, paths: tuple[str, ...]) -> IntervalSet:
    """An interface's addresses; those of the whole subnet where its own are not known."""
    values = [resource.at(path) for path in paths]
    known = addresses(*(text for value in values for text in value.texts()))
    if not known or any(value.partly_unknown for value in values):
        known |= subnet.ranges & EVERYWHERE_4
    six = addresses(*resource.at("ipv6Addresses").texts())
    return known | (six or subnet.ranges - EVERYWHERE_4)
