"""Range arithmetic against brute force over a small address space."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rules import ranges


# Ranges inside 10.0.0.0/27 keep brute force small: 32 addresses.
def _small(start: int, length: int) -> str:
    return str(IPv4Network((int(IPv4Address("10.0.0.0")) + start, length), strict=False))


SMALL = st.builds(_small, st.integers(0, 31), st.integers(27, 32))


def _addresses(texts: list[str]) -> set[IPv4Address]:
    return {address for text in texts for address in IPv4Network(text)}


@given(st.lists(SMALL, max_size=4), st.lists(SMALL, max_size=4))
def test_covers_and_overlap_agree_with_brute_force(one: list[str], other: list[str]) -> None:
    left, right = _addresses(one), _addresses(other)
    assert ranges.overlap(one, other) == bool(left & right)
    # A single range must lie in one merged range, so cover is exact range by range.
    assert ranges.covers(one, other) == (right <= left)


@pytest.mark.parametrize(
    "texts",
    [
        ["0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/1"],
        ["::/0"],
        ["::/1", "8000::/1"],
        ["2000::/3"],
        [f"{first}.0.0.0/8" for first in range(256)],
    ],
)
def test_everywhere_in_any_spelling(texts: list[str]) -> None:
    assert ranges.is_everywhere(texts)


@pytest.mark.parametrize(
    "texts", [[], ["10.0.0.0/8"], ["199.36.153.4/30"], ["fc00::/7"], ["172.16.0.0/12", "10.0.0.0/8"]]
)
def test_planned_ranges_are_not_everywhere(texts: list[str]) -> None:
    assert not ranges.is_everywhere(texts)
