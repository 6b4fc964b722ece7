"""Azure's own side of the network: where what answers on the internet for a customer stands.

It is a network of its own, with addresses that nobody else can have (class E, RFC 1112), entered from the
internet and left to it.
"""

from __future__ import annotations

from isolation.addresses import ALL_IPV4
from isolation.azure.interfaces import SILENT
from isolation.azure.outbound import unknown_public
from isolation.azure.ranges import FRONT_ENDS
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import (
    INTERNET,
    LOCAL,
    Endpoint,
    Forward,
    Gateway,
    Guard,
    Kind,
    Model,
    Route,
    Router,
)
from isolation.traffic import ALL_TRAFFIC

FRONT = "Azure's front ends"
INTO = "into Azure's front ends"
_OUT = "out of Azure's front ends"


def fronts() -> Model:
    """The network of front ends, without what stands there."""
    world = unknown_public()
    return Model(
        routers=(Router(FRONT, FRONT),),
        routes=(
            Route("Azure's own", FRONT, FRONT_ENDS, 0, (LOCAL,)),
            Route("Azure's way to the internet", FRONT, world, 0, (_OUT,)),
        ),
        gateways=(
            Gateway(INTO, "Azure's edge", FRONT),
            Gateway(_OUT, "Azure's edge", INTERNET, source_becomes=world),
        ),
    )


def front_end(
    name: str,
    kind: Kind,
    *,
    segments: frozenset[str],
    ingress: tuple[Guard, ...] = (),
    serves: IntervalSet = ALL_TRAFFIC,
    forwards: tuple[Forward, ...] = (),
    public: IntervalSet = EMPTY,
    unknown: tuple[str, ...] = (),
    origin: str = "",
) -> Endpoint:
    """What answers on the internet; it opens connections only to what it forwards to."""
    return Endpoint(
        name,
        kind,
        FRONT,
        FRONT,
        FRONT_ENDS & ALL_IPV4,
        segments,
        egress=() if forwards else (SILENT,),
        ingress=ingress,
        public=public or unknown_public(),
        entries=(INTO,),
        serves=serves,
        forwards=forwards,
        unknown=unknown,
        origin=origin,
    )
