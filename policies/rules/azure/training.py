"""Training stays alone: Azure's side of `policies/rules/training.yaml`, over the whole stack.

A network of Azure holds the edge beside training, so what must have no way out are the subnets in which any
machine with accelerators stands: by what the cluster makes for its nodes, by what a subnet has by default,
and by its route table.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import Undecided, View
from policies.rules.azure.machines import (
    ACCELERATED,
    CLUSTER,
    MACHINE,
    MACHINE_SET,
    POOL,
    Pool,
    all_pools,
)
from policies.rules.ranges import overlap, parse

SUBNET = "azure-native:network:Subnet"
TABLE = "azure-native:network:RouteTable"
ROUTE = "azure-native:network:Route"
GROUP = "azure-native:network:NetworkSecurityGroup"
RULE = "azure-native:network:SecurityRule"
INTERFACE = "azure-native:network:NetworkInterface"
LEARNING = "azure-native:machinelearningservices:Workspace"
COMPUTE = "azure-native:machinelearningservices:Compute"
# Tags and texts that hold a range of the enterprise, or may: learn.microsoft.com/azure/virtual-network,
# service-tags-overview. The network's own tag counts every network that is joined to it.
SOURCES = ("sourceAddressPrefix", "sourceAddressPrefixes")
WIDE = {"*", "any", "internet", "virtualnetwork", "0.0.0.0/0", "::/0"}


@stack_check("training-has-no-internet-route", CLUSTER, POOL, MACHINE, MACHINE_SET)
def has_no_way_out(stack: Stack) -> Iterator[Finding]:
    gpus = [pool for pool in all_pools(stack) if pool.accelerated]
    subnets = _subnets(stack, gpus)
    if not gpus and not subnets:
        raise NotApplicable("no machine has accelerators")
    for cluster in _clusters(stack, gpus):
        for finding in must_be(cluster.at("networkProfile.outboundType"), "none", "block"):
            yield Finding(f"{cluster.label}: {finding.problem}", urn=cluster.urn)
    for subnet in stack.of_type(SUBNET):
        if subnet.urn in subnets:
            yield from _leads_out(stack, subnet)


@stack_check("enterprise-networks-never-reach-gpu-nodes", RULE, GROUP)
def never_reaches_gpu_nodes(stack: Stack) -> Iterator[Finding]:
    ranges = stack.situation.enterprise_ranges
    if not ranges:
        raise NotApplicable("no enterprise ranges are given")
    subnets = _subnets(stack, [pool for pool in all_pools(stack) if pool.accelerated])
    if not subnets:
        raise NotApplicable("no machine has accelerators")
    groups = set[str]()
    for subnet in stack.of_type(SUBNET):
        if subnet.urn in subnets:
            groups |= _keys(stack, subnet, subnet.at("networkSecurityGroup.id"), GROUP)
    for rule in stack.of_type(RULE):
        if _admits(rule.root, ranges) and _group_of(stack, rule) & groups:
            yield Finding(f"{rule.label} admits the enterprise network to GPU nodes", urn=rule.urn)
    for group in stack.of_type(GROUP):
        if group.urn in groups and any(_admits(each, ranges) for each in group.at("securityRules").items()):
            yield Finding(f"{group.label} admits the enterprise network to GPU nodes", urn=group.urn)


@check("managed-training-stays-inside-the-network", LEARNING)
def workspace_stays_inside(workspace: Resource) -> Iterator[Finding]:
    yield from must_be(workspace.at("publicNetworkAccess"), "Disabled")
    yield from must_be(workspace.at("managedNetwork.isolationMode"), "AllowOnlyApprovedOutbound")


@check("managed-training-stays-inside-the-network", COMPUTE)
def compute_stays_inside(compute: Resource) -> Iterator[Finding]:
    yield from must_be(compute.at("properties.properties.enableNodePublicIp"), False)
    yield from must_not_be(compute.at("properties.properties.remoteLoginPortPublicAccess"), "Enabled")


def _clusters(stack: Stack, gpus: list[Pool]) -> Iterator[Resource]:
    """The clusters that pools belong to, each once. A pool that no cluster of the stack has is another's."""
    found = dict[str, Resource]()
    for pool in gpus:
        if pool.resource.type == CLUSTER:
            found[pool.resource.urn] = pool.resource
            continue
        cluster = stack.target(pool.resource.at("resourceName"), pool.resource, CLUSTER)
        if isinstance(cluster, Resource):
            found[cluster.urn] = cluster
        else:
            named = [each for each in stack.of_type(CLUSTER) if each.at("resourceName").value == cluster]
            found |= {each.urn: each for each in named}
    yield from found.values()


