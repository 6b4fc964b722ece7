"""What joins small plans of AWS to more: peers, transit gateways, VPNs, endpoints, balancers, clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isolation.aws import types
from isolation.resources import Resource
from tests.isolation.aws_plan import (
    gateway,
    made,
    route,
    subnet,
    vpc,
)

PUBLIC: dict[str, Any] = {"associatePublicIpAddress": True}
CORPORATE = "172.16.0.0/16"


def without(resources: Sequence[Resource], *names: str) -> list[Resource]:
    return [one for one in resources if one.name not in names]


def vpn(*static: str, **properties: Any) -> list[Resource]:
    """A VPN gateway of the VPC whose connection has these static routes; by BGP where there are none."""
    asked = {"vpnGatewayId": "vgw", "staticRoutesOnly": bool(static)}
    return [
        made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc", **properties}),
        made(types.VPN, "vpn", asked),
        *[
            made(types.VPN_ROUTE, f"to-{each}", {"vpnConnectionId": "vpn", "destinationCidrBlock": each})
            for each in static
        ],
        made(types.PROPAGATION, "propagated", {"vpnGatewayId": "vgw", "routeTableId": "training-table"}),
    ]


def peered(**properties: Any) -> Resource:
    return made(types.PEERING, "peer", {"vpcId": "vpc", "peerVpcId": "other", **properties})


def transit(
    *, groups: str = "disable", back: bool = True, propagates: bool = True, **properties: Any
) -> list[Resource]:
    """A transit gateway with both VPCs, and routes to it there and, with `back`, back."""
    asked = {"securityGroupReferencingSupport": groups, **properties}
    found = [made(types.TRANSIT, "tgw", asked)]
    for name, sub in (("vpc", "training"), ("other", "far")):
        attached = {
            "transitGatewayId": "tgw",
            "vpcId": name,
            "subnetIds": [sub],
            "transitGatewayDefaultRouteTablePropagation": propagates,
        }
        found.append(made(types.TRANSIT_ATTACHMENT, f"at-{name}", attached))
    found.append(route("there", "training", "10.9.0.0/16", transitGatewayId="tgw"))
    return [*found, route("back", "far", "10.0.0.0/16", transitGatewayId="tgw")] if back else found


INLINE = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.1.0/24"]}


def s3(**properties: Any) -> Resource:
    asked = {
        "vpcId": "vpc",
        "serviceName": "com.amazonaws.eu-central-1.s3",
        "routeTableIds": ["training-table"],
    }
    return made(types.ENDPOINT, "s3", {**asked, **properties})


OWN_ACCOUNT = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
SIX = [
    vpc(ipv6CidrBlock="2600:1f00:0:a00::/56"),
    subnet("training", "10.0.0.0/24", ipv6CidrBlock="2600:1f00:0:a00::/64"),
    subnet("edge", "10.0.1.0/24", ipv6CidrBlock="2600:1f00:0:a01::/64"),
]
TARGET_GROUP = made(types.TARGET_GROUPS[0], "tg", {"port": 8443, "protocol": "HTTPS"})
LISTENER = made(
    types.LISTENERS[0],
    "listener",
    {
        "loadBalancerArn": "lb",
        "port": 443,
        "protocol": "HTTPS",
        "defaultActions": [{"type": "forward", "targetGroupArn": "tg"}],
    },
)


def balanced(*, waf: bool, kind: str = "application", groups: Sequence[str] = ("sg-open",)) -> list[Resource]:
    """A load balancer in edge with the training machine behind it."""
    found = [
        gateway(),
        route("out", "edge", gatewayId="igw-vpc"),
        made(
            types.BALANCERS[0],
            "lb",
            {
                "loadBalancerType": kind,
                "subnets": ["edge"],
                "securityGroups": list(groups),
            },
        ),
        TARGET_GROUP,
        LISTENER,
        made(types.TARGETS[0], "target", {"targetGroupArn": "tg", "targetId": "trainer"}),
    ]
    if waf:
        found.append(made(types.FIREWALL_ASSOCIATIONS[0], "waf", {"resourceArn": "lb", "webAclArn": "acl"}))
    return found


def cluster(**config: Any) -> list[Resource]:
    asked = {
        "subnetIds": ["training"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
        **config,
    }
    nodes = {"clusterName": "eks", "subnetIds": ["training"]}
    return [
        made(types.CLUSTER, "eks", {"name": "eks", "vpcConfig": asked}),
        made(types.NODE_GROUP, "pool", nodes),
    ]
