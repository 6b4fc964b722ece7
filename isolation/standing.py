"""What stands in the subnets of a plan, by unique names and by the resources that it is of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from isolation.intervals import IntervalSet


class Ranged(Protocol):
    """A subnet."""

    @property
    def ranges(self) -> IntervalSet: ...


class Placed(Protocol):
    """An interface of any cloud."""

    name: str
    addresses: IntervalSet

    @property
    def subnet(self) -> Ranged: ...


Interface = TypeVar("Interface", bound=Placed)


@dataclass(eq=False)
class Standing(Generic[Interface]):
    """All interfaces of a plan, by name."""

    found: dict[str, Interface] = field(default_factory=dict[str, Interface])
    by_owner: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def add(self, interface: Interface, *owners: str) -> None:
        """Add one; `owners` are URNs of resources by which others point at it.

        One without an address of its own has those of its subnet.
        """
        name, count = interface.name, 1
        while interface.name in self.found:
            count += 1
            interface.name = f"{name} ({count})"
        if not interface.addresses:
            interface.addresses = interface.subnet.ranges
        self.found[interface.name] = interface
        for owner in owners:
            self.by_owner.setdefault(owner, []).append(interface.name)

    def of(self, *owners: str) -> list[Interface]:
        """The interfaces that resources own."""
        names = dict.fromkeys(name for owner in owners for name in self.by_owner.get(owner, ()))
        return [self.found[name] for name in names]
