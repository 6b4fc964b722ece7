"""A model that names what it does not describe is refused with one sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isolation.addresses import addresses
from isolation.claims import Claim, End, Expect
from isolation.model import (
    DROP,
    INTERNET,
    LOCAL,
    Endpoint,
    Forward,
    Gateway,
    Inconsistent,
    Kind,
    Model,
    Route,
    Router,
    Scope,
)
from isolation.outside import internet_addresses, outside
from isolation.prove import judge
from isolation.traffic import traffic
from isolation.verdicts import Outcome

ROUTER = Router("vpc", "vpc")
MACHINE = Endpoint("machine", Kind.MACHINE, "vpc", "vpc", addresses("10.0.0.0/24"))
ROUTE = Route("subnet", "vpc", addresses("10.0.0.0/24"), 24, (LOCAL,))
GATEWAY = Gateway("igw", "internet gateway", INTERNET)
WHOLE = Model((MACHINE,), (ROUTER,), (ROUTE,), (GATEWAY,))


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (replace(WHOLE, endpoints=(MACHINE, MACHINE)), "machine"),
        (replace(WHOLE, endpoints=(replace(MACHINE, router="none"),)), "none"),
        (replace(WHOLE, endpoints=(replace(MACHINE, entries=("none",)),)), "none"),
        (
            replace(WHOLE, endpoints=(replace(MACHINE, forwards=(Forward(("none",), traffic("TCP")),)),)),
            "none",
        ),
        (replace(WHOLE, routes=(replace(ROUTE, router="none"),)), "none"),
        (replace(WHOLE, routes=(replace(ROUTE, targets=("none",)),)), "none"),
        (replace(WHOLE, routes=(replace(ROUTE, only=frozenset({"none"})),)), "none"),
        (replace(WHOLE, gateways=(replace(GATEWAY, to="none"),)), "none"),
        (replace(WHOLE, gateways=(GATEWAY, GATEWAY)), "igw"),
    ],
)
def test_a_name_that_leads_nowhere_or_twice_is_refused(broken: Model, named: str) -> None:
    with pytest.raises(Inconsistent, match=named):
        Model.joined([outside(Scope({})), broken])


def test_a_route_to_an_address_that_is_not_known_leads_to_its_endpoint_only() -> None:
    """Both may have any address of the range; a shorter route drops what goes there."""
    there = addresses("10.0.1.0/24")
    known = replace(MACHINE, name="known", addresses=there)
    model = replace(
        WHOLE,
        endpoints=(MACHINE, known, replace(known, name="beside")),
        routes=(
            replace(ROUTE, name="drop", destination=there, targets=(DROP,)),
            replace(ROUTE, name="own", destination=there, length=32, only=frozenset({"known"})),
        ),
    )
    claims = [
        Claim(to, Expect.NEVER, _named("machine"), _named(to), traffic=traffic("TCP", 443))
        for to in ("known", "beside")
    ]
    found = judge(Model.joined([model, outside(Scope({}))]), claims)
    assert [one.outcome for one in found] == [Outcome.VIOLATED, Outcome.PROVEN]


def _named(name: str) -> End:
    return End(name, names=frozenset({name}))


def test_parts_are_joined_with_the_outside() -> None:
    whole = Model.joined([outside(Scope({})), WHOLE, Model(routers=(ROUTER,))])
    assert [one.name for one in whole.endpoints] == ["internet", "enterprise", "machine"]
    assert len(whole.routers) == 3, "the same router twice is one"


def test_the_internet_has_no_private_or_reserved_address() -> None:
    world = internet_addresses(addresses("199.36.153.4/30"))
    for text in ("8.8.8.8", "2001:4860::1", "199.36.153.8"):
        assert addresses(text).lowest in world
    for text in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "199.36.153.5"):
        assert addresses(text).lowest not in world
    for text in ("fd00::1", "fe80::1", "ff02::1", "224.0.0.1", "255.255.255.255"):
        assert addresses(text).lowest not in world


def test_an_enterprise_without_ranges_is_every_private_address_that_is_not_ours() -> None:
    own = addresses("10.64.0.0/16")
    enterprise = outside(Scope({}), own=own).endpoints[1].addresses
    assert addresses("10.63.0.1", "192.168.0.1").lowest in enterprise
    assert not enterprise & own


def test_segments_follow_from_addresses() -> None:
    scope = Scope({"training": addresses("10.0.0.0/16"), "edge": addresses("10.1.0.0/16")})
    assert scope.segments_of(addresses("10.0.3.0/24")) == {"training"}
    assert scope.segments_of(addresses("10.0.0.0/8")) == {"training", "edge"}
    assert scope.segments_of(addresses("10.2.0.1")) == frozenset()
