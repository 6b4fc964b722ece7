"""What routes are made of, and where they are written down.

A route wins by its prefix; of equal ones those that are written in a table come first, then what gateways
learn, then Azure's own.
Source: learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview.
"""

from __future__ import annotations

from dataclasses import dataclass

from isolation.azure.arm import ArmGraph
from isolation.azure.firewalls import Firewalls
from isolation.azure.lines import Lines
from isolation.azure.outbound import Outbound
from isolation.azure.peerings import Peerings
from isolation.azure.places import Places
from isolation.azure.tables import Tables
from isolation.azure.ways import Ways
from isolation.intervals import IntervalSet
from isolation.model import Model, Route, Router

WRITTEN, LEARNED, OWN, ANNOUNCED = 0, 1, 2, 9


@dataclass(frozen=True)
class Parts:
    """What routes are made of."""

    graph: ArmGraph
    places: Places
    tables: Tables
    peerings: Peerings
    lines: Lines
    outbound: Outbound
    firewalls: Firewalls
    ways: Ways


class Book:
    """Routers and their routes."""

    def __init__(self) -> None:
        self._routers: dict[str, Router] = {}
        self._routes: list[Route] = []

    def router(self, name: str, network: str) -> None:
        """A router of a network."""
        self._routers[name] = Router(name, network)

    def route(
        self,
        name: str,
        router: str,
        ranges: IntervalSet,
        length: int,
        targets: tuple[str, ...],
        *,
        tier: int = 0,
        rank: int = 0,
        sources: IntervalSet | None = None,
        only: frozenset[str] | None = None,
        unknown: tuple[str, ...] = (),
        origin: str = "",
    ) -> None:
        """A route of a router."""
        self._routes.append(
            Route(
                f"{name} of {router}",
                router,
                ranges,
                length,
                targets,
                tier=tier,
                rank=rank,
                sources=sources,
                only=only,
                unknown=unknown,
                origin=origin,
            )
        )

    def model(self) -> Model:
        """All that is written."""
        return Model(routers=tuple(self._routers.values()), routes=tuple(self._routes))
