"""A plan of AWS: one VPC of five ranges, groups and ACLs, two EKS clusters, a load balancer, endpoints."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.plans import ENTERPRISE, SEGMENTS, SERVING, block, made, part, workloads
from isolation.aws import types
from isolation.resources import Graph, Resource

EVERYWHERE = "0.0.0.0/0"
RULES_OF_A_GROUP = 20
CONTROL_PLANE_PORTS = ("443",)
ENDPOINTS = ("kms", "s3", "ecr.api", "ecr.dkr", "sts", "logs", "ec2", "secretsmanager")
CLUSTERS = ("training", "inference")


def plan(count: int) -> Graph:
    """A plan of `count` resources."""
    subnets = count // 20 // len(SEGMENTS)
    found = [
        *_network(subnets),
        *_groups(),
        *_random_groups(count // 5, random.Random(count)),
        *_machines(count // 20, subnets, count // 5 // RULES_OF_A_GROUP),
        *_gateway(),
        *[one for name in CLUSTERS for one in _cluster(name, count // 20)],
    ]
    found += [made("aws:iam/role:Role", f"r{index}") for index in range(count - len(found))]
    return Graph(found)


def _network(subnets: int) -> Iterator[Resource]:
    yield made(types.VPC, "vpc", cidrBlock=block("training"))
    for name in SEGMENTS[1:]:
        yield made(types.MORE_FOUR, name, vpcId="vpc", cidrBlock=block(name))
    yield made(types.INTERNET_GATEWAY, "igw", vpcId="vpc")
    yield made(types.DEFAULT_GROUP, "default", vpcId="vpc")
    for name in SEGMENTS:
        yield made(types.ROUTE_TABLE, f"{name}-table", vpcId="vpc")
        ids = [f"{name}-{index}" for index in range(subnets)]
        for index, each in enumerate(ids):
            yield made(types.SUBNET, each, vpcId="vpc", cidrBlock=part(name, index))
            yield made(types.TABLE_ASSOCIATION, each, routeTableId=f"{name}-table", subnetId=each)
        yield made(types.ACL, f"{name}-acl", vpcId="vpc", subnetIds=ids)
        for egress in (False, True):
            yield _line(name, 200, "allow", EVERYWHERE, egress=egress)
            if name not in ("operations", "edge"):
                yield _line(name, 100, "deny", ENTERPRISE, egress=egress)
    # Nobody inside is a client; answers to the gateway come in above these ports.
    yield _line("edge", 90, "deny", "10.0.0.0/8", egress=False, protocol="6", fromPort=0, toPort=1023)
    yield made(
        types.ROUTE, "out", routeTableId="edge-table", destinationCidrBlock=EVERYWHERE, gatewayId="igw"
    )


def _line(name: str, number: int, action: str, peer: str, *, egress: bool, **ports: Any) -> Resource:
    way = "out" if egress else "in"
    asked: dict[str, Any] = {"ruleNumber": number, "ruleAction": action, "cidrBlock": peer, "egress": egress}
    acl = {"networkAclId": f"{name}-acl", "protocol": "-1"}
    return made(types.ACL_RULE, f"{name}-{number}-{way}", **{**acl, **asked, **ports})


def _groups() -> Iterator[Resource]:
    """The segments' groups, with the flows of the table."""
    for name in SEGMENTS:
        yield made(types.SECURITY_GROUP, f"sg-{name}", vpcId="vpc")
    for name in ("training", "inference"):
        yield _allow(name, "in", f"sg-{name}")
        yield _allow(name, "out", f"sg-{name}")
    for name in ("training", "inference", "operations"):
        yield _allow(name, "out", "sg-data", 443)
        yield _allow("data", "in", f"sg-{name}", 443)
    for name in ("training", "inference"):
        yield _allow("operations", "out", f"sg-{name}-api", 443)
        yield made(types.SECURITY_GROUP, f"sg-{name}-api", vpcId="vpc")
        yield _allow(f"{name}-api", "in", f"sg-{name}", 443)
        yield _allow(f"{name}-api", "in", "sg-operations", 443)
        yield _allow(name, "out", f"sg-{name}-api", 443)
    yield _allow("edge", "in", EVERYWHERE, 443)
    yield _allow("edge", "out", "sg-inference", SERVING)
    yield _allow("inference", "in", "sg-edge", SERVING)
    yield _allow("operations", "in", ENTERPRISE, 443)


