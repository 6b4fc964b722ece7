"""Routes, addresses, groups and records of networks: Azure's side of `policies/rules/network.yaml`.

The edge is known by the tag `segment: edge` on its security group: it is the one way in, on 443.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, check, stack_check
from policies.framework.values import View
from policies.rules.azure.references import naming

NETWORK = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
GROUP = "azure-native:network:NetworkSecurityGroup"
RULE = "azure-native:network:SecurityRule"
TABLE, ROUTE = "azure-native:network:RouteTable", "azure-native:network:Route"
NAT = "azure-native:network:NatGateway"
CARD = "azure-native:network:NetworkInterface"
PEERING = "azure-native:network:VirtualNetworkPeering"
ENDPOINT = "azure-native:network:PrivateEndpoint"
NAMES = "azure-native:network:PrivateDnsZoneGroup"
LINK = "azure-native:privatedns:VirtualNetworkLink"
FLOW_LOG = "azure-native:network:FlowLog"
# Peers that are everybody, or everything in the network and whatever is joined to it.
EVERYBODY = ("*", "any", "internet", "0.0.0.0/0", "::/0", "virtualnetwork")
# Next hops that stay: nowhere, and the network itself.
STAYS = ("None", "VnetLocal")


@check("networks-keep-no-default-route", SUBNET)
def has_no_default_way_out(subnet: Resource) -> Iterator[Finding]:
    """Azure gives machines of a subnet a way out unless it is told not to."""
    yield from must_be(subnet.at("defaultOutboundAccess"), False)


@check("networks-keep-no-default-route", NETWORK)
def writes_no_subnets_inside(network: Resource) -> Iterator[Finding]:
    """A subnet inside its network cannot be told apart at preview; each is a resource of its own."""
    if list(network.at("subnets").items()):
        yield Finding("subnets are written inside the network")


@check("routes-never-reach-the-internet", ROUTE)
def leads_nowhere(route: Resource) -> Iterator[Finding]:
    yield from must_be(route.at("nextHopType"), *STAYS)


@check("routes-never-reach-the-internet", TABLE)
def has_no_routes_inside(table: Resource) -> Iterator[Finding]:
    if list(table.at("routes").items()):
        yield Finding("routes are written inside the table")


@stack_check("routes-never-reach-the-internet", SUBNET)
def every_subnet_has_a_table(stack: Stack) -> Iterator[Finding]:
    for subnet in stack.of_type(SUBNET):
        if subnet.at("routeTable.id").missing:
            yield Finding(f"{subnet.label} has no route table, so that Azure's routes hold", urn=subnet.urn)


@check("networks-have-no-address-translation", NAT)
def is_no_translation(_nat: Resource) -> Iterator[Finding]:
    yield Finding("it translates addresses")


@check("networks-have-no-address-translation", SUBNET)
def translates_nothing(subnet: Resource) -> Iterator[Finding]:
    yield from must_be_absent(subnet.at("natGateway"))


@check("nothing-has-a-public-address", CARD)
def has_no_public_address(card: Resource) -> Iterator[Finding]:
    for each in card.at("ipConfigurations").items():
        yield from must_be_absent(each.at("publicIPAddress"))


@stack_check("firewall-allows-are-never-open-to-everywhere", RULE)
def names_its_peers(stack: Stack) -> Iterator[Finding]:
    for rule in stack.of_type(RULE):
        if rule.at("access").value == "Deny":
            continue
        inbound = rule.at("direction").value == "Inbound"
        for view in _peers(rule, "source" if inbound else "destination"):
            if view.text.lower() not in EVERYBODY:
                continue
            if not (inbound and view.text.lower() != "virtualnetwork" and _is_the_way_in(stack, rule)):
                yield Finding(f"{rule.label}: {view.path} is {view.text}", urn=rule.urn)


@check("firewall-allows-are-never-open-to-everywhere", GROUP)
def has_no_rules_inside(group: Resource) -> Iterator[Finding]:
    if list(group.at("securityRules").items()):
        yield Finding("securityRules are written inside the group; write each rule as a resource")


@check("networks-deny-what-no-rule-allows", SUBNET)
def has_a_group(subnet: Resource) -> Iterator[Finding]:
    yield from must_be_set(subnet.at("networkSecurityGroup.id"))
    # Otherwise private endpoints in the subnet are reached past its group.
    kept = ("Enabled", "NetworkSecurityGroupEnabled")
    yield from must_be(subnet.at("privateEndpointNetworkPolicies"), *kept)


@stack_check("networks-deny-what-no-rule-allows", GROUP)
def every_group_denies_the_rest(stack: Stack) -> Iterator[Finding]:
    """Below our rules are Azure's own, which allow the whole network, and the internet outwards."""
    for group in stack.of_type(GROUP):
        rules = stack.pointing_at(group, RULE, "networkSecurityGroupName")
        rules = rules or list(naming(stack, group, RULE, "networkSecurityGroupName"))
        for direction in ("Inbound", "Outbound"):
            if not any(_denies_everything(rule, direction) for rule in rules):
                yield Finding(f"{group.label} has no denial of everything {direction}", urn=group.urn)


