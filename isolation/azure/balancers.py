"""Load balancers: what comes to a front end is sent on to a machine, with the sender's own address.

Each machine behind a front end gets an endpoint more, which stands for it at the front end's address and
takes what the rules send there: the machine's security groups see it after the translation, by its own
address and port, unless the rule leaves the address as it is (`enableFloatingIP`). A public load balancer is
also a way out for the machines behind it. AKS makes load balancers for Services. Leaves out probes.
Sources: learn.microsoft.com/azure/load-balancer, components, load-balancer-floating-ip, outbound-rules and
inbound-nat-rules there; cloud-provider-azure.sigs.k8s.io/topics/loadbalancer (annotations).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.clusters import clusters_of
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.machines import public_address
from isolation.azure.outbound import unknown_public
from isolation.azure.parts import open_parts
from isolation.azure.places import Places, Subnet, four
from isolation.azure.pools import Pools, last_name
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Kind, Unmodelled
from isolation.resources import Resource, Value
from isolation.traffic import ALL_TRAFFIC, traffic

_PARTS = (
    "frontendIPConfigurations",
    "backendAddressPools",
    "loadBalancingRules",
    "outboundRules",
    "inboundNatRules",
    "inboundNatPools",
)
_SERVICE_PARTS = ("spec.ports", "spec.loadBalancerIP")
_ANNOTATION = "service.beta.kubernetes.io/azure-load-balancer-"


@dataclass(frozen=True)
class Front:
    """A front end: its addresses, in a subnet or on the internet, and what it sends where.

    `takes` is what comes to it, `sends` what machines get of that; they differ where a rule changes the port.
    """

    name: str
    addresses: IntervalSet
    subnet: Subnet | None
    machines: tuple[str, ...]
    takes: IntervalSet
    sends: IntervalSet
    floats: bool
    owner: Resource


class BalancerReader:
    """Reads load balancers into `interfaces`, after everything that may be behind them."""

    def __init__(self, graph: ArmGraph, places: Places, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces
        self._pools = Pools(graph, interfaces)
        self.fronts: list[Front] = []
        self.unmodelled: list[Unmodelled] = []

    def read(self) -> None:
        """Every load balancer, and those that AKS makes for Services."""
        for one in self._graph.of(types.LOAD_BALANCER):
            self.unmodelled += open_parts(one, *_PARTS)
            self._balancer(one)
        for one in self._graph.of(types.BALANCER_POOL, types.NAT_RULE):
            self.unmodelled += open_parts(one, *one.properties)
        for service in self._graph.of(types.KUBERNETES_SERVICE):
            kind = service.at("spec.type")
            if kind.text() == "LoadBalancer":
                self.unmodelled += open_parts(service, "metadata.annotations", *_SERVICE_PARTS)
                self._service(service)
            elif kind.unknown:
                self.unmodelled += open_parts(service, "spec.type")
        for front in self.fronts:
            self._stand(front)

    def _balancer(self, balancer: Resource) -> None:
        for rule, sends_to in self._rules(balancer):
            frontend = last_name(rule.at("frontendIPConfiguration.id"))
            for each in balancer.at("frontendIPConfigurations").items():
                if frontend and each.at("name").text().lower() != frontend:
                    continue
                subnets = self._places.of_subnet(balancer, each.at("subnet.id"))
                public = self._public(balancer, each)
                takes, sends = _ports(rule)
                for subnet in subnets or [None]:
                    private = each.at("privateIPAddress").text()
                    own = addresses(private) if private else four(subnet.ranges) if subnet else public
                    name = f"front end {each.at('name').text('')} of load balancer {balancer.name}"
                    floats = rule.at("enableFloatingIP").flag()
                    front = Front(name, own, subnet, sends_to, takes, sends, floats, balancer)
                    self.fronts.append(front)
                if public and not rule.at("disableOutboundSnat").flag():
                    self._leave(sends_to, public)
        for rule in balancer.at("outboundRules").items():
            self._leave(self._pools.behind(balancer, rule.at("backendAddressPool.id")), unknown_public())

    def _rules(self, balancer: Resource) -> Iterator[tuple[Value, tuple[str, ...]]]:
        """Each rule that lets something in, and the machines it sends to."""
        for rule in balancer.at("loadBalancingRules").items():
            pools = [rule.at("backendAddressPool.id"), *_ids(rule.at("backendAddressPools"))]
            named = [one for pool in pools if not pool.missing for one in self._pools.behind(balancer, pool)]
            yield rule, tuple(dict.fromkeys(named))
        apart = [property_value(one) for one, _ in self._graph.children(balancer, types.NAT_RULE)]
        for path in ("inboundNatRules", "inboundNatPools"):
            for rule in (*balancer.at(path).items(), *(apart if path == "inboundNatRules" else ())):
                pool = rule.at("backendAddressPool.id")
                named = (
                    self._pools.behind(balancer, pool)
                    if not pool.missing
                    else self._pools.translated(balancer, path, rule)
                )
                yield rule, named

    def _public(self, balancer: Resource, frontend: Value) -> IntervalSet:
        if not frontend.at("publicIPPrefix").missing:
            return unknown_public()
        return named_public(self._graph, balancer, frontend.at("publicIPAddress.id"))

    def _leave(self, machines: Sequence[str], public: IntervalSet) -> None:
        """Machines leave by a public load balancer, and nothing comes in by that."""
        for name in machines:
            one = self._interfaces.found[name]
            if not one.public:
                one.public, one.entered = public, False

    def _service(self, service: Resource) -> None:
        """The load balancer that AKS makes for a Service, in front of all nodes."""
        notes = _mapping(service.at("metadata.annotations").raw)
        internal = str(notes.get(f"{_ANNOTATION}internal", "")).lower() == "true"
        text = str(notes.get(f"{_ANNOTATION}ipv4", "")) or service.at("spec.loadBalancerIP").text()
        takes = IntervalSet.union(
            _port(each.at("protocol"), each.at("port")) for each in service.at("spec.ports").items()
        )
        clusters = list(clusters_of(self._graph, service))
        if not clusters:
            why = (
                "its provider is none of a cluster of this plan, so nobody knows where it has a load balancer"
            )
            self.unmodelled.append(Unmodelled(service.label, why, origin=service.urn))
        for cluster in clusters:
            nodes = self._interfaces.of(f"nodes of {cluster.urn}")
            if not nodes:
                continue
            subnet = nodes[0].subnet
            own = addresses(text) if text and text[0].isdigit() else EMPTY
            name = f"load balancer of Service {service.name}"
            names = tuple(one.name for one in nodes)
            if f"{_ANNOTATION}internal-subnet" in notes and not own:
                why = "its load balancer stands in a subnet that only its name tells"
                self.unmodelled.append(
                    Unmodelled(service.label, why, frozenset({subnet.vnet.name}), service.urn)
                )
            own = own or (four(subnet.ranges) if internal else unknown_public())
            front = Front(name, own, subnet if internal else None, names, takes, takes, True, service)
            self.fronts.append(front)
            if not internal:
                self._leave(names, unknown_public())

    def _stand(self, front: Front) -> None:
        """What stands for the machines at a front end."""
        changes = front.takes != front.sends
        for name in front.machines:
            one = self._interfaces.found[name]
            if front.subnet is not None and changes:
                # The sender's groups see one port, the receiver's another.
                why = "it takes one port inside the network and sends to another"
                networks = frozenset({one.subnet.vnet.name})
                self.unmodelled.append(Unmodelled(front.owner.label, why, networks, front.owner.urn))
            inside = front.subnet is not None
            self._interfaces.add(
                Interface(
                    f"{front.name} to {name}",
                    Kind.MACHINE,
                    one.subnet,
                    front.addresses if inside else one.addresses,
                    public=EMPTY if inside else front.addresses,
                    group=one.group,
                    asgs=one.asgs,
                    serves=front.sends,
                    behind=one.addresses,
                    translated=inside and not front.floats,
                    silent=True,
                    assumed=True,
                    unknown=one.unknown,
                    origin=front.owner.urn,
                )
            )


def _ports(rule: Value) -> tuple[IntervalSet, IntervalSet]:
    """What comes to a front end by a rule, and what machines get."""
    protocol = rule.at("protocol")
    if protocol.text().lower() == "all" or rule.at("frontendPort").text() == "0":
        # Ports of high availability: everything, as it is.
        return ALL_TRAFFIC, ALL_TRAFFIC
    first, last = rule.at("frontendPortRangeStart"), rule.at("frontendPortRangeEnd")
    sends = _port(protocol, rule.at("backendPort"))
    if not first.missing:
        if first.unknown or last.unknown:
            return _port(protocol, first), sends
        name = "UDP" if protocol.text().lower() == "udp" else "TCP"
        return traffic(name, first.number(), last.number(first.number())), sends
    takes = _port(protocol, rule.at("frontendPort"))
    return takes, takes if rule.at("enableFloatingIP").flag() else sends


def _port(protocol: Value, port: Value) -> IntervalSet:
    """A port; all of them where it is not known."""
    names = {"udp": ("UDP",), "all": ("TCP", "UDP"), "sctp": ("SCTP",)}.get(
        protocol.text("tcp").lower(), ("TCP",)
    )
    known = port.text().isdigit()
    return IntervalSet.union(traffic(name, port.number()) if known else traffic(name) for name in names)


def _mapping(raw: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", raw) if isinstance(raw, Mapping) else {}


def _ids(value: Value) -> list[Value]:
    return [each.at("id") for each in value.items()]


def named_public(graph: ArmGraph, owner: Resource, value: Value) -> IntervalSet:
    """The public address that a reference means; EMPTY where there is none."""
    if value.missing:
        return EMPTY
    found = graph.refer(owner, value, types.PUBLIC_ADDRESS).resources
    return IntervalSet.union(map(public_address, found)) if found else unknown_public()
