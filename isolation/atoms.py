"""Atomic predicates: a line cut at every boundary that anything names, with bit masks for what holds where.

After H. Yang and S. Lam, "Real-time verification of network properties using atomic predicates" (IEEE ICNP
2013). `Cuts` turns sets of traffic into masks of atoms, so that set arithmetic becomes `&` and `|` of Python
integers. `Signatures` tells for each address which of many sets hold it, and collapses addresses that no set
tells apart. Both are exact: no sampling, no rounding to prefixes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from isolation.intervals import IntervalSet, Span


class Cuts:
    """A finite line `everything`, cut so that each of `sets` is a union of atoms."""

    def __init__(self, everything: IntervalSet, sets: Iterable[IntervalSet]) -> None:
        points = {point for first, last in everything.spans for point in (first, last + 1)}
        for one in sets:
            for first, last in (one & everything).spans:
                points.add(first)
                points.add(last + 1)
        ordered = sorted(points)
        self._atoms: list[Span] = [
            (first, after - 1) for first, after in pairwise(ordered) if first in everything
        ]
        self._starts = [first for first, _ in self._atoms]
        self.all = (1 << len(self._atoms)) - 1

    def mask(self, members: IntervalSet) -> int:
        """The atoms inside `members`; exact for the sets the line was cut by, and for unions of them."""
        found = 0
        for first, last in members.spans:
            low, high = bisect_left(self._starts, first), bisect_right(self._starts, last)
            found |= (1 << high) - (1 << low)
        return found

    def members(self, mask: int) -> IntervalSet:
        """The set whose atoms are `mask`."""
        return IntervalSet.of(*(atom for index, atom in enumerate(self._atoms) if mask >> index & 1))


class Signatures:
    """Which of `sets` hold an address: bit `i` of a signature stands for `sets[i]`."""

    def __init__(self, sets: Sequence[IntervalSet]) -> None:
        flips: dict[int, int] = {}
        for index, one in enumerate(sets):
            bit = 1 << index
            for first, last in one.spans:
                flips[first] = flips.get(first, 0) ^ bit
                flips[last + 1] = flips.get(last + 1, 0) ^ bit
        self._starts: list[int] = []
        self._signatures: list[int] = []
        running = 0
        for point in sorted(flips):
            running ^= flips[point]
            self._starts.append(point)
            self._signatures.append(running)

    def at(self, point: int) -> int:
        """The signature of one address."""
        index = bisect_right(self._starts, point) - 1
        return self._signatures[index] if index >= 0 else 0

    def classes(self, members: IntervalSet) -> dict[int, IntervalSet]:
        """`members` divided into maximal sets of equal signature, in the order of their lowest address."""
        spans: dict[int, list[Span]] = {}
        for first, last in members.spans:
            index = bisect_right(self._starts, first) - 1
            start = first
            while start <= last:
                signature = self._signatures[index] if index >= 0 else 0
                index += 1
                end = min(last, self._starts[index] - 1) if index < len(self._starts) else last
                spans.setdefault(signature, []).append((start, end))
                start = end + 1
        return {signature: IntervalSet.of(*found) for signature, found in spans.items()}
