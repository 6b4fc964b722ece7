"""Plans of AWS that break claims by routes, gateways and addresses."""

from __future__ import annotations

from isolation.aws import types
from tests.isolation.aws_broken import ALONE, Plan
from tests.isolation.aws_joins import (
    PUBLIC,
    SIX,
    peered,
    transit,
    vpn,
    without,
)
from tests.isolation.aws_plan import (
    ANY,
    BASE,
    OTHER,
    SCOPE,
    acl,
    gateway,
    line,
    machine,
    made,
    nat,
    route,
    subnet,
)

LISTED = made(types.PREFIX_LIST, "pl-1", {"entries": [{"cidr": "10.0.1.0/24"}, {"cidr": "10.9.0.0/16"}]})
INLINE_ROUTES = {"vpcId": "vpc", "routes": [{"cidrBlock": ANY, "natGatewayId": "nat"}]}
WALL = made(types.FIREWALL, "wall", {"vpcId": "vpc", "subnetMappings": [{"subnetId": "data"}]})
FAR = [
    made(types.TRANSIT, "tgw", {"associationDefaultRouteTableId": "rtb-near"}),
    made(types.TRANSIT, "far-tgw", {}),
    made(
        types.TRANSIT_ATTACHMENT,
        "at-vpc",
        {"transitGatewayId": "tgw", "vpcId": "vpc", "subnetIds": ["training"]},
    ),
    made(
        types.TRANSIT_ATTACHMENT,
        "at-other",
        {"transitGatewayId": "far-tgw", "vpcId": "other", "subnetIds": ["far"]},
    ),
    made(
        types.TRANSIT_PEERING,
        "between",
        {"transitGatewayId": "tgw", "peerTransitGatewayId": "far-tgw", "peerRegion": "eu-west-1"},
    ),
    route("there", "training", "10.9.0.0/16", transitGatewayId="tgw"),
    made(
        types.TRANSIT_ROUTE,
        "static",
        {
            "destinationCidrBlock": "10.9.0.0/16",
            "transitGatewayAttachmentId": "between",
            "transitGatewayRouteTableId": "rtb-near",
        },
    ),
]
SPLIT = [
    *transit(defaultRouteTableAssociation="disable", defaultRouteTablePropagation="disable"),
    made(types.TRANSIT_TABLE, "rt-vpc", {"transitGatewayId": "tgw"}),
    made(
        types.TRANSIT_ASSOCIATION,
        "joined",
        {"transitGatewayAttachmentId": "at-vpc", "transitGatewayRouteTableId": "rt-vpc"},
    ),
    made(
        types.TRANSIT_PROPAGATION,
        "told",
        {"transitGatewayAttachmentId": "at-other", "transitGatewayRouteTableId": "rt-vpc"},
    ),
]
INTERNET_BOTH_WAYS = [("training!", "internet"), ("internet", "training!"), ("training", "internet")]

