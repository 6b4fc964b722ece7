"""Protocol and destination port on one line of integers: `protocol number * 65536 + port`.

A protocol without ports (ICMP) takes its whole block of 65,536, so that it is in or out as one. Guarantees
that sets of traffic are closed under union, intersection and difference. Leaves out source ports, flags, ICMP
types and what the packet carries: no rule of this platform's networks decides by them.
"""

from __future__ import annotations

from isolation.intervals import IntervalSet

# IANA, Assigned Internet Protocol Numbers.
PROTOCOLS = {"ICMP": 1, "TCP": 6, "UDP": 17, "GRE": 47, "ESP": 50, "AH": 51, "ICMPV6": 58, "SCTP": 132}
_NAMES = {number: name for name, number in PROTOCOLS.items()}
_WITH_PORTS = frozenset(PROTOCOLS[name] for name in ("TCP", "UDP", "SCTP"))
_BLOCK = 1 << 16

ALL_TRAFFIC = IntervalSet.of((0, 256 * _BLOCK - 1))


def traffic(protocol: str | int, first: int | None = None, last: int | None = None) -> IntervalSet:
    """One protocol's ports `first` to `last`, inclusive; all of the protocol without them, one port without
    `last`.

    Args:
        protocol: a name of `PROTOCOLS` in any case, or an IANA number from 0 to 255.

    Raises:
        ValueError: an unknown name, a number out of range, or ports for a protocol that has none.
    """
    number = PROTOCOLS.get(protocol.upper()) if isinstance(protocol, str) else protocol
    if number is None or not 0 <= number <= 255:
        raise ValueError(
            f"{protocol!r} is no protocol; write one of {', '.join(PROTOCOLS)} or a number from 0 to 255"
        )
    base = number * _BLOCK
    if first is None:
        return IntervalSet.of((base, base + _BLOCK - 1))
    if number not in _WITH_PORTS:
        raise ValueError(f"{protocol!r} has no ports; leave the ports out")
    end = first if last is None else last
    if not 0 <= first <= end < _BLOCK:
        raise ValueError(
            f"ports {first}-{end} are no range; write numbers from 0 to 65535, the smaller first"
        )
    return IntervalSet.of((base + first, base + end))


def traffic_texts(members: IntervalSet, everything: IntervalSet = ALL_TRAFFIC) -> list[str]:
    """Each run as `TCP 80-90`, `UDP 53` or `ICMP`; `["ALL"]` for the whole of `everything`."""
    if members and members == everything:
        return ["ALL"]
    texts: list[str] = []
    for number in _protocols(members):
        name = _NAMES.get(number, f"protocol {number}")
        base = number * _BLOCK
        for first, last in (members & IntervalSet.of((base, base + _BLOCK - 1))).spans:
            if number not in _WITH_PORTS:
                texts.append(name)
            elif first == last:
                texts.append(f"{name} {first - base}")
            else:
                texts.append(f"{name} {first - base}-{last - base}")
    return texts


def _protocols(members: IntervalSet) -> list[int]:
    return sorted(
        {number for first, last in members.spans for number in range(first // _BLOCK, last // _BLOCK + 1)}
    )
