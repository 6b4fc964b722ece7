"""Addresses of IPv4 and IPv6 on one line of integers, so that one arithmetic serves both.

IPv4 takes 0 to 2^32 - 1 and IPv6 the 2^128 integers after it; a set may hold both families. Guarantees that a
text printed here reads back as the same set. Leaves out scoped addresses (`fe80::1%eth0`), which no cloud's
rule can name, and keeps IPv4-mapped IPv6 addresses where they are written, among the IPv6 ones.
"""

from __future__ import annotations

import ipaddress

from isolation.intervals import IntervalSet, Span

_SIX = 1 << 32
_END = _SIX + (1 << 128)

ALL_IPV4 = IntervalSet.of((0, _SIX - 1))
ALL_IPV6 = IntervalSet.of((_SIX, _END - 1))
ALL_ADDRESSES = ALL_IPV4 | ALL_IPV6


def addresses(*texts: str) -> IntervalSet:
    """The union of texts such as `10.0.0.0/8`, `2001:db8::/32`, `10.0.0.7` and `10.0.0.1-10.0.0.9`.

    Bits of a prefix beyond its length are ignored, as Kubernetes and the clouds do.

    Raises:
        ValueError: one sentence naming the text that is none of these.
    """
    return IntervalSet.of(*(_span(text) for text in texts))


def address_ranges(members: IntervalSet) -> list[str]:
    """Each maximal run of addresses as `first-last`, IPv4 before IPv6; a single address repeats itself."""
    runs = [*(members & ALL_IPV4).spans, *(members & ALL_IPV6).spans]
    return [f"{_text(first)}-{_text(last)}" for first, last in runs]


def address_texts(members: IntervalSet) -> list[str]:
    """The set as people write it: prefixes where a run is one prefix, the address alone where it is one, else
    `first-last`."""
    texts: list[str] = []
    for first, last in [*(members & ALL_IPV4).spans, *(members & ALL_IPV6).spans]:
        width = (last - first + 1).bit_length() - 1
        local = first if first < _SIX else first - _SIX
        if first == last:
            texts.append(_text(first))
        elif last - first + 1 == 1 << width and local % (1 << width) == 0:
            texts.append(f"{_text(first)}/{(32 if first < _SIX else 128) - width}")
        else:
            texts.append(f"{_text(first)}-{_text(last)}")
    return texts


def _span(text: str) -> Span:
    try:
        if "-" in text:
            first, _, last = text.partition("-")
            return _between(_point(first.strip()), _point(last.strip()))
        address, slash, length = text.partition("/")
        if not slash:
            return _point(address), _point(address)
        if not (length.isascii() and length.isdigit()) or "%" in address:
            raise ValueError(text)
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as problem:
        raise ValueError(
            f"{text!r} is no address range; write a prefix such as 10.0.0.0/8 or 2001:db8::/32"
        ) from problem
    return _integer(network.network_address), _integer(network.broadcast_address)


def _between(first: int, last: int) -> Span:
    if first > last or (first < _SIX) != (last < _SIX):
        raise ValueError("a range runs upwards within one family")
    return first, last


def _point(text: str) -> int:
    if "%" in text:
        raise ValueError(text)
    return _integer(ipaddress.ip_address(text))


def _integer(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return int(address) + (_SIX if address.version == 6 else 0)


def _text(point: int) -> str:
    return str(ipaddress.IPv4Address(point) if point < _SIX else ipaddress.IPv6Address(point - _SIX))
