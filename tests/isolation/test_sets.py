"""Interval arithmetic against Python's own sets; addresses and traffic against their texts."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolation.addresses import ALL_ADDRESSES, ALL_IPV4, address_ranges, address_texts, addresses
from isolation.atoms import Cuts, Signatures
from isolation.intervals import IntervalSet
from isolation.traffic import ALL_TRAFFIC, traffic, traffic_texts

LINE = range(40)
SPANS = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)).map(lambda pair: (min(pair), max(pair))))
SETS = SPANS.map(lambda spans: IntervalSet.of(*spans))


def members(one: IntervalSet) -> set[int]:
    return {point for point in LINE if point in one}


@given(SETS, SETS)
def test_set_operations_are_those_of_sets(a: IntervalSet, b: IntervalSet) -> None:
    assert members(a | b) == members(a) | members(b)
    assert members(a & b) == members(a) & members(b)
    assert members(a - b) == members(a) - members(b)
    assert a.covers(b) == (members(b) <= members(a))
    assert a.size == len(members(a))
    assert (a == b) == (members(a) == members(b))


@given(st.lists(SETS, min_size=1, max_size=6))
def test_cuts_and_signatures_tell_the_sets_apart_and_nothing_more(sets: list[IntervalSet]) -> None:
    everything = IntervalSet.of((0, 39))
    cuts, signatures = Cuts(everything, sets), Signatures(sets)
    for one in sets:
        assert cuts.members(cuts.mask(one)) == one
    for point in LINE:
        assert signatures.at(point) == sum(1 << index for index, one in enumerate(sets) if point in one)
    classes = signatures.classes(everything)
    assert IntervalSet.union(classes.values()) == everything
    assert all(signatures.at(point) == mask for mask, held in classes.items() for point in members(held))


@given(st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 32))
def test_texts_of_addresses_read_back(
    four: ipaddress.IPv4Address, six: ipaddress.IPv6Address, length: int
) -> None:
    held = addresses(f"{four}/{length}", f"{six}/{length + 64}", str(six))
    assert addresses(*address_texts(held)) == held
    assert addresses(*address_ranges(held)) == held


def test_families_never_touch() -> None:
    assert address_ranges(ALL_ADDRESSES) == [
        "0.0.0.0-255.255.255.255",
        "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]
    assert not addresses("::/0") & ALL_IPV4


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0/8", "fe80::1%eth0", "10.0.0.0/255.0.0.0", "b-a", ""])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no address range; write a prefix"):
        addresses(text)


def test_texts_of_traffic() -> None:
    held = traffic("TCP", 80, 90) | traffic("udp", 53) | traffic("ICMP") | traffic(89)
    assert traffic_texts(held) == ["ICMP", "TCP 80-90", "UDP 53", "protocol 89"]
    assert traffic_texts(ALL_TRAFFIC) == ["ALL"]
    for wrong in (("TCP", 90, 80), ("TCP", 70000, None), ("ICMP", 8, None), ("HTTP", None, None)):
        with pytest.raises(ValueError, match=r"; (write|leave)"):
            traffic(*wrong)
