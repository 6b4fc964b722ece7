"""An unknown value of AWS never proves what a known one breaks, and a broken one ends in a verdict.

Every place of every plan is tried, what all plans share in two of them. Where an unknown value hangs on the
whole plan it may mean anything of it; where it hangs on nothing, something of another stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.resources import UNKNOWN, Resource
from isolation.traffic import ALL_TRAFFIC
from isolation.verdicts import Outcome, Verdict
from tests.isolation import aws_broken_filters, aws_broken_joints, aws_broken_services, aws_broken_ways
from tests.isolation.aws_broken import ALONE, Pair
from tests.isolation.aws_joins import OWN_ACCOUNT, s3
from tests.isolation.aws_plan import BASE, HTTPS, OTHER, made, report
from tests.isolation.unknowns import BROKEN, Path, places, replaced, waiting

PLANS = {
    **aws_broken_filters.PLANS,
    **aws_broken_ways.PLANS,
    **aws_broken_services.PLANS,
    **aws_broken_joints.PLANS,
}
MACHINES = {"training!": "instance trainer", "edge!": "instance web", "inference!": "instance client"}
KINDS = {"APIs": Kind.PRIVATE_API, "endpoints": Kind.PRIVATE_ENDPOINT, "control planes": Kind.CONTROL_PLANE}
# What nearly all plans have is tried in these.
COMMON = frozenset(id(one) for one in (*BASE, *OTHER))
WHOLE = frozenset({"the enterprise network", "accepted peering with groups"})


def end(text: str) -> End:
    """A segment; with an exclamation mark its machine, wherever that may stand; `=` for a name."""
    if text == "pods":
        return End.of("training", Kind.POD)
    if text in KINDS:
        return End(text, kinds=frozenset({KINDS[text]}))
    if text in MACHINES or text.startswith("="):
        name = MACHINES.get(text, text[1:])
        # One whose subnet is not known stands in each it may be in.
        return End(text, names=frozenset({name, *(f"{name} ({number})" for number in range(2, 12))}))
    return End.of(text)


def claim(one: str, other: str) -> Claim:
    """That something never reaches something; with a plus that it does."""
    expect = Expect.REACHES if one.startswith("+") else Expect.NEVER
    traffic = HTTPS if expect is Expect.REACHES else ALL_TRAFFIC
    return Claim(f"{one} {other}", expect, end(one.removeprefix("+")), end(other), traffic=traffic)


def judged(plan: list[Resource], pairs: list[Pair], scope: Scope) -> tuple[Verdict, ...]:
    return report(plan, *(claim(*pair) for pair in pairs), scope=scope).verdicts


def tried(name: str) -> Iterator[tuple[int, Path]]:
    """The places of a plan, but for those that are tried in others."""
    plan, _, _ = PLANS[name]
    for index, path in places(plan):
        if name in WHOLE or id(plan[index]) not in COMMON:
            yield index, path


def value_at(resource: Resource, path: Path) -> Any:
    """What stands at a place."""
    found: Any = resource.properties
    for step in path:
        found = found[step]
    return found


def alone(plan: list[Resource], index: int, path: Path) -> list[Resource]:
    """The plan with one value that is not known yet, and that hangs on nothing of it."""
    changed = replaced(plan, index, path, UNKNOWN)
    changed[index] = replace(changed[index], references={str(path[0]): ()})
    return changed


@pytest.mark.parametrize("name", PLANS)
def test_an_unknown_value_never_proves_what_a_known_one_breaks(name: str) -> None:
    plan, pairs, scope = PLANS[name]
    known = judged(plan, pairs, scope)
    assert [one.claim.name for one in known if one.outcome is Outcome.PROVEN] == []
    for index, path in tried(name):
        tries = [waiting(plan, index, path)]
        # A number or a switch refers to nothing.
        if not isinstance(value_at(plan[index], path), int):
            tries.append(alone(plan, index, path))
        for changed in tries:
            for one in judged(changed, pairs, scope):
                told = plan[index].label, path, one.claim.name, one.because
                assert one.outcome is not Outcome.PROVEN, told
                assert one.missing or one.path or one.because, told


@pytest.mark.parametrize("name", PLANS)
def test_broken_values_end_in_a_verdict(name: str) -> None:
    plan, pairs, scope = PLANS[name]
    # Every second place, each with another broken value.
    for number, (index, path) in enumerate(list(tried(name))[::2]):
        new = BROKEN[number % len(BROKEN)]
        found = judged(replaced(plan, index, path, new), pairs[:1], scope)
        assert found[0].outcome in Outcome
        assert all("invalid literal" not in missing for missing in found[0].missing), found[0].missing


def _policy(**more: object) -> str:
    asked = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **more}
    return json.dumps({"Statement": [asked]})


NARROW, WIDE = _policy(Condition=OWN_ACCOUNT), _policy()
SHARED = {"serviceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-0a", "vpcEndpointType": "Interface"}
NAMES = {"action": "BLOCK", "firewallRuleGroupId": "names", "firewallDomainListId": "list"}
FORWARD = {"ruleType": "FORWARD", "domainName": "corp.example", "targetIps": [{"ip": "172.16.0.53"}]}
WITH_EXITS = [
    *BASE,
    s3(policy=WIDE),
    made(types.ENDPOINT, "theirs", {"vpcId": "vpc", "policy": NARROW, **SHARED}),
    made(types.ENDPOINT, "kept", {"vpcId": "vpc", "serviceName": "x.dynamodb", "policy": NARROW}),
    made(types.ENDPOINT, "opened", {"vpcId": "vpc", "serviceName": "x.s3express", "policy": NARROW}),
    made(types.ENDPOINT_POLICY, "wide", {"vpcEndpointId": "opened", "policy": WIDE}),
    made(types.ENDPOINT_POLICY, "narrow", {"vpcEndpointId": "kept", "policy": NARROW}),
    made(types.BUCKET_POLICY, "everybody", {"policy": WIDE}),
    made(types.RESOLVER_RULE, "forward", FORWARD),
    made(types.VPC, "other", {"cidrBlock": "10.9.0.0/16", "enableDnsSupport": True}),
    made(types.NAME_GROUP, "names", {}),
    made(types.NAME_GROUP, "others", {}),
    made(types.NAME_LIST, "list", {"domains": ["*"]}),
    made(types.NAME_LIST, "few", {"domains": ["evil.example."]}),
    made(types.NAME_RULE, "alert", {**NAMES, "action": "ALERT"}),
    made(types.NAME_RULE, "evil", {**NAMES, "firewallDomainListId": "few"}),
    made(types.NAME_RULE, "elsewhere", {**NAMES, "firewallRuleGroupId": "others"}),
    made(types.NAME_ASSOCIATION, "at", {"vpcId": "vpc", "firewallRuleGroupId": "names"}),
    made("aws:lambda/function:Function", "outer", {}),
]


def _open_exits(plan: list[Resource]) -> set[str]:
    """The exits that nothing holds."""
    return {
        one.name for one in report(plan, claim("training", "edge"), scope=ALONE).exits if not one.limited_by
    }


def test_an_unknown_value_never_hides_a_way_out_for_data() -> None:
    known = _open_exits(WITH_EXITS)
    names = {"s3", "theirs", "opened"}
    assert {f"endpoint {name}" for name in names} <= known
    assert {"name resolution in vpc", "BucketPolicy everybody", "ResolverRule forward"} <= known
    assert "endpoint kept" not in known
    for index, path in places(WITH_EXITS):
        if id(WITH_EXITS[index]) not in COMMON:
            for changed in (waiting(WITH_EXITS, index, path), alone(WITH_EXITS, index, path)):
                assert known <= _open_exits(changed), (WITH_EXITS[index].label, path)
