"""Before machines of AWS: internet gateways, peers, load balancers, clusters; and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from isolation.aws import types
from isolation.model import Kind
from isolation.resources import UNKNOWN, Resource
from tests.isolation.aws_joins import (
    PUBLIC,
    balanced,
    cluster,
    peered,
    without,
)
from tests.isolation.aws_plan import (
    BASE,
    OTHER,
    PLACES,
    allow,
    gateway,
    group,
    machine,
    made,
    nat,
    never,
    opened,
    reaches,
    route,
    subnet,
    vpc,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated


def test_an_internet_gateway_takes_machines_with_public_addresses() -> None:
    plan = [*BASE, gateway(), route("out", "training", gatewayId="igw-vpc")]
    assert proven(never(plan, "training!", "internet"))
    started = never(plan, "training", "internet")
    assert violated(started), "whoever starts a machine there may ask for one"
    assert "any machine in subnet training" in told(started)
    elastic = made(types.EIP, "eip", {"instance": "trainer", "domain": "vpc"})
    assert violated(never([*plan, elastic], "training!", "internet"))
    assert violated(never([*plan, elastic], "internet", "training!"))
    assert proven(never([*BASE, elastic], "internet", "training")), "there is no gateway"
    given = [
        *without(plan, "training"),
        subnet("training", "10.0.0.0/24", mapPublicIpOnLaunch=True),
        made(types.TABLE_ASSOCIATION, "given", {"routeTableId": "training-table", "subnetId": "training"}),
    ]
    assert violated(never(given, "training!", "internet"))


def test_what_comes_in_by_an_internet_gateway_needs_a_route_for_its_answer() -> None:
    exposed = [*without(BASE, "web"), machine("web", "edge", "10.0.1.5", "sg-open", **PUBLIC), gateway()]
    assert violated(never(exposed, "internet", "edge!")), "it arrives all the same"
    assert not proven(reaches(exposed, "internet", "edge!"))
    assert proven(reaches([*exposed, route("out", "edge", gatewayId="igw-vpc")], "internet", "edge!"))


def test_peering_is_not_transitive() -> None:
    base = [
        *BASE,
        *OTHER,
        vpc("hub", "10.8.0.0/16"),
        made(types.PEERING, "near", {"vpcId": "vpc", "peerVpcId": "hub"}),
        made(types.PEERING, "far-peer", {"vpcId": "hub", "peerVpcId": "other"}),
        route("there", "training", "10.9.0.0/16", vpcPeeringConnectionId="near"),
    ]
    assert proven(never(base, "training", "inference"))
    direct = [*base, peered(), route("direct", "training", "10.9.0.0/24", vpcPeeringConnectionId="peer")]
    assert violated(never(direct, "training", "inference"))


def test_a_load_balancer_without_a_web_acl_is_a_way_to_its_targets() -> None:
    assert proven(never([*BASE, *balanced(waf=True)], "internet", "training"))
    leak = never([*BASE, *balanced(waf=False)], "internet", "training")
    assert violated(leak)
    assert "load balancer lb" in told(leak)
    shut = [
        *without(BASE, "trainer"),
        group("sg-shut"),
        machine("trainer", "training", "10.0.0.5", "sg-shut"),
    ]
    assert proven(never([*shut, *balanced(waf=False)], "internet", "training"))


def test_a_network_load_balancer_puts_the_internet_before_its_targets() -> None:
    inner = [group("sg-world"), allow("world", "sg-world", "ingress", "8.0.0.0/8")]
    plan = [*without(BASE, "trainer"), *inner, machine("trainer", "training", "10.0.0.5", "sg-world")]
    assert violated(never([*plan, *balanced(waf=False, kind="network", groups=())], "internet", "training"))
    assert proven(never([*plan, *balanced(waf=False)], "internet", "training"))


def test_eks_nodes_have_the_groups_of_their_template_or_the_clusters() -> None:
    base = [*PLACES, *opened("sg-open"), machine("web", "edge", "10.0.1.5", "sg-open")]
    assert proven(never([*base, *cluster()], "edge!", "training"))
    template = made(types.TEMPLATE, "lt", {"networkInterfaces": [{"securityGroups": ["sg-open"]}]})
    nodes = made(
        types.NODE_GROUP,
        "pool",
        {
            "clusterName": "eks",
            "subnetIds": ["training"],
            "launchTemplate": {"id": "lt", "version": "1"},
        },
    )
    assert violated(never([*base, *cluster()[:1], template, nodes], "edge!", "training"))
    assert proven(reaches([*base, *cluster()], "training", "training", Kind.CONTROL_PLANE)), "nodes join"
    off = cluster(endpointPrivateAccess=False)
    assert violated(reaches([*base, *off], "training", "training", Kind.CONTROL_PLANE))
    leak = never([*base, *cluster(), *nat("edge", "training")], "training", "internet")
    assert violated(leak), "the group that EKS makes lets everything out"


def test_a_public_api_server_is_a_way_in() -> None:
    assert proven(never([*PLACES, *cluster()], "internet", "training"))
    assert violated(never([*PLACES, *cluster(endpointPublicAccess=True)], "internet", "training"))
    inner = cluster(endpointPublicAccess=True, publicAccessCidrs=["10.0.0.0/8"])
    assert proven(never([*PLACES, *inner], "internet", "training"))


def test_unknown_references_are_resolved_by_dependencies_or_left_open() -> None:
    own = [group("sg-gpu"), group("sg-b")]
    for candidates, certain in (([own[0]], True), (own, False)):
        trainer = Resource.of(
            "urn:pulumi:test::test::x::trainer",
            types.INSTANCE,
            {"subnetId": "training", "privateIp": "10.0.0.5", "vpcSecurityGroupIds": [UNKNOWN]},
            references={"vpcSecurityGroupIds": [one.urn for one in candidates]},
        )
        plan = [*without(BASE, "trainer"), *own, trainer, allow("in", "sg-b", "ingress")]
        found = never(plan, "edge!", "training!")
        assert proven(found) if certain else unproven(found), told(found)


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("aws:networkmanager/vpcAttachment:VpcAttachment", {}),
        ("aws:cloudfront/vpcOrigin:VpcOrigin", {}),
        ("aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions", {}),
        ("aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation", {}),
    ],
)
def test_a_type_that_is_not_known_leaves_claims_unproven(type_: str, properties: Mapping[str, Any]) -> None:
    verdict = never([*BASE, made(type_, "it", properties)], "training", "internet")
    assert unproven(verdict)
    assert "it is not modelled" in told(verdict)
    quiet = made("aws:ec2/placementGroup:PlacementGroup", "it", {})
    assert proven(never([*BASE, quiet], "training", "internet"))
