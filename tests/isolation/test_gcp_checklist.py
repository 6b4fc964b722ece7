"""Google Cloud's items of the isolation checklist, each where it blocks and where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from isolation.gcp import types
from isolation.model import Kind, Scope
from isolation.resources import UNKNOWN, Resource
from isolation.verdicts import Verdict
from tests.isolation.gcp_plan import (
    BASE,
    SCOPE,
    firewall,
    machine,
    made,
    nat,
    network,
    never,
    policy,
    proven,
    reaches,
    route,
    subnet,
    told,
    unproven,
    violated,
)

EDGE, ALL = {"srcIpRanges": ["10.0.1.0/24"]}, {"srcIpRanges": ["0.0.0.0/0"]}
REGION = (types.REGION_POLICY, types.REGION_RULE, types.REGION_ASSOCIATION)
ORG = (types.ORG_POLICY, types.ORG_RULE, types.ORG_ASSOCIATION)
ORGANISATION = "organizations/1"


def rule(priority: int, action: str, ranges: Mapping[str, Any] = EDGE, **more: Any) -> dict[str, Any]:
    match = {"layer4Configs": [{"ipProtocol": "all"}], **ranges}
    return {"priority": priority, "action": action, "match": match, **more}


def out(priority: int, action: str, ranges: Sequence[str] = ("0.0.0.0/0",), **more: Any) -> dict[str, Any]:
    return rule(priority, action, {"destIpRanges": list(ranges)}, direction="EGRESS", **more)


def stage(name: str, action: str, priority: int) -> list[Resource]:
    """What decides at one stage of the order about packets from the edge."""
    match name:
        case "organisation":
            return policy("org", [rule(priority, action)], ORG, ORGANISATION)
        case "classic":
            return [firewall("classic", action, sourceRanges=["10.0.1.0/24"], priority=priority)]
        case "global":
            return policy("global", [rule(priority, action)])
        case "regional":
            return policy("regional", [rule(priority, action)], REGION)
        case _:
            return []


# Each pair: what decides first, and what would decide otherwise, at a better priority, if it were asked.
@pytest.mark.parametrize(
    ("first", "second"),
    [("organisation", "classic"), ("classic", "global"), ("global", "regional"), ("regional", "implied")],
)
def test_01_the_default_order_of_firewalls(first: str, second: str) -> None:
    def verdict(decides: str, otherwise: str) -> Verdict:
        stages = [*stage(first, decides, 9), *stage(second, otherwise, 0)]
        return never([network(), *BASE, *stages], "edge", "training")

    assert proven(verdict("deny", "allow"))
    assert violated(verdict("allow", "deny"))


def test_02_before_classic_firewall_moves_vpc_rules_behind_the_policies() -> None:
    rest = [*BASE, *policy("p", [rule(1, "deny")]), firewall("f", "allow", sourceRanges=["10.0.1.0/24"])]
    before = network(networkFirewallPolicyEnforcementOrder="BEFORE_CLASSIC_FIREWALL")
    assert proven(never([before, *rest], "edge", "training"))
    after = never(
        [network(networkFirewallPolicyEnforcementOrder="AFTER_CLASSIC_FIREWALL"), *rest], "edge", "training"
    )
    assert violated(after)
    assert "f (allow, priority 1000)" in told(after)


def _cluster() -> list[Resource]:
    cluster = made(
        types.CLUSTER,
        "gke",
        {
            "subnetwork": "training",
            "removeDefaultNodePool": True,
            "privateClusterConfig": {"enablePrivateNodes": True, "enablePrivateEndpoint": True},
            "controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}},
            "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
        },
    )
    return [cluster, made(types.NODE_POOL, "pool", {"cluster": "gke", "nodeConfig": {}})]


def test_03_rules_that_gke_writes_are_named_and_not_guessed() -> None:
    denies = policy("p", [rule(65000, "deny", ALL)])
    before = network(networkFirewallPolicyEnforcementOrder="BEFORE_CLASSIC_FIREWALL")
    assert proven(never([before, *BASE, *_cluster(), *denies], "edge", "training"))
    open_ = never([network(), *BASE, *_cluster(), *denies], "edge", "training")
    assert unproven(open_)
    assert any("GKE writes" in missing for missing in open_.missing)
    assert proven(never([network(), *BASE, *denies], "edge", "training")), "without a cluster none is written"


def test_04_at_equal_priority_deny_wins() -> None:
    allow = firewall("a", "allow", sourceRanges=["10.0.1.0/24"], priority=100)
    assert proven(never([network(), *BASE, allow, firewall("d", "deny", priority=100)], "edge", "training"))
    found = never([network(), *BASE, allow, firewall("d", "deny", priority=101)], "edge", "training")
    assert violated(found)
    assert found.path and any("d (deny" in line and "comes first" in line for line in found.path.shadowed)


def test_05_goto_next_falls_through_organisation_folder_and_network() -> None:
    def plan(last: str) -> list[Resource]:
        project = made(types.PROJECT, "project", {"projectId": "p", "folderId": "2"})
        return [
            network(project="p"),
            project,
            *BASE,
            *policy("org", [rule(1, "goto_next"), rule(2, "deny")], ORG, ORGANISATION),
            *policy("folder", [rule(1, "goto_next"), rule(2, "deny")], ORG, "folders/2"),
            *policy("net", [rule(1, last)]),
        ]

    assert violated(never(plan("allow"), "edge", "training"))
    assert proven(never(plan("deny"), "edge", "training"))
    elsewhere = [one for one in plan("deny") if one.type != types.PROJECT]
    first_allows = policy("folder2", [rule(1, "allow")], ORG, "folders/3")
    doubtful = never([*elsewhere, *first_allows], "edge", "training")
    assert unproven(doubtful), "whether the project lies in the folder is open"


def test_06_egress_is_allowed_and_ingress_denied_by_implication() -> None:
    default = route("default")
    assert violated(never([network(), *BASE, default, *nat()], "training", "internet"))
    assert proven(
        never([network(), *BASE, default, *nat(), firewall("d", "deny", "EGRESS")], "training", "internet")
    )
    assert proven(never([network(), *BASE], "edge", "training")), "ingress needs an allow"
    assert violated(never([network(), *BASE, firewall("a", "allow")], "edge", "training"))


@pytest.mark.parametrize("by", ["tag", "account", "secure tag"])
def test_07_a_target_that_does_not_match_skips_the_rule(by: str) -> None:
    tags = [made(types.TAG_VALUE, f"value-{n}", {}, f"tagValues/{n}") for n in (1, 2)]
    rest = [
        network(),
        *tags,
        *[one for one in BASE if one.type == types.SUBNET],
        machine("web", "edge", "10.0.1.5"),
    ]
    identities: dict[str, dict[str, Any]] = {
        "tag": {"tags": ["gpu"]},
        "account": {"serviceAccount": {"email": "gpu@p"}},
        "secure tag": {"params": {"resourceManagerTags": {"tagKeys/9": "tagValues/1"}}},
    }
    identity = identities[by]
    for name, hits in (("1", True), ("2", False)):
        allow = {
            "tag": [firewall("a", "allow", targetTags=["gpu" if hits else "other"])],
            "account": [firewall("a", "allow", targetServiceAccounts=["gpu@p" if hits else "other@p"])],
            "secure tag": policy("p", [rule(1, "allow", targetSecureTags=[{"name": f"tagValues/{name}"}])]),
        }[by]
        verdict = never(
            [*rest, machine("trainer", "training", "10.0.0.5", **identity), *allow],
            "edge",
            "training",
            declared=True,
        )
        assert violated(verdict) if hits else proven(verdict), told(verdict)


def _peered(source: Mapping[str, Any]) -> list[Resource]:
    peers = [("vpc", "other"), ("other", "vpc")]
    return [
        network(),
        network("other"),
        *BASE,
        subnet("far", "10.9.0.0/24", "other"),
        machine("client", "far", "10.9.0.5", tags=["web"]),
        *[made(types.PEERING, f"{a}-{b}", {"network": a, "peerNetwork": b}) for a, b in peers],
        firewall("a", "allow", **source),
    ]


def test_08_source_tags_do_not_match_machines_of_a_peered_network() -> None:
    assert proven(never(_peered({"sourceTags": ["web"]}), "inference", "training"))
    assert violated(never(_peered({"sourceTags": ["web"]}), "edge", "training")), "within the network they do"
    assert violated(never(_peered({"sourceRanges": ["10.9.0.0/24"]}), "inference", "training"))


def test_09_the_restricted_range_by_the_internet_gateway_is_private_access() -> None:
    plan = [network(), *BASE, route("apis", "199.36.153.4/30"), *nat()]
    assert proven(never(plan, "training", "internet"))
    assert violated(never(plan, "training", "data")), "the APIs are reached"
    wide = never([network(), *BASE, route("apis", "199.36.0.0/16"), *nat()], "training", "internet")
    assert violated(wide)
    assert proven(reaches(plan, "training", "data", Kind.PRIVATE_API))
    closed = [*plan, firewall("d", "deny", "EGRESS")]
    assert violated(reaches(closed, "training", "data", Kind.PRIVATE_API)), "a network too closed to work"


def test_10_a_tagged_default_route_remains() -> None:
    plan = [network(), *BASE, route("left", tags=["egress"]), *nat()]
    found = never(plan, "training", "internet")
    assert violated(found)
    assert "left (0.0.0.0/0)" in told(found)
    assert "with tag egress" in told(found)
    assert proven(never(plan, "training", "internet", declared=True)), "the declared machine has no such tag"
    assert proven(never([network(), *BASE, *nat()], "training", "internet"))


def test_11_cloud_nat_covers_only_what_is_listed() -> None:
    def listed(name: str, *kinds: str, **more: Any) -> list[Resource]:
        entry = {"name": name, "sourceIpRangesToNats": list(kinds), **more}
        return nat(sourceSubnetworkIpRangesToNat="LIST_OF_SUBNETWORKS", subnetworks=[entry])

    base = [network(), *BASE, route("default")]
    assert proven(never([*base, *listed("edge", "ALL_IP_RANGES")], "training", "internet"))
    assert violated(never([*base, *listed("training", "PRIMARY_IP_RANGE")], "training", "internet"))
    pods = listed("training", "LIST_OF_SECONDARY_IP_RANGES", secondaryIpRangeNames=["pods"])
    assert proven(never([*base, *pods], "training", "internet"))
    assert violated(never([*base, *_cluster(), *pods], "training", "internet")), "the pods of nodes leave"


def test_12_peering_is_not_transitive_and_custom_routes_need_both_sides() -> None:
    def plan(exports: bool, imports: bool) -> list[Resource]:
        return [
            network(),
            network("hub"),
            network("far"),
            *BASE,
            subnet("hub", "10.8.0.0/24", "hub"),
            subnet("far", "10.9.0.0/24", "far"),
            made(types.PEERING, "a", {"network": "vpc", "peerNetwork": "hub", "importCustomRoutes": imports}),
            made(types.PEERING, "b", {"network": "hub", "peerNetwork": "vpc", "exportCustomRoutes": exports}),
            made(types.PEERING, "c", {"network": "hub", "peerNetwork": "far"}),
            made(types.PEERING, "d", {"network": "far", "peerNetwork": "hub"}),
            made(
                types.TUNNEL,
                "tunnel",
                {"targetVpnGateway": "x", "remoteTrafficSelectors": ["203.0.113.0/24"]},
            ),
            route("line", "203.0.113.0/24", "hub", nextHopVpnTunnel="tunnel"),
            *[firewall(f"open-{each}", "allow", network=each) for each in ("vpc", "hub", "far")],
        ]

    partner = Scope(SCOPE.segments, SCOPE.enterprise)
    assert proven(never(plan(exports=True, imports=True), "training", "inference")), "two peerings away"
    direct = [
        *plan(True, True),
        *[
            made(types.PEERING, f"e{a}", {"network": a, "peerNetwork": b})
            for a, b in (("vpc", "far"), ("far", "vpc"))
        ],
    ]
    assert violated(never(direct, "training", "inference"))
    outside = "203.0.113.0/24"
    for exports, imports in ((True, True), (True, False), (False, True)):
        verdict = _to_line(plan(exports, imports), outside, partner)
        assert verdict is (exports and imports)


def _to_line(resources: Sequence[Resource], destination: str, scope: Scope) -> bool:
    """Whether a model leads from the network to the line of the hub."""
    from isolation.gcp import translate
    from isolation.resources import Graph

    model = translate(Graph(resources), scope)
    return any(
        one.router == "network vpc" and destination in one.name and "imported" in one.name
        for one in model.routes
    )


def test_13_ranges_of_health_checks_and_proxies_are_the_gateway() -> None:
    checks = firewall("checks", "allow", sourceRanges=["35.191.0.0/16", "130.211.0.0/22"])
    plan = [network(), *BASE, checks]
    assert proven(never(plan, "internet", "training"))
    assert violated(never(plan, "edge", "training")), "it is the gateway that reaches it"
    exposed = [*plan, machine("open", "training", "10.0.0.9", public=True), firewall("any", "allow")]
    assert violated(never(exposed, "internet", "training"))


def test_14_rdma_networks_have_a_firewall_of_their_own() -> None:
    roce = network(networkProfile="zone-vpc-roce")
    denied = [firewall("d", "deny"), *policy("p", [rule(1, "deny")])]
    assert violated(never([roce, *BASE, *denied], "edge", "training")), (
        "VPC rules and global policies do not count"
    )
    assert proven(never([network(), *BASE, *denied], "edge", "training"))
    regional = policy("r", [rule(1, "deny", ALL)], REGION)
    assert proven(never([roce, *BASE, *regional], "edge", "training"))
    one_way = policy("r", [rule(1, "deny", EDGE), rule(2, "allow", ALL)], REGION)
    assert not proven(reaches([roce, *BASE, *one_way], "training", "edge")), "stateless: the answer is denied"
    assert proven(reaches([roce, *BASE], "training", "edge"))


def test_an_unknown_target_is_resolved_by_dependencies_or_left_open() -> None:
    value = made(types.TAG_VALUE, "value", {}, "tagValues/1")
    trainer = machine("trainer", "training", "10.0.0.5", params={"resourceManagerTags": {"k": "tagValues/1"}})
    base = [
        network(),
        value,
        *[one for one in BASE if one.type == types.SUBNET],
        trainer,
        machine("web", "edge", "10.0.1.5"),
    ]
    parts = policy("p", [rule(1, "deny", ALL), rule(2, "allow", ALL)])
    for references, kept in (({"targetSecureTags": [value.urn]}, True), ({}, False)):
        deny = Resource.of(
            parts[2].urn,
            parts[2].type,
            {**parts[2].properties, "targetSecureTags": [{"name": UNKNOWN}]},
            references=references,
        )
        verdict = never([*base, *parts[:2], deny, parts[3]], "edge", "training", declared=True)
        assert proven(verdict) if kept else unproven(verdict), told(verdict)
        if not kept:
            assert any("targetSecureTags" in missing for missing in verdict.missing)


def test_egress_rules_of_policies_hold_the_internet() -> None:
    plan = [network(), *BASE, route("default"), *nat()]
    assert proven(never([*plan, *policy("p", [out(1, "deny")])], "training", "internet"))
    leak = never([*plan, *policy("p", [out(1000, "allow"), out(65530, "deny")])], "training", "internet")
    assert violated(leak)
    assert leak.path and any(
        "priority 65530" in line and "comes first" in line for line in leak.path.shadowed
    )


def test_a_type_that_is_not_known_leaves_claims_unproven() -> None:
    spoke = made("gcp:networkconnectivity/spoke:Spoke", "spoke", {"hub": "h"})
    verdict = never([network(), *BASE, spoke], "training", "internet")
    assert unproven(verdict)
    assert "Spoke spoke is not modelled" in told(verdict)
    quiet = made("gcp:compute/healthCheck:HealthCheck", "check", {})
    assert proven(never([network(), *BASE, quiet], "training", "internet"))


def test_a_network_is_known_by_the_name_that_it_will_have() -> None:
    """Before a network is made its id is not known, and yet another team's route can name it."""
    urn = f"urn:pulumi:test::test::{types.NETWORK}::vpc"
    settings = {
        "name": "main",
        "project": "ours",
        "autoCreateSubnetworks": False,
        "deleteDefaultRoutesOnCreate": True,
    }
    planned = Resource.of(urn, types.NETWORK, settings)
    places = [
        Resource.of(
            one.urn,
            one.type,
            {**one.properties, "network": UNKNOWN},
            references={"network": [urn]},
            id_=one.id,
        )
        if one.type == types.SUBNET
        else one
        for one in BASE
    ]

    def leak(path: str) -> Verdict:
        out = route("out", network=f"projects/{path}")
        gateway = nat()
        router = made(types.ROUTER, "router", {"network": f"projects/{path}", "region": "r"})
        return never([planned, *places, out, router, gateway[1]], "training", "internet")

    found = leak("ours/global/networks/main")
    assert violated(found), told(found)
    assert "out (0.0.0.0/0)" in told(found)
    assert not violated(leak("theirs/global/networks/main")), (
        "another project's network has another address plan"
    )
