"""What plans of Google Cloud that break claims are made of; a property that a plan leaves out is None."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isolation.gcp import types
from isolation.model import Scope
from isolation.resources import Resource
from tests.isolation.gcp_plan import (
    BASE,
    SCOPE,
    firewall,
    machine,
    made,
    network,
    route,
    subnet,
)
from tests.isolation.test_gcp_checklist import rule

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
Plan = tuple[Sequence[Resource], Sequence[tuple[str, str] | str]]
