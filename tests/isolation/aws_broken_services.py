"""Plans of AWS that break claims by endpoints, load balancers, clusters and services."""

from __future__ import annotations

from isolation.aws import types
from isolation.resources import Resource
from tests.isolation.aws_broken import ALONE, Plan
from tests.isolation.aws_joins import (
    LISTENER,
    TARGET_GROUP,
    balanced,
    cluster,
    s3,
    without,
)
from tests.isolation.aws_plan import (
    BASE,
    PLACES,
    allow,
    gateway,
    group,
    machine,
    made,
    nat,
    opened,
    route,
    subnet,
)
from tests.isolation.test_aws_pods import ENFORCED, OPEN, deployment, nodes, object_


def behind(*more: Resource) -> list[Resource]:
    """The training machine in a group of its own, with these rules."""
    trainer = machine("trainer", "training", "10.0.0.5", "sg-gpu")
    return [*without(BASE, "trainer"), trainer, *more]


TEMPLATE = made(
    types.TEMPLATE,
    "lt",
    {"networkInterfaces": [{"securityGroups": ["sg-open"], "associatePublicIpAddress": "true"}]},
)
POOL = made(
    types.NODE_GROUP,
    "pool",
    {"clusterName": "eks", "subnetIds": ["training"], "launchTemplate": {"id": "lt", "version": "1"}},
)
API = {"vpcId": "vpc", "vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.logs"}
CLASSIC = made(
    types.CLASSIC,
    "old",
    {
        "subnets": ["edge"],
        "securityGroups": ["sg-open"],
        "instances": ["trainer"],
        "listeners": [{"lbPort": 443, "instancePort": 8080, "lbProtocol": "tcp", "instanceProtocol": "tcp"}],
    },
)
LINK = [
    made(types.BALANCERS[0], "lb", {"internal": True, "subnets": ["edge"], "securityGroups": ["sg-open"]}),
    TARGET_GROUP,
    LISTENER,
    made(types.TARGETS[0], "target", {"targetGroupArn": "tg", "targetId": "10.0.0.5"}),
    made(types.LINK, "link", {"subnetIds": ["edge"], "securityGroupIds": ["sg-open"]}),
    made(types.INTEGRATION, "to", {"connectionId": "link", "integrationUri": "listener"}),
]
INTERNET_BOTH_WAYS = [("training!", "internet"), ("internet", "training!"), ("training", "internet")]
CONTROL = [("edge!", "training"), ("training", "internet"), ("internet", "training")]

