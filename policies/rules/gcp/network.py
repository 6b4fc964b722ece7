"""Networks, subnets, routes and names: Google Cloud's side of `policies/rules/network.yaml`.

Firewall rules are in `firewall.py`, public addresses in `public.py`, perimeters in `perimeter.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check, stack_check
from policies.framework.values import shown
from policies.rules.gcp.filters import NETWORK
from policies.rules.ranges import covers, is_everywhere

# restricted.googleapis.com: cloud.google.com/vpc/docs/configure-private-google-access#config-options.
RESTRICTED = "199.36.153.4/30"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
ROUTE = "gcp:compute/route:Route"
NAT = "gcp:compute/routerNat:RouterNat"
PEERING = "gcp:compute/networkPeering:NetworkPeering"
PEERING_ROUTES = "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig"
DNS_POLICY = "gcp:dns/policy:Policy"
ZONE = "gcp:dns/managedZone:ManagedZone"
RECORD = "gcp:dns/recordSet:RecordSet"

# Subnets that hold no machine, on which flow logs and private access are refused:
# cloud.google.com/vpc/docs/using-flow-logs, the `purpose` argument of the subnetwork resource.
WITHOUT_MACHINES = {
    "GLOBAL_MANAGED_PROXY",
    "INTERNAL_HTTPS_LOAD_BALANCER",
    "PRIVATE_NAT",
    "PRIVATE_SERVICE_CONNECT",
    "REGIONAL_MANAGED_PROXY",
}
PRIVATE_API_ZONES = ("googleapis.com.", "pkg.dev.", "gcr.io.")
# Services that answer in one region only, at a private endpoint of the network:
# cloud.google.com/vpc/docs/access-regional-google-apis-endpoints.
REGIONAL_NAMES = (".rep.googleapis.com.",)
REGIONAL_ENDPOINT = "gcp:networkconnectivity/regionalEndpoint:RegionalEndpoint"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@check("networks-have-no-automatic-subnets", NETWORK)
def has_planned_subnets(network: Resource) -> Iterator[Finding]:
    yield from must_be(network.at("autoCreateSubnetworks"), False)


@check("networks-keep-no-default-route", NETWORK)
def has_no_default_route(network: Resource) -> Iterator[Finding]:
    yield from must_be(network.at("deleteDefaultRoutesOnCreate"), True)


@check("firewall-policies-come-before-other-rules", NETWORK)
def asks_its_policy_first(network: Resource) -> Iterator[Finding]:
    yield from must_be(network.at("networkFirewallPolicyEnforcementOrder"), "BEFORE_CLASSIC_FIREWALL")


@check("routes-never-reach-the-internet", ROUTE)
def stays_private(route: Resource) -> Iterator[Finding]:
    yield from internet_route(route)


def internet_route(route: Resource) -> Iterator[Finding]:
    """A finding when a route leads to the internet, or to a machine that could forward there."""
    gateway = route.at("nextHopGateway")
    destination = route.at("destRange").text
    if not gateway.missing:
        # The only gateway a route may name is the internet's, so the destination decides.
        if not covers([RESTRICTED], [destination]):
            yield Finding(f"destRange is {shown(destination)} by the internet gateway, outside {RESTRICTED}")
    elif is_everywhere([destination]):
        yield Finding(f"destRange is {shown(destination)}, so its next hop can lead anywhere")


@check("networks-have-no-address-translation", NAT)
def is_no_translation(nat: Resource) -> Iterator[Finding]:
    if nat.at("type").value == "PRIVATE":
        raise NotApplicable("it translates between private networks")
    yield Finding("it is a NAT gateway")


@check("subnets-log-their-flows", SUBNET)
def logs_flows(subnet: Resource) -> Iterator[Finding]:
    _only_with_machines(subnet)
    yield from must_be_set(subnet.at("logConfig"))
    sampling = subnet.at("logConfig.flowSampling")
    yield from must_not_be(sampling, 0)


@check("subnets-reach-private-apis", SUBNET)
def reaches_private_apis(subnet: Resource) -> Iterator[Finding]:
    _only_with_machines(subnet)
    yield from must_be(subnet.at("privateIpGoogleAccess"), True)


def _only_with_machines(subnet: Resource) -> None:
    if subnet.at("purpose").text in WITHOUT_MACHINES:
        raise NotApplicable("no machine stands in it")


@check("networks-log-their-name-queries", DNS_POLICY)
def policy_logs_queries(policy: Resource) -> Iterator[Finding]:
    yield from must_be(policy.at("enableLogging"), True)


@stack_check("networks-log-their-name-queries", NETWORK)
def has_a_logging_policy(stack: Stack) -> Iterator[Finding]:
    policies = list(stack.of_type(DNS_POLICY))
    for network in stack.of_type(NETWORK):
        if not any(_attached(stack, policy, "networks", network) for policy in policies):
            yield Finding(f"{network.label} has no DNS policy", urn=network.urn)


@check("resolvers-neither-serve-nor-ask-outside", DNS_POLICY)
def resolver_stays_inside(policy: Resource) -> Iterator[Finding]:
    yield from must_not_be(policy.at("enableInboundForwarding"), True)
    yield from must_be_absent(policy.at("alternativeNameServerConfig"))


@check("resolvers-neither-serve-nor-ask-outside", ZONE)
def zone_stays_inside(zone: Resource) -> Iterator[Finding]:
    yield from must_be_absent(zone.at("forwardingConfig"))


@stack_check("networks-resolve-apis-privately", NETWORK)
def resolves_apis_privately(stack: Stack) -> Iterator[Finding]:
    zones = list(stack.of_type(ZONE))
    routes = list(stack.of_type(ROUTE))
    for network in stack.of_type(NETWORK):
        for name in PRIVATE_API_ZONES:
            if not any(_answers(stack, zone, name, network) for zone in zones):
                yield Finding(f"{network.label} has no private zone {name.rstrip('.')}", urn=network.urn)
        if not any(_leads_to_apis(stack, route, network) for route in routes):
            yield Finding(f"{network.label} has no route to {RESTRICTED}", urn=network.urn)


@check("networks-resolve-apis-privately", RECORD)
def answers_privately(record: Resource) -> Iterator[Finding]:
    """An address under one of the private names must be in the private range, or a regional endpoint's."""
    name = record.at("name").text
    if record.at("type").value != "A" or not name.endswith(PRIVATE_API_ZONES):
        raise NotApplicable("it is no address of the cloud's APIs")
    regional = name.endswith(REGIONAL_NAMES)
    for view in record.at("rrdatas").items():
        if regional and view.unknown:
            view.comes_from(REGIONAL_ENDPOINT)
        elif not covers([str(RESTRICTED), *(PRIVATE if regional else ())], [view.text]):
            yield Finding(f"{view.path} is {shown(view.value)}, outside {RESTRICTED}")


@check("peerings-exchange-no-routes", PEERING, PEERING_ROUTES)
def exchanges_no_routes(peering: Resource) -> Iterator[Finding]:
    for path in ("importCustomRoutes", "exportCustomRoutes"):
        yield from must_not_be(peering.at(path), True)


def _answers(stack: Stack, zone: Resource, name: str, network: Resource) -> bool:
    if zone.at("dnsName").text != name or zone.at("visibility").text != "private":
        return False
    return _attached(stack, zone, "privateVisibilityConfig.networks", network)


def _attached(stack: Stack, resource: Resource, path: str, network: Resource) -> bool:
    """Whether a list of `networkUrl`s names the network; by the graph where the list is not known."""
    view = resource.at(path)
    if view.unknown:
        return stack.points_at(view, resource, network)
    return any(stack.points_at(item.at("networkUrl"), resource, network) for item in view.items())


def _leads_to_apis(stack: Stack, route: Resource, network: Resource) -> bool:
    here = stack.points_at(route.at("network"), route, network)
    return here and not route.at("nextHopGateway").missing and route.at("destRange").text == str(RESTRICTED)
