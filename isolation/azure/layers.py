"""Protocols and ports as security rules and admin rules write them.

`*` and `Any` are every protocol, also those that no rule can name. ICMP's types are not told apart. Source
ports are the sender's choice: a denial of some of them stops nobody, and says so.
Source: learn.microsoft.com/azure/virtual-network/network-security-groups-overview.
"""

from __future__ import annotations

from isolation.intervals import IntervalSet
from isolation.resources import Value
from isolation.traffic import ALL_TRAFFIC, traffic

_PORTS = frozenset({"TCP", "UDP"})
_EVERY = frozenset({"", "*", "0", "65535", "0-65535", "1-65535", "ANY"})


def layer4(value: Value, singular: str, plural: str) -> tuple[IntervalSet, list[str]]:
    """The traffic of a rule with `protocol` and destination ports, and what is open about it."""
    given = value.at("protocol")
    if given.unknown:
        return ALL_TRAFFIC, [given.where]
    text = given.text("*").upper()
    if text == "ICMP":
        return traffic("ICMP") | traffic("ICMPV6"), []
    if text not in ("*", "ANY", *_PORTS):
        return traffic(text), []
    named = [value.at(singular), *value.at(plural).items()]
    if value.at(plural).unknown:
        named.append(value.at(plural))
    open_ = [each.where for each in named if each.unknown]
    ranges = [each.text() for each in named if not each.missing and not each.unknown]
    protocols = [text] if text in _PORTS else sorted(_PORTS)
    everything = ALL_TRAFFIC if text not in _PORTS else traffic(text)
    if open_ or not ranges or any(each in ("*", "0-65535") for each in ranges):
        return everything, open_
    # A rule for any protocol that names ports is about protocols that have them.
    return IntervalSet.union(traffic(protocol, *ports(each)) for protocol in protocols for each in ranges), []


def ports(text: str) -> tuple[int, int]:
    """The first and the last of a port or a range of ports.

    Raises:
        ValueError: it is neither.
    """
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        raise ValueError(f"{text!r} is no port; write a number, or a range such as 80-90")
    return int(first), int(last or first)


def source_ports(value: Value, singular: str, plural: str) -> list[str]:
    """What a rule's source ports leave open: nothing where it takes all of them."""
    named = [value.at(singular), *value.at(plural).items()]
    texts = [each.text("?" if each.unknown else "") for each in named]
    narrow = [text for text in texts if text.upper() not in _EVERY]
    return [f"{value.at(singular).where}: a sender chooses its port"] if narrow else []
