"""Firewall rules of Google Cloud as rules of the model, one by one.

A source or destination of a policy rule is the union of what its parameters name. What names addresses that
nobody can list here (threat lists, countries, a group outside the stack) matches all of the internet, with
the list as an unknown value: so an allow by such a list may open, and a deny by it may not be relied on.
Source: cloud.google.com/firewall/docs/firewall-policies-rule-details.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.gcp import types
from isolation.gcp.groups import account_groups, secure_groups, tag
from isolation.gcp.places import Network
from isolation.gcp.ranges import EVERYWHERE_4
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import named
from isolation.outside import internet_addresses
from isolation.resources import Graph, Resource, Value
from isolation.rules import ANYONE, Action, Match, Rule
from isolation.traffic import ALL_TRAFFIC, PROTOCOLS, traffic

INGRESS, EGRESS = "INGRESS", "EGRESS"
INTERNET_TYPES = {"INTERNET"}
_ACTIONS = {
    "allow": Action.ALLOW,
    "deny": Action.DENY,
    "goto_next": Action.NEXT,
    # The inspection may drop what it finds; what it lets through is for the strict reading all of it.
    "apply_security_profile_group": Action.ALLOW,
}
_SPELLINGS = {"icmpv6": "ICMPV6", "ipip": 4, "58": "ICMPV6"}


@dataclass(frozen=True)
class Directed:
    """A rule and its direction."""

    direction: str
    rule: Rule


def classic(graph: Graph, resource: Resource, network: Network) -> Iterator[Directed]:
    """A VPC firewall rule: one line for all its protocols."""
    if resource.at("disabled").flag():
        return
    asked = resource.at("direction")
    decisive = (resource.at("disabled"), asked, resource.at("priority"))
    unknown = [each.where for each in decisive if each.unknown]
    for direction in (INGRESS, EGRESS) if asked.unknown else (asked.text(INGRESS),):
        yield from _classic(graph, resource, network, direction, unknown)


def _classic(
    graph: Graph, resource: Resource, network: Network, direction: str, open_values: list[str]
) -> Iterator[Directed]:
    """A VPC firewall rule in one direction."""
    unknown = list(open_values)
    sides: dict[str, Match] = {}
    certain = True
    for side, ranges, tags, accounts in (
        ("source", "sourceRanges", "sourceTags", "sourceServiceAccounts"),
        ("destination", "destinationRanges", "", ""),
    ):
        groups = (
            frozenset(tag(network, each) for each in resource.at(tags).texts()) if tags else frozenset[str]()
        )
        if accounts:
            by_account, certain = account_groups(graph, resource, resource.at(accounts))
            # Accounts of a peered network's machines are not seen either.
            groups |= frozenset(f"{network.short} {each}" for each in by_account)
        members, open_ranges = _ranges(resource.at(ranges))
        if accounts and not certain:
            members = ALL_ADDRESSES
            unknown.append(_open(resource, accounts))
        if tags and resource.at(tags).partly_unknown:
            members = ALL_ADDRESSES
            unknown.append(_open(resource, tags))
        unknown += [_open(resource, ranges)] if open_ranges else []
        if not members and not groups:
            members = EVERYWHERE_4 if _guards(direction, side) else ALL_ADDRESSES
        sides[side] = Match(members, groups)
    targets, open_targets = _classic_targets(graph, resource, network)
    unknown += open_targets
    for field, action in (("denies", Action.DENY), ("allows", Action.ALLOW)):
        value = resource.at(field)
        if value.missing:
            continue
        members, open_ports = _layer4(value, "protocol", "ports")
        yield Directed(
            direction,
            Rule(
                f"firewall {resource.at('name').text(resource.name)}",
                action,
                sides["source"],
                sides["destination"],
                members,
                -1 if resource.at("priority").unknown else resource.at("priority").number(1000),
                targets,
                tuple(dict.fromkeys([*unknown, *([_open(resource, field)] if open_ports else [])])),
            ),
        )


def of_policy(
    graph: Graph, resource: Resource, value: Value, prefix: str, network: Network
) -> Iterator[Directed]:
    """A rule of a firewall policy: a resource of its own, or one of a list in a policy with rules."""
    if value.at("disabled").flag():
        return
    direction = value.at("direction").text()
    # An action that is not known lets pass what it may, and stops what it may.
    known = _ACTIONS.get(value.at("action").text())
    actions = (Action.ALLOW, Action.DENY) if known is None else (known,)
    # A rule whose place is not known stands first: it may decide before any other.
    priority = -1 if value.at("priority").unknown else value.at("priority").number()
    name = value.at("ruleName").text() or (
        resource.name if not value.where.count("[") else f"rule {priority}"
    )
    match = value.at("match")
    unknown = [
        f"{each.where}"
        for each in (value.at("direction"), value.at("priority"), value.at("disabled"))
        if each.unknown
    ]
    unknown += [value.at("action").where] if known is None else []
    source, open_source = _side(graph, resource, match, "src", network)
    destination, open_destination = _side(graph, resource, match, "dest", network)
    members, open_ports = _layer4(match.at("layer4Configs"), "ipProtocol", "ports")
    unknown += [*open_source, *open_destination]
    unknown += [match.at("layer4Configs").where] if open_ports else []
    targets, open_targets = _targets(graph, resource, value)
    unknown += open_targets
    for way in (INGRESS, EGRESS) if not direction else (direction,):
        for action in actions:
            yield Directed(
                way,
                Rule(
                    f"{prefix}{name}",
                    action,
                    source,
                    destination,
                    members,
                    priority,
                    targets,
                    tuple(dict.fromkeys(unknown)),
                ),
            )


def _side(
    graph: Graph, resource: Resource, match: Value, side: str, network: Network
) -> tuple[Match, list[str]]:
    """One side of a policy rule, and the values that are open about it."""
    open_values: list[str] = []
    members, open_ranges = _ranges(match.at(f"{side}IpRanges"))
    named_any = not match.at(f"{side}IpRanges").missing
    open_values += [match.at(f"{side}IpRanges").where] if open_ranges else []
    groups: frozenset[str] = frozenset()
    for listed in (f"{side}ThreatIntelligences", f"{side}RegionCodes"):
        if not match.at(listed).missing:
            named_any = True
            # One that is not known may be empty, and then it narrows nothing.
            members |= ALL_ADDRESSES if match.at(listed).unknown else internet_addresses()
            open_values.append(match.at(listed).where)
    if match.at(f"{side}Fqdns").partly_unknown:
        named_any = True
        members = ALL_ADDRESSES
        open_values.append(match.at(f"{side}Fqdns").where)
    for domain in match.at(f"{side}Fqdns").texts():
        named_any = True
        groups |= {named(domain)}
    address_groups = match.at(f"{side}AddressGroups")
    if not address_groups.missing:
        named_any = True
        found, certain = _address_groups(graph, resource, address_groups)
        members |= found
        open_values += [] if certain else [address_groups.where]
    if side == "src" and not match.at("srcSecureTags").missing:
        named_any = True
        tags, certain = secure_groups(graph, resource, match.at("srcSecureTags"), "name")
        groups |= tags
        if not certain:
            members = ALL_ADDRESSES
            open_values.append(match.at("srcSecureTags").where)
    scope, narrowed = _scope(match, side, network)
    open_values += narrowed
    if not named_any:
        return (ANYONE if scope is None else Match(scope)), open_values
    return Match(members if scope is None else members & scope, groups), open_values


def _scope(match: Value, side: str, network: Network) -> tuple[IntervalSet | None, list[str]]:
    """The addresses that a network type leaves of a side; None for all."""
    values = match.at(f"{side}NetworkScope"), match.at(f"{side}NetworkContext")
    if open_values := [each.where for each in values if each.unknown]:
        return None, open_values
    kind = values[0].text() or values[1].text()
    match kind:
        case "":
            return None, []
        case "INTERNET":
            return internet_addresses(), []
        case "NON_INTERNET":
            return ALL_ADDRESSES - internet_addresses(), []
        case "INTRA_VPC":
            return network.ranges, list(network.unknown)
        case _:
            return None, [f"{match.where}.{side}NetworkScope: {kind}"]


def _targets(graph: Graph, resource: Resource, value: Value) -> tuple[frozenset[str] | None, list[str]]:
    """The groups of machines a policy rule is for; None for all."""
    tags, accounts = value.at("targetSecureTags"), value.at("targetServiceAccounts")
    if tags.missing and accounts.missing:
        return None, []
    groups, certain = secure_groups(graph, resource, tags, "name")
    more, sure = account_groups(graph, resource, accounts)
    open_values = ([] if certain else [tags.where]) + ([] if sure else [accounts.where])
    return (None if open_values else groups | more), open_values


def _classic_targets(
    graph: Graph, resource: Resource, network: Network
) -> tuple[frozenset[str] | None, list[str]]:
    tags, accounts = resource.at("targetTags"), resource.at("targetServiceAccounts")
    if tags.missing and accounts.missing:
        return None, []
    groups = frozenset(tag(network, each) for each in tags.texts())
    more, certain = account_groups(graph, resource, accounts)
    open_values = [tags.where] if tags.partly_unknown else []
    open_values += [] if certain else [accounts.where]
    return (None if open_values else groups | more), open_values


def _address_groups(graph: Graph, resource: Resource, value: Value) -> tuple[IntervalSet, bool]:
    found = graph.refer_all(resource, value, types.ADDRESS_GROUP)
    members = EMPTY
    certain = found.certain and not found.text
    for one in found.resources:
        part, is_open = _ranges(one.at("items"))
        members |= part
        certain = certain and not is_open
    return (members if certain else ALL_ADDRESSES), certain


def _ranges(value: Value) -> tuple[IntervalSet, bool]:
    """The union of ranges, and whether any of them is not known; then it may be any."""
    if value.partly_unknown:
        return ALL_ADDRESSES, True
    return addresses(*value.texts()), False


def _layer4(value: Value, protocol: str, ports: str) -> tuple[IntervalSet, bool]:
    """The traffic of a list of protocols with ports, and whether any is not known; then it may be any."""
    if value.partly_unknown:
        return ALL_TRAFFIC, True
    found: list[IntervalSet] = []
    for each in value.items():
        name = each.at(protocol).text("all").lower()
        listed = each.at(ports).texts()
        if name == "all":
            found.append(ALL_TRAFFIC)
        elif listed:
            found += [spelled(_protocol(name), text) for text in listed]
        else:
            found.append(traffic(_protocol(name)))
    return IntervalSet.union(found) if found else ALL_TRAFFIC, False


def spelled(protocol: str | int, ports: str) -> IntervalSet:
    """The traffic of one protocol to ports such as `443` or `8000-8080`.

    Raises:
        ValueError: a sentence naming the text that is neither.
    """
    first, _, last = ports.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise ValueError(f"{ports!r} is no port; write one such as 443, or a range such as 8000-8080")
    return traffic(protocol, int(first), int(last or first))


def _protocol(name: str) -> str | int:
    known = _SPELLINGS.get(name, name)
    if isinstance(known, str) and known.isdigit():
        number = int(known)
        return next((each for each, value in PROTOCOLS.items() if value == number), number)
    return known


def _guards(direction: str, side: str) -> bool:
    """Whether a side without anything is the API's default, which is IPv4 only."""
    return (direction == INGRESS) == (side == "source")


def _open(resource: Resource, path: str) -> str:
    return resource.at(path).where
