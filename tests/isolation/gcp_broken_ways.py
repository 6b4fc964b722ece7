"""Plans of Google Cloud that break claims by routes, lines, peerings, proxies and services."""

from __future__ import annotations

from isolation.gcp import types
from tests.isolation.gcp_broken_parts import (
    APIS,
    AUTOPILOT,
    BEFORE,
    CHECKS,
    CLASSIC,
    CLUSTER,
    CONFIGURED,
    CONTROL,
    DIRECT,
    ENDPOINTS,
    FROM_PROXIES,
    GROUP,
    IN,
    INSTANCES,
    LEFT,
    LINE,
    LISTED,
    MANAGER,
    MATCH,
    MAY_ENTER,
    NODES,
    OPEN,
    OUT,
    OWN,
    OWN_POOLS,
    PEERS,
    PLACES,
    PODS,
    POOL,
    PROXY_ONLY,
    REACHES_APIS,
    Plan,
    asked,
    passed,
    proxied,
    service,
    unset,
)
from tests.isolation.gcp_plan import (
    BASE,
    firewall,
    machine,
    made,
    nat,
    network,
    policy,
    route,
    subnet,
)

PLANS: dict[str, Plan] = {
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
