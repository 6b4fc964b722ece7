"""A plan of Google Cloud: one network with a firewall policy, two GKE clusters, a gateway, private APIs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.plans import ENTERPRISE, SEGMENTS, SERVING, block, made, part, workloads
from isolation.gcp import types
from isolation.resources import Graph, Resource

CONTROL_PLANE_PORTS = ("443", "8132")
CLUSTERS = ("training", "inference")
RESTRICTED = "199.36.153.4/30"
# Ranges of each cluster's pods, outside of those that subnets are cut from.
PODS = {"training": "10.0.128.0/17", "inference": "10.1.128.0/17"}
TAGS = {name: f"tagValues/{index}" for index, name in enumerate(SEGMENTS)}
PROXIES = ("35.191.0.0/16", "130.211.0.0/22")
SUBNETS_OF_A_SEGMENT = 100


def plan(count: int) -> Graph:
    """A plan of `count` resources."""
    subnets = count // 20 // len(SEGMENTS)
    draw = random.Random(count)
    found = [
        *_network(subnets),
        *_flows(),
        *_random_rules(count // 5, draw),
        *_machines(count // 20, subnets),
        *_gateway(),
        *[one for name in CLUSTERS for one in _cluster(name, count // 20)],
    ]
    found += [
        made("gcp:serviceaccount/account:Account", f"a{index}", accountId=f"a{index}")
        for index in range(count - len(found))
    ]
    return Graph(found)


def _network(subnets: int) -> Iterator[Resource]:
    yield made(
        types.NETWORK,
        "vpc",
        autoCreateSubnetworks=False,
        deleteDefaultRoutesOnCreate=True,
        networkFirewallPolicyEnforcementOrder="BEFORE_CLASSIC_FIREWALL",
    )
    yield made(
        types.ROUTE,
        "apis",
        network="vpc",
        destRange=RESTRICTED,
        nextHopGateway="default-internet-gateway",
    )
    for name in SEGMENTS:
        for index in range(subnets):
            more: dict[str, Any] = {}
            if name in PODS and index == 0:
                more = {"secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": PODS[name]}]}
            yield made(
                types.SUBNET,
                f"{name}-{index}",
                network="vpc",
                ipCidrRange=part(name, index),
                region="r",
                privateIpGoogleAccess=True,
                **more,
            )


def _flows() -> Iterator[Resource]:
    """The flow table as rules of a policy that comes before those GKE writes, and the denies behind all."""
    for index, name in enumerate(SEGMENTS):
        yield made(types.TAG_VALUE, TAGS[name], shortName=name, parent=f"tagKeys/{index}")
    yield made(types.GLOBAL_POLICY, "policy")
    yield made(types.GLOBAL_ASSOCIATION, "policy-at", firewallPolicy="policy", attachmentTarget="vpc")
    for index, name in enumerate(CLUSTERS):
        for way in ("EGRESS", "INGRESS"):
            yield _rule(10 + index, way, "allow", [block(name)], of=name)
    for index, name in enumerate((*CLUSTERS, "operations")):
        yield _rule(20 + index, "EGRESS", "allow", [RESTRICTED], 443, of=name)
    yield _rule(30, "EGRESS", "allow", [block(name) for name in CLUSTERS], 443, of="operations")
    yield _rule(31, "INGRESS", "allow", list(PROXIES), SERVING, of="inference")
    yield _rule(32, "INGRESS", "allow", [ENTERPRISE], 443, of="operations")
    for way in ("EGRESS", "INGRESS"):
        yield _rule(65000, way, "deny", ["0.0.0.0/0"])


def _rule(
    priority: int, direction: str, action: str, ranges: list[str], port: int | None = None, *, of: str = ""
) -> Resource:
    layer = {"ipProtocol": "tcp", "ports": [str(port)]} if port else {"ipProtocol": "all"}
    side = "srcIpRanges" if direction == "INGRESS" else "destIpRanges"
    return made(
        types.GLOBAL_RULE,
        f"rule-{priority}-{direction}",
        firewallPolicy="policy",
        priority=priority,
        direction=direction,
        action=action,
        match={side: ranges, "layer4Configs": [layer]},
        targetSecureTags=[{"name": TAGS[of]}] if of else [],
    )


def _random_rules(count: int, draw: random.Random) -> Iterator[Resource]:
    """Rules on one port each; those that allow stay within their segment."""
    for index in range(count):
        mine, its = draw.choice(SEGMENTS), draw.choice(SEGMENTS)
        yield _rule(
            100 + index,
            draw.choice(("INGRESS", "EGRESS")),
            "allow" if mine == its else "deny",
            [part(its, draw.randrange(SUBNETS_OF_A_SEGMENT))],
            draw.randrange(1, 60000),
            of=mine,
        )


def _machines(count: int, subnets: int) -> Iterator[Resource]:
    segments = ("training", "operations")
    for index in range(count):
        name, turn = segments[index % 2], index // 2
        address = f"10.{SEGMENTS.index(name)}.{turn % subnets}.{10 + turn // subnets % 200}"
        interface = {"subnetwork": f"{name}-{turn % subnets}", "networkIp": address}
        bound = {"resourceManagerTags": {"tagKeys/1": TAGS[name]}}
        yield made(types.INSTANCE, f"m{index}", networkInterfaces=[interface], params=bound)


def _gateway() -> Iterator[Resource]:
    """The load balancer with its security policy before the nodes of the inference cluster."""
    yield made(types.SECURITY_POLICIES[0], "waf")
    yield made(
        types.BACKENDS[0],
        "models",
        loadBalancingScheme="EXTERNAL_MANAGED",
        securityPolicy="waf",
        backends=[{"group": "zones/z/networkEndpointGroups/neg-models"}],
    )
    yield made(types.URL_MAPS[0], "map", defaultService="models")
    yield made(types.PROXIES[0], "proxy", urlMap="map")
    yield made(
        types.GLOBAL_FORWARDING,
        "front",
        loadBalancingScheme="EXTERNAL_MANAGED",
        target="proxy",
        ipAddress="203.0.113.10",
        portRange="443",
    )
    asked = f'{{"exposed_ports": {{"{SERVING}": {{"name": "neg-models"}}}}}}'
    yield made(
        "kubernetes:core/v1:Service",
        "models",
        provider="urn:pulumi:bench::bench::pulumi:providers:kubernetes::gke-inference::id",
        metadata={"name": "models", "annotations": {"cloud.google.com/neg": asked}},
    )


def _cluster(name: str, pods: int) -> Iterator[Resource]:
    yield made(
        types.CLUSTER,
        f"gke-{name}",
        network="vpc",
        subnetwork=f"{name}-0",
        removeDefaultNodePool=True,
        datapathProvider="ADVANCED_DATAPATH",
        ipAllocationPolicy={"clusterSecondaryRangeName": "pods"},
        privateClusterConfig={
            "enablePrivateNodes": True,
            "enablePrivateEndpoint": True,
            "privateEndpointSubnetwork": f"{name}-1",
        },
        masterAuthorizedNetworksConfig={
            "cidrBlocks": [{"cidrBlock": block(each)} for each in ("operations", name)]
        },
    )
    yield made(
        types.NODE_POOL,
        f"pool-{name}",
        cluster=f"gke-{name}",
        nodeConfig={"resourceManagerTags": {"tagKeys/1": TAGS[name]}},
    )
    yield from workloads(pods, f"gke-{name}")
