"""Input that no cloud would take, or that is too much: a clear sentence or an unproven claim, never a
traceback and never "proven".

Broken JSON, unknown types and unreadable values are in test_resources.py and test_prove_command.py.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest

from isolation.addresses import addresses
from isolation.aws import types as aws
from isolation.claims import Claim, End, Expect
from isolation.gcp import types as gcp
from isolation.model import Endpoint, Forward, Gateway, Guard, Kind, Model, Route, Router
from isolation.proof import prove
from isolation.prove import MOST_RULES, judge
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.routing import MOST_HOPS
from isolation.rules import Action, Chain, Filter, Match, Rule
from isolation.table import Question
from isolation.traffic import ALL_TRAFFIC
from isolation.verdicts import Outcome, Verdict
from tests.isolation import aws_plan, gcp_plan
from tests.isolation.gcp_plan import (
    BASE,
    SCOPE,
    firewall,
    machine,
    made,
    nat,
    network,
    policy,
    proven,
    route,
    subnet,
    told,
    unproven,
    violated,
)
from tests.isolation.gcp_plan import never as on_google


def endpoint(name: str, address: str, router: str = "r", **more: object) -> Endpoint:
    plain = Endpoint(name, Kind.MACHINE, "n", router, addresses(address))
    return replace(plain, **more)  # pyright: ignore[reportArgumentType]


def asked(model: Model, source: str = "a", destination: str = "b") -> Verdict:
    ends = [End(text, names=frozenset({text})) for text in (source, destination)]
    return judge(model, [Claim("claim", Expect.NEVER, ends[0], ends[1])])[0]


LOCAL_ROUTE = Route("local", "r", addresses("10.0.0.0/8"), 8, ("local",))


@pytest.mark.parametrize(("count", "outcome"), [(1000, Outcome.PROVEN), (100_000, Outcome.UNPROVEN)])
def test_too_many_rules_are_not_judged_and_it_is_said(count: int, outcome: Outcome) -> None:
    peer = Match(addresses("10.0.0.1"))
    rules = tuple(Rule(f"rule {index}", Action.DENY, peer, priority=index) for index in range(count))
    guard = Guard(Chain("wall", (Filter("wall", rules, Action.ALLOW),)))
    ends = endpoint("a", "10.0.0.1"), endpoint("b", "10.0.0.2", ingress=(guard,))
    started = time.monotonic()
    found = asked(Model(ends, (Router("r", "n"),), (LOCAL_ROUTE,)))
    assert time.monotonic() - started < 30
    assert found.outcome is outcome
    if outcome is Outcome.UNPROVEN:
        assert f"100000 rules are more than the {MOST_RULES}" in told(found)


def test_subnets_that_overlap_are_each_judged() -> None:
    """No cloud makes such a subnet; of a plan that asks for it neither reading may be forgotten."""
    twice = [network(), *BASE, subnet("shadow", "10.0.0.0/25"), route("default"), *nat()]
    shut = firewall("shut", "deny", "EGRESS", priority=1, destinationRanges=["0.0.0.0/0"])
    assert violated(on_google(twice, "training", "internet"))
    tagged = firewall("shut", "deny", "EGRESS", targetTags=["gpu"], destinationRanges=["0.0.0.0/0"])
    stray = machine("stray", "shadow", "10.0.0.6")
    assert violated(on_google([*twice, tagged, stray], "training", "internet"))
    assert proven(on_google([*twice, shut, stray], "training", "internet"))


def test_segments_that_overlap_hold_a_machine_twice() -> None:
    both = replace(SCOPE, segments={**SCOPE.segments, "edge": addresses("10.0.0.0/16")})
    plan = [network(), *BASE, route("default"), *nat()]
    for segment in ("training", "edge"):
        assert violated(on_google(plan, segment, "internet", scope=both))


def test_references_in_a_circle_end() -> None:
    def one(name: str, other: str) -> Resource:
        urn = f"urn:pulumi:test::test::{gcp.ROUTE}::{other}"
        asked = {"network": UNKNOWN, "destRange": "0.0.0.0/0", "nextHopGateway": UNKNOWN}
        return made(gcp.ROUTE, name, asked, network=[urn], nextHopGateway=[urn])

    found = on_google([network(), *BASE, one("a", "b"), one("b", "a")], "training", "internet")
    assert unproven(found), told(found)
    claim = Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))
    lone = [one("a", "b"), one("b", "a")]
    assert prove(Graph(lone), Question(SCOPE, (claim,))).verdicts[0].because == (
        "nothing in the plan is training",
    )


def test_routers_in_a_circle_end() -> None:
    routers = tuple(Router(name, name) for name in ("r", "s", "t"))
    gateways = tuple(Gateway(f"to {name}", "peering", name) for name in ("r", "s", "t"))
    far = addresses("10.9.0.0/16")
    routes = tuple(Route(f"{a}-{b}", a, far, 16, (f"to {b}",)) for a, b in ("rs", "st", "tr"))
    ends = endpoint("a", "10.0.0.1"), endpoint("b", "10.9.0.1")
    found = asked(Model(ends, routers, routes, gateways))
    assert proven(found)
    assert "is met again: a loop" in told(found)
    opened = Route("local", "t", far, 24, ("local",))
    away = replace(ends[1], network="t", router="t")
    assert violated(asked(Model((ends[0], away), routers, (*routes, opened), gateways)))


def test_a_way_of_too_many_routers_is_not_cut_short_in_silence() -> None:
    names = [f"r{index}" for index in range(MOST_HOPS + 2)]
    far = addresses("10.9.0.0/16")
    gateways = tuple(Gateway(f"to {name}", "peering", name) for name in names)
    steps = tuple(Route(f"on from {a}", a, far, 16, (f"to {b}",)) for a, b in pairwise(names))
    last = Route("local", names[-1], far, 16, ("local",))
    ends = (
        replace(endpoint("a", "10.0.0.1"), network=names[0], router=names[0]),
        replace(endpoint("b", "10.9.0.1"), network=names[-1], router=names[-1]),
    )
    model = Model(ends, tuple(Router(name, name) for name in names), (*steps, last), gateways)
    with pytest.raises(Exception, match=f"more than {MOST_HOPS} routers"):
        asked(model)
    short = replace(ends[0], network=names[5], router=names[5])
    assert violated(asked(replace(model, endpoints=(short, ends[1]))))


def test_proxies_in_a_circle_end_and_a_long_row_is_followed() -> None:
    shut = Guard(Chain("wall", (Filter("wall", (), Action.DENY),)))
    names = [f"p{index}" for index in range(6)]

    def row(*, closed: bool) -> Model:
        targets = [*names[1:], "b"]
        if closed:
            targets[-1] = names[0]
        proxies = tuple(
            endpoint(name, f"10.0.1.{index}", forwards=(Forward((target,), ALL_TRAFFIC),), kind=Kind.PROXY)
            for index, (name, target) in enumerate(zip(names, targets, strict=True), 1)
        )
        allowed = Rule("the last proxy", Action.ALLOW, Match(addresses("10.0.1.6")))
        wall = Guard(Chain("wall", (Filter("wall", (allowed,), Action.DENY),)))
        first = endpoint("a", "10.0.0.1"), endpoint("b", "10.0.0.2", ingress=(wall,))
        return Model((*first, *proxies), (Router("r", "n"),), (LOCAL_ROUTE,))

    assert violated(asked(row(closed=False)))
    assert proven(asked(row(closed=True)))
    walled = row(closed=False)
    none = tuple(replace(one, ingress=(shut,)) if one.name == "b" else one for one in walled.endpoints)
    assert proven(asked(replace(walled, endpoints=none)))


def test_rules_that_contradict_each_other_are_open() -> None:
    """Both clouds refuse the second rule of a number, so which of the two stands nobody can tell."""
    allow, deny = aws_plan.line("one", "acl", 100, "allow"), aws_plan.line("two", "acl", 100, "deny")
    answers = aws_plan.line("out", "acl", 100, "allow", egress=True)
    walled = [*aws_plan.BASE, aws_plan.acl("acl", "training"), answers]
    clash = aws_plan.never([*walled, allow, deny], "edge!", "training!")
    assert unproven(clash)
    assert "which of its rules with number 100 stands" in told(clash)
    later = aws_plan.line("two", "acl", 101, "deny")
    assert violated(aws_plan.never([*walled, allow, later], "edge!", "training!"))
    assert proven(aws_plan.never([*walled, later], "edge!", "training!"))
    assert aws.ACL_RULE in {one.type for one in walled}

    def on(priorities: tuple[int, int]) -> Verdict:
        match = {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "all"}]}
        rules = [
            {"priority": priority, "action": action, "match": match}
            for priority, action in zip(priorities, ("allow", "deny"), strict=True)
        ]
        parts = policy("p", rules)
        unique = [replace(one, urn=f"{one.urn}-{index}") for index, one in enumerate(parts)]
        return gcp_plan.never([network(), *BASE, *unique], "edge", "training", declared=True)

    assert unproven(on((100, 100)))
    assert "with priority 100 stands" in told(on((100, 100)))
    assert violated(on((100, 101)))
    assert proven(on((101, 100)))


ROUTE_OUT = {"destRange": "0.0.0.0/0", "nextHopGateway": "default-internet-gateway"}
ALL_IN = {"priority": 1, "direction": "INGRESS", "action": "allow"}


@pytest.mark.parametrize(
    ("type_", "properties", "parent"),
    [
        (gcp.ROUTE, ROUTE_OUT, "network"),
        (gcp.FIREWALL, {"allows": [{"protocol": "all"}]}, "network"),
        (gcp.GLOBAL_RULE, ALL_IN, "firewallPolicy"),
    ],
)
def test_a_part_of_nobody_knows_what_is_open_on_google(
    type_: str, properties: dict[str, object], parent: str
) -> None:
    plan = [network(), *BASE]
    assert proven(on_google(plan, "edge", "training"))
    found = on_google([*plan, made(type_, "stray", {**properties, parent: UNKNOWN})], "edge", "training")
    assert unproven(found)
    assert f"stray: {parent}" in told(found) or "stray is not modelled" in told(found)


@pytest.mark.parametrize(
    ("type_", "properties", "parent"),
    [
        (aws.ROUTE, {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-vpc"}, "routeTableId"),
        (aws.EGRESS_RULE, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, "securityGroupId"),
        (aws.ACL_RULE, {"ruleNumber": 1, "ruleAction": "allow", "cidrBlock": "0.0.0.0/0"}, "networkAclId"),
        (aws.SUBNET, {"cidrBlock": "10.0.0.0/24", "mapPublicIpOnLaunch": True}, "vpcId"),
    ],
)
def test_a_part_of_nobody_knows_what_is_open_on_aws(
    type_: str, properties: dict[str, object], parent: str
) -> None:
    plan = [*aws_plan.BASE, aws_plan.gateway()]
    assert proven(aws_plan.never(plan, "training!", "internet"))
    stray = aws_plan.made(type_, "stray", {**properties, parent: UNKNOWN})
    found = aws_plan.never([*plan, stray], "training!", "internet")
    assert unproven(found)
    assert "stray" in told(found)
