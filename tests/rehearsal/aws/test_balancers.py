"""Load balancers, listeners, rules, groups of targets and trust stores: what AWS refuses, in words."""

import copy
from typing import Any

import pytest

from rehearsal.aws import PACKAGE
from rehearsal.model import Context, Existing
from tests.rehearsal.clouds import EMPTY, Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
BALANCER, GROUP, STORE = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/trustStore:TrustStore",
)
LISTENER, RULE = "aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"
ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:"
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
FORWARD = {"type": "forward", "targetGroupArn": f"{ARN}targetgroup/pods/1", "order": 2}
TOKEN = {
    "type": "jwt-validation",
    "order": 1,
    "jwtValidation": {"issuer": "https://a.example", "jwksEndpoint": "https://a.example/keys"},
}
REFUSAL = {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "403"}}
SMALLEST: dict[str, dict[str, Any]] = {
    BALANCER: {"name": "edge", "internal": False, "subnets": ["subnet-1", "subnet-2"]},
    GROUP: {
        "name": "pods",
        "targetType": "ip",
        "port": 8443,
        "protocol": "HTTPS",
        "vpcId": "vpc-1",
        "healthCheck": {"interval": 10, "timeout": 5, "path": "/healthz", "matcher": "200"},
    },
    LISTENER: {
        "loadBalancerArn": f"{ARN}loadbalancer/app/edge/1",
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "certificateArn": CERTIFICATE,
        "mutualAuthentication": {"mode": "verify", "trustStoreArn": f"{ARN}truststore/a/1"},
        "defaultActions": [REFUSAL],
    },
    RULE: {
        "listenerArn": f"{ARN}listener/app/edge/1/2",
        "priority": 10,
        "conditions": [{"hostHeader": {"values": ["a.example"]}}],
        "actions": [TOKEN, FORWARD],
    },
    STORE: {"name": "clients", "caCertificatesBundleS3Bucket": "b", "caCertificatesBundleS3Key": "k"},
}


def test_who_calls_is_checked_behind_encryption_only() -> None:
    plain = {"loadBalancerArn": "a", "port": 80, "protocol": "HTTP", "defaultActions": [TOKEN, FORWARD]}
    refused = CALLER.refused(LISTENER, plain)
    assert "who calls is checked behind HTTPS only" in refused["defaultActions[0].type"]


def refusal(type: str, inputs: Any, cloud: Cloud = EMPTY) -> str:
    resource = CALLER.resource(type, "new", inputs)
    found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), cloud)
    return found.sentence() if found else ""


def subnet(id: str, zone: str) -> Existing:
    inputs = {"vpcId": "vpc-1", "availabilityZone": f"eu-central-1{zone}", "cidrBlock": "10.0.0.0/24"}
    return Existing("aws:ec2/subnet:Subnet", id, f"urn:{id}", inputs, inputs)


VPC = Existing("aws:ec2/vpc:Vpc", "vpc-1", "urn:v", {}, {})
WAY = Existing("aws:ec2/internetGateway:InternetGateway", "igw-1", "urn:i", {"vpcId": "vpc-1"}, {})


def test_a_balancer_stands_in_several_zones_of_a_network_with_a_way_in() -> None:
    here = [VPC, WAY, subnet("subnet-1", "a")]
    assert refusal(BALANCER, SMALLEST[BALANCER], Cloud(*here, subnet("subnet-2", "b"))) == ""
    same = refusal(BALANCER, SMALLEST[BALANCER], Cloud(*here, subnet("subnet-2", "a")))
    assert "InvalidConfigurationRequest: two subnets stand in the same zone" in same
    closed = Cloud(VPC, subnet("subnet-1", "a"), subnet("subnet-2", "b"))
    assert "InvalidSubnet: vpc-1 has no internet gateway" in refusal(BALANCER, SMALLEST[BALANCER], closed)
    assert refusal(BALANCER, {**SMALLEST[BALANCER], "internal": True}, closed) == ""
    assert refusal(BALANCER, SMALLEST[BALANCER]) == ""


def test_a_listener_speaks_as_its_balancer_and_its_group() -> None:
    edge = CALLER.existing(BALANCER, "edge", SMALLEST[BALANCER])
    network = CALLER.existing(
        BALANCER, "n", {**SMALLEST[BALANCER], "name": "n", "loadBalancerType": "network"}
    )
    pods = CALLER.existing(GROUP, "pods", SMALLEST[GROUP])
    raw = CALLER.existing(
        GROUP, "raw", {**SMALLEST[GROUP], "name": "raw", "protocol": "TCP", "healthCheck": None}
    )
    cloud = Cloud(edge, network, pods, raw)

    def on(balancer: Existing, group: Existing, protocol: str = "HTTPS") -> str:
        actions = [{"type": "forward", "targetGroupArn": group.outputs["arn"]}]
        there = {"loadBalancerArn": balancer.outputs["arn"], "protocol": protocol}
        return refusal(LISTENER, {**SMALLEST[LISTENER], **there, "defaultActions": actions}, cloud)

    assert on(edge, pods) == ""
    assert on(network, raw, "TCP") == ""
    assert "of type application has no TCP listener" in on(edge, raw, "TCP")
    assert "of type network has no HTTPS listener" in on(network, pods)
    assert "InvalidLoadBalancerAction: the group speaks TCP" in on(edge, raw)


def test_a_rule_that_checks_tokens_belongs_to_an_encrypted_listener() -> None:
    plain = {"loadBalancerArn": "a", "port": 80, "protocol": "HTTP", "defaultActions": [REFUSAL]}
    listener = CALLER.existing(LISTENER, "l", plain)
    inputs = {**SMALLEST[RULE], "listenerArn": listener.outputs["arn"]}
    assert "InvalidLoadBalancerAction" in refusal(RULE, inputs, Cloud(listener))
    secure = CALLER.existing(LISTENER, "s", SMALLEST[LISTENER])
    assert refusal(RULE, {**inputs, "listenerArn": secure.outputs["arn"]}, Cloud(secure)) == ""


@pytest.mark.parametrize(
    ("type", "users"),
    [(GROUP, (LISTENER, RULE)), (STORE, (LISTENER,))],
)
def test_what_a_listener_uses_stays(type: str, users: tuple[str, ...]) -> None:
    used = CALLER.existing(type, "used", SMALLEST[type])
    arn = used.outputs["arn"]
    assert PACKAGE.refuse_delete(used, Cloud(used)) is None
    for user in users:
        inputs = copy.deepcopy(SMALLEST[user])
        if type == STORE:
            inputs["mutualAuthentication"]["trustStoreArn"] = arn
        else:
            name = "actions" if user == RULE else "defaultActions"
            inputs[name] = [{"type": "forward", "targetGroupArn": arn}]
        holder = CALLER.existing(user, "user", inputs)
        refused = PACKAGE.refuse_delete(used, Cloud(used, holder))
        assert refused is not None
        assert "it is in use by" in refused.sentence()


def test_a_port_and_a_priority_are_taken_once() -> None:
    for type, name in ((LISTENER, "port"), (RULE, "priority")):
        first, second = (
            PACKAGE.unique(CALLER.resource(type, "x", {**SMALLEST[type], name: value}), "x")
            for value in (1, 2)
        )
        assert first != second
        assert len(first) == 1


def test_a_trust_store_has_an_arn_of_its_own() -> None:
    made = CALLER.created(STORE, "clients", SMALLEST[STORE])
    assert made["arn"].startswith(f"{ARN}truststore/clients/")
    assert made["arn"].endswith(made["arnSuffix"].removeprefix("truststore/clients/"))
