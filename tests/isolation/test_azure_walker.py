"""Azure's translator against a walker that sends every packet, on small random plans.

The walker is written from Azure's documents and shares nothing with the translator: one packet, one rule
after the other, by the standard library's addresses. Plans have two networks that may be peered, security
groups at subnets and interfaces, application security groups, admin rules, a route table, and public
addresses.
Source: learn.microsoft.com/azure/virtual-network (network-security-group-how-it-works,
virtual-networks-udr-overview) and learn.microsoft.com/azure/virtual-network-manager/concept-security-admins.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from isolation.addresses import addresses
from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.resources import Resource
from isolation.traffic import traffic
from isolation.verdicts import Outcome
from tests.isolation.azure_plan import (
    ALONE,
    group,
    line,
    machine,
    made,
    managed,
    network,
    peering,
    public_address,
    ref,
    report,
    route,
    rule,
    subnet,
    table,
)

SPACES = {"net": "10.0.0.0/16", "other": "10.9.0.0/16"}
SUBNETS = {"one": ("net", "10.0.0.0/24"), "two": ("net", "10.0.1.0/24"), "far": ("other", "10.9.0.0/24")}
HOSTS = {
    "a": ("one", "10.0.0.4", "20.0.0.1"),
    "b": ("one", "10.0.0.5", "20.0.0.2"),
    "c": ("two", "10.0.1.4", "20.0.0.3"),
    "d": ("far", "10.9.0.4", "20.0.0.4"),
}
WORLD = "8.8.8.8"
PORTS = (80, 443)
PREFIXES = (
    "*",
    "VirtualNetwork",
    "Internet",
    "10.0.0.0/24",
    "10.0.0.5",
    "10.9.0.0/16",
    "8.8.8.0/24",
    "20.0.0.1",
)
HOPS = ("None", "Internet", "VnetLocal")


@dataclass(frozen=True)
class Line:
    """A rule: direction, access, source, destination, port; an end that begins with `#` is a group."""

    direction: str
    access: str
    source: str
    destination: str
    port: str


@dataclass(frozen=True)
class Net:
    """A random plan. Rules are in the order of their priorities."""

    groups: dict[str, tuple[Line, ...]]
    at_subnet: dict[str, str]
    at_host: dict[str, str]
    members: dict[str, frozenset[str]]
    public: frozenset[str]
    admin: tuple[Line, ...]
    routes: tuple[tuple[str, str], ...]
    outbound: bool
    peered: tuple[bool, bool]
    access: bool


ENDS = st.sampled_from((*PREFIXES, "#web", "#gpu"))
WAYS, PORT = st.sampled_from(("Inbound", "Outbound")), st.sampled_from(("*", *map(str, PORTS)))
LINES = st.builds(Line, WAYS, st.sampled_from(("Allow", "Deny")), ENDS, ENDS, PORT)
ADMIN = st.builds(
    Line,
    WAYS,
    st.sampled_from(("Allow", "Deny", "AlwaysAllow")),
    st.sampled_from(PREFIXES),
    st.sampled_from(PREFIXES),
    PORT,
)
RULES = st.lists(LINES, max_size=4).map(tuple)
NSG = st.sampled_from(("", "x", "y"))
NETS = st.builds(
    Net,
    st.fixed_dictionaries({"x": RULES, "y": RULES}),
    st.fixed_dictionaries(dict.fromkeys(SUBNETS, NSG)),
    st.fixed_dictionaries(dict.fromkeys(HOSTS, NSG)),
    st.fixed_dictionaries(dict.fromkeys(HOSTS, st.frozensets(st.sampled_from(("web", "gpu"))))),
    st.frozensets(st.sampled_from(tuple(HOSTS))),
    st.lists(ADMIN, max_size=2).map(tuple),
    st.lists(
        st.tuples(
            st.sampled_from(("10.0.0.0/16", "10.0.1.0/24", "10.9.0.0/24", "8.0.0.0/8", "10.0.0.5/32")),
            st.sampled_from(HOPS),
        ),
        max_size=2,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    st.booleans(),
    st.tuples(st.booleans(), st.booleans()),
    st.booleans(),
)


def inside(address: str, prefix: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def space(name: str) -> str:
    return SUBNETS[HOSTS[name][0]][0]


def joined(net: Net) -> bool:
    return all(net.peered)


def is_virtual(net: Net, name: str, address: str) -> bool:
    """Whether an address has the tag VirtualNetwork in the rules of a machine."""
    here = space(name)
    ranges = [SPACES[here], *_written(net, name)]
    if joined(net) and (net.access or here == "other"):
        ranges.append(SPACES["other" if here == "net" else "net"])
    return any(inside(address, each) for each in ranges)


def _written(net: Net, name: str) -> list[str]:
    return [prefix for prefix, _ in net.routes] if HOSTS[name][0] == "one" else []


def matches(net: Net, name: str, end: str, address: str, groups: frozenset[str]) -> bool:
    if end.startswith("#"):
        return end[1:] in groups
    if end == "*":
        return True
    if end == "VirtualNetwork":
        return is_virtual(net, name, address)
    if end == "Internet":
        return not inside(address, "10.0.0.0/8")
    return inside(address, end)


@dataclass(frozen=True)
class Packet:
    """One packet as a machine's rules see it."""

    source: str
    destination: str
    source_groups: frozenset[str]
    destination_groups: frozenset[str]
    port: int


