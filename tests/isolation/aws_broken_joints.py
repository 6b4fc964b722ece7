"""Plans of AWS that break claims by what joins other parts: attachments, bindings, defaults and accepters."""

from __future__ import annotations

from isolation.addresses import addresses
from isolation.aws import types
from isolation.model import Scope
from tests.isolation.aws_broken import ALONE, Plan
from tests.isolation.aws_broken_services import CLASSIC
from tests.isolation.aws_broken_ways import FAR
from tests.isolation.aws_joins import balanced, cluster, peered, transit, without
from tests.isolation.aws_plan import (
    BASE,
    OTHER,
    PLACES,
    acl,
    gateway,
    line,
    machine,
    made,
    nat,
    opened,
    route,
    subnet,
    table,
)
from tests.isolation.test_aws_pods import object_

DEFAULTS = Scope({"training": addresses("172.31.0.0/16"), "edge": addresses("10.0.1.0/24")})
OPEN_GROUPS = [*PLACES, *opened("sg-open")]
BY_TEMPLATE = {
    "instancesDistribution": {"onDemandBaseCapacity": 0},
    "launchTemplate": {
        "launchTemplateSpecification": {"launchTemplateId": "shut-lt"},
        "overrides": [{"launchTemplateSpecification": {"launchTemplateId": "lt"}}],
    },
}
TABLES = {"transitGatewayId": "tgw", "transitGatewayRouteTableId": "rt"}

PLANS: dict[str, Plan] = {
    "nodes by a binding": (
        [
            *OPEN_GROUPS,
            *without(balanced(waf=False), "target"),
            made(types.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["sg-open"]}),
            *cluster()[:1],
            made(
                types.NODE_GROUP,
                "pool",
                {"clusterName": "eks", "subnetIds": ["training"], "launchTemplate": {"name": "lt"}},
            ),
            object_("elbv2.k8s.aws/v1beta1:TargetGroupBinding", "to", {"targetGroupARN": "tg"}),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "classic attachment": (
        [
            *BASE,
            gateway(),
            made(types.CLASSIC, "old", {**CLASSIC.properties, "instances": []}),
            made(types.CLASSIC_ATTACHMENT, "at", {"elb": "old", "instance": "trainer"}),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "machines of several templates": (
        [
            *OPEN_GROUPS,
            made(types.SECURITY_GROUP, "sg-shut", {"vpcId": "vpc"}),
            made(types.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["sg-open"]}),
            made(types.TEMPLATE, "shut-lt", {"vpcSecurityGroupIds": ["sg-shut"]}),
            made(
                types.AUTOSCALING,
                "scaled",
                {
                    "vpcZoneIdentifiers": ["training"],
                    "mixedInstancesPolicy": BY_TEMPLATE,
                    "targetGroupArns": ["tg"],
                },
            ),
            *without(balanced(waf=False), "target"),
        ],
        [("internet", "training"), ("edge", "training")],
        ALONE,
    ),
    "chosen tables of a transit gateway": (
        [
            *BASE,
            *OTHER,
            *transit(),
            made(types.TRANSIT_TABLE, "rt", {"transitGatewayId": "tgw"}),
            made(types.DEFAULT_ASSOCIATION, "goes", TABLES),
            made(types.DEFAULT_PROPAGATION, "tells", TABLES),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "accepted transit gateways": (
        [
            *BASE,
            *OTHER,
            *without(FAR, "static"),
            made(types.TRANSIT_PEERING_ACCEPTER, "accepts", {"transitGatewayAttachmentId": "between"}),
            made(
                types.TRANSIT_ROUTE,
                "static",
                {
                    "destinationCidrBlock": "10.9.0.0/16",
                    "transitGatewayAttachmentId": "accepts",
                    "transitGatewayRouteTableId": "rtb-near",
                },
            ),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "the default VPC": (
        [
            made(types.DEFAULT_VPC, "default", {}),
            made(types.DEFAULT_SUBNET, "zone-a", {"availabilityZone": "a", "cidrBlock": "172.31.0.0/20"}),
            made(types.INSTANCE, "stray", {"vpcSecurityGroupIds": []}),
        ],
        [("training", "internet")],
        DEFAULTS,
    ),
    "Direct Connect": (
        [
            *BASE,
            made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc"}),
            made(types.DIRECT_ASSOCIATION, "dx", {"associatedGatewayId": "vgw", "dxGatewayId": "dxgw"}),
            made(types.PROPAGATION, "at", {"vpnGatewayId": "vgw", "routeTableId": "training-table"}),
        ],
        [("training!", "enterprise"), ("enterprise", "training!")],
        ALONE,
    ),
    "a Direct Connect interface": (
        [
            *BASE,
            made(types.VPN_GATEWAY, "vgw", {"vpcId": "vpc"}),
            made(
                "aws:directconnect/privateVirtualInterface:PrivateVirtualInterface",
                "vif",
                {"vpnGatewayId": "vgw"},
            ),
            made(types.PROPAGATION, "at", {"vpnGatewayId": "vgw", "routeTableId": "training-table"}),
        ],
        [("training!", "enterprise")],
        ALONE,
    ),
    "Direct Connect to a transit gateway": (
        [
            *BASE,
            *without(transit(), "at-other", "back", "there"),
            made(types.DIRECT_ASSOCIATION, "dx", {"associatedGatewayId": "tgw", "dxGatewayId": "dxgw"}),
            route("line", "training", "172.16.0.0/16", transitGatewayId="tgw"),
        ],
        [("training!", "enterprise"), ("enterprise", "training!")],
        ALONE,
    ),
    "an appliance behind an endpoint": (
        [
            *BASE,
            *OTHER,
            peered(),
            made(
                types.ENDPOINT,
                "gwlb",
                {
                    "vpcId": "vpc",
                    "vpcEndpointType": "GatewayLoadBalancer",
                    "serviceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-0a",
                    "subnetIds": ["data"],
                },
            ),
            route("via", "training", "10.9.0.0/16", vpcEndpointId="gwlb"),
            route("onward", "data", "10.9.0.0/16", vpcPeeringConnectionId="peer"),
        ],
        [("training!", "inference!")],
        ALONE,
    ),
    "a load balancer of a cluster": (
        [
            *BASE,
            *cluster(),
            object_("core/v1:Service", "web", {"type": "LoadBalancer", "ports": [{"port": 443}]}),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "a subnet of a second range": (
        [
            *BASE,
            *nat("edge"),
            made(types.MORE_FOUR, "more", {"vpcId": "vpc", "cidrBlock": "10.9.0.0/16"}),
            subnet("far", "10.9.0.0/24"),
            *table("far", "far"),
            machine("client", "far", "10.9.0.5", "sg-open"),
            route("far-nat", "far", natGatewayId="nat"),
            acl("acl", "far"),
            line("in", "acl", 5, "allow", "10.0.0.0/16"),
            line("out-acl", "acl", 5, "allow", egress=True),
        ],
        [("inference!", "internet"), ("edge!", "inference!"), ("inference!", "edge!")],
        ALONE,
    ),
}
