"""What a plan does not tell yet and what all depends on it.

Readers follow a reference that is not known by what it is computed from, and give a rule, route or range that
is not known its widest meaning. What is left stands here: references that lead to nothing of the plan, or to
several resources where one is meant, and values that decide what a resource is. Such a one leaves every claim
open, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from isolation.aws import types
from isolation.model import Unmodelled
from isolation.resources import Graph, Resource, Value

# What references may lead to, by the type and place where they stand; `[]` stands for each member of a list.
_Places = Mapping[str, tuple[str, ...]]
_TABLES = (*types.ROUTE_TABLES, *types.VPCS)
_MACHINES = (*types.INSTANCES, types.INTERFACE)
_ATTACHMENTS = (
    types.TRANSIT_ATTACHMENT,
    types.VPN,
    types.TRANSIT_PEERING,
    types.TRANSIT_PEERING_ACCEPTER,
    types.DIRECT_ASSOCIATION,
)
_TRANSIT_TABLES = (types.TRANSIT_TABLE, types.TRANSIT)
_FUNCTION = "aws:lambda/function:Function"
_ECS = "aws:ecs/service:Service"

_IN_VPC: _Places = {"vpcId": types.VPCS}
_TARGETS: _Places = {
    "gatewayId": (types.INTERNET_GATEWAY, types.VPN_GATEWAY, types.ENDPOINT),
    "natGatewayId": (types.NAT,),
    "egressOnlyGatewayId": (types.EGRESS_ONLY,),
    "vpcPeeringConnectionId": (types.PEERING, types.PEERING_ACCEPTER),
    "transitGatewayId": (types.TRANSIT,),
    "vpcEndpointId": (types.ENDPOINT, types.FIREWALL),
}
_ROUTES: _Places = {f"routes[].{path}": kinds for path, kinds in _TARGETS.items()}
_TEMPLATES: _Places = {
    f"launchTemplate.{path}": (types.TEMPLATE,)
    for path in ("id", "name", "launchTemplateId", "launchTemplateName")
}
_MIXED: _Places = {
    f"mixedInstancesPolicy.launchTemplate.{place}.{path}": (types.TEMPLATE,)
    for place in ("launchTemplateSpecification", "overrides[].launchTemplateSpecification")
    for path in ("launchTemplateId", "launchTemplateName")
}
_TRANSIT_ENTRY: _Places = {
    "transitGatewayAttachmentId": _ATTACHMENTS,
    "transitGatewayRouteTableId": _TRANSIT_TABLES,
}
_TRANSIT_DEFAULT: _Places = {
    "transitGatewayId": (types.TRANSIT,),
    "transitGatewayRouteTableId": _TRANSIT_TABLES,
}


def _each(kinds: Iterable[str], places: _Places) -> Mapping[str, _Places]:
    """The same places for several types."""
    return dict.fromkeys(kinds, places)


# These mean one resource.
ONE: Mapping[str, _Places] = {
    types.MORE_FOUR: _IN_VPC,
    types.MORE_SIX: _IN_VPC,
    types.SUBNET: _IN_VPC,
    types.ROUTE_TABLE: {**_IN_VPC, **_ROUTES, "propagatingVgws[]": (types.VPN_GATEWAY,)},
    types.DEFAULT_ROUTE_TABLE: {
        "defaultRouteTableId": types.VPCS,
        **_ROUTES,
        "propagatingVgws[]": (types.VPN_GATEWAY,),
    },
    types.ROUTE: {"routeTableId": _TABLES, **_TARGETS},
    types.TABLE_ASSOCIATION: {
        "routeTableId": _TABLES,
        "subnetId": types.SUBNETS,
        "gatewayId": (types.INTERNET_GATEWAY, types.VPN_GATEWAY),
    },
    types.MAIN_ASSOCIATION: {**_IN_VPC, "routeTableId": _TABLES},
    types.PROPAGATION: {"routeTableId": _TABLES, "vpnGatewayId": (types.VPN_GATEWAY,)},
    types.INTERNET_GATEWAY: _IN_VPC,
    types.INTERNET_ATTACHMENT: {**_IN_VPC, "internetGatewayId": (types.INTERNET_GATEWAY,)},
    types.NAT: {"subnetId": types.SUBNETS},
    types.EIP: {"instance": types.INSTANCES, "networkInterface": (types.INTERFACE,)},
    types.EIP_ASSOCIATION: {"instanceId": types.INSTANCES, "networkInterfaceId": (types.INTERFACE,)},
    types.PEERING: {**_IN_VPC, "peerVpcId": types.VPCS},
    types.PEERING_ACCEPTER: {"vpcPeeringConnectionId": (types.PEERING,)},
    types.VPN_GATEWAY: _IN_VPC,
    types.VPN_ATTACHMENT: {**_IN_VPC, "vpnGatewayId": (types.VPN_GATEWAY,)},
    types.VPN: {"vpnGatewayId": (types.VPN_GATEWAY,), "transitGatewayId": (types.TRANSIT,)},
    types.VPN_ROUTE: {"vpnConnectionId": (types.VPN,)},
    **_each(types.DIRECT_INTERFACES, {"vpnGatewayId": (types.VPN_GATEWAY,)}),
    types.DIRECT_ASSOCIATION: {"associatedGatewayId": (types.VPN_GATEWAY, types.TRANSIT)},
    types.TRANSIT_ATTACHMENT: {**_IN_VPC, "transitGatewayId": (types.TRANSIT,)},
    types.TRANSIT_PEERING: {
        "transitGatewayId": (types.TRANSIT,),
        "peerTransitGatewayId": (types.TRANSIT,),
    },
    types.TRANSIT_PEERING_ACCEPTER: {"transitGatewayAttachmentId": (types.TRANSIT_PEERING,)},
    types.TRANSIT_TABLE: {"transitGatewayId": (types.TRANSIT,)},
    types.TRANSIT_ASSOCIATION: _TRANSIT_ENTRY,
    types.TRANSIT_PROPAGATION: _TRANSIT_ENTRY,
    types.TRANSIT_ROUTE: _TRANSIT_ENTRY,
    types.TRANSIT_LIST: _TRANSIT_ENTRY,
    types.DEFAULT_ASSOCIATION: _TRANSIT_DEFAULT,
    types.DEFAULT_PROPAGATION: _TRANSIT_DEFAULT,
    types.DEFAULT_GROUP: _IN_VPC,
    types.ACL: {"subnetIds[]": types.SUBNETS},
    types.DEFAULT_ACL: {"defaultNetworkAclId": types.VPCS},
    types.ACL_ASSOCIATION: {"networkAclId": types.ACLS, "subnetId": types.SUBNETS},
    types.PREFIX_LIST_ENTRY: {"prefixListId": (types.PREFIX_LIST,)},
    types.ENDPOINT_TABLE: {"vpcEndpointId": (types.ENDPOINT,), "routeTableId": _TABLES},
    types.ENDPOINT_SUBNET: {"vpcEndpointId": (types.ENDPOINT,)},
    types.ENDPOINT_GROUP: {"vpcEndpointId": (types.ENDPOINT,)},
    **_each(
        types.INSTANCES,
        {
            **_TEMPLATES,
            "networkInterfaces[].networkInterfaceId": (types.INTERFACE,),
            "primaryNetworkInterface.networkInterfaceId": (types.INTERFACE,),
        },
    ),
    types.INTERFACE_GROUP: {"networkInterfaceId": _MACHINES},
    types.AUTOSCALING: {**_TEMPLATES, **_MIXED, "launchConfiguration": (types.CONFIGURATION,)},
    types.AUTOSCALING_ATTACHMENT: {
        "autoscalingGroupName": (types.AUTOSCALING,),
        "lbTargetGroupArn": types.TARGET_GROUPS,
    },
    types.NODE_GROUP: {**_TEMPLATES, "clusterName": (types.CLUSTER,)},
    types.FARGATE: {"clusterName": (types.CLUSTER,)},
    types.ADDON: {"clusterName": (types.CLUSTER,)},
    **_each(types.LISTENERS, {"loadBalancerArn": types.BALANCERS}),
    **_each(types.LISTENER_RULES, {"listenerArn": types.LISTENERS}),
    **_each(
        types.TARGETS,
        {"targetGroupArn": types.TARGET_GROUPS, "targetId": (*_MACHINES, *types.BALANCERS, _FUNCTION)},
    ),
    types.CLASSIC_ATTACHMENT: {"elb": (types.CLASSIC,), "instance": types.INSTANCES},
    types.INTEGRATION: {"connectionId": (types.LINK,), "integrationUri": (*types.LISTENERS, _FUNCTION)},
    **_each(types.BINDINGS, {"spec.targetGroupARN": types.TARGET_GROUPS}),
}
# Of these the readers take all that may be meant.
SEVERAL: Mapping[str, _Places] = {
    types.TRANSIT_ATTACHMENT: {"subnetIds[]": types.SUBNETS},
    types.ENDPOINT: {"subnetIds[]": types.SUBNETS, "routeTableIds[]": _TABLES},
    types.ENDPOINT_SUBNET: {"subnetId": types.SUBNETS},
    types.FIREWALL: {"subnetMappings[].subnetId": types.SUBNETS},
    types.AUTOSCALING: {"vpcZoneIdentifiers[]": types.SUBNETS, "targetGroupArns[]": types.TARGET_GROUPS},
    types.NODE_GROUP: {"subnetIds[]": types.SUBNETS},
    types.FARGATE: {"subnetIds[]": types.SUBNETS},
    types.CLUSTER: {"vpcConfig.subnetIds[]": types.SUBNETS},
    **_each(types.BALANCERS, {"subnets[]": types.SUBNETS, "subnetMappings[].subnetId": types.SUBNETS}),
    **_each(
        types.LISTENERS,
        {
            "defaultActions[].targetGroupArn": types.TARGET_GROUPS,
            "defaultActions[].forward.targetGroups[].arn": types.TARGET_GROUPS,
        },
    ),
    **_each(
        types.LISTENER_RULES,
        {
            "actions[].targetGroupArn": types.TARGET_GROUPS,
            "actions[].forward.targetGroups[].arn": types.TARGET_GROUPS,
        },
    ),
    types.LINK: {"subnetIds[]": types.SUBNETS},
    types.RESOLVER: {"ipAddresses[].subnetId": types.SUBNETS},
    _ECS: {"loadBalancers[].targetGroupArn": types.TARGET_GROUPS},
}
# Values that decide what a resource is or how it is read.
VALUES: Mapping[str, tuple[str, ...]] = {
    types.VPC: ("ipv6CidrBlock", "assignGeneratedIpv6CidrBlock"),
    types.MORE_SIX: ("ipv6CidrBlock",),
    types.ROUTE_TABLE: ("routes[]",),
    types.DEFAULT_ROUTE_TABLE: ("routes[]",),
    types.ACL_RULE: ("egress",),
    types.GROUP_RULE: ("type",),
    types.NAT: ("connectivityType", "availabilityMode"),
    types.VPN: ("staticRoutesOnly",),
    types.PEERING: ("peerRegion",),
    types.TRANSIT: (
        "securityGroupReferencingSupport",
        "defaultRouteTableAssociation",
        "defaultRouteTablePropagation",
    ),
    types.TRANSIT_ATTACHMENT: (
        "securityGroupReferencingSupport",
        "transitGatewayDefaultRouteTableAssociation",
        "transitGatewayDefaultRouteTablePropagation",
    ),
    types.TRANSIT_ROUTE: ("blackhole",),
    types.TRANSIT_LIST: ("blackhole",),
    types.ENDPOINT: ("vpcEndpointType",),
    types.TEMPLATE: (
        "networkInterfaces[].associatePublicIpAddress",
        "networkInterfaces[].subnetId",
        "networkInterfaces[].securityGroups",
    ),
    types.CONFIGURATION: ("associatePublicIpAddress",),
    types.CLUSTER: ("vpcConfig.endpointPrivateAccess", "computeConfig.enabled", "remoteNetworkConfig"),
    **dict.fromkeys(types.BALANCERS, ("loadBalancerType",)),
    types.CLASSIC: ("listeners[].lbPort", "listeners[].instancePort", "instances[]"),
    **dict.fromkeys(types.LISTENERS, ("protocol",)),
    **dict.fromkeys(types.TARGET_GROUPS, ("protocol", "targetType")),
    types.RESOLVER: ("direction",),
    types.KUBERNETES_SERVICE: ("spec.type",),
}


def deciding(graph: Graph) -> Iterator[Unmodelled]:
    """Every value that is not known and leaves all claims open."""
    for type_, places in ONE.items():
        for resource in graph.of(type_):
            for path, kinds in places.items():
                yield from _followed(graph, resource, path, kinds, several=False)
    for type_, places in SEVERAL.items():
        for resource in graph.of(type_):
            for path, kinds in places.items():
                yield from _followed(graph, resource, path, kinds, several=True)
    for type_, paths in VALUES.items():
        for resource in graph.of(type_):
            for path in paths:
                for value in _open(resource, path):
                    yield _named(resource, value, "what it is hangs on a value that is not known yet")


def _followed(
    graph: Graph, resource: Resource, path: str, kinds: tuple[str, ...], *, several: bool
) -> Iterator[Unmodelled]:
    waiting = list(_open(resource, path))
    if not waiting:
        return
    found = graph.sources(resource, waiting[0], *kinds)
    if "[]" in path and not several:
        known = {one.urn for value in _known(resource, path) for one in graph.named(value.text(), *kinds)}
        found = [one for one in found if one.urn not in known]
    if not found or (len(found) != len(waiting) and not several):
        yield _named(resource, waiting[0], "which one it means is not known yet")


def _named(resource: Resource, value: Value, why: str) -> Unmodelled:
    return Unmodelled(value.where, why, origin=resource.urn)


def _open(resource: Resource, path: str) -> Iterator[Value]:
    return (value for value in _at(resource.at(path.partition("[]")[0]), path) if value.unknown)


def _known(resource: Resource, path: str) -> Iterator[Value]:
    return (value for value in _at(resource.at(path.partition("[]")[0]), path) if not value.unknown)


def _at(value: Value, path: str) -> Iterator[Value]:
    """The values at a path, or what is not known above them."""
    _, more, rest = path.partition("[]")
    if not more or value.unknown:
        yield value
        return
    for each in value.items():
        step = rest.removeprefix(".")
        yield from _at(each.at(step.partition("[]")[0]) if step else each, step)
