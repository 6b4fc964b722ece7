"""How networks of this kind leak on AWS, each found with its path: NAT left on, a broad allow above a deny, a
rule that always allows HTTPS to everywhere, a default route in the main table, a public API server, no
endpoints, a firewall that only counts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind
from isolation.resources import Resource
from isolation.verdicts import Verdict
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    HTTPS,
    acl,
    allow,
    group,
    line,
    machine,
    made,
    nat,
    never,
    reaches,
    report,
    route,
    subnet,
)
from tests.isolation.gcp_plan import proven, told, violated


def without(resources: Sequence[Resource], *names: str) -> list[Resource]:
    return [one for one in resources if one.name not in names]


def closed(*rules: Resource) -> list[Resource]:
    """The training machine in a group with these rules only."""
    trainer = machine("trainer", "training", "10.0.0.5", "sg-gpu")
    return [*without(BASE, "trainer"), group("sg-gpu"), trainer, *rules]


def test_nat_left_on() -> None:
    leak = never([*BASE, *nat("edge", "training")], "training!", "internet")
    assert violated(leak)
    path = told(leak)
    assert "nat-training (0.0.0.0/0)" in path, "the route is told"
    assert "NAT gateway nat" in path, "and the gateway"
    assert "sg-open-egress" in path, "and the rule"
    assert proven(never([*BASE, *nat("edge")], "training!", "internet")), "one that serves edge only"
    assert proven(never([*closed(), *nat("edge", "training")], "training!", "internet")), "a closed group"


def test_a_broad_allow_above_a_deny() -> None:
    def plan(number: int) -> list[Resource]:
        return [
            *BASE,
            *nat("edge", "training"),
            acl("acl", "training"),
            line("allow", "acl", number, "allow", egress=True),
            line("deny", "acl", 500, "deny", egress=True),
        ]

    leak = never(plan(100), "training", "internet")
    assert violated(leak)
    assert leak.path and any("deny (deny, priority 500)" in one for one in leak.path.shadowed)
    assert proven(never(plan(900), "training", "internet"))


def test_a_rule_that_always_allows_https_to_everywhere() -> None:
    https = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    wide = allow("wide", "sg-gpu", "egress", ANY, **https)
    leak = never([*closed(wide), *nat("edge", "training")], "training!", "internet")
    assert violated(leak)
    assert "TCP 443" in told(leak)
    assert "wide" in told(leak)
    narrow = allow("wide", "sg-gpu", "egress", "10.0.2.0/24", **https)
    assert proven(never([*closed(narrow), *nat("edge", "training")], "training!", "internet"))


def test_a_default_route_in_the_main_table_that_a_new_subnet_gets() -> None:
    main = made(types.DEFAULT_ROUTE_TABLE, "main", {
        "vpcId": "vpc",
        "defaultRouteTableId": "rtb-main",
        "routes": [{"cidrBlock": ANY, "natGatewayId": "nat"}],
    })  # fmt: skip
    forgotten = [one for one in BASE if one.name != "training-training"]
    leak = never([*forgotten, main, *nat()], "training", "internet")
    assert violated(leak)
    assert "route table main" in told(leak)
    assert proven(never([*BASE, main, *nat()], "training", "internet")), "a table of its own"
    other = made(types.MAIN_ASSOCIATION, "is-main", {"vpcId": "vpc", "routeTableId": "edge-table"})
    swapped = [*forgotten, other, *nat("data")]
    assert proven(never(swapped, "training!", "internet")), "edge's table leads nowhere"
    served = route("edge-nat", "edge", natGatewayId="nat")
    assert violated(never([*swapped, served], "training!", "internet"))


def test_a_public_api_server_with_nodes_behind_nat() -> None:
    def plan(*, public: bool) -> list[Resource]:
        config = {"subnetIds": ["training"], "endpointPrivateAccess": True, "endpointPublicAccess": public}
        cluster = made(types.CLUSTER, "eks", {"name": "eks", "vpcConfig": config})
        return [*BASE, cluster, *nat("edge", "training")]

    assert violated(never(plan(public=True), "internet", "training"))
    assert proven(never(plan(public=False), "internet", "training"))
    assert violated(never(plan(public=False), "training", "internet"))


def test_no_endpoint_for_what_training_needs() -> None:
    def endpoint(*groups: str) -> Resource:
        return made(types.ENDPOINT, "logs", {
            "vpcId": "vpc", "vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.logs",
            "subnetIds": ["data"], "securityGroupIds": list(groups),
        })  # fmt: skip

    kind = Kind.PRIVATE_ENDPOINT
    assert proven(reaches([*BASE, endpoint("sg-open")], "training!", "data", kind))
    shut = [*BASE, group("sg-shut"), endpoint("sg-shut")]
    assert violated(reaches(shut, "training!", "data", kind)), "its group lets nobody in"
    answers = line("in", "acl", 1, "allow"), line("out", "acl", 1, "allow", egress=True)
    walled = [*BASE, endpoint("sg-open"), acl("acl", "data")]
    assert proven(reaches([*walled, *answers], "training!", "data", kind))
    assert not proven(reaches([*walled, answers[0]], "training!", "data", kind)), "no answer leaves"
    assert proven(never([*BASE, endpoint("sg-open")], "data", "internet")), "it opens no connection"


def test_a_subnet_of_one_zone_that_lacks_the_acl() -> None:
    second = [
        subnet("training-b", "10.0.0.128/25"),
        made(types.TABLE_ASSOCIATION, "b", {"routeTableId": "training-table", "subnetId": "training-b"}),
        machine("second", "training-b", "10.0.0.130", "sg-open"),
    ]
    walled = [*BASE, *nat("edge", "training"), acl("acl", "training")]
    assert proven(never(walled, "training", "internet"))
    leak = never([*walled, *second], "training", "internet")
    assert violated(leak)
    assert "instance second" in told(leak)


def test_data_leaves_by_a_policy_a_share_or_a_service_on_awss_side() -> None:
    anybody = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    )
    inside = made("aws:lambda/function:Function", "inner", {"vpcConfig": {"subnetIds": ["training"]}})
    plan = [
        *BASE,
        made(types.BUCKET_POLICY, "open", {"policy": anybody}),
        made("aws:ec2/amiLaunchPermission:AmiLaunchPermission", "shared", {}),
        made("aws:lambda/function:Function", "outer", {}),
        inside,
    ]
    found = report(plan, Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))).exits
    names = {one.name for one in found if not one.limited_by}
    assert {"BucketPolicy open", "AmiLaunchPermission shared", "Function outer"} <= names
    assert "Function inner" not in names


def test_every_private_api_is_reached_and_not_only_one() -> None:
    """One endpoint that answers nobody is a service that machines lack, whatever the others do."""

    def endpoint(service: str, *groups: str, name: str = "") -> Resource:
        prefix = "" if "." in service else "com.amazonaws.eu-central-1."
        return made(types.ENDPOINT, name or service, {
            "vpcId": "vpc", "vpcEndpointType": "Interface", "serviceName": f"{prefix}{service}",
            "subnetIds": ["data"], "securityGroupIds": list(groups),
        })  # fmt: skip

    def asked(*more: Resource) -> Verdict:
        apis = End("private APIs", "data", frozenset({Kind.PRIVATE_API, Kind.PRIVATE_ENDPOINT}))
        source = End("trainer", names=frozenset({"instance trainer"}))
        claim = Claim("claim", Expect.REACHES, source, apis, traffic=HTTPS)
        return report([*BASE, group("sg-shut"), *more], claim).verdicts[0]

    assert proven(asked(endpoint("logs", "sg-open"), endpoint("kms", "sg-open")))
    lacking = asked(endpoint("logs", "sg-open"), endpoint("kms", "sg-shut"))
    assert violated(lacking)
    assert "does not reach endpoint kms in subnet data" in told(lacking)
    assert violated(asked()), "a network without any private API cannot work"
    theirs = endpoint("com.amazonaws.vpce.eu-central-1.vpce-svc-0abc", "sg-shut", name="theirs")
    assert proven(asked(endpoint("logs", "sg-open"), theirs)), "not everybody needs another's service"
    by_routes = made(types.ENDPOINT, "s3-gateway", {
        "vpcId": "vpc", "serviceName": "com.amazonaws.eu-central-1.s3", "routeTableIds": ["training-table"],
    })  # fmt: skip
    both = [by_routes, endpoint("s3", "sg-shut")]
    assert proven(asked(*both)), "one of two ways to the same service is enough"
    assert violated(asked(both[1]))
