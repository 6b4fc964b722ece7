"""Sets of integers as sorted, disjoint, inclusive intervals: the one arithmetic under addresses and traffic.

Guarantees that equal sets are equal values: spans are normalised, so touching ones are merged. Leaves out
what an integer means; `isolation.addresses` and `isolation.traffic` lay their values on a line of integers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """A set of integers. Build it with `IntervalSet.of`, which normalises; `spans` are first and last,
    inclusive."""

    spans: tuple[Span, ...] = ()

    @staticmethod
    def of(*spans: Span) -> IntervalSet:
        """The union of inclusive spans in any order.

        Raises:
            ValueError: a span whose first exceeds its last.
        """
        for first, last in spans:
            if first > last:
                raise ValueError(
                    f"the span {first}-{last} ends before it begins; write the smaller number first"
                )
        return IntervalSet(tuple(_merged(sorted(spans))))

    @staticmethod
    def union(sets: Iterable[IntervalSet]) -> IntervalSet:
        """All of many sets at once; quicker than `|` over and over."""
        return IntervalSet(tuple(_merged(sorted(span for one in sets for span in one.spans))))

    def __or__(self, other: IntervalSet) -> IntervalSet:
        return IntervalSet.union((self, other))

    def __and__(self, other: IntervalSet) -> IntervalSet:
        found: list[Span] = []
        mine, theirs = iter(self.spans), iter(other.spans)
        a, b = next(mine, None), next(theirs, None)
        while a and b:
            first, last = max(a[0], b[0]), min(a[1], b[1])
            if first <= last:
                found.append((first, last))
            if a[1] < b[1]:
                a = next(mine, None)
            else:
                b = next(theirs, None)
        return IntervalSet(tuple(found))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        kept: list[Span] = []
        index = 0
        for start, last in self.spans:
            first = start
            while index < len(other.spans) and other.spans[index][1] < first:
                index += 1
            at = index
            while at < len(other.spans) and other.spans[at][0] <= last and first <= last:
                if other.spans[at][0] > first:
                    kept.append((first, other.spans[at][0] - 1))
                first = other.spans[at][1] + 1
                at += 1
            if first <= last:
                kept.append((first, last))
        return IntervalSet(tuple(kept))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __contains__(self, point: int) -> bool:
        return any(first <= point <= last for first, last in self.spans)

    def covers(self, other: IntervalSet) -> bool:
        """Whether every member of `other` is one of this set's."""
        return not other - self

    @property
    def size(self) -> int:
        """How many integers the set holds."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def lowest(self) -> int:
        """The smallest member, the one a witness takes.

        Raises:
            ValueError: the set is empty.
        """
        if not self.spans:
            raise ValueError("an empty set has no lowest member; ask whether it is empty first")
        return self.spans[0][0]


def _merged(spans: list[Span]) -> Iterable[Span]:
    current: Span | None = None
    for first, last in spans:
        if current is None:
            current = (first, last)
        elif first <= current[1] + 1:
            current = (current[0], max(current[1], last))
        else:
            yield current
            current = (first, last)
    if current is not None:
        yield current


EMPTY = IntervalSet()
