"""AWS's ways and walls that no item of the checklist names: where each leads and where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from isolation.addresses import addresses
from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.resources import UNKNOWN, Resource
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    OTHER,
    PLACES,
    SCOPE,
    acl,
    allow,
    gateway,
    group,
    machine,
    made,
    nat,
    never,
    opened,
    reaches,
    report,
    route,
    subnet,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

# No claim about an enterprise network, so only what is declared leads there.
LINE = Scope(SCOPE.segments, addresses("172.16.0.0/16"))


def without(resources: Sequence[Resource], *names: str) -> list[Resource]:
    return [one for one in resources if one.name not in names]


def test_a_vpn_gateway_leads_both_ways() -> None:
    line = [
        made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc"}),
        route("on-premises", "training", "203.0.113.0/24", gatewayId="vgw"),
    ]
    partner = Scope(SCOPE.segments, addresses("203.0.113.0/24"))
    found = never([*BASE, *line], "training!", "enterprise", scope=partner)
    assert violated(found)
    assert "VPN gateway" in told(found)
    assert violated(never([*BASE, *line], "enterprise", "training!", scope=partner))


def test_what_bgp_brings_is_open() -> None:
    line = [
        made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc"}),
        made(types.DIRECT_ASSOCIATION, "dx", {"associatedGatewayId": "vgw", "dxGatewayId": "dxgw"}),
        made(types.PROPAGATION, "at", {"vpnGatewayId": "vgw", "routeTableId": "training-table"}),
    ]
    model = never([*BASE, *line], "training!", "enterprise", scope=Scope(SCOPE.segments))
    assert unproven(model)
    assert any("learns by BGP" in missing for missing in model.missing)
    shut = [*without(BASE, "trainer"), group("sg-s"), machine("trainer", "training", "10.0.0.5", "sg-s")]
    assert proven(never([*shut, *line], "training!", "enterprise", scope=Scope(SCOPE.segments)))


def test_the_enterprise_may_connect_and_meets_groups() -> None:
    assert violated(never(BASE, "enterprise", "training!", scope=LINE))
    shut = [*without(BASE, "trainer"), group("sg-s"), machine("trainer", "training", "10.0.0.5", "sg-s")]
    assert proven(never(shut, "enterprise", "training!", scope=LINE))


def test_a_transit_gateway_with_a_vpn_leads_on() -> None:
    plan = [
        *BASE,
        made(types.TRANSIT, "tgw", {}),
        made(types.TRANSIT_ATTACHMENT, "at", {
            "transitGatewayId": "tgw", "vpcId": "vpc", "subnetIds": ["data"],
        }),
        made(types.VPN, "vpn", {"transitGatewayId": "tgw", "staticRoutesOnly": False}),
        route("line", "training", "172.16.0.0/16", transitGatewayId="tgw"),
    ]  # fmt: skip
    bare = Scope(SCOPE.segments)
    assert unproven(never(plan, "training!", "enterprise", scope=bare)), "by BGP"
    assert violated(never(plan, "enterprise", "training!", scope=bare))
    assert proven(never(without(plan, "vpn"), "training!", "enterprise", scope=bare))


def test_central_egress_through_a_transit_gateway() -> None:
    hub = [
        *without(OTHER, "client"),
        subnet("hub-public", "10.9.9.0/24", "other"),
        made(types.ROUTE_TABLE, "hub-table", {"vpcId": "other"}),
        made(types.TABLE_ASSOCIATION, "hub", {"routeTableId": "hub-table", "subnetId": "hub-public"}),
        gateway("other"),
        route("hub-out", "hub", gatewayId="igw-other"),
        made(types.NAT, "nat", {"subnetId": "hub-public"}),
        route("far-out", "far", natGatewayId="nat"),
        made(types.TRANSIT, "tgw", {"associationDefaultRouteTableId": "rtb"}),
        *[
            made(types.TRANSIT_ATTACHMENT, f"at-{name}", {
                "transitGatewayId": "tgw", "vpcId": name, "subnetIds": [sub],
            })
            for name, sub in (("vpc", "data"), ("other", "far"))
        ],
        route("out", "training", transitGatewayId="tgw"),
    ]  # fmt: skip
    default = made(types.TRANSIT_ROUTE, "default", {
        "destinationCidrBlock": ANY, "transitGatewayAttachmentId": "at-other",
        "transitGatewayRouteTableId": "rtb",
    })  # fmt: skip
    leak = never([*BASE, *hub, default], "training!", "internet")
    assert violated(leak)
    assert "NAT gateway nat" in told(leak)
    assert proven(never([*BASE, *hub], "training!", "internet")), "no default route there"


@pytest.mark.parametrize("field", ["vpcPeeringConnectionId", "transitGatewayId"])
def test_a_gateway_of_another_stack_leaves_its_claims_open(field: str) -> None:
    plan = [*BASE, route("away", "training", "172.16.0.0/16", **{field: "x-1"})]
    found = never(plan, "training!", "enterprise", scope=Scope(SCOPE.segments))
    assert unproven(found), told(found)
    assert any("x-1" in missing for missing in found.missing)


def test_a_nat_gateway_of_another_stack_leads_to_the_internet() -> None:
    assert violated(never([*BASE, route("out", "training", natGatewayId="nat-0a")], "training!", "internet"))


def test_a_network_firewall_is_a_way_that_hangs_on_what_it_lets_pass() -> None:
    plan = [
        *without(BASE, "web"),
        *nat("edge"),
        made(types.FIREWALL, "wall", {"vpcId": "vpc", "subnetMappings": [{"subnetId": "data"}]}),
        Resource.of(
            "urn:pulumi:test::test::x::to-wall",
            types.ROUTE,
            {"routeTableId": "training-table", "destinationCidrBlock": ANY, "vpcEndpointId": UNKNOWN},
            references={"vpcEndpointId": [f"urn:pulumi:test::test::{types.FIREWALL}::wall"]},
        ),
    ]
    onward = route("onward", "data", natGatewayId="nat")
    found = never([*plan, onward], "training!", "internet")
    assert unproven(found)
    assert any("network firewall wall" in missing for missing in found.missing)
    assert proven(never(plan, "training!", "internet")), "behind it there is no way on"


def test_addresses_of_nat64_are_the_internet() -> None:
    six = [
        made(types.VPC, "vpc", {"cidrBlock": "10.0.0.0/16", "ipv6CidrBlock": "2600:1f00:0:a00::/56"}),
        subnet("training", "10.0.0.0/24", ipv6CidrBlock="2600:1f00:0:a00::/64", enableDns64=True),
    ]
    plan = [
        *six,
        *[one for one in BASE if one.id not in ("vpc", "training")],
        *nat("edge"),
    ]
    translated = route("six", "training", "64:ff9b::/96", natGatewayId="nat")
    assert proven(never(plan, "training", "internet"))
    assert violated(never([*plan, translated], "training", "internet"))


def test_groups_and_prefix_lists_of_other_stacks_leave_claims_open() -> None:
    foreign = [*without(BASE, "trainer"), machine("trainer", "training", "10.0.0.5", "sg-0abc")]
    found = never(foreign, "edge!", "training!")
    assert unproven(found)
    assert any("sg-0abc" in missing for missing in found.missing)
    by_list = [
        *without(BASE, "trainer"),
        group("sg-l"),
        allow("l", "sg-l", "ingress", "pl-0abc"),
        machine("trainer", "training", "10.0.0.5", "sg-l"),
    ]
    assert unproven(never(by_list, "edge!", "training!"))
    known = made(types.PREFIX_LIST, "pl-0abc", {"entries": [{"cidr": "10.7.0.0/16"}]})
    assert proven(never([*by_list, known], "edge!", "training!"))
    more = made(types.PREFIX_LIST_ENTRY, "entry", {"prefixListId": "pl-0abc", "cidr": "10.0.1.0/24"})
    assert violated(never([*by_list, known, more], "edge!", "training!"))


def test_a_subnet_of_another_stack_leaves_its_claims_open() -> None:
    away = machine("guest", "subnet-0abc", "10.0.0.9", "sg-open")
    assert unproven(never([*BASE, away], "training", "internet"))
    assert proven(never(BASE, "training", "internet"))


IN = {"subnetIds": ["training"], "securityGroupIds": ["sg-open"]}
IN_TASKS = {"subnets": ["training"], "securityGroups": ["sg-open"]}
IN_ONE = {"subnetId": "training", "securityGroups": ["sg-open"]}
IN_GROUP = {"dbSubnetGroupName": "dbs", "vpcSecurityGroupIds": ["sg-open"]}
IN_ZONES = {"vpcZoneIdentifiers": ["training"], "launchTemplate": {"id": "lt"}}
IN_ADDRESSES = {"ipAddresses": [{"subnetId": "training"}], "securityGroupIds": ["sg-open"]}


@pytest.mark.parametrize(
    ("type_", "properties", "name"),
    [
        ("aws:lambda/function:Function", {"vpcConfig": IN}, "function it"),
        ("aws:sagemaker/notebookInstance:NotebookInstance", IN_ONE, "notebook it"),
        ("aws:ecs/service:Service", {"networkConfiguration": IN_TASKS}, "tasks of it"),
        ("aws:rds/instance:Instance", IN_GROUP, "database it"),
        ("aws:efs/mountTarget:MountTarget", IN_ONE, "file system it"),
        (types.AUTOSCALING, IN_ZONES, "machines of it"),
        (types.RESOLVER, {"direction": "OUTBOUND", **IN_ADDRESSES}, "resolver endpoint it"),
    ],
)
def test_services_with_interfaces_in_subnets_are_behind_their_groups(
    type_: str, properties: dict[str, Any], name: str
) -> None:
    more = [
        made("aws:rds/subnetGroup:SubnetGroup", "dbs", {"subnetIds": ["training"]}),
        made(types.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["sg-open"]}),
    ]
    emptied = made(types.DEFAULT_GROUP, "default", {"vpcId": "vpc"})
    base = [*PLACES, *opened("sg-open"), emptied, *more]
    out = nat("edge", "training")
    assert proven(never([*base, *out], "training", "internet"))
    leak = never([*base, *out, made(type_, "it", properties)], "training", "internet")
    assert violated(leak)
    assert f"{name} in subnet training" in told(leak)


def test_a_database_that_is_publicly_accessible() -> None:
    groups = made("aws:rds/subnetGroup:SubnetGroup", "dbs", {"subnetIds": ["data"]})

    def plan(*, public: bool) -> list[Resource]:
        asked = {"dbSubnetGroupName": "dbs", "vpcSecurityGroupIds": ["sg-open"], "publiclyAccessible": public}
        return [*BASE, groups, gateway(), made("aws:rds/instance:Instance", "db", asked)]

    assert violated(never(plan(public=True), "internet", "data"))
    assert proven(never(plan(public=False), "internet", "data"))


def test_an_api_link_puts_the_internet_before_a_private_load_balancer() -> None:
    balancer = types.BALANCERS[0]
    inner = [
        made(balancer, "lb", {"internal": True, "subnets": ["edge"], "securityGroups": ["sg-open"]}),
        made(types.TARGET_GROUPS[0], "tg", {"port": 8443, "protocol": "HTTPS"}),
        made(types.LISTENERS[0], "listener", {
            "loadBalancerArn": "lb", "port": 443, "protocol": "HTTPS",
            "defaultActions": [{"type": "forward", "targetGroupArn": "tg"}],
        }),
        made(types.TARGETS[0], "target", {"targetGroupArn": "tg", "targetId": "10.0.0.5"}),
    ]  # fmt: skip
    link = [
        made(types.LINK, "link", {"subnetIds": ["edge"], "securityGroupIds": ["sg-open"]}),
        made(types.INTEGRATION, "to", {"connectionId": "link", "integrationUri": "listener"}),
    ]
    assert proven(never([*BASE, *inner], "internet", "training"))
    leak = never([*BASE, *inner, *link], "internet", "training")
    assert violated(leak)
    assert "API link link" in told(leak)


def test_a_classic_load_balancer_has_no_inspection() -> None:
    classic = made(types.CLASSIC, "old", {
        "subnets": ["edge"], "securityGroups": ["sg-open"], "instances": ["trainer"],
        "listeners": [{"lbPort": 443, "instancePort": 8080, "lbProtocol": "tcp", "instanceProtocol": "tcp"}],
    })  # fmt: skip
    assert violated(never([*BASE, gateway(), classic], "internet", "training"))
    inner = Resource.of(classic.urn, classic.type, {**classic.properties, "internal": True}, id_="old")
    assert proven(never([*BASE, gateway(), inner], "internet", "training"))


def test_targets_that_nobody_names_may_be_any_machine() -> None:
    balancer = [
        gateway(),
        made(types.BALANCERS[0], "lb", {"subnets": ["edge"], "securityGroups": ["sg-open"]}),
        made(types.TARGET_GROUPS[0], "tg", {"port": 8443}),
        made(types.LISTENERS[0], "listener", {
            "loadBalancerArn": "lb", "port": 443,
            "defaultActions": [{"type": "forward", "targetGroupArn": "tg"}],
        }),
    ]  # fmt: skip
    found = never([*BASE, *balancer], "internet", "training")
    assert unproven(found)
    assert any("which targets it has" in missing for missing in found.missing)


def test_the_default_vpc_is_open_until_told_otherwise() -> None:
    default = [
        made(types.DEFAULT_VPC, "default", {}),
        made(types.DEFAULT_SUBNET, "zone-a", {"availabilityZone": "a", "cidrBlock": "172.31.0.0/20"}),
        made(types.INSTANCE, "stray", {"vpcSecurityGroupIds": []}),
    ]
    scope = Scope({"training": addresses("172.31.0.0/16")})
    leak = never(default, "training", "internet", scope=scope)
    assert violated(leak)
    assert proven(never(default, "internet", "training", scope=scope)), "its default group lets nobody in"


def test_resolver_rules_and_endpoints_are_told_as_exits() -> None:
    rule = made(types.RESOLVER_RULE, "forward", {
        "ruleType": "FORWARD", "domainName": "corp.example", "targetIps": [{"ip": "172.16.0.53"}],
    })  # fmt: skip
    claim = Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))
    found = report([*BASE, rule], claim).exits
    assert any("172.16.0.53" in one.why for one in found)
    inbound = made(types.RESOLVER, "in", {
        "direction": "INBOUND", "ipAddresses": [{"subnetId": "data"}], "securityGroupIds": ["sg-open"],
    })  # fmt: skip
    assert violated(never([*BASE, inbound], "edge!", "data"))
    assert proven(reaches([*BASE, inbound], "edge!", "data", Kind.RESOLVER))


def test_ipv6_that_amazon_assigns_is_judged_before_it_is_known() -> None:
    urn = f"urn:pulumi:test::test::{types.VPC}::vpc"
    training = Resource.of(
        "urn:pulumi:test::test::x::training",
        types.SUBNET,
        {"vpcId": "vpc", "cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": UNKNOWN},
        references={"ipv6CidrBlock": [urn]},
        id_="training",
    )
    plan = [
        made(types.VPC, "vpc", {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True}),
        training,
        *[one for one in BASE if one.id not in ("vpc", "training")],
    ]
    assert proven(never(plan, "training", "internet"))
    only = made(types.EGRESS_ONLY, "eigw", {"vpcId": "vpc"})
    leak = [*plan, only, route("six", "training", "::/0", egressOnlyGatewayId="eigw")]
    assert violated(never(leak, "training", "internet"))
    assert proven(never([*leak, acl("acl", "training")], "training", "internet"))


def test_a_nat_gateway_in_a_subnet_of_another_stack_leaves_no_claim_of_ours_open() -> None:
    away = made(types.NAT, "nat", {"subnetId": "subnet-0abc", "connectivityType": "private"})
    assert proven(never([*BASE, away], "training!", "internet"))
    used = [*BASE, away, route("out", "training", natGatewayId="nat")]
    found = never(used, "training!", "internet")
    assert not proven(found)
    assert "nat" in told(found)
