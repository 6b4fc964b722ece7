"""An unknown value of Google Cloud never proves what a known one breaks: whatever place of a plan becomes
unknown, a claim that is violated stays violated or becomes unproven, and so does one whose broken value is
replaced. Every place of every plan is tried; a property that a plan leaves out stands in it as None."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from isolation.claims import Claim, End, Expect
from isolation.gcp import types
from isolation.model import Kind, Scope
from isolation.proof import prove
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.table import Question
from isolation.values import texts_in
from isolation.verdicts import Outcome, Verdict
from tests.isolation.gcp_plan import (
    BASE,
    HTTPS,
    SCOPE,
    firewall,
    machine,
    made,
    nat,
    network,
    policy,
    route,
    subnet,
)
from tests.isolation.test_gcp_checklist import ORG, ORGANISATION, REGION, rule
from tests.isolation.unknowns import BROKEN, Path, places, replaced, waiting

ALONE = Scope(SCOPE.segments)
EDGE: dict[str, Any] = {"sourceRanges": ["10.0.1.0/24"]}


PORTS = [{"protocol": "tcp", "ports": ["443", "8000-8080"]}]
BY_HAND: dict[str, Any] = {"network": "vpc", "direction": "INGRESS"}


def unset(*names: str) -> dict[str, Any]:
    """Properties that a plan leaves out, so that they are tried, too."""
    return dict.fromkeys(names)


# What a firewall rule and a policy rule leave out.
CLASSIC = unset(
    "disabled",
    "priority",
    "destinationRanges",
    "sourceTags",
    "sourceServiceAccounts",
    "targetTags",
    "targetServiceAccounts",
)
RULE = unset("disabled", "targetSecureTags", "targetServiceAccounts", "targetResources", "ruleName")
MATCH = unset(
    "srcFqdns",
    "destFqdns",
    "destIpRanges",
    "srcAddressGroups",
    "destAddressGroups",
    "srcSecureTags",
    "srcThreatIntelligences",
    "srcRegionCodes",
    "srcNetworkScope",
    "destNetworkScope",
)


def asked(priority: int, action: str, **more: Any) -> dict[str, Any]:
    """A policy rule about packets from the edge."""
    found = rule(priority, action, **{**RULE, **more})
    return {**found, "match": {**MATCH, **found["match"]}}


def listed(type_: str, association: str, target: str) -> list[Resource]:
    """A policy with its rules in a list."""
    rules = [{"direction": "INGRESS", **asked(1, "allow")}, {"direction": "INGRESS", **asked(2, "deny")}]
    return [
        made(type_, "rules", {"rules": rules}),
        made(association, "at", {"firewallPolicy": "rules", "attachmentTarget": target, "region": "r"}),
    ]


TAGS = [made(types.TAG_VALUE, f"value-{n}", {}, f"tagValues/{n}") for n in (1, 2)]
ACCOUNTS = [made(types.ACCOUNT, name, {"email": f"{name}@p", "accountId": name}) for name in ("gpu", "other")]
SUBNETS = [one for one in BASE if one.type == types.SUBNET]
PLACES = [network(networkFirewallPolicyEnforcementOrder=None, networkProfile=None), *BASE]
OPEN = firewall("open", "allow", **EDGE)
MAY_ENTER = firewall("any", "allow", sourceRanges=["0.0.0.0/0"])
BY_TAG = [
    network(),
    *SUBNETS,
    *TAGS,
    *ACCOUNTS,
    machine(
        "trainer",
        "training",
        "10.0.0.5",
        tags=["gpu"],
        serviceAccount={"email": "gpu@p"},
        params={"resourceManagerTags": {"tagKeys/9": "tagValues/1"}},
    ),
    machine("web", "edge", "10.0.1.5", tags=["web"], serviceAccount={"email": "other@p"}),
]
PEERS = [
    network(),
    network("hub"),
    *BASE,
    subnet("hub", "10.8.0.0/24", "hub"),
    subnet("client", "10.9.0.0/24", "hub"),
    made(
        types.PEERING,
        "a",
        {"network": "vpc", "peerNetwork": "hub", "importCustomRoutes": True, "exportCustomRoutes": None},
    ),
    made(
        types.PEERING,
        "b",
        {"network": "hub", "peerNetwork": "vpc", "exportCustomRoutes": True, "importCustomRoutes": None},
    ),
    made(types.VPN_GATEWAYS[1], "gateway", {"network": "hub"}),
    made(
        types.TUNNEL,
        "tunnel",
        {"targetVpnGateway": "gateway", "remoteTrafficSelectors": ["172.16.0.0/16"], "router": None},
    ),
    route("line", "172.16.0.0/16", "hub", nextHopVpnTunnel="tunnel", tags=None, priority=None),
    *[firewall(f"open-{each}", "allow", network=each) for each in ("vpc", "hub")],
]
CONFIGURED = made(
    types.PEERING_ROUTES,
    "config",
    {"network": "hub", "peering": "b", "exportCustomRoutes": True, "importCustomRoutes": False},
)
LINE = [
    made(types.VPN_GATEWAYS[0], "gateway", {"network": "vpc"}),
    made(types.ROUTER, "router", {"network": "vpc", "region": "r"}),
    made(types.TUNNEL, "tunnel", {"vpnGateway": "gateway", "router": "router"}),
    made(types.ATTACHMENT, "attached", {"router": "router"}),
    route("line", "172.16.0.0/16", nextHopVpnTunnel="tunnel"),
]
DIRECT = [
    made(types.VPN_GATEWAYS[1], "gateway", {"network": "vpc"}),
    made(
        types.TUNNEL,
        "tunnel",
        {"targetVpnGateway": "gateway", "remoteTrafficSelectors": ["172.16.0.0/16"], "router": None},
    ),
    route("line", "172.16.0.0/16", nextHopVpnTunnel="tunnel", tags=None),
]
ENDPOINTS = [
    made(types.GLOBAL_ADDRESS, "reserved", {"address": "10.5.0.9", "prefixLength": None}),
    made(
        types.GLOBAL_FORWARDING,
        "apis",
        {"target": "all-apis", "network": "vpc", "ipAddress": "reserved", "loadBalancingScheme": None},
    ),
    made(
        types.FORWARDING,
        "published",
        {
            "target": "projects/x/regions/r/serviceAttachments/s",
            "network": "vpc",
            "subnetwork": "edge",
            "ipAddress": "10.0.1.20",
            "loadBalancingScheme": "",
        },
    ),
    made(types.REGIONAL_ENDPOINT, "regional", {"subnetwork": "edge", "address": "10.0.1.21"}),
    made(types.GLOBAL_ADDRESS, "managed", {"address": "10.6.0.0", "prefixLength": 16}),
    made(types.SERVICE_CONNECTION, "managed", {"network": "vpc", "reservedPeeringRanges": ["managed"]}),
]
GROUP = made(types.GROUP, "group", {"instances": ["trainer"]})
MANAGER = [
    made(
        types.TEMPLATES[0],
        "template",
        {"networkInterfaces": [{"subnetwork": "training", "networkIp": None}], "tags": ["gpu"]},
    ),
    made(types.MANAGERS[0], "manager", {"versions": [{"instanceTemplate": "template"}]}),
]
INSTANCES = [
    made(types.FROM_TEMPLATE, "made", {"networkInterfaces": [{"subnetwork": "edge", "accessConfigs": [{}]}]}),
]


def service(group: str, **properties: Any) -> Resource:
    asked = {"backends": [{"group": group}], "securityPolicy": None}
    return made(types.BACKENDS[0], "service", {**asked, **properties})


def proxied(scheme: str, group: str = "group", **properties: Any) -> list[Resource]:
    """A load balancer that ends connections."""
    return [
        service(group),
        made(types.URL_MAPS[0], "map", {"defaultService": "service"}),
        made(types.PROXIES[0], "proxy", {"urlMap": "map"}),
        made(
            types.GLOBAL_FORWARDING,
            "front",
            {
                "target": "proxy",
                "loadBalancingScheme": scheme,
                "portRange": "443",
                "ipProtocol": None,
                **properties,
            },
        ),
    ]


def passed(scheme: str, address: str, **properties: Any) -> Resource:
    """A load balancer that passes packets through."""
    asked = {"loadBalancingScheme": scheme, "ipAddress": address, "network": "vpc", "target": None}
    return made(types.FORWARDING, "front", {**asked, **properties})


CHECKS = firewall("checks", "allow", sourceRanges=["35.191.0.0/16", "130.211.0.0/22"])
PROXY_ONLY = subnet("proxies", "10.7.0.0/24", purpose="REGIONAL_MANAGED_PROXY")
FROM_PROXIES = firewall("proxies", "allow", sourceRanges=["10.7.0.0/24"])
CLUSTER = made(
    types.CLUSTER,
    "gke",
    {
        "subnetwork": "training",
        "network": None,
        "removeDefaultNodePool": True,
        "enableAutopilot": None,
        "privateClusterConfig": {
            "enablePrivateNodes": False,
            "enablePrivateEndpoint": False,
            "masterIpv4CidrBlock": None,
            "privateEndpointSubnetwork": None,
        },
        "controlPlaneEndpointsConfig": {
            "ipEndpointsConfig": {"enabled": True, "enablePublicEndpoint": True},
        },
        "masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}]},
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
    },
)
POOL = made(
    types.NODE_POOL,
    "pool",
    {
        "cluster": "gke",
        "nodeConfig": {"tags": ["gpu"], "resourceManagerTags": None, "serviceAccount": None},
        "networkConfig": {"enablePrivateNodes": False, "podRange": "pods"},
    },
)
OWN_POOLS = made(
    types.CLUSTER,
    "gke",
    {
        "network": "vpc",
        "subnetwork": "training",
        "nodePools": [{"nodeConfig": {"tags": ["gpu"]}}],
        "clusterIpv4Cidr": "10.1.0.0/16",
    },
)
AUTOPILOT = made(
    types.CLUSTER,
    "gke",
    {
        "subnetwork": "training",
        "enableAutopilot": True,
        "nodePoolAutoConfig": {"networkTags": {"tags": ["gpu"]}, "resourceManagerTags": None},
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
    },
)
BEFORE = network(networkFirewallPolicyEnforcementOrder="BEFORE_CLASSIC_FIREWALL")
APIS = route("apis", "199.36.153.4/30", tags=None, priority=None)
NODES, CONTROL, OWN = "=nodes pool", "=control plane of gke", "=nodes of cluster gke"
LISTED = {
    "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
    "subnetworks": [{"name": "training", "sourceIpRangesToNats": ["PRIMARY_IP_RANGE"]}],
    "type": None,
}
PODS = {
    "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
    "subnetworks": [
        {
            "name": "training",
            "sourceIpRangesToNats": ["LIST_OF_SECONDARY_IP_RANGES"],
            "secondaryIpRangeNames": ["pods"],
        }
    ],
}
TO_TRAINING = [("edge", "training"), ("edge!", "training!")]
OUT = [("training", "internet"), ("training!", "internet")]
IN = [("internet", "training"), ("internet", "training!")]
LEFT = [("training", "enterprise"), ("training!", "enterprise"), ("enterprise", "training!")]
REACHES_APIS = "training -> data"

# What is broken in each plan as it is known: pairs that claim that one never reaches the other, or, with an
# arrow, that one reaches the other.
PLANS: dict[str, tuple[Sequence[Resource], Sequence[tuple[str, str] | str]]] = {
    "VPC rule": (
        [
            *PLACES,
            made(types.FIREWALL, "open", {**CLASSIC, **EDGE, **BY_HAND, "allows": PORTS}),
            firewall("shut", "deny", priority=2000),
        ],
        TO_TRAINING,
    ),
    "VPC rules that contradict": (
        [
            *PLACES,
            made(types.FIREWALL, "open", {**CLASSIC, **EDGE, **BY_HAND, "priority": 10, "allows": PORTS}),
            made(types.FIREWALL, "shut", {**CLASSIC, **EDGE, **BY_HAND, "priority": 20, "denies": PORTS}),
        ],
        TO_TRAINING,
    ),
    "VPC rule by tags": (
        [*BY_TAG, firewall("open", "allow", sourceTags=["web"], targetTags=["gpu"])],
        TO_TRAINING,
    ),
    "VPC rule by account": (
        [
            *BY_TAG,
            firewall("open", "allow", sourceServiceAccounts=["other@p"], targetServiceAccounts=["gpu@p"]),
        ],
        TO_TRAINING,
    ),
    "a deny by tag": (
        [*BY_TAG, OPEN, firewall("shut", "deny", targetTags=["other"], priority=1)],
        TO_TRAINING,
    ),
    "a deny by account": (
        [*BY_TAG, OPEN, firewall("shut", "deny", targetServiceAccounts=["other@p"], priority=1)],
        TO_TRAINING,
    ),
    "egress": (
        [*PLACES, MAY_ENTER, firewall("shut", "deny", "EGRESS", destinationRanges=["10.3.0.0/16"])],
        [*TO_TRAINING, ("training", "edge")],
    ),
    "organisation": (
        [
            *PLACES,
            *policy("org", [asked(1, "allow"), asked(2, "deny")], ORG, ORGANISATION),
            firewall("shut", "deny"),
        ],
        TO_TRAINING,
    ),
    "folder": (
        [
            network(project="p"),
            *BASE,
            made(types.PROJECT, "project", {"projectId": "p", "folderId": "2"}),
            *policy("org", [asked(1, "goto_next"), asked(2, "deny")], ORG, ORGANISATION),
            *policy("folder", [asked(1, "allow")], ORG, "folders/2"),
        ],
        TO_TRAINING,
    ),
    "global policy": ([*PLACES, *policy("p", [asked(1, "allow"), asked(2, "deny")])], TO_TRAINING),
    "policy before VPC rules": (
        [BEFORE, *BASE, *policy("p", [asked(1, "allow")]), firewall("shut", "deny")],
        TO_TRAINING,
    ),
    "VPC rules before a policy": (
        [*PLACES, *policy("p", [asked(1, "deny")]), OPEN],
        TO_TRAINING,
    ),
    "regional policy": ([*PLACES, *policy("p", [asked(1, "allow"), asked(2, "deny")], REGION)], TO_TRAINING),
    "global list": ([*PLACES, *listed(types.GLOBAL_RULES, types.GLOBAL_ASSOCIATION, "vpc")], TO_TRAINING),
    "regional list": ([*PLACES, *listed(types.REGION_RULES, types.REGION_ASSOCIATION, "vpc")], TO_TRAINING),
    "list of the organisation": (
        [*PLACES, *listed(types.ORG_RULES, types.ORG_ASSOCIATION, ORGANISATION)],
        TO_TRAINING,
    ),
    "policy by secure tag": (
        [
            *BY_TAG,
            *policy(
                "p",
                [
                    rule(1, "deny", targetSecureTags=[{"name": "tagValues/2"}]),
                    rule(2, "allow", targetSecureTags=[{"name": "tagValues/1"}]),
                ],
            ),
        ],
        [("edge!", "training!")],
    ),
    "policy by address group": (
        [
            *PLACES,
            made(types.ADDRESS_GROUP, "group", {"items": ["10.0.1.0/24"]}),
            made(types.ADDRESS_GROUP, "others", {"items": ["10.3.0.0/24"]}),
            *policy(
                "p",
                [
                    rule(1, "deny", {"srcAddressGroups": ["others"]}),
                    rule(2, "allow", {"srcAddressGroups": ["group"]}),
                ],
            ),
        ],
        TO_TRAINING,
    ),
    "egress of a policy": (
        [
            *PLACES,
            *nat(),
            route("default"),
            *policy(
                "p",
                [
                    rule(
                        1,
                        "deny",
                        {"destIpRanges": ["198.51.100.0/24"], "destFqdns": ["a.example"]},
                        direction="EGRESS",
                    )
                ],
            ),
        ],
        OUT,
    ),
    "network for RDMA": (
        [network(networkProfile="zone-vpc-roce"), *BASE, firewall("shut", "deny")],
        TO_TRAINING,
    ),
    "default route": ([network(deleteDefaultRoutesOnCreate=False), *BASE, *nat(**unset("type"))], OUT),
    "route": ([*PLACES, route("left", **unset("tags", "priority")), *nat(**LISTED)], OUT),
    "route of some machines": ([*PLACES, route("left", tags=["gpu"]), *nat()], OUT),
    "routes that compete": (
        [
            *PLACES,
            route("left", priority=10),
            route("half", "0.0.0.0/1", nextHopVpnTunnel="tunnel", priority=20),
            *nat(),
            *DIRECT,
        ],
        OUT,
    ),
    "NAT of pods": ([*PLACES, route("left"), *nat(**PODS), CLUSTER, POOL], [(NODES, "internet")]),
    "public machine": (
        [
            *PLACES,
            MAY_ENTER,
            route("left"),
            machine("open", "training", "10.0.0.9", public=True, tags=None, networkTier=None),
            made(
                types.INSTANCE,
                "fixed",
                {
                    "networkInterfaces": [
                        {"subnetwork": "edge", "accessConfigs": [{"natIp": "198.51.100.7"}]},
                        {"subnetwork": "training", "accessConfigs": None, "aliasIpRanges": None},
                    ]
                },
            ),
        ],
        [*IN, ("internet", "edge"), ("=machine open", "internet"), ("=machine fixed", "internet")],
    ),
    "machines that are made from templates": (
        [*PLACES, MAY_ENTER, route("left"), *MANAGER, *INSTANCES],
        [("internet", "edge"), ("edge", "=machines of template template"), ("=machine made", "internet")],
    ),
    "IPv6": (
        [
            network(enableUlaInternalIpv6=None),
            subnet(
                "six",
                "10.0.0.0/24",
                stackType="IPV4_IPV6",
                ipv6AccessType="EXTERNAL",
                externalIpv6Prefix="2600:1900::/64",
            ),
            machine("trainer", "six", "10.0.0.5"),
            firewall("six", "allow", sourceRanges=["::/0"]),
        ],
        [*IN, *OUT],
    ),
    "peering": ([*PEERS, CONFIGURED], [*LEFT[:2], ("inference", "training"), ("training", "inference")]),
    "peering without its configuration": (PEERS, [*LEFT[:2], ("inference", "training")]),
    "peering outside": (
        [
            *PLACES,
            made(
                types.PEERING,
                "a",
                {
                    "network": "vpc",
                    "peerNetwork": "projects/x/global/networks/y",
                    "importCustomRoutes": False,
                },
            ),
            MAY_ENTER,
        ],
        [("enterprise", "training"), ("training", "enterprise")],
    ),
    "line": ([*PLACES, *LINE, MAY_ENTER], LEFT),
    "line by routes": ([*PLACES, *DIRECT, MAY_ENTER], LEFT),
    "policy-based route": (
        [
            *PLACES,
            route("left"),
            *nat(),
            made(
                types.POLICY_ROUTE,
                "past",
                {
                    "network": "vpc",
                    "filter": {"srcRange": "10.3.0.0/16", "destRange": "198.51.100.0/24"},
                    "nextHopIlbIp": "10.0.0.2",
                    "nextHopOtherRoutes": None,
                    "priority": 10,
                },
            ),
        ],
        OUT,
    ),
    "endpoints": (
        [*PLACES, *ENDPOINTS],
        [
            ("training", "=endpoint apis"),
            ("training", "=endpoint published"),
            ("training", "=endpoint regional"),
            ("training", "=managed services of vpc (managed)"),
            ("training", "data"),
        ],
    ),
    "private access": (
        [*PLACES, APIS, firewall("open", "allow", "EGRESS")],
        [("training", "data"), ("training!", "data")],
    ),
    "APIs that are shut": (
        [*PLACES, APIS, firewall("shut", "deny", "EGRESS", **CLASSIC)],
        [REACHES_APIS],
    ),
    "APIs that a policy shuts": (
        [
            *PLACES,
            APIS,
            *policy(
                "p",
                [{**asked(1, "deny", direction="EGRESS"), "match": {**MATCH, "destIpRanges": ["0.0.0.0/0"]}}],
            ),
        ],
        [REACHES_APIS],
    ),
    "APIs without a route": ([*PLACES, route("half", "199.36.0.0/16", tags=["other"])], [REACHES_APIS]),
    "proxy": ([*PLACES, CHECKS, GROUP, *proxied("EXTERNAL_MANAGED")], [*IN]),
    "proxy before a manager": (
        [*PLACES, CHECKS, *MANAGER, *proxied("EXTERNAL", "manager")],
        [("internet", "training"), ("internet", "=machines of template template")],
    ),
    "proxy inside": (
        [
            *PLACES,
            PROXY_ONLY,
            FROM_PROXIES,
            GROUP,
            *proxied("INTERNAL_MANAGED", network="vpc", subnetwork=None, ipAddress="10.0.1.30"),
        ],
        [("edge", "training!"), ("edge", "=load balancer front")],
    ),
    "balancer that passes on": (
        [
            *PLACES,
            MAY_ENTER,
            GROUP,
            service("group"),
            passed("EXTERNAL", "198.51.100.9", backendService="service"),
        ],
        IN,
    ),
    "target pool": (
        [
            *PLACES,
            MAY_ENTER,
            made(types.TARGET_POOL, "pool", {"instances": ["zones/z/trainer"]}),
            passed("", "198.51.100.9", target="pool"),
        ],
        IN,
    ),
    "target instance": (
        [
            *PLACES,
            MAY_ENTER,
            made(types.TARGET_INSTANCE, "one", {"instance": "trainer"}),
            passed("EXTERNAL", "reserved", target="one"),
            made(types.ADDRESS, "reserved", {"address": "198.51.100.9"}),
        ],
        IN,
    ),
    "cluster": (
        [*PLACES, MAY_ENTER, route("left"), CLUSTER, POOL],
        [
            ("internet", "training"),
            (NODES, "internet"),
            ("edge", CONTROL),
            ("internet", CONTROL),
            ("edge", NODES),
        ],
    ),
    "cluster with pools of its own": (
        [*PLACES, OPEN, OWN_POOLS],
        [("edge", OWN), ("edge", CONTROL), ("internet", CONTROL)],
    ),
    "Autopilot": ([BEFORE, *BASE, OPEN, AUTOPILOT], [("edge", OWN), ("edge", CONTROL)]),
}
# A machine whose subnet is not known stands in each that it may have.
SEVERAL = ("", " in subnet training", " in subnet edge")
WHOLE = frozenset({"VPC rule by tags", "route", "line", "proxy"})
MACHINES = {"training!": "machine trainer", "edge!": "machine web"}


def end(text: str) -> End:
    """A segment; with an exclamation mark its declared machine only; `=name` an endpoint by its name."""
    if text in MACHINES or text.startswith("="):
        name = MACHINES.get(text) or text[1:]
        return End(text, names=frozenset(f"{name}{place}" for place in SEVERAL))
    return End.of(text)


def claim(asked: tuple[str, str] | str) -> Claim:
    if isinstance(asked, str):
        source, _, destination = asked.partition(" -> ")
        return Claim(asked, Expect.REACHES, end(source), End.of(destination, Kind.PRIVATE_API), traffic=HTTPS)
    return Claim(" never ".join(asked), Expect.NEVER, end(asked[0]), end(asked[1]))


def judged(plan: Sequence[Resource], pairs: Sequence[tuple[str, str] | str], scope: Scope) -> list[Verdict]:
    return list(prove(Graph(plan), Question(scope, tuple(map(claim, pairs)))).verdicts)


def scopes(pairs: Sequence[tuple[str, str] | str]) -> Iterator[Scope]:
    """With and without ranges of the enterprise network, where a claim is about it."""
    yield SCOPE
    if any("enterprise" in each for each in pairs):
        yield ALONE


def tried(name: str) -> Iterator[tuple[int, Path]]:
    """The places of a plan; those of the two machines and their subnets in some plans only."""
    plan = PLANS[name][0]
    for index, path in places(plan):
        if name in WHOLE or plan[index] not in BASE:
            yield index, path


def ways_to_wait(plan: Sequence[Resource], index: int, path: Path) -> Iterator[list[Resource]]:
    """The plan with an unknown value: that may hang on any resource, and where it names one, on that one and
    on none."""
    yield waiting(plan, index, path)
    value: Any = plan[index].properties
    for step in path:
        value = value[step]
    texts = set(texts_in(value))
    named = [one.urn for one in plan if texts & {one.id, one.properties.get("email")}]
    for urns in ((), tuple(named)) if named else ():
        changed = replaced(plan, index, path, UNKNOWN)
        changed[index] = replace(changed[index], references={str(path[0]): urns})
        yield changed


@pytest.mark.parametrize("name", PLANS)
def test_an_unknown_value_never_proves_what_a_known_one_breaks(name: str) -> None:
    plan, pairs = PLANS[name]
    for scope in scopes(pairs):
        known = judged(plan, pairs, scope)
        assert [one.claim.name for one in known if one.outcome is not Outcome.VIOLATED] == []
        for index, path in tried(name):
            for later in ways_to_wait(plan, index, path):
                for verdict in judged(later, pairs, scope):
                    place = (plan[index].label, path, verdict.claim.name, verdict.because)
                    assert verdict.outcome is not Outcome.PROVEN, place
                    assert verdict.outcome is Outcome.VIOLATED or verdict.missing, place


@pytest.mark.parametrize("name", PLANS)
def test_broken_values_end_in_a_verdict(name: str) -> None:
    plan, pairs = PLANS[name]
    for number, (index, path) in enumerate(list(tried(name))[::2]):
        # Every other place gets one of the broken values, and each value many places.
        (verdict,) = judged(replaced(plan, index, path, BROKEN[number % len(BROKEN)]), pairs[:1], SCOPE)
        assert verdict.outcome in Outcome
        assert all("invalid literal" not in missing for missing in verdict.missing), verdict.missing


# Ways out that are no packets, and what holds them: none is hidden or held by what is not known.
EXITS: Sequence[Resource] = [
    *PLACES,
    made(types.DNS_POLICY, "dns", {"enableLogging": False, "networks": [{"networkUrl": "vpc"}]}),
    made(
        types.DNS_POLICY,
        "servers",
        {"alternativeNameServerConfig": {"targetNameServers": [{"ipv4Address": "10.0.0.53"}]}},
    ),
    made(
        types.DNS_ZONE,
        "zone",
        {"dnsName": "x.", "forwardingConfig": {"targetNameServers": [{"ipv4Address": "10.0.0.53"}]}},
    ),
    made(types.PERIMETER, "perimeter", {"status": None}),
]


def test_an_unknown_value_neither_hides_nor_holds_a_way_out() -> None:
    def exits(plan: Sequence[Resource]) -> dict[str, str]:
        return {one.name: one.limited_by for one in prove(Graph(plan), Question(SCOPE, ())).exits}

    known = exits(EXITS)
    assert {"name resolution in vpc", "name servers of servers", "forwarding zone zone"} <= set(known)
    assert set(known.values()) == {""}
    for index, path in places(EXITS):
        later = exits(waiting(EXITS, index, path))
        assert set(known) <= set(later), (EXITS[index].label, path)
        assert {later[name] for name in known} == {""}, (EXITS[index].label, path)
