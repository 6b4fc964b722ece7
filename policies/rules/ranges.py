"""Address ranges as rules write them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

Range = IPv4Network | IPv6Network

# Shorter prefixes than these are no address plan of anybody: half of the world, or a quarter.
# Private space is /8 at most in IPv4, and /7 in IPv6 (RFC 1918, RFC 4193).
WIDE_V4, WIDE_V6 = 7, 6


def parse(text: str) -> Range:
    """One range; a bare address is a range of one. Raises ValueError."""
    return ip_network(text, strict=False)


def widest(ranges: Iterable[str]) -> Range | None:
    """The widest range that these make together, or `None` when there are none.

    Halves of everything (0.0.0.0/1 and 128.0.0.0/1) come out as everything.
    """
    parsed = [parse(text) for text in ranges]
    v4 = collapse_addresses(r for r in parsed if isinstance(r, IPv4Network))
    v6 = collapse_addresses(r for r in parsed if isinstance(r, IPv6Network))
    return max([*v4, *v6], key=lambda r: r.num_addresses / 2**r.max_prefixlen, default=None)


def is_everywhere(ranges: Iterable[str]) -> bool:
    """Whether these ranges together hold a part of the world that nobody plans for."""
    found = widest(ranges)
    if found is None:
        return False
    return found.prefixlen <= (WIDE_V4 if isinstance(found, IPv4Network) else WIDE_V6)


def covers(outer: Iterable[str], inner: Iterable[str]) -> bool:
    """Whether every address of `inner` is in `outer`."""
    wide = [parse(text) for text in outer]
    merged: list[Range] = [
        *collapse_addresses(r for r in wide if isinstance(r, IPv4Network)),
        *collapse_addresses(r for r in wide if isinstance(r, IPv6Network)),
    ]
    return all(any(_inside(parse(text), holder) for holder in merged) for text in inner)


def overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether any address is in both."""
    others = [parse(text) for text in other]
    return any(parse(a).version == b.version and parse(a).overlaps(b) for a in one for b in others)  # type: ignore[arg-type]


def _inside(inner: Range, outer: Range) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
