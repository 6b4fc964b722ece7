"""Protocols and ports as security groups, network ACLs and their rules write them.

-1 is every protocol, and then ports mean nothing. ICMP's types are not told apart: a rule for one counts as a
rule for all.
Source: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html.
"""

from __future__ import annotations

from isolation.intervals import IntervalSet
from isolation.resources import Value
from isolation.traffic import ALL_TRAFFIC, PROTOCOLS, traffic

_ALL = frozenset({"-1", "all"})
_PORTS = frozenset({"TCP", "UDP", "SCTP"})
_SPELLINGS = {"icmpv6": "ICMPV6", "ipv6-icmp": "ICMPV6"}


def layer4(value: Value, protocol: str) -> tuple[IntervalSet, list[str]]:
    """The traffic of a rule with `protocol`, `fromPort` and `toPort`, and what is open about it."""
    given = value.at(protocol)
    if given.unknown:
        return ALL_TRAFFIC, [given.where]
    text = given.text("-1").lower()
    if text in _ALL:
        return ALL_TRAFFIC, []
    name = _protocol(text)
    first, last = value.at("fromPort"), value.at("toPort")
    if name not in _PORTS:
        return traffic(name), []
    if first.unknown or last.unknown:
        return traffic(name), [each.where for each in (first, last) if each.unknown]
    if first.missing or first.number() < 0:
        return traffic(name), []
    return traffic(name, first.number(), last.number(first.number())), []


def _protocol(text: str) -> str | int:
    if text.isdigit():
        return next((name for name, number in PROTOCOLS.items() if number == int(text)), int(text))
    return _SPELLINGS.get(text, text.upper())