def first(net: Net, name: str, lines: tuple[Line, ...], packet: Packet, way: str) -> str:
    """What the first rule that matches says; nothing where none does."""
    for one in lines:
        if (
            one.direction == way
            and one.port in ("*", str(packet.port))
            and matches(net, name, one.source, packet.source, packet.source_groups)
            and matches(net, name, one.destination, packet.destination, packet.destination_groups)
        ):
            return one.access
    return ""


DEFAULTS = (
    Line("Inbound", "Allow", "VirtualNetwork", "VirtualNetwork", "*"),
    Line("Inbound", "Deny", "*", "*", "*"),
    Line("Outbound", "Allow", "VirtualNetwork", "VirtualNetwork", "*"),
    Line("Outbound", "Allow", "*", "Internet", "*"),
    Line("Outbound", "Deny", "*", "*", "*"),
)


def passes(net: Net, name: str, packet: Packet, way: str) -> bool:
    """Whether what stands before a machine lets a packet through."""
    where, here = HOSTS[name][0], space(name)
    said = first(net, name, net.admin, packet, way) if here == "net" else ""
    if said in ("Deny", "AlwaysAllow"):
        return said == "AlwaysAllow"
    groups = [one for one in (net.at_subnet[where], net.at_host[name]) if one]
    if not groups:
        return way == "Outbound" or inside(packet.source, "10.0.0.0/8")
    return all(first(net, name, (*net.groups[one], *DEFAULTS), packet, way) == "Allow" for one in groups)


def leads(net: Net, name: str, address: str) -> str:
    """Where a machine's routes send a packet: a network's name, the internet, or nowhere."""
    here = space(name)
    found = [(ipaddress.ip_network(SPACES[here]).prefixlen, 0, here)]
    found = found if inside(address, SPACES[here]) else []
    peer = "other" if here == "net" else "net"
    if joined(net) and inside(address, SPACES[peer]):
        found.append((16, 0, peer))
    if HOSTS[name][0] == "one":
        hops = {"None": "nowhere", "Internet": "internet", "VnetLocal": here}
        for prefix, hop in net.routes:
            if inside(address, prefix):
                found.append((ipaddress.ip_network(prefix).prefixlen, 1, hops[hop]))
    return max(found)[2] if found else "internet"


def expected(net: Net, source: str, destination: str, port: int) -> Outcome:
    """Whether a packet gets there, to its own address or a public one; open where that hangs on the address
    that Azure lends to what has none."""
    targets = (WORLD,) if destination == WORLD else HOSTS[destination][1:]
    found = {
        any(_sent(net, source, destination, (to, port), lent) for to in targets)
        for lent in ("52.0.0.1", "8.8.8.8", "8.9.9.9", "20.0.0.1")
    }
    if len(found) > 1:
        return Outcome.UNPROVEN
    return Outcome.VIOLATED if found.pop() else Outcome.PROVEN


def _sent(net: Net, source: str, destination: str, to: tuple[str, int], lent: str) -> bool:
    """Whether one packet arrives; `lent` is the address of what goes out without one of its own."""
    address, port = to
    public = destination != WORLD and address == HOSTS[destination][2]
    mine = net.members.get(source, frozenset())
    its = net.members.get(destination, frozenset())
    if public and destination not in net.public:
        return False
    if source == WORLD:
        return public and _arrives(net, destination, Packet(WORLD, "", frozenset(), its, port))
    # Of a public address rules know no members.
    out = Packet(HOSTS[source][1], address, mine, frozenset() if public else its, port)
    beyond = leads(net, source, address)
    if not passes(net, source, out, "Outbound"):
        return False
    if beyond == "internet":
        # Azure lends no address to what has one; that the model lets it do so is the stricter reading.
        seen = [*([HOSTS[source][2]] if source in net.public else []), *([lent] if net.outbound else [])]
        return (public or destination == WORLD) and any(
            _arrives(net, destination, Packet(each, "", frozenset(), its, port)) for each in seen
        )
    within = destination != WORLD and not public and space(destination) == beyond
    return within and _arrives(net, destination, Packet(HOSTS[source][1], "", mine, its, port))


