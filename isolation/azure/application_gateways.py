"""Application gateways: proxies of the network's own, with or without a web application firewall.

A gateway stands in its subnet, behind that subnet's security groups, ends connections and opens new ones to
its backends. A way on counts as inspected where the policy of the path, the listener or the gateway, in that
order, is enabled and prevents; one that only detects inspects nothing. Leaves out redirections and health
probes.
Sources: learn.microsoft.com/azure/application-gateway/how-application-gateway-works,
learn.microsoft.com/azure/web-application-firewall/ag/policy-overview (which policy holds) and ag-overview
(modes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isolation.addresses import addresses
from isolation.azure import types
from isolation.azure.arm import ArmGraph, property_value
from isolation.azure.balancers import BalancerReader, named_public
from isolation.azure.interfaces import Interface, Interfaces
from isolation.azure.parts import open_parts
from isolation.azure.places import Places
from isolation.azure.pools import Pools, last_name
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import INTERNET, Forward, Kind, Unmodelled
from isolation.outside import internet_addresses
from isolation.resources import Resource, Value
from isolation.traffic import traffic

_PARTS = (
    "sku",
    "gatewayIPConfigurations",
    "frontendIPConfigurations",
    "frontendPorts",
    "httpListeners",
    "listeners",
    "backendAddressPools",
    "backendHttpSettingsCollection",
    "backendSettingsCollection",
    "requestRoutingRules",
    "routingRules",
    "urlPathMaps",
)


@dataclass(frozen=True)
class Wall:
    """The firewall before a way on; `unknown` is what decides whether it prevents."""

    name: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Way:
    """A way of a gateway: the front end and the port that it listens on, and where it leads."""

    frontend: str
    listens: IntervalSet
    forwards: tuple[Forward, ...]


class GatewayReader:
    """Reads application gateways into `interfaces`, after everything that may be behind them."""

    def __init__(
        self, graph: ArmGraph, places: Places, interfaces: Interfaces, balancers: BalancerReader
    ) -> None:
        self._graph = graph
        self._places = places
        self._interfaces = interfaces
        self._balancers = balancers
        self._pools = Pools(graph, interfaces)
        self.unmodelled: list[Unmodelled] = []

    def read(self) -> None:
        """Every application gateway."""
        for gateway in self._graph.of(types.APPLICATION_GATEWAY):
            self.unmodelled += open_parts(gateway, *_PARTS)
            self._gateway(gateway)

    def _gateway(self, gateway: Resource) -> None:
        ways = list(self._ways(gateway))
        subnets = [
            subnet
            for each in gateway.at("gatewayIPConfigurations").items()
            for subnet in self._places.of_subnet(gateway, each.at("subnet.id"))
        ]
        if not gateway.at("privateLinkConfigurations").missing:
            why = "networks that connect to it by private link"
            networks = frozenset(subnet.vnet.name for subnet in subnets)
            self.unmodelled.append(Unmodelled(gateway.label, why, networks, gateway.urn))
        for subnet in subnets:
            for each in gateway.at("frontendIPConfigurations").items():
                mine = [way for way in ways if way.frontend in ("", each.at("name").text().lower())]
                private = each.at("privateIPAddress").text()
                public = named_public(self._graph, gateway, each.at("publicIPAddress.id"))
                if not mine:
                    continue
                self._interfaces.add(
                    Interface(
                        f"application gateway {gateway.name}",
                        Kind.PROXY,
                        subnet,
                        EMPTY if public or not private else addresses(private),
                        public=public,
                        serves=IntervalSet.union(way.listens for way in mine),
                        forwards=tuple(dict.fromkeys(one for way in mine for one in way.forwards)),
                        origin=gateway.urn,
                    ),
                    gateway.urn,
                )

    def _ways(self, gateway: Resource) -> Iterator[_Way]:
        """What each rule listens to, and where it leads."""
        ports = {
            each.at("name").text().lower(): each.at("port") for each in gateway.at("frontendPorts").items()
        }
        for rules, listeners in (("requestRoutingRules", "httpListeners"), ("routingRules", "listeners")):
            known = {each.at("name").text().lower(): each for each in gateway.at(listeners).items()}
            for rule in gateway.at(rules).items():
                asked = rule.at("httpListener.id" if listeners == "httpListeners" else "listener.id")
                listener = known.get(last_name(asked))
                for one in [listener] if listener else known.values():
                    port = ports.get(last_name(one.at("frontendPort.id")))
                    listens = _tcp(port) if port is not None else traffic("TCP")
                    frontend = last_name(one.at("frontendIPConfiguration.id"))
                    yield _Way(frontend, listens, tuple(self._forwards(gateway, rule, one)))

    def _forwards(self, gateway: Resource, rule: Value, listener: Value) -> Iterator[Forward]:
        settings = "backendHttpSettings" if rule.at("backendSettings").missing else "backendSettings"
        wall = self._wall(gateway, [listener])
        yield from self._forward(gateway, rule.at("backendAddressPool.id"), rule.at(f"{settings}.id"), wall)
        wanted = last_name(rule.at("urlPathMap.id"))
        for each in gateway.at("urlPathMaps").items():
            if rule.at("urlPathMap").missing or wanted not in ("", each.at("name").text().lower()):
                continue
            otherwise = each.at("defaultBackendAddressPool.id"), each.at("defaultBackendHttpSettings.id")
            yield from self._forward(gateway, *otherwise, wall)
            for path in each.at("pathRules").items():
                own = path.at("backendAddressPool.id"), path.at("backendHttpSettings.id")
                yield from self._forward(gateway, *own, self._wall(gateway, [path, listener]))

    def _forward(self, gateway: Resource, pool: Value, settings: Value, wall: Wall) -> Iterator[Forward]:
        """The way on to a pool; twice where it is open whether a firewall is before it."""
        if pool.missing:
            return
        wanted = last_name(settings)
        chosen = [
            each
            for path in ("backendHttpSettingsCollection", "backendSettingsCollection")
            for each in gateway.at(path).items()
            if wanted in ("", each.at("name").text().lower())
        ]
        opens = IntervalSet.union(_tcp(each.at("port")) for each in chosen) if chosen else traffic("TCP")
        for names, sends, unknown in self._behind(gateway, last_name(pool), opens):
            if names:
                yield Forward(names, sends, wall.name, (*unknown, *wall.unknown))
                if wall.unknown:
                    yield Forward(names, sends, "", (*unknown, *wall.unknown))

    def _behind(
        self, gateway: Resource, pool: str, opens: IntervalSet
    ) -> Iterator[tuple[tuple[str, ...], IntervalSet, tuple[str, ...]]]:
        """What is in a pool: names of endpoints, what is opened to them, and what that hangs on."""
        own = gateway.at("applicationGatewayName").text(gateway.name)
        members = [
            one.name
            for one in self._interfaces.machines()
            if any(self._pools.holds((gateway, own), pool, named) for named in one.pools)
        ]
        yield tuple(members), opens, ()
        for each in gateway.at("backendAddressPools").items():
            if pool not in ("", each.at("name").text().lower()):
                continue
            listed = each.at("backendAddresses")
            if listed.unknown:
                yield self._anything(), opens, (listed.where,)
            for one in listed.items():
                address = one.at("ipAddress")
                if address.text():
                    yield from self._at(addresses(address.text()), opens, address.where)
                else:
                    where = one.at("fqdn").where if address.missing else address.where
                    yield self._anything(), opens, (where,)

    def _at(
        self, wanted: IntervalSet, opens: IntervalSet, where: str
    ) -> Iterator[tuple[tuple[str, ...], IntervalSet, tuple[str, ...]]]:
        """What stands at an address: what a load balancer has behind it, a machine, or the internet."""
        fronts = [one for one in self._balancers.fronts if one.addresses == wanted]
        for front in fronts:
            taken = opens & front.takes
            changed = taken if front.takes == front.sends else front.sends
            yield front.machines, changed if taken else EMPTY, ()
        if fronts:
            return
        machines = self._pools.at_address(wanted)
        sure = all(one.addresses == wanted for one in machines)
        yield tuple(one.name for one in machines), opens, () if sure else (where,)
        if wanted & internet_addresses():
            yield (INTERNET,), opens, ()

    def _anything(self) -> tuple[str, ...]:
        """What a name that nobody has resolved yet may lead to."""
        return (INTERNET, *(one.name for one in self._interfaces.machines()))

    def _wall(self, gateway: Resource, places: list[Value]) -> Wall:
        """The firewall that holds: the nearest one that is named."""
        if not gateway.at("sku.tier").text("WAF").upper().startswith("WAF"):
            return Wall()
        for place in (*places, property_value(gateway)):
            named = place.at("firewallPolicy")
            if not named.missing:
                return prevents(self._graph, gateway, named.at("id"))
        old = gateway.at("webApplicationFirewallConfiguration")
        if old.at("enabled").flag() and old.at("firewallMode").text() == "Prevention":
            return Wall(f"firewall of {gateway.name}")
        return Wall()


def prevents(graph: ArmGraph, owner: Resource, value: Value) -> Wall:
    """What a policy that is named comes to: a wall only where it is enabled and prevents."""
    found = graph.refer(owner, value, types.WAF_POLICY, types.FRONT_DOOR_POLICY)
    if found.one is None:
        return Wall("a firewall policy that is not in this stack", (value.where,))
    policy = found.one
    settings = policy.at("policySettings")
    mode, state = settings.at("mode"), settings.at("state")
    if policy.type == types.FRONT_DOOR_POLICY:
        state = settings.at("enabledState")
    open_ = tuple(each.where for each in (mode, state) if each.unknown)
    if not open_ and (mode.text() != "Prevention" or state.text() != "Enabled"):
        return Wall()
    return Wall(f"firewall policy {policy.name}", open_)


def _tcp(port: Value) -> IntervalSet:
    return traffic("TCP", port.number()) if port.text().isdigit() else traffic("TCP")