@stack_check("subnets-log-their-flows", NETWORK)
def logs_its_flows(stack: Stack) -> Iterator[Finding]:
    for network in stack.of_type(NETWORK):
        if not list(naming(stack, network, FLOW_LOG, "targetResourceId")):
            yield Finding(f"{network.label} has no flow log", urn=network.urn)


@check("subnets-log-their-flows", FLOW_LOG)
def log_is_on(log: Resource) -> Iterator[Finding]:
    yield from must_be(log.at("enabled"), True)
    yield from must_be_absent(log.at("enabledFilteringCriteria"))


@stack_check("networks-resolve-apis-privately", ENDPOINT)
def every_endpoint_has_names(stack: Stack) -> Iterator[Finding]:
    for endpoint in stack.of_type(ENDPOINT):
        groups = stack.pointing_at(endpoint, NAMES, "privateEndpointName")
        if not (groups or list(naming(stack, endpoint, NAMES, "privateEndpointName"))):
            yield Finding(f"{endpoint.label} has no names in a private zone", urn=endpoint.urn)


@check("networks-resolve-apis-privately", LINK)
def registers_no_machines(link: Resource) -> Iterator[Finding]:
    yield from must_not_be(link.at("registrationEnabled"), True)


@check("peerings-exchange-no-routes", PEERING)
def exchanges_no_routes(peering: Resource) -> Iterator[Finding]:
    for path in ("allowGatewayTransit", "useRemoteGateways", "allowForwardedTraffic"):
        yield from must_not_be(peering.at(path), True)


@check("private-endpoints-admit-their-own-only", ENDPOINT)
def leads_to_its_own(endpoint: Resource) -> Iterator[Finding]:
    """A connection that somebody else approves leads into somebody else's resource."""
    yield from must_be_absent(endpoint.at("manualPrivateLinkServiceConnections"))


def _peers(rule: Resource, side: str) -> Iterator[View]:
    single = rule.at(f"{side}AddressPrefix")
    if not single.missing:
        yield single
    yield from rule.at(f"{side}AddressPrefixes").items()


def _is_the_way_in(stack: Stack, rule: Resource) -> bool:
    """Whether a rule is the edge's on 443."""
    group = stack.target(rule.at("networkSecurityGroupName"), rule, GROUP)
    if isinstance(group, str):
        found = [each for each in stack.of_type(GROUP) if each.at("networkSecurityGroupName").value == group]
        group = found[0] if found else None
    edge = isinstance(group, Resource) and group.at("tags.segment").text == "edge"
    ports = {each.text for each in _ports(rule)}
    return edge and rule.at("protocol").value == "Tcp" and ports == {"443"}


def _ports(rule: Resource) -> Iterator[View]:
    single = rule.at("destinationPortRange")
    if not single.missing:
        yield single
    yield from rule.at("destinationPortRanges").items()


def _denies_everything(rule: Resource, direction: str) -> bool:
    everything = ("sourceAddressPrefix", "destinationAddressPrefix", "destinationPortRange", "protocol")
    return (
        rule.at("access").value == "Deny"
        and rule.at("direction").value == direction
        and all(rule.at(path).value == "*" for path in everything)
    )
