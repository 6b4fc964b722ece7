"""The two sides beyond every network, the same for each cloud: the internet and the enterprise network.

Guarantees that no address of a private or special range counts as the internet (RFC 6890's registry). Leaves
out what the enterprise network itself forwards to the internet: that is its owner's affair.
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import addresses
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import (
    ENTERPRISE,
    INTERNET,
    LOCAL,
    Endpoint,
    Gateway,
    Kind,
    Model,
    Route,
    Router,
    Scope,
    named,
)
from isolation.values import Value

PRIVATE = addresses("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
# IANA's special-purpose address registries (RFC 6890): not forwarded on the internet.
SPECIAL = addresses(
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "198.18.0.0/15",
    "224.0.0.0/3",
    "fe80::/10",
    "ff00::/8",
)
OWN_ACCESS = "of the enterprise"
_SIX = addresses("2000::/3")
_FOUR = addresses("0.0.0.0/0")


def internet_addresses(reserved: IntervalSet = EMPTY) -> IntervalSet:
    """The addresses of the internet, without the ranges that a cloud keeps for its own services."""
    return (_FOUR | _SIX) - PRIVATE - SPECIAL - reserved


def outside(scope: Scope, reserved: IntervalSet = EMPTY, own: IntervalSet = EMPTY) -> Model:
    """The endpoints and routers of both sides.

    Args:
        scope: names the enterprise network's ranges; without any, it is every private address that is not
            ours.
        reserved: public ranges that stand for a cloud's own services and are not the internet.
        own: the ranges of the stack's networks.
    """
    world = internet_addresses(reserved) - own
    enterprise = scope.enterprise - own if scope.enterprise else PRIVATE - own
    return Model(
        endpoints=(
            Endpoint(INTERNET, Kind.OUTSIDE, INTERNET, INTERNET, world, frozenset({INTERNET})),
            Endpoint(ENTERPRISE, Kind.OUTSIDE, ENTERPRISE, ENTERPRISE, enterprise, frozenset({ENTERPRISE})),
        ),
        routers=(Router(INTERNET, INTERNET), Router(ENTERPRISE, ENTERPRISE)),
        routes=(
            Route("the internet's routing", INTERNET, world - scope.enterprise, 0, (LOCAL,)),
            Route("the enterprise's routing", ENTERPRISE, enterprise, 0, (LOCAL,)),
            Route("the enterprise's way to the internet", ENTERPRISE, world, 0, (OWN_ACCESS,), rank=1),
        ),
        gateways=(
            Gateway(
                OWN_ACCESS,
                "internet access",
                INTERNET,
                source_becomes=world,
                assumed=True,
                why="every enterprise network has one",
            ),
        ),
    )


def decides(value: Value, what: str) -> str:
    """What is not known where a next hop forwards as it pleases, or nobody can tell which it is."""
    return f"what {value.text(what)} does with packets ({value.where})"


def anywhere(name: str, value: Value, what: str, origin: str) -> Iterator[Gateway]:
    """The ways on from such a next hop: to both sides, neither of them certain."""
    for side in (INTERNET, ENTERPRISE):
        unknown = (decides(value, what),)
        yield Gateway(f"{name} on to the {side}", "next hop", side, unknown=unknown, origin=origin)


def named_endpoint(domain: str, reserved: IntervalSet = EMPTY) -> Endpoint:
    """The part of the internet that a domain name stands for: some of its addresses, not known which."""
    return Endpoint(
        f"internet ({domain})",
        Kind.OUTSIDE,
        INTERNET,
        INTERNET,
        internet_addresses(reserved),
        frozenset({INTERNET}),
        groups=frozenset({named(domain)}),
    )
