"""Pods in the network of their nodes: from the pod through its policies, its node and the routes outwards."""

from __future__ import annotations

from typing import Any

from isolation.claims import Claim, End, Expect
from isolation.gcp import types
from isolation.proof import prove
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.table import Question
from isolation.verdicts import Verdict
from tests.isolation.gcp_plan import (
    BASE,
    SCOPE,
    firewall,
    made,
    nat,
    network,
    proven,
    route,
    told,
    unproven,
    violated,
)

PROVIDER = "urn:pulumi:test::test::pulumi:providers:kubernetes::gke"
CLUSTER = made(
    types.CLUSTER,
    "gke",
    {
        "subnetwork": "training",
        "removeDefaultNodePool": True,
        "privateClusterConfig": {"enablePrivateNodes": True},
        "datapathProvider": "ADVANCED_DATAPATH",
        "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"},
    },
)
POOL = made(types.NODE_POOL, "pool", {"cluster": "gke", "nodeConfig": {}})
OPEN = [network(), *BASE, CLUSTER, POOL, route("default"), *nat()]


def object_(
    kind: str, name: str, spec: dict[str, Any], provider: str = PROVIDER, **metadata: Any
) -> Resource:
    urn = f"urn:pulumi:test::test::kubernetes:{kind}::{name}"
    body = {"metadata": {"name": name, "namespace": "ai", **metadata}, "spec": spec}
    return Resource.of(urn, f"kubernetes:{kind}", body, provider=f"{provider}::id")


def deployment(name: str, provider: str = PROVIDER) -> Resource:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c"}]}}
    return object_("apps/v1:Deployment", name, {"template": template}, provider)


def policy(**spec: Any) -> Resource:
    asked: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Egress", "Ingress"], **spec}
    return object_("networking.k8s.io/v1:NetworkPolicy", "p", asked)


def never(resources: list[Resource], source: str, destination: str) -> Verdict:
    ends = [
        End(text, names=frozenset({f"pod ai/{text} (Deployment) in gke"}))
        if text in ("a", "b")
        else End.of(text)
        for text in (source, destination)
    ]
    claim = Claim("claim", Expect.NEVER, ends[0], ends[1])
    return prove(Graph(resources), Question(SCOPE, (claim,))).verdicts[0]


def test_from_the_pod_by_its_node_to_the_internet() -> None:
    found = never([*OPEN, deployment("a")], "a", "internet")
    assert violated(found)
    assert found.path
    steps = "\n".join(found.path.steps)
    assert (
        steps.index("NetworkPolicies (none selects it) egress")
        < steps.index("the implied egress rule")
        < steps.index("Cloud NAT")
    )


def test_a_policy_of_the_pod_or_a_filter_of_its_node_stops_it() -> None:
    closed = never([*OPEN, deployment("a"), policy()], "a", "internet")
    assert proven(closed)
    assert "NetworkPolicies ai/p egress" in told(closed)
    assert proven(never([*OPEN, deployment("a"), firewall("d", "deny", "EGRESS")], "a", "internet"))
    assert violated(never([*OPEN, deployment("a"), policy(egress=[{}])], "a", "internet"))
    some = policy(egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}])
    assert proven(never([*OPEN, deployment("a"), some], "a", "internet"))
    assert violated(never([*OPEN, deployment("a"), policy()], "training", "internet")), (
        "the node itself is open"
    )


def test_selectors_hold_pods_of_their_own_cluster_only() -> None:
    other = PROVIDER.replace("gke", "far")
    peers = policy(ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "b"}}}]}], egress=[{}])
    pods = [deployment("a"), deployment("b"), peers]
    inside = firewall("pods", "allow", sourceRanges=["10.1.0.0/16"])
    assert violated(never([*OPEN, inside, *pods], "b", "a"))
    assert proven(never([*OPEN, inside, *pods], "a", "b")), "a is not admitted to b"
    foreign = deployment("b", other)
    absent = never([*OPEN, inside, deployment("a"), foreign, peers], "b", "a")
    assert proven(absent)
    assert "nothing in the plan is b" in told(absent)


def test_a_policy_that_is_not_known_leaves_its_pods_open() -> None:
    found = never(
        [*OPEN, deployment("a"), policy(egress=[{"to": [{"ipBlock": {"cidr": UNKNOWN}}]}])], "a", "internet"
    )
    assert unproven(found), told(found)
    assert "NetworkPolicy p: spec" in told(found)


def test_objects_that_cannot_be_read_are_told_and_pods_count_as_nodes() -> None:
    odd = object_("cilium.io/v2:CiliumLocalRedirectPolicy", "x", {})
    report = prove(Graph([*OPEN, deployment("a"), odd]), Question(SCOPE, ()))
    assert any("CiliumLocalRedirectPolicy" in note for note in report.notes)


def test_policies_that_nothing_enforces_bind_nobody() -> None:
    def cluster(**settings: Any) -> Resource:
        rest = {key: value for key, value in CLUSTER.properties.items() if key != "datapathProvider"}
        return made(types.CLUSTER, "gke", {**rest, **settings})

    plan = [network(), *BASE, POOL, route("default"), *nat(), deployment("a"), policy()]
    assert violated(never([*plan, cluster()], "a", "internet"))
    assert proven(never([*plan, cluster(networkPolicy={"enabled": True})], "a", "internet"))
    unsure = never([*plan, cluster(datapathProvider=UNKNOWN)], "a", "internet")
    assert unproven(unsure)
    assert "Cluster gke: datapathProvider" in told(unsure)
    notes = prove(Graph([*plan, cluster()]), Question(SCOPE, ())).notes
    assert "NetworkPolicies are not enforced on nodes pool" in notes


def test_a_pod_may_stand_on_any_pool_of_its_cluster() -> None:
    closed = firewall("d", "deny", "EGRESS", targetTags=["closed"])
    pools = [
        made(types.NODE_POOL, name, {"cluster": "gke", "nodeConfig": {"tags": [name]}})
        for name in ("closed", "open")
    ]
    plan = [network(), *BASE, CLUSTER, route("default"), *nat(), closed, deployment("a")]
    end = End(
        "a", names=frozenset({f"pod ai/a (Deployment) in gke on nodes {one}" for one in ("closed", "open")})
    )

    def verdict(*more: Resource) -> Verdict:
        claim = Claim("claim", Expect.NEVER, end, End.of("internet"))
        return prove(Graph([*plan, *pools, *more]), Question(SCOPE, (claim,))).verdicts[0]

    assert violated(found := verdict())
    assert "on nodes open" in told(found)
    assert proven(verdict(firewall("too", "deny", "EGRESS", targetTags=["open"])))