def _subnets(stack: Stack, gpus: list[Pool]) -> set[str]:
    """Where machines with accelerators stand: URNs, or ids of subnets outside the stack."""
    found = set[str]()
    for pool in gpus:
        found |= _keys(stack, pool.resource, pool.at.at("vnetSubnetID"), SUBNET)
    for machine in stack.of_type(MACHINE):
        if ACCELERATED.fullmatch(machine.at("hardwareProfile.vmSize").text):
            for interface in stack.sources(machine, "networkProfile"):
                if interface.type == INTERFACE:
                    for each in interface.at("ipConfigurations").items():
                        found |= _keys(stack, interface, each.at("subnet.id"), SUBNET)
    for machines in stack.of_type(MACHINE_SET):
        if ACCELERATED.fullmatch(machines.at("sku.name").text):
            profile = stack.sources(machines, "virtualMachineProfile")
            found |= {each.urn for each in profile if each.type == SUBNET}
    return found


def _leads_out(stack: Stack, subnet: Resource) -> Iterator[Finding]:
    """What a subnet has by default, what translates addresses for it, and its route table."""
    what = f"{subnet.label}, where training runs,"
    if subnet.at("defaultOutboundAccess").value is not False:
        yield Finding(f"{what} has Azure's default way out", urn=subnet.urn)
    if not subnet.at("natGateway").missing:
        yield Finding(f"{what} has a NAT gateway", urn=subnet.urn)
    tables = _keys(stack, subnet, subnet.at("routeTable.id"), TABLE)
    for table in stack.of_type(TABLE):
        if table.urn in tables:
            # Left out, a gateway's routes come in by themselves.
            if table.at("disableBgpRoutePropagation").value is not True:
                yield Finding(f"{table.label} takes routes that no plan tells", urn=table.urn)
            if any(_is_a_way_out(route) for route in table.at("routes").items()):
                yield Finding(f"{table.label} leads out of the subnet of training", urn=table.urn)
    for route in stack.of_type(ROUTE):
        if _is_a_way_out(route.root) and _keys(stack, route, route.at("routeTableName"), TABLE) & tables:
            yield Finding(f"{route.label} leads out of the subnet of training", urn=route.urn)


def _is_a_way_out(route: View) -> bool:
    """Anything but a route to nowhere, or within the network."""
    return route.at("nextHopType").value not in ("None", "VnetLocal")


def _admits(rule: View, ranges: tuple[str, ...]) -> bool:
    """Whether a rule admits a range of the enterprise, by itself or among others."""
    if rule.at("access").text != "Allow" or rule.at("direction").text != "Inbound":
        return False
    named = [each.text for path in SOURCES for each in rule.at(path).items()]
    if any(text.lower() in WIDE for text in named):
        return True
    return overlap([text for text in named if _is_a_range(text)], ranges)


def _is_a_range(text: str) -> bool:
    """What is no range names services of Azure's."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _group_of(stack: Stack, rule: Resource) -> set[str]:
    return _keys(stack, rule, rule.at("networkSecurityGroupName"), GROUP)


def _keys(stack: Stack, resource: Resource, view: View, type_: str) -> set[str]:
    """What a property names: the URN of a resource of this stack, or else the text."""
    if view.missing:
        return set()
    found = {source.urn for source in stack.sources(resource, view.path) if source.type == type_}
    if found:
        return found
    if view.unknown:
        raise Undecided(view.path)
    target = stack.target(view, resource, type_)
    return {target.urn if isinstance(target, Resource) else str(target)}
