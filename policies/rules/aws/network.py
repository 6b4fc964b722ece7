"""Routes, addresses, groups and records of networks: AWS's side of `policies/rules/network.yaml`.

The edge is known by the tag `segment: edge` on its route table and by `group: edge` on its security group: it
is the one way in, on 443. Everything else is private, and nothing else may lead to the internet.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.framework.values import View

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
QUERY_LOG = "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation"
EVERYWHERE = ("0.0.0.0/0", "::/0")
# What a route may lead to besides the network itself and an internet gateway: nothing that leaves.
WAYS_OUT = ("natGatewayId", "egressOnlyGatewayId", "carrierGatewayId")


@check("routes-never-reach-the-internet", ROUTE)
def leads_nowhere(route: Resource) -> Iterator[Finding]:
    for path in WAYS_OUT:
        if not route.at(path).missing:
            yield Finding(f"{path} leads out of the network")


@stack_check("routes-never-reach-the-internet", ROUTE)
def only_the_edge_reaches_a_gateway(stack: Stack) -> Iterator[Finding]:
    for route in stack.of_type(ROUTE):
        if route.at("gatewayId").missing:
            continue
        table = stack.target(route.at("routeTableId"), route, TABLE)
        tags = table.at("tags.segment") if isinstance(table, Resource) else None
        if tags is None or tags.text != "edge":
            yield Finding(f"{route.label} leads a table other than the edge's to a gateway", urn=route.urn)


@check("routes-never-reach-the-internet", TABLE, DEFAULT_TABLE)
def has_no_routes_inside(table: Resource) -> Iterator[Finding]:
    """A route inside its table cannot be told apart at preview; each is a resource of its own."""
    if list(table.at("routes").items()):
        yield Finding("routes are written inside the table")


@stack_check("networks-keep-no-default-route", VPC)
def default_tables_are_emptied(stack: Stack) -> Iterator[Finding]:
    yield from _vpcs_without(stack, DEFAULT_TABLE, "defaultRouteTableId", "emptied default route table")


@check("networks-have-no-address-translation", NAT)
def is_no_translation(_nat: Resource) -> Iterator[Finding]:
    yield Finding("it translates addresses")


@check("nothing-has-a-public-address", SUBNET)
def gives_no_public_address(subnet: Resource) -> Iterator[Finding]:
    yield from must_not_be(subnet.at("mapPublicIpOnLaunch"), True)


@check("nothing-has-a-public-address", "aws:ec2/eip:Eip")
def is_no_public_address(_address: Resource) -> Iterator[Finding]:
    yield Finding("it reserves a public address")


@check("nothing-has-a-public-address", "aws:ec2/instance:Instance")
def takes_no_public_address(machine: Resource) -> Iterator[Finding]:
    yield from must_not_be(machine.at("associatePublicIpAddress"), True)


@check("nothing-has-a-public-address", "aws:ecs/service:Service")
def service_takes_no_public_address(service: Resource) -> Iterator[Finding]:
    yield from must_not_be(service.at("networkConfiguration.assignPublicIp"), True)


@check("firewall-allows-are-never-open-to-everywhere", EGRESS)
def never_lets_out_to_anywhere(rule: Resource) -> Iterator[Finding]:
    for path in ("cidrIpv4", "cidrIpv6"):
        yield from must_not_be(rule.at(path), *EVERYWHERE)


@stack_check("firewall-allows-are-never-open-to-everywhere", INGRESS)
def admits_everybody_at_the_edge_only(stack: Stack) -> Iterator[Finding]:
    for rule in stack.of_type(INGRESS):
        if not any(_is_everywhere(rule.at(path)) for path in ("cidrIpv4", "cidrIpv6")):
            continue
        group = stack.target(rule.at("securityGroupId"), rule, GROUP)
        edge = isinstance(group, Resource) and group.at("tags.group").text == "edge"
        ports = {rule.at("fromPort").value, rule.at("toPort").value}
        if not (edge and rule.at("ipProtocol").value == "tcp" and ports == {443}):
            yield Finding(f"{rule.label} admits everybody, elsewhere than at the edge on 443", urn=rule.urn)


@check("firewall-allows-are-never-open-to-everywhere", GROUP)
def has_no_rules_inside(group: Resource) -> Iterator[Finding]:
    for path in ("ingress", "egress"):
        if list(group.at(path).items()):
            yield Finding(f"{path} is written inside the group; write each rule as a resource")


@stack_check("networks-deny-what-no-rule-allows", VPC)
def default_groups_are_emptied(stack: Stack) -> Iterator[Finding]:
    yield from _vpcs_without(stack, DEFAULT_GROUP, "vpcId", "emptied default security group")


@check("networks-deny-what-no-rule-allows", DEFAULT_GROUP)
def default_group_is_empty(group: Resource) -> Iterator[Finding]:
    for path in ("ingress", "egress"):
        if list(group.at(path).items()):
            yield Finding(f"{path} of the default group is not empty")


@stack_check("subnets-log-their-flows", VPC)
def logs_its_flows(stack: Stack) -> Iterator[Finding]:
    yield from _vpcs_without(stack, FLOW_LOG, "vpcId", "flow log")


@check("subnets-log-their-flows", FLOW_LOG)
def logs_everything(log: Resource) -> Iterator[Finding]:
    yield from must_be(log.at("trafficType"), "ALL")


@stack_check("networks-log-their-name-queries", VPC)
def logs_name_queries(stack: Stack) -> Iterator[Finding]:
    yield from _vpcs_without(stack, QUERY_LOG, "resourceId", "log of name queries")


def _is_everywhere(view: View) -> bool:
    return not view.missing and view.value in EVERYWHERE


def _vpcs_without(stack: Stack, type_: str, path: str, what: str) -> Iterator[Finding]:
    guards = list(stack.of_type(type_))
    for vpc in stack.of_type(VPC):
        if not any(_belongs(stack, guard, path, vpc) for guard in guards):
            yield Finding(f"{vpc.label} has no {what}", urn=vpc.urn)


def _belongs(stack: Stack, guard: Resource, path: str, vpc: Resource) -> bool:
    """By the VPC's id, or by an output of it, which is all that a default's own id tells."""
    view = guard.at(path)
    return stack.points_at(view, guard, vpc) or (
        not view.missing and not view.unknown and view.value == vpc.outputs.get(path)
    )