PLANS: dict[str, Plan] = {
    "the enterprise network": (
        [*BASE, *nat("edge", "training")],
        [("enterprise", "training!"), ("training!", "enterprise"), ("training!", "internet")],
        SCOPE,
    ),
    "NAT gateway": (
        [*BASE, *nat("edge", "training")],
        [("training!", "internet"), ("training", "internet")],
        ALONE,
    ),
    "public NAT gateway with an ACL": (
        [
            *BASE,
            *nat("edge", "training", connectivityType="public", publicIp="203.0.113.9"),
            acl("acl", "edge"),
            line("in", "acl", 1, "allow"),
            line("out-acl", "acl", 1, "allow", egress=True),
        ],
        [("training!", "internet")],
        ALONE,
    ),
    "inline routes": (
        [*without(BASE, "training-table"), made(types.ROUTE_TABLE, "training-table", INLINE_ROUTES), *nat()],
        [("training!", "internet")],
        ALONE,
    ),
    "main route table": (
        [
            *[one for one in BASE if one.name != "training-training"],
            made(types.MAIN_ASSOCIATION, "is-main", {"vpcId": "vpc", "routeTableId": "main-table"}),
            made(types.ROUTE_TABLE, "main-table", {"vpcId": "vpc"}),
            *nat(),
            route("main-nat", "main", natGatewayId="nat"),
        ],
        [("training!", "internet")],
        ALONE,
    ),
    "default route table": (
        [
            *[one for one in BASE if one.name != "training-training"],
            made(
                types.DEFAULT_ROUTE_TABLE,
                "main",
                {
                    "vpcId": "vpc",
                    "defaultRouteTableId": "rtb-main",
                    "routes": [{"cidrBlock": ANY, "natGatewayId": "nat"}],
                },
            ),
            *nat(),
        ],
        [("training!", "internet")],
        ALONE,
    ),
    "internet gateway": (
        [
            *without(BASE, "trainer"),
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
            machine("trainer", "training", "10.0.0.5", "sg-open", **PUBLIC),
        ],
        INTERNET_BOTH_WAYS,
        ALONE,
    ),
    "attached internet gateway": (
        [
            *without(BASE, "training"),
            subnet("training", "10.0.0.0/24", mapPublicIpOnLaunch=True),
            made(types.INTERNET_GATEWAY, "igw", {}),
            made(types.INTERNET_ATTACHMENT, "at", {"internetGatewayId": "igw", "vpcId": "vpc"}),
            route("out", "training", gatewayId="igw"),
            made(types.TABLE_ASSOCIATION, "edge-of", {"gatewayId": "igw", "routeTableId": "edge-table"}),
        ],
        INTERNET_BOTH_WAYS,
        ALONE,
    ),
    "elastic address": (
        [
            *BASE,
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
            made(types.EIP, "eip", {"instance": "trainer", "domain": "vpc", "publicIp": "203.0.113.7"}),
        ],
        INTERNET_BOTH_WAYS,
        ALONE,
    ),
    "associated elastic address of an interface": (
        [
            *without(BASE, "trainer"),
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
            made(
                types.INTERFACE,
                "eni",
                {"subnetId": "training", "privateIps": ["10.0.0.5"], "securityGroups": ["sg-open"]},
            ),
            made(
                types.INSTANCE,
                "trainer",
                {"networkInterfaces": [{"networkInterfaceId": "eni", "deviceIndex": 0}]},
            ),
            made(types.EIP, "eip", {"publicIp": "203.0.113.7"}),
            made(types.EIP_ASSOCIATION, "has", {"allocationId": "eip", "networkInterfaceId": "eni"}),
        ],
        [("internet", "=interface eni"), ("=interface eni", "internet"), ("=interface eni", "edge!")],
        ALONE,
    ),
    "IPv6": (
        [
            *SIX,
            *without(BASE, "vpc", "training", "edge"),
            gateway(),
            route("six", "training", "::/0", gatewayId="igw-vpc"),
        ],
        INTERNET_BOTH_WAYS,
        ALONE,
    ),
    "egress-only gateway": (
        [
            *SIX,
            *without(BASE, "vpc", "training", "edge"),
            made(types.EGRESS_ONLY, "eigw", {"vpcId": "vpc"}),
            route("six", "training", "::/0", egressOnlyGatewayId="eigw"),
        ],
        [("training!", "internet")],
        ALONE,
    ),
    "more ranges": (
        [
            *BASE,
            made(types.MORE_FOUR, "more", {"vpcId": "vpc", "cidrBlock": "10.9.0.0/16"}),
            made(types.MORE_SIX, "six", {"vpcId": "vpc", "ipv6CidrBlock": "2600:1f00:0:a00::/56"}),
            subnet("far", "10.9.0.0/24"),
            machine("client", "far", "10.9.0.5", "sg-open"),
        ],
        [("training!", "inference!"), ("inference!", "training!")],
        ALONE,
    ),
    "peering": (
        [
            *BASE,
            *OTHER,
            peered(peerRegion="eu-west-1"),
            route("there", "training", "10.9.0.0/16", vpcPeeringConnectionId="peer"),
            route("back", "far", "10.0.0.0/16", vpcPeeringConnectionId="peer"),
        ],
        [("training!", "inference!"), ("inference!", "training!")],
        ALONE,
    ),
    "peering by prefix list": (
        [
            *BASE,
            *OTHER,
            peered(),
            LISTED,
            made(
                types.ROUTE,
                "listed",
                {
                    "routeTableId": "training-table",
                    "destinationPrefixListId": "pl-1",
                    "vpcPeeringConnectionId": "peer",
                },
            ),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "transit gateway": (
        [*BASE, *OTHER, *transit(groups="enable")],
        [("training!", "inference!"), ("inference!", "training!")],
        ALONE,
    ),
    "transit gateway with tables": ([*BASE, *OTHER, *SPLIT], [("training!", "inference!")], ALONE),
    "peered transit gateways": ([*BASE, *OTHER, *FAR], [("training!", "inference!")], ALONE),
    "transit gateway by prefix list": (
        [
            *BASE,
            *OTHER,
            *transit(propagates=False, associationDefaultRouteTableId="rtb"),
            LISTED,
            made(
                types.TRANSIT_LIST,
                "list",
                {
                    "prefixListId": "pl-1",
                    "transitGatewayAttachmentId": "at-other",
                    "transitGatewayRouteTableId": "rtb",
                },
            ),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "transit gateway with a VPN": (
        [
            *BASE,
            made(types.TRANSIT, "tgw", {}),
            made(
                types.TRANSIT_ATTACHMENT,
                "at",
                {"transitGatewayId": "tgw", "vpcId": "vpc", "subnetIds": ["data"]},
            ),
            made(types.VPN, "vpn", {"transitGatewayId": "tgw", "staticRoutesOnly": True}),
            made(
                types.VPN_ROUTE, "static", {"vpnConnectionId": "vpn", "destinationCidrBlock": "172.16.0.0/12"}
            ),
            route("line", "training", "172.16.0.0/16", transitGatewayId="tgw"),
        ],
        [("training!", "enterprise"), ("enterprise", "training!")],
        ALONE,
    ),
    "VPN": (
        [*BASE, *vpn("172.16.0.0/16"), gateway()],
        [("training!", "enterprise"), ("enterprise", "training!")],
        ALONE,
    ),
    "VPN with a route": (
        [
            *BASE,
            made(types.VPN_GATEWAY, "vgw", {}),
            made(types.VPN_ATTACHMENT, "at", {"vpnGatewayId": "vgw", "vpcId": "vpc"}),
            route("to", "training", "172.16.0.0/16", gatewayId="vgw"),
        ],
        [("training!", "enterprise"), ("enterprise", "training!")],
        ALONE,
    ),
    "network firewall": (
        [
            *BASE,
            *nat("edge"),
            WALL,
            route("to-wall", "training", vpcEndpointId="wall"),
            route("onward", "data", natGatewayId="nat"),
        ],
        [("training!", "internet")],
        ALONE,
    ),
    "no route back": (
        [
            *BASE,
            *OTHER,
            peered(),
            route("there", "training", "10.9.0.0/16", vpcPeeringConnectionId="peer"),
            route("back", "far", "10.0.1.0/24", vpcPeeringConnectionId="peer"),
        ],
        [("+training!", "inference!"), ("+inference!", "training!")],
        ALONE,
    ),
    "no way out": ([*BASE, *nat("data", "data")], [("+training!", "internet")], ALONE),
    "a blackhole": (
        [
            *BASE,
            *OTHER,
            *transit(associationDefaultRouteTableId="rtb"),
            made(
                types.TRANSIT_ROUTE,
                "hole",
                {
                    "destinationCidrBlock": "10.9.0.0/16",
                    "blackhole": True,
                    "transitGatewayRouteTableId": "rtb",
                },
            ),
        ],
        [("+training!", "inference!")],
        ALONE,
    ),
    "a longer route": (
        [
            *BASE,
            *OTHER,
            peered(),
            made(types.NAT, "private", {"subnetId": "data", "connectivityType": "private"}),
            route("there", "training", "10.9.0.0/24", vpcPeeringConnectionId="peer"),
            route("lost", "training", "10.9.0.0/16", natGatewayId="private"),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "an appliance": (
        [
            *BASE,
            *OTHER,
            peered(),
            made(
                types.INTERFACE,
                "eni",
                {"subnetId": "edge", "privateIps": ["10.0.1.9"], "securityGroups": ["sg-open"]},
            ),
            route("via", "training", "10.9.0.0/16", networkInterfaceId="eni"),
            route("onward", "edge", "10.9.0.0/16", vpcPeeringConnectionId="peer"),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
}
