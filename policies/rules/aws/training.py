"""Training stays alone: AWS's side of `policies/rules/training.yaml`, over the whole stack.

A network of AWS holds the edge beside training, so what must have no way out are the subnets in which any
machine with accelerators stands, by the route tables that those subnets use.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import Undecided, View
from policies.rules.aws.machines import (
    INSTANCE,
    NODE_GROUP,
    NOTEBOOK,
    SCALING_GROUP,
    accelerated,
    template_of,
)
from policies.rules.aws.network import EVERYWHERE, GROUP, INGRESS, ROUTE, SUBNET, TABLE, WAYS_OUT
from policies.rules.ranges import overlap

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
# Machines by where they name their subnets.
MACHINES = {NODE_GROUP: "subnetIds", INSTANCE: "subnetId", SCALING_GROUP: "vpcZoneIdentifiers"}
DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock")


@stack_check("training-has-no-internet-route", *MACHINES)
def has_no_way_out(stack: Stack) -> Iterator[Finding]:
    machines = _machines(stack)
    if not machines:
        raise NotApplicable("no machine has accelerators")
    subnets = set[str]()
    for machine in machines:
        subnets |= _keys(stack, machine, machine.at(MACHINES[machine.type]), SUBNET)
    for subnet in stack.of_type(SUBNET):
        if subnet.urn in subnets and subnet.at("mapPublicIpOnLaunch").value is True:
            yield Finding(f"{subnet.label}, where training runs, gives public addresses", urn=subnet.urn)
    tables = set[str]()
    for association in stack.of_type(ASSOCIATION):
        if _keys(stack, association, association.at("subnetId"), SUBNET) & subnets:
            tables |= _keys(stack, association, association.at("routeTableId"), TABLE)
    for route in stack.of_type(ROUTE):
        if _leads_out(route) and _keys(stack, route, route.at("routeTableId"), TABLE) & tables:
            yield Finding(f"{route.label} leads out of the subnets where training runs", urn=route.urn)


@stack_check("enterprise-networks-never-reach-gpu-nodes", INGRESS)
def never_reaches_gpu_nodes(stack: Stack) -> Iterator[Finding]:
    ranges = stack.situation.enterprise_ranges
    if not ranges:
        raise NotApplicable("no enterprise ranges are given")
    machines = _machines(stack)
    if not machines:
        raise NotApplicable("no machine has accelerators")
    worn = {key for machine in machines for key in _groups(stack, machine)}
    for rule in stack.of_type(INGRESS):
        if _admits(rule, ranges) and _keys(stack, rule, rule.at("securityGroupId"), GROUP) & worn:
            yield Finding(f"{rule.label} admits the enterprise network to GPU nodes", urn=rule.urn)


@check("managed-training-stays-inside-the-network", NOTEBOOK)
def notebook_stays_inside(notebook: Resource) -> Iterator[Finding]:
    yield from must_be(notebook.at("directInternetAccess"), "Disabled")
    yield from must_be_set(notebook.at("subnetId"))


@check("managed-training-stays-inside-the-network", "aws:sagemaker/domain:Domain")
def domain_stays_inside(domain: Resource) -> Iterator[Finding]:
    yield from must_be(domain.at("appNetworkAccessType"), "VpcOnly")


@check("managed-training-stays-inside-the-network", "aws:sagemaker/model:Model")
def model_stays_inside(model: Resource) -> Iterator[Finding]:
    yield from must_be(model.at("enableNetworkIsolation"), True)
    yield from must_be_set(model.at("vpcConfig"))


def _machines(stack: Stack) -> list[Resource]:
    """The instances and groups of them with accelerators."""
    return [machine for machine in stack.of_type(*MACHINES) if accelerated(stack, machine)]


def _leads_out(route: Resource) -> bool:
    """To a gateway of any kind, or with everything to another network, which may lead on."""
    if any(not route.at(path).missing for path in (*WAYS_OUT, "gatewayId")):
        return True
    return any(not route.at(path).missing and route.at(path).value in EVERYWHERE for path in DESTINATIONS)


def _groups(stack: Stack, machine: Resource) -> set[str]:
    """The security groups that a machine has, by its own word or its launch template's."""
    found = set[str]()
    if machine.type == INSTANCE:
        found |= _keys(stack, machine, machine.at("vpcSecurityGroupIds"), GROUP)
    template = template_of(stack, machine)
    if not isinstance(template, Resource):
        return found
    found |= _keys(stack, template, template.at("vpcSecurityGroupIds"), GROUP)
    for interface in template.at("networkInterfaces").items():
        found |= _keys(stack, template, interface.at("securityGroups"), GROUP)
    return found


def _admits(rule: Resource, ranges: tuple[str, ...]) -> bool:
    """Whether a rule admits a range of the enterprise. A prefix list may hold any."""
    if not rule.at("prefixListId").missing:
        return True
    named = [rule.at(path).text for path in ("cidrIpv4", "cidrIpv6")]
    return overlap([text for text in named if text], ranges)


def _keys(stack: Stack, resource: Resource, view: View, type_: str) -> set[str]:
    """What a property names, one or several: URNs, or the texts of what is outside the stack."""
    if view.unknown:
        return _sources(stack, resource, view, type_)
    found = set[str]()
    for each in view.items():
        if each.unknown:
            found |= _sources(stack, resource, each, type_)
        else:
            target = stack.target(each, resource, type_)
            found.add(target.urn if isinstance(target, Resource) else str(target))
    return found


def _sources(stack: Stack, resource: Resource, view: View, type_: str) -> set[str]:
    found = {source.urn for source in stack.sources(resource, view.path) if source.type == type_}
    if not found:
        raise Undecided(view.path)
    return found