def _allow(of: str, way: str, peer: str, port: int | None = None) -> Resource:
    field = "referencedSecurityGroupId" if peer.startswith("sg-") else "cidrIpv4"
    asked: dict[str, Any] = {"securityGroupId": f"sg-{of}", "ipProtocol": "-1", field: peer}
    if port:
        asked |= {"ipProtocol": "tcp", "fromPort": port, "toPort": port}
    type_ = types.INGRESS_RULE if way == "in" else types.EGRESS_RULE
    return made(type_, f"{of}-{way}-{peer}-{port}", **asked)


def _random_groups(rules: int, draw: random.Random) -> Iterator[Resource]:
    """Groups of twenty rules each; each opens ports within its segment."""
    for number in range(rules // RULES_OF_A_GROUP):
        segment = SEGMENTS[number % len(SEGMENTS)]
        group = f"sg-x{number}"
        yield made(types.SECURITY_GROUP, group, vpcId="vpc")
        for index in range(RULES_OF_A_GROUP):
            port = draw.randrange(1, 60000)
            asked = {"ipProtocol": "tcp", "fromPort": port, "toPort": port + draw.randrange(500)}
            if draw.random() < 0.2:
                peer = {"referencedSecurityGroupId": f"sg-{segment}"}
            else:
                peer = {"cidrIpv4": part(segment, draw.randrange(256))}
            type_ = draw.choice((types.INGRESS_RULE, types.EGRESS_RULE))
            yield made(type_, f"{group}-{index}", securityGroupId=group, **asked, **peer)


def _machines(count: int, subnets: int, groups: int) -> Iterator[Resource]:
    """Instances of the segments with machines, each with its segment's group and one more."""
    segments = ("training", "operations")
    for index in range(count):
        name, turn = segments[index % 2], index // 2
        extra = [f"sg-x{number}" for number in range(groups) if SEGMENTS[number % len(SEGMENTS)] == name]
        yield made(
            types.INSTANCE,
            f"m{index}",
            subnetId=f"{name}-{turn % subnets}",
            privateIp=f"10.{SEGMENTS.index(name)}.{turn % subnets}.{10 + turn // subnets % 200}",
            vpcSecurityGroupIds=[f"sg-{name}", extra[turn % len(extra)]],
        )


def _gateway() -> Iterator[Resource]:
    """The load balancer behind its web ACL, and the endpoints of AWS's services."""
    yield made(types.BALANCERS[0], "lb", subnets=["edge-0", "edge-1"], securityGroups=["sg-edge"])
    yield made(types.FIREWALL_ASSOCIATIONS[0], "waf", resourceArn="lb", webAclArn="acl")
    yield made(types.TARGET_GROUPS[0], "tg", port=SERVING, protocol="HTTPS")
    forward = [{"type": "forward", "targetGroupArn": "tg"}]
    yield made(
        types.LISTENERS[0],
        "listener",
        loadBalancerArn="lb",
        port=443,
        protocol="HTTPS",
        defaultActions=forward,
    )
    binding = {"targetGroupARN": "tg", "serviceRef": {"name": "models", "port": SERVING}}
    provider = "urn:pulumi:bench::bench::pulumi:providers:kubernetes::eks-inference::id"
    yield made(types.BINDINGS[0], "binding", provider=provider, spec=binding)
    for name in ENDPOINTS:
        yield made(
            types.ENDPOINT,
            f"endpoint-{name}",
            vpcId="vpc",
            serviceName=f"com.amazonaws.eu-central-1.{name}",
            vpcEndpointType="Interface",
            subnetIds=["data-0", "data-1"],
            securityGroupIds=["sg-data"],
        )


def _cluster(name: str, pods: int) -> Iterator[Resource]:
    subnets = [f"{name}-{index}" for index in range(3)]
    yield made(
        types.CLUSTER,
        f"eks-{name}",
        vpcConfig={
            "subnetIds": subnets,
            "securityGroupIds": [f"sg-{name}-api"],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
    )
    yield made(
        types.ADDON,
        f"{name}-cni",
        clusterName=f"eks-{name}",
        addonName="vpc-cni",
        configurationValues='{"enableNetworkPolicy": "true"}',
    )
    yield made(types.TEMPLATE, f"nodes-{name}", vpcSecurityGroupIds=[f"sg-{name}"])
    yield made(
        types.NODE_GROUP,
        f"pool-{name}",
        clusterName=f"eks-{name}",
        subnetIds=subnets,
        launchTemplate={"id": f"nodes-{name}"},
    )
    yield from workloads(pods, f"eks-{name}")
