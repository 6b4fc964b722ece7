"""Networks and subnets of a plan: names, ranges, and which one a reference means.

A network or subnet that is named but not in the plan becomes a place of its own, so that what stands in it is
judged, and is reported as not modelled: its routes and rules are its owner's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolation.addresses import addresses
from isolation.gcp import types
from isolation.gcp.ranges import AUTO_MODE
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Unmodelled
from isolation.outside import PRIVATE
from isolation.resources import Found, Graph, Resource, Value, comparable

# Subnets with another purpose hold no machines.
MACHINE_PURPOSES = frozenset({"", "PRIVATE", "PRIVATE_RFC_1918"})
PROXY_PURPOSES = frozenset({"REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER"})


@dataclass(eq=False)
class Network:
    """A VPC network. `name` is its router's and its domain's name in the model."""

    name: str
    resource: Resource | None
    subnets: list[Subnet] = field(default_factory=list["Subnet"])

    @property
    def short(self) -> str:
        """What tags of the network are qualified with."""
        return self.name.removeprefix("network ")

    @property
    def rdma(self) -> bool:
        """Whether it is a network for RDMA, whose firewall has rules of its own."""
        profile = self.resource.at("networkProfile").text() if self.resource else ""
        return any(kind in profile for kind in ("roce", "falcon"))

    @property
    def ranges(self) -> IntervalSet:
        """All addresses of its subnets."""
        return IntervalSet.union(subnet.ranges for subnet in self.subnets)

    @property
    def known(self) -> IntervalSet:
        """The addresses that are its own for sure."""
        return IntervalSet.union(subnet.known for subnet in self.subnets)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What hides which further addresses of `ranges` are its own."""
        waiting = [one for one in self.subnets if not one.known.covers(one.ranges)]
        named = [one.unknown or (f"the IPv6 range of {one.name}",) for one in waiting]
        return tuple(dict.fromkeys(value for values in named for value in values))


@dataclass(eq=False)
class Subnet:
    """A subnet with its ranges."""

    name: str
    network: Network
    resource: Resource | None
    region: str
    primary: IntervalSet
    secondary: dict[str, IntervalSet]
    purpose: str = ""
    private_access: bool = False
    open_access: tuple[str, ...] = ()
    open_purpose: bool = False
    public_six: bool = False
    unknown: tuple[str, ...] = ()
    known: IntervalSet = EMPTY

    @property
    def ranges(self) -> IntervalSet:
        """Primary and secondary ranges together; widest where they are not known."""
        return IntervalSet.union([self.primary, *self.secondary.values()])

    @property
    def holds_machines(self) -> bool:
        """Whether machines can stand in it."""
        return self.purpose in MACHINE_PURPOSES