PLANS: dict[str, Plan] = {
    "gateway endpoint": ([*BASE, s3()], [("training", "data")], ALONE),
    "joined gateway endpoint": (
        [
            *BASE,
            s3(routeTableIds=None),
            made(types.ENDPOINT_TABLE, "has", {"vpcEndpointId": "s3", "routeTableId": "training-table"}),
        ],
        [("training", "data")],
        ALONE,
    ),
    "interface endpoint": (
        [
            *BASE,
            made(types.ENDPOINT, "logs", {**API, "subnetIds": ["data"], "securityGroupIds": ["sg-open"]}),
        ],
        [("training!", "data")],
        ALONE,
    ),
    "joined interface endpoint": (
        [
            *BASE,
            made(types.ENDPOINT, "logs", {**API, "securityGroupIds": ["sg-open"]}),
            made(types.ENDPOINT_SUBNET, "in", {"vpcEndpointId": "logs", "subnetId": "data"}),
            group("sg-more"),
            made(types.ENDPOINT_GROUP, "of", {"vpcEndpointId": "logs", "securityGroupId": "sg-more"}),
        ],
        [("training!", "data")],
        ALONE,
    ),
    "load balancer": ([*BASE, *balanced(waf=False)], [("internet", "training"), ("edge!", "edge")], ALONE),
    "load balancer behind another's web ACL": (
        [
            *BASE,
            *balanced(waf=False),
            made(types.BALANCERS[0], "other", {"subnets": ["edge"], "securityGroups": ["sg-open"]}),
            made(types.FIREWALL_ASSOCIATIONS[0], "waf", {"resourceArn": "other", "webAclArn": "acl"}),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "load balancer with a rule": (
        [
            *BASE,
            *without(balanced(waf=False), "listener"),
            made(
                types.LISTENERS[0],
                "listener",
                {
                    "loadBalancerArn": "lb",
                    "port": 443,
                    "protocol": "HTTPS",
                    "defaultActions": [{"type": "fixed-response"}],
                },
            ),
            made(
                types.LISTENER_RULES[0],
                "rule",
                {
                    "listenerArn": "listener",
                    "actions": [{"type": "forward", "forward": {"targetGroups": [{"arn": "tg"}]}}],
                },
            ),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "network load balancer": (
        [
            *behind(group("sg-gpu"), allow("world", "sg-gpu", "ingress", "8.0.0.0/8")),
            *balanced(waf=False, kind="network", groups=()),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "scaled targets": (
        [
            *PLACES,
            *opened("sg-open"),
            *without(balanced(waf=False), "target"),
            made(types.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["sg-open"]}),
            made(
                types.AUTOSCALING,
                "scaled",
                {"vpcZoneIdentifiers": ["training"], "launchTemplate": {"id": "lt"}},
            ),
            made(
                types.AUTOSCALING_ATTACHMENT,
                "at",
                {"autoscalingGroupName": "scaled", "lbTargetGroupArn": "tg"},
            ),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "tasks as targets": (
        [
            *PLACES,
            *opened("sg-open"),
            *without(balanced(waf=False), "target"),
            made(
                "aws:ecs/service:Service",
                "tasks",
                {
                    "networkConfiguration": {
                        "subnets": ["training"],
                        "securityGroups": ["sg-open"],
                        "assignPublicIp": False,
                    },
                    "loadBalancers": [{"targetGroupArn": "tg", "containerName": "c", "containerPort": 80}],
                },
            ),
        ],
        [("internet", "training")],
        ALONE,
    ),
    "classic load balancer": ([*BASE, gateway(), CLASSIC], [("internet", "training")], ALONE),
    "API link": ([*BASE, *LINK], [("internet", "training")], ALONE),
    "cluster": (
        [
            *PLACES,
            *opened("sg-open"),
            machine("web", "edge", "10.0.1.5", "sg-open"),
            *cluster(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]),
            *nat("edge", "training"),
        ],
        [("internet", "training"), ("training", "internet")],
        ALONE,
    ),
    "nodes by a launch template": (
        [
            *PLACES,
            *opened("sg-open"),
            machine("web", "edge", "10.0.1.5", "sg-open"),
            *cluster()[:1],
            TEMPLATE,
            POOL,
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
        ],
        CONTROL,
        ALONE,
    ),
    "Fargate": (
        [
            *OPEN,
            made(types.FARGATE, "serverless", {"clusterName": "eks", "subnetIds": ["training"]}),
            deployment(),
        ],
        [("pods", "internet"), ("training", "internet")],
        ALONE,
    ),
    "pods": (
        [*OPEN, nodes(), ENFORCED, deployment()],
        [("pods", "internet"), ("training", "internet")],
        ALONE,
    ),
    "pods by ENIConfig": (
        [
            *OPEN,
            subnet("pods", "10.0.8.0/24"),
            made(types.TABLE_ASSOCIATION, "pods-in", {"routeTableId": "training-table", "subnetId": "pods"}),
            nodes(),
            deployment(),
            object_(
                "crd.k8s.amazonaws.com/v1alpha1:ENIConfig",
                "zone",
                {"subnet": "pods", "securityGroups": ["sg-open"]},
            ),
        ],
        [("pods", "internet")],
        ALONE,
    ),
    "pods by SecurityGroupPolicy": (
        [
            *OPEN,
            made(types.TEMPLATE, "shut", {"vpcSecurityGroupIds": ["sg-shut"]}),
            group("sg-shut"),
            nodes(template="shut"),
            deployment(),
            object_(
                "vpcresources.k8s.aws/v1beta1:SecurityGroupPolicy",
                "own",
                {"podSelector": {}, "securityGroups": {"groupIds": ["sg-open"]}},
            ),
        ],
        [("pods", "internet")],
        ALONE,
    ),
    "scaled machines": (
        [
            *PLACES,
            *opened("sg-open"),
            made(
                types.CONFIGURATION, "old", {"securityGroups": ["sg-open"], "associatePublicIpAddress": True}
            ),
            made(
                types.AUTOSCALING,
                "scaled",
                {"vpcZoneIdentifiers": ["training"], "launchConfiguration": "old"},
            ),
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
        ],
        [("internet", "training"), ("training", "internet")],
        ALONE,
    ),
    "database": (
        [
            *BASE,
            gateway(),
            made("aws:rds/subnetGroup:SubnetGroup", "dbs", {"subnetIds": ["data"]}),
            made(
                "aws:rds/instance:Instance",
                "db",
                {"dbSubnetGroupName": "dbs", "vpcSecurityGroupIds": ["sg-open"], "publiclyAccessible": True},
            ),
        ],
        [("internet", "data"), ("edge!", "data")],
        ALONE,
    ),
    "function": (
        [
            *BASE,
            made(
                "aws:lambda/function:Function",
                "it",
                {"vpcConfig": {"subnetIds": ["training"], "securityGroupIds": ["sg-open"]}},
            ),
            *nat("edge", "training"),
        ],
        [("training", "internet")],
        ALONE,
    ),
    "resolver": (
        [
            *BASE,
            made(
                types.RESOLVER,
                "in",
                {
                    "direction": "OUTBOUND",
                    "ipAddresses": [{"subnetId": "data"}],
                    "securityGroupIds": ["sg-open"],
                },
            ),
            *nat("edge", "data"),
        ],
        [("edge!", "data"), ("=resolver endpoint in in subnet data", "internet")],
        ALONE,
    ),
    "an endpoint that lets nobody in": (
        [
            *BASE,
            group("sg-shut"),
            made(types.ENDPOINT, "logs", {**API, "subnetIds": ["data"], "securityGroupIds": ["sg-shut"]}),
        ],
        [("+training!", "endpoints")],
        ALONE,
    ),
    "a gateway endpoint of another table": (
        [*BASE, s3(routeTableIds=["edge-table"])],
        [("+training!", "APIs")],
        ALONE,
    ),
    "a control plane that is off": (
        [*BASE, *cluster(endpointPrivateAccess=False)],
        [("+training", "control planes")],
        ALONE,
    ),
    "a control plane": (
        [*BASE, *cluster(securityGroupIds=["sg-open"])],
        [("edge!", "control planes")],
        ALONE,
    ),
    "template of a machine": (
        [
            *without(BASE, "trainer"),
            made(
                types.TEMPLATE,
                "lt",
                {
                    "networkInterfaces": [
                        {
                            "subnetId": "training",
                            "securityGroups": ["sg-open"],
                            "associatePublicIpAddress": "true",
                        }
                    ]
                },
            ),
            made(types.INSTANCE, "trainer", {"launchTemplate": {"id": "lt"}}),
            gateway(),
            route("out", "training", gatewayId="igw-vpc"),
        ],
        INTERNET_BOTH_WAYS,
        ALONE,
    ),
}