def _arrives(net: Net, destination: str, packet: Packet) -> bool:
    """Whether it passes what stands before its destination, where it has its private address."""
    if destination == WORLD:
        return True
    return passes(net, destination, replace(packet, destination=HOSTS[destination][1]), "Inbound")


def built(net: Net) -> list[Resource]:
    """The same plan as resources."""
    found = [network("net", SPACES["net"]), network("other", SPACES["other"]), table("written")]
    found += [route(f"r{index}", "written", *each) for index, each in enumerate(net.routes)]
    found += [made(types.ASG, name, {"applicationSecurityGroupName": name}) for name in ("web", "gpu")]
    for name, lines in net.groups.items():
        found.append(group(name))
        found += [_rule(name, index, one) for index, one in enumerate(lines)]
    for name, (space_, cidr) in SUBNETS.items():
        chosen = {"nsg": net.at_subnet[name], "table": "written" if name == "one" else ""}
        found.append(subnet(name, cidr, space_, **chosen, defaultOutboundAccess=net.outbound))
    for name, (where, private, public) in HOSTS.items():
        known = f"pip-{name}"
        found.append(public_address(known, ipAddress=public))
        found.append(
            machine(
                name,
                where,
                private,
                SUBNETS[where][0],
                nsg=net.at_host[name],
                public=known if name in net.public else "",
                asgs=sorted(net.members[name]),
            )
        )
    flags = (net.access, True)
    for exists, here, there, access in zip(
        net.peered, ("net", "other"), ("other", "net"), flags, strict=True
    ):
        found += [peering(here, there, allowVirtualNetworkAccess=access)] if exists else []
    base = managed("Allow")
    found += [one for one in base if one.type != types.ADMIN_RULE]
    for index, one in enumerate(net.admin):
        found.append(_admin(index, one))
    return found


def _rule(name: str, index: int, one: Line) -> Resource:
    said: dict[str, Any] = line(f"{one.direction} {one.access} {100 + index}", port=one.port)
    for side, end in (("source", one.source), ("destination", one.destination)):
        said[f"{side}AddressPrefix"] = None if end.startswith("#") else end
        if end.startswith("#"):
            said[f"{side}ApplicationSecurityGroups"] = [ref(f"applicationSecurityGroups/{end[1:]}")]
    asked = {key: value for key, value in said.items() if key not in ("direction", "access", "priority")}
    return rule(f"r{index}", name, f"{one.direction} {one.access} {100 + index}", **asked)


def _admin(index: int, one: Line) -> Resource:
    def ends(end: str) -> list[dict[str, str]]:
        kind = "IPPrefix" if end[0].isdigit() or end == "*" else "ServiceTag"
        return [{"addressPrefix": end, "addressPrefixType": kind}]

    ports = "0-65535" if one.port == "*" else one.port
    (asked,) = [
        each
        for each in managed(
            one.access,
            says=one.direction,
            priority=10 + index,
            protocol="Any" if one.port == "*" else "Tcp",
            sources=ends(one.source),
            destinations=ends(one.destination),
            destinationPortRanges=[ports],
        )
        if each.type == types.ADMIN_RULE
    ]
    properties = {**asked.properties, "ruleName": f"admin-{index}"}
    return made(types.ADMIN_RULE, f"admin-{index}", properties)


@settings(max_examples=100, deadline=None, phases=(Phase.generate,))
@given(NETS)
def test_the_translator_agrees_with_every_packet(net: Net) -> None:
    names = (*HOSTS, WORLD)
    pairs = [(a, b, port) for a in names for b in names if a != b for port in PORTS]

    def end(name: str) -> End:
        if name == WORLD:
            return End(name, "internet", within=addresses(WORLD))
        return End(name, names=frozenset({f"interface {name}"}))

    claims = [
        Claim(f"{a} {b} {port}", Expect.NEVER, end(a), end(b), traffic=traffic("TCP", port))
        for a, b, port in pairs
    ]
    for (a, b, port), verdict in zip(pairs, report(built(net), *claims, scope=ALONE).verdicts, strict=True):
        wanted = expected(net, a, b, port)
        assert verdict.outcome is wanted, (verdict.claim.name, verdict.path, verdict.because)