class Places:
    """All networks and subnets that a plan has or names."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.networks: dict[str, Network] = {}
        self.subnets: dict[str, Subnet] = {}
        self._by_resource: dict[str, list[Subnet]] = {}
        self.unmodelled: list[Unmodelled] = []
        for resource in graph.of(types.NETWORK):
            self.networks[resource.urn] = Network(f"network {_name(resource)}", resource)
        _distinguish(self.networks)
        for resource in graph.of(types.SUBNET):
            networks = self.of_network(resource, resource.at("network"))
            for network in networks:
                subnet = _subnet(resource, network)
                if len(networks) > 1:
                    subnet.name += f" of {network.short}"
                    subnet.unknown += (resource.at("network").where,)
                    subnet.known = EMPTY
                network.subnets.append(subnet)
                self.subnets[f"{resource.urn} {network.name}"] = subnet
                self._by_resource.setdefault(resource.urn, []).append(subnet)
        for network in list(self.networks.values()):
            if network.resource and network.resource.at("autoCreateSubnetworks").flag(True):
                self._auto(network)

    def of_network(self, resource: Resource, value: Value) -> list[Network]:
        """The networks a reference may mean; nearly always one."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, types.NETWORK)
        return self._networks(found, value)

    def of_networks(self, resource: Resource, value: Value, step: str = "") -> list[Network]:
        """The networks that a list of references means."""
        found = self._graph.refer_all(resource, value, types.NETWORK, step=step)
        return self._networks(found, value)

    def of_subnet(self, resource: Resource, value: Value) -> list[Subnet]:
        """The subnets a reference may mean."""
        if value.missing:
            return []
        found = self._graph.refer(resource, value, types.SUBNET)
        if found.text:
            return [self._foreign_subnet(found.text)]
        known = [subnet for one in found.resources for subnet in self.of_resource(one)]
        return known or ([] if found.certain else [self._foreign_subnet(value.where)])

    def of_resource(self, resource: Resource) -> list[Subnet]:
        """The subnets that a resource stands for: one, but where its network is not known."""
        return self._by_resource.get(resource.urn, [])

    def __iter__(self) -> Iterator[Network]:
        return iter(self.networks.values())

    def _networks(self, found: Found, value: Value) -> list[Network]:
        known = [self.networks[one.urn] for one in found.resources if one.urn in self.networks]
        known += [self.foreign(text) for text in found.text.split(", ") if text]
        if not known and value.unknown:
            # It may be any of ours, so no claim is proven beside it.
            if value.where not in self.networks:
                why = "which network it names is not known"
                self.unmodelled.append(Unmodelled(value.where, why))
            known = [self.foreign(value.where)]
        return known

    def _planned(self, text: str) -> Network | None:
        """The network that a text will name once it is made: its id is not known before, its parts are."""
        project, _, name = text.removeprefix("projects/").partition("/global/networks/")
        for network in self.networks.values():
            if name and network.resource and _name(network.resource) == name:
                own = network.resource.at("project")
                if own.text(project) == project:
                    return network
        return None

    def foreign(self, text: str) -> Network:
        """A network that is not in the plan, by the text that names it."""
        key = comparable(text)
        if planned := self._planned(key):
            return planned
        if key not in self.networks:
            name = f"network {key.rpartition('/')[2]} (not in this stack)"
            self.networks[key] = Network(name, None)
            why = "it is not in this stack, so its own routes, rules and peerings are not known"
            self.unmodelled.append(Unmodelled(key, why, frozenset({name})))
        return self.networks[key]

    def _foreign_subnet(self, text: str) -> Subnet:
        key = comparable(text)
        if key not in self.subnets:
            parts = key.split("/")
            project = parts[1] if len(parts) > 5 else ""
            network = self.foreign(f"{project}/network of {parts[-1]}".lstrip("/"))
            subnet = Subnet(
                f"subnet {parts[-1]} (not in this stack)",
                network,
                None,
                parts[3] if len(parts) > 5 else "",
                PRIVATE,
                {},
                unknown=(f"ranges of subnet {key}",),
            )
            network.subnets.append(subnet)
            self.subnets[key] = subnet
        return self.subnets[key]

    def _auto(self, network: Network) -> None:
        asked = network.resource.at("autoCreateSubnetworks") if network.resource else None
        unknown = (asked.where,) if asked and asked.unknown else ()
        subnet = Subnet(
            f"auto subnets of {network.short}",
            network,
            network.resource,
            "",
            AUTO_MODE,
            {},
            unknown=unknown,
            known=EMPTY if unknown else AUTO_MODE,
        )
        network.subnets.append(subnet)
        self.subnets[f"{network.name} auto"] = subnet


def _subnet(resource: Resource, network: Network) -> Subnet:
    primary = _range(resource.at("ipCidrRange"))
    secondary = {
        each.at("rangeName").text(f"#{index}"): _range(each.at("ipCidrRange"))
        for index, each in enumerate(resource.at("secondaryIpRanges").members())
    }
    unknown = tuple(
        f"{resource.label}: {path}"
        for path in ("ipCidrRange", "secondaryIpRanges", "stackType", "ipv6AccessType")
        if resource.at(path).partly_unknown
    )
    texts = [resource.at("ipCidrRange").text()]
    texts += [each.at("ipCidrRange").text() for each in resource.at("secondaryIpRanges").items()]
    known = addresses(*filter(None, texts))
    stack, access = resource.at("stackType"), resource.at("ipv6AccessType")
    access_to_apis = resource.at("privateIpGoogleAccess")
    dual = stack.unknown or stack.text("IPV4_ONLY") != "IPV4_ONLY"
    external = access.unknown or access.text() == "EXTERNAL"
    if dual:
        six, certain = _six(resource)
        primary |= six
        known |= six if certain else EMPTY
    return Subnet(
        f"subnet {_name(resource)}",
        network,
        resource,
        resource.at("region").text(),
        primary,
        secondary,
        resource.at("purpose").text(),
        access_to_apis.flag(),
        (access_to_apis.where,) if access_to_apis.unknown else (),
        resource.at("purpose").unknown,
        dual and external,
        unknown,
        known,
    )


def _six(resource: Resource) -> tuple[IntervalSet, bool]:
    """A subnet's IPv6 range, and whether it is known; else it may be any that Google gives."""
    access = resource.at("ipv6AccessType")
    if access.unknown or resource.at("stackType").unknown:
        return addresses("2000::/3", "fd20::/20"), False
    external = access.text() == "EXTERNAL"
    text = resource.at("externalIpv6Prefix" if external else "internalIpv6Prefix").text()
    text = text or resource.at("ipv6CidrRange").text()
    return addresses(text or ("2000::/3" if external else "fd20::/20")), bool(text)


def _range(value: Value) -> IntervalSet:
    """A range; one that is not known yet may be any private one."""
    if value.missing:
        return EMPTY
    return PRIVATE if value.unknown else addresses(value.text())


def _name(resource: Resource) -> str:
    return resource.at("name").text(resource.name)


def _distinguish(networks: dict[str, Network]) -> None:
    """Give networks of one name in several projects different names."""
    seen: set[str] = set()
    for network in networks.values():
        if network.name in seen and network.resource:
            network.name += f" ({network.resource.name})"
        seen.add(network.name)
