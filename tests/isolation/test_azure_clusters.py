"""AKS on Azure: where API servers answer, how nodes leave, where pods stand."""

from __future__ import annotations

from typing import Any

import pytest

from isolation.addresses import addresses
from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Model
from isolation.proof import model_of
from isolation.resources import UNKNOWN, Graph, Resource
from tests.isolation.azure_plan import (
    ALONE,
    PLACES,
    arm,
    group,
    made,
    never,
    reaches,
    report,
    rule,
    subnet,
    without,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

OVERLAY = {"networkPlugin": "azure", "networkPluginMode": "overlay", "networkPolicy": "cilium"}
PRIVATE = {"enablePrivateCluster": True, "disableRunCommand": True}


def subnet_id(name: str) -> str:
    return arm(f"virtualNetworks/net/subnets/{name}")


def cluster(
    access: dict[str, Any] | None = None, pool: dict[str, Any] | None = None, **network: Any
) -> Resource:
    """A private cluster of an overlay, without a way out of its own, in the subnet training."""
    profile = {**OVERLAY, "podCidr": "10.200.0.0/16", "outboundType": "none", **network}
    pools = [{"name": "system", "vnetSubnetID": subnet_id("training"), **(pool or {})}]
    asked = {
        "resourceName": "aks",
        "agentPoolProfiles": pools,
        "networkProfile": profile,
        "apiServerAccessProfile": PRIVATE if access is None else access,
    }
    return made(types.CLUSTER, "aks", asked)


def workload(name: str = "trainer", **spec: Any) -> list[Resource]:
    """A pod in the cluster."""
    provider = made("pulumi:providers:kubernetes", "k8s", {"clusterIdentifier": "some/aks"})
    manifest = {
        "metadata": {"name": name, "namespace": "jobs", "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "trainer"}], **spec},
    }
    return [provider, in_cluster("core/v1:Pod", name, manifest)]


def in_cluster(kind: str, name: str, properties: dict[str, Any]) -> Resource:
    urn = f"urn:pulumi:test::test::kubernetes:{kind}::{name}"
    provider = "urn:pulumi:test::test::pulumi:providers:kubernetes::k8s::id"
    return Resource.of(urn, f"kubernetes:{kind}", properties, provider=provider)


def guarded_training() -> Resource:
    """The subnet training, whose group holds for private endpoints, too."""
    policies = "NetworkSecurityGroupEnabled"
    return subnet("training", "10.0.0.0/24", nsg="shut", privateEndpointNetworkPolicies=policies)


def model(*resources: Resource) -> Model:
    return model_of(Graph([*PLACES, *resources]), ALONE)


def test_nodes_reach_their_private_api_server_and_the_internet_does_not() -> None:
    plan = [*PLACES, cluster()]
    assert proven(reaches(plan, "=nodes aks-system", "training", Kind.CONTROL_PLANE))
    assert proven(never(plan, "internet", "=control plane of aks"))
    closed = [
        *without(plan, "training"),
        group("own"),
        rule("no", "own", "Outbound Deny 100"),
        subnet("training", "10.0.0.0/24", nsg="own"),
    ]
    assert violated(reaches(closed, "=nodes aks-system", "training", Kind.CONTROL_PLANE))


# A plan whose training subnet lets nobody in, so that only what passes its group by reaches it.
SHUT = [
    *without(PLACES, "training"),
    group("shut"),
    rule("no", "shut", "Inbound Deny 100"),
    subnet("training", "10.0.0.0/24", nsg="shut"),
]


@pytest.mark.parametrize("access", [{}, {"authorizedIPRanges": ["203.0.113.0/24"]}])
def test_a_public_api_server_answers_on_the_internet(access: dict[str, Any]) -> None:
    found = never([*SHUT, cluster(access)], "internet", "training")
    assert violated(found)
    assert "public endpoint of aks" in told(found)
    guarded = [*without(SHUT, "training"), guarded_training()]
    assert proven(never([*guarded, cluster()], "internet", "training"))


def test_authorised_ranges_hold_everybody_else_off() -> None:
    claim = Claim(
        "office",
        Expect.NEVER,
        End("elsewhere", "internet", within=addresses("198.51.100.0/24")),
        End("=", names=frozenset({"public endpoint of aks"})),
    )
    listed = cluster({"authorizedIPRanges": ["203.0.113.0/24"]})
    assert proven(report([*PLACES, listed], claim, scope=ALONE).verdicts[0])
    assert violated(report([*PLACES, cluster({})], claim, scope=ALONE).verdicts[0])
    unknown = cluster({"authorizedIPRanges": [UNKNOWN]})
    assert unproven(report([*PLACES, unknown], claim, scope=ALONE).verdicts[0])


def test_whether_a_cluster_is_private_may_be_open() -> None:
    guarded = [*without(SHUT, "training"), guarded_training()]
    found = never([*guarded, cluster({"enablePrivateCluster": UNKNOWN})], "internet", "training")
    assert unproven(found)
    assert any("enablePrivateCluster" in one for one in found.missing)


def test_an_api_server_in_a_subnet_of_its_own_is_behind_its_group() -> None:
    access = {"enableVnetIntegration": True, "enablePrivateCluster": True, "subnetId": subnet_id("edge")}
    plan = [*PLACES, cluster(access)]
    assert violated(never(plan, "training", "=control plane of aks"))
    shut = [
        *without(plan, "edge"),
        group("own"),
        rule("no", "own", "Inbound Deny 100"),
        subnet("edge", "10.0.1.0/24", nsg="own"),
    ]
    assert proven(never(shut, "training", "=control plane of aks"))
    # By private link no group of the subnet holds, until the subnet says so.
    by_link = [*without(shut, "aks"), cluster(PRIVATE, {"vnetSubnetID": subnet_id("edge")})]
    assert violated(never(by_link, "training", "=control plane of aks"))


@pytest.mark.parametrize("outbound", ["loadBalancer", "managedNATGateway", ""])
def test_what_aks_makes_for_nodes_is_a_way_out(outbound: str) -> None:
    """A load balancer is what it makes unless it is told."""
    leak = never([*PLACES, cluster(outboundType=outbound)], "=nodes aks-system", "internet")
    assert violated(leak), told(leak)


@pytest.mark.parametrize("outbound", ["none", "block", "userDefinedRouting", "userAssignedNATGateway"])
def test_without_a_way_out_that_aks_makes_the_network_decides(outbound: str) -> None:
    assert proven(never([*PLACES, cluster(outboundType=outbound)], "=nodes aks-system", "internet"))


def test_a_way_out_that_is_not_known_is_open_and_lets_nobody_in() -> None:
    plan = [*PLACES, cluster(outboundType=UNKNOWN)]
    assert unproven(never(plan, "=nodes aks-system", "internet"))
    balanced = [*PLACES, cluster(outboundType="loadBalancer")]
    assert proven(never(balanced, "internet", "=nodes aks-system"))


def test_nodes_with_addresses_of_their_own_are_on_the_internet() -> None:
    plan = [*PLACES, cluster(pool={"enableNodePublicIP": True})]
    assert violated(never(plan, "internet", "=nodes aks-system"))
    assert proven(never([*PLACES, cluster()], "internet", "=nodes aks-system"))


def test_pools_that_are_resources_of_their_own_stand_in_their_subnet() -> None:
    pool = made(
        types.NODE_POOL,
        "gpu",
        {"resourceName": "aks", "agentPoolName": "gpu", "vnetSubnetID": subnet_id("edge")},
    )
    nodes = {one.name: one for one in model(cluster(), pool).endpoints if one.name.startswith("nodes")}
    assert set(nodes) == {"nodes aks-system", "nodes gpu"}
    assert nodes["nodes gpu"].addresses == addresses("10.0.1.0/24")


def test_pods_of_an_overlay_are_known_by_their_node() -> None:
    found = model(cluster(), *workload())
    (place,) = found.clusters
    assert place.translated
    assert place.pods == addresses("10.200.0.0/16")
    (pod,) = [one for one in found.endpoints if one.kind is Kind.POD]
    assert pod.addresses == addresses("10.0.0.0/24")
    # A rule for the node's range lets the pod out; one for the pods' own range, which nobody sees, does not.
    for source, leaves in (("10.0.0.0/24", True), ("10.200.0.0/16", False)):
        plan = [
            *without(PLACES, "training"),
            group("own"),
            rule("may", "own", "Outbound Allow 100", source=source),
            rule("no", "own", "Outbound Deny 200"),
            subnet("training", "10.0.0.0/24", nsg="own"),
            cluster(),
            *workload(),
        ]
        assert violated(never(plan, f"={pod.name}", "edge")) is leaves


def test_pods_that_share_the_network_of_nodes_have_its_addresses() -> None:
    found = model(cluster(networkPluginMode=""), *workload())
    (place,) = found.clusters
    assert not place.translated
    assert place.pods == addresses("10.0.0.0/24")


def test_pods_with_a_subnet_of_their_own_are_behind_its_group() -> None:
    pool = {"podSubnetID": subnet_id("edge")}
    plan = [*PLACES, cluster(pool=pool, networkPluginMode=""), *workload()]
    (pod,) = [one.name for one in model_of(Graph(plan), ALONE).endpoints if one.kind is Kind.POD]
    assert violated(never(plan, f"={pod}", "data"))
    shut = [
        *without(plan, "edge"),
        group("own"),
        rule("no", "own", "Outbound Deny 100"),
        subnet("edge", "10.0.1.0/24", nsg="own"),
    ]
    assert proven(never(shut, f"={pod}", "data"))


def test_network_policies_hold_only_where_something_enforces_them() -> None:
    policy: dict[str, Any] = {
        "metadata": {"name": "none", "namespace": "jobs"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
    }
    shut = [*workload(), in_cluster("networking.k8s.io/v1:NetworkPolicy", "none", policy)]
    pod = "=pod jobs/trainer (Pod) in aks"
    assert proven(never([*PLACES, cluster(), *shut], pod, "edge"))
    assert violated(never([*PLACES, cluster(networkPolicy=""), *shut], pod, "edge"))
    assert unproven(never([*PLACES, cluster(networkPolicy=UNKNOWN), *shut], pod, "edge"))


def test_a_cluster_without_a_subnet_has_a_network_that_nobody_sees() -> None:
    pools = {"agentPoolProfiles": [{"name": "system"}], "networkProfile": {"outboundType": "none"}}
    away = made(types.CLUSTER, "aks", {"resourceName": "aks", **pools})
    found = never([*PLACES, away], "=nodes aks-system", "training")
    assert unproven(found)
    assert any("AKS makes" in one for one in found.missing)
    assert proven(never([*PLACES, cluster()], "=nodes aks-system", "internet"))


@pytest.mark.parametrize(
    "more",
    [
        {"ingressProfile": {"webAppRouting": {"enabled": True}}},
        {"addonProfiles": {"ingressApplicationGateway": {"enabled": True}}},
        {"addonProfiles": {"aciConnectorLinux": {"enabled": True}}},
        {"serviceMeshProfile": {"mode": "Istio"}},
        {"ingressProfile": {"webAppRouting": {"enabled": UNKNOWN}}},
    ],
)
def test_what_aks_makes_by_itself_leaves_claims_open(more: dict[str, Any]) -> None:
    plain = cluster()
    grown = made(types.CLUSTER, "aks", {**plain.properties, **more})
    found = never([*PLACES, grown], "internet", "=nodes aks-system")
    assert unproven(found)
    assert any("is not modelled" in one for one in found.missing)
    off = made(
        types.CLUSTER, "aks", {**plain.properties, "addonProfiles": {"azurepolicy": {"enabled": True}}}
    )
    assert proven(never([*PLACES, off], "internet", "=nodes aks-system"))


def test_commands_run_past_the_network_are_told() -> None:
    claim = Claim("claim", Expect.NEVER, End.of("training"), End.of("internet"))

    def told_of(access: dict[str, Any]) -> bool:
        return any("disableRunCommand" in one.why for one in report([*PLACES, cluster(access)], claim).exits)

    assert told_of({"enablePrivateCluster": True})
    assert not told_of(PRIVATE)
