"""Pods of EKS in the network of their nodes: pod, node, route, gateway, and what stops them on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind
from isolation.proof import model_of, prove
from isolation.resources import UNKNOWN, Graph, Resource
from isolation.table import Question
from isolation.verdicts import Verdict
from tests.isolation.aws_plan import (
    BASE,
    SCOPE,
    acl,
    allow,
    group,
    made,
    nat,
    opened,
    route,
    subnet,
    table,
)
from tests.isolation.gcp_plan import proven, told, unproven, violated

PROVIDER = "urn:pulumi:test::test::pulumi:providers:kubernetes::eks"
WITHOUT_WEB = [one for one in BASE if one.name not in ("trainer", "web")]
CLUSTER = made(
    types.CLUSTER, "eks", {"vpcConfig": {"subnetIds": ["training"], "endpointPublicAccess": False}}
)
TEMPLATE = made(types.TEMPLATE, "template", {"vpcSecurityGroupIds": ["sg-open"]})


def nodes(name: str = "pool", *subnets: str, template: str = "template") -> Resource:
    asked = {
        "clusterName": "eks",
        "subnetIds": list(subnets or ["training"]),
        "launchTemplate": {"id": template},
    }
    return made(types.NODE_GROUP, name, asked)


def addon(**settings: Any) -> Resource:
    asked = {"clusterName": "eks", "addonName": "vpc-cni", **settings}
    return made(types.ADDON, "eks-vpc-cni", asked)


ENFORCED = addon(configurationValues='{"enableNetworkPolicy": "true"}')
OPEN = [*WITHOUT_WEB, CLUSTER, TEMPLATE, *nat("edge", "training")]


def object_(kind: str, name: str, spec: dict[str, Any], **references: list[str]) -> Resource:
    urn = f"urn:pulumi:test::test::kubernetes:{kind}::{name}"
    body = {"metadata": {"name": name, "namespace": "ai"}, "spec": spec}
    return Resource.of(urn, f"kubernetes:{kind}", body, provider=f"{PROVIDER}::id", references=references)


def deployment(name: str = "a") -> Resource:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c"}]}}
    return object_("apps/v1:Deployment", name, {"template": template})


def policy(**spec: Any) -> Resource:
    asked: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Egress", "Ingress"], **spec}
    return object_("networking.k8s.io/v1:NetworkPolicy", "p", asked)


def from_the_pod(resources: list[Resource], to: str = "internet", pod: str = "ai/a") -> Verdict:
    """The verdict of "no pod of the workload reaches `to`", wherever it is started."""
    graph = Graph(resources)
    names = frozenset(
        one.name for one in model_of(graph, SCOPE).endpoints if one.name.startswith(f"pod {pod} ")
    )
    assert names, "the plan has no such pod"
    claim = Claim("claim", Expect.NEVER, End(pod, names=names), End.of(to))
    return prove(graph, Question(SCOPE, (claim,))).verdicts[0]


def to_the_pod(resources: list[Resource], source: str) -> Verdict:
    claim = Claim("claim", Expect.NEVER, End.of(source), End.of("training", Kind.POD))
    return prove(Graph(resources), Question(SCOPE, (claim,))).verdicts[0]


def test_from_the_pod_by_its_node_and_a_nat_gateway_to_the_internet() -> None:
    found = from_the_pod([*OPEN, nodes(), ENFORCED, deployment()])
    assert violated(found)
    assert found.path
    steps = "\n".join(found.path.steps)
    order = [
        "NetworkPolicies (none selects it) egress",
        "sg-open-egress",
        "nat-training",
        "NAT gateway nat",
        "igw-vpc",
    ]
    places = [steps.index(each) for each in order]
    assert places == sorted(places), steps
    no_route = [one for one in OPEN if one.name != "nat-training"]
    assert proven(from_the_pod([*no_route, nodes(), ENFORCED, deployment()]))


def test_a_group_or_an_acl_of_its_node_stops_a_pod() -> None:
    shut = made(types.TEMPLATE, "shut", {"vpcSecurityGroupIds": ["sg-shut"]})
    plan = [*OPEN, ENFORCED, deployment(), shut, group("sg-shut")]
    assert proven(from_the_pod([*plan, nodes(template="shut")]))
    let_out = allow("out-443", "sg-shut", "egress", ipProtocol="tcp", fromPort=443, toPort=443)
    assert violated(from_the_pod([*plan, let_out, nodes(template="shut")]))
    assert proven(from_the_pod([*OPEN, ENFORCED, deployment(), nodes(), acl("wall", "training")]))


def test_a_policy_of_the_pod_stops_it_where_the_plugin_enforces_it() -> None:
    plan = [*OPEN, nodes(), deployment(), policy()]
    closed = from_the_pod([*plan, ENFORCED])
    assert proven(closed)
    assert "NetworkPolicies ai/p egress" in told(closed)
    assert violated(from_the_pod([*plan, addon()])), "the plugin's default is not to enforce"
    assert violated(from_the_pod([*plan])), "the plugin that is there without an add-on does not either"
    unsure = from_the_pod([*plan, addon(configurationValues=UNKNOWN)])
    assert unproven(unsure)
    assert "Addon eks-vpc-cni: configurationValues" in told(unsure)
    written = addon(configurationValues="enableNetworkPolicy: 'true'")
    assert proven(from_the_pod([*plan, written])), "values may be YAML, too"
    cilium = object_("helm.sh/v3:Release", "cilium", {})
    chart = Resource.of(cilium.urn, cilium.type, {"chart": "cilium"}, provider=cilium.provider)
    assert proven(from_the_pod([*plan, chart]))


def test_policies_bind_nobody_on_fargate() -> None:
    profile = made(types.FARGATE, "serverless", {"clusterName": "eks", "subnetIds": ["training"]})
    plan = [*OPEN, profile, deployment(), policy(), ENFORCED]
    assert violated(from_the_pod(plan))
    report = prove(Graph(plan), Question(SCOPE, ()))
    assert any("not enforced on Fargate pods of serverless" in note for note in report.notes)


def test_a_pod_may_be_started_in_any_subnet_of_its_nodes() -> None:
    """The first pool has no way out, the second has."""
    away = [subnet("far", "10.0.3.0/24"), *table("far", "far")]
    pools = [nodes("closed", "far"), nodes("open", "training")]
    plan = [*OPEN, *away, ENFORCED, deployment(), *pools]
    found = from_the_pod(plan)
    assert violated(found)
    assert "nodes open in subnet training" in told(found)
    assert proven(from_the_pod([one for one in plan if one.name != "nat-training"]))


def test_pods_have_the_subnet_and_groups_of_an_eniconfig() -> None:
    """Custom networking puts pods where no node stands; a range of addresses of its own is usual."""
    asked = {"subnet": "pods", "securityGroups": ["sg-pods"]}
    ground = [
        *(one for one in OPEN if one.name != "nat-training"),
        subnet("pods", "10.0.8.0/24"),
        *table("pods", "pods"),
        group("sg-pods"),
        nodes(),
        deployment(),
        object_("crd.k8s.amazonaws.com/v1alpha1:ENIConfig", "zone", asked),
    ]
    assert proven(from_the_pod(ground))
    out = route("pods-out", "pods", natGatewayId="nat")
    assert proven(from_the_pod([*ground, out])), "its group lets nothing out"
    let_out = allow("out", "sg-pods", "egress")
    found = from_the_pod([*ground, out, let_out])
    assert violated(found)
    assert "pods by ENIConfig zone in subnet pods" in told(found)


def test_an_eniconfig_of_a_cluster_elsewhere_leaves_claims_open() -> None:
    config = object_("crd.k8s.amazonaws.com/v1alpha1:ENIConfig", "zone", {"subnet": "training"})
    stray = replace(config, provider=f"{PROVIDER.replace('eks', 'far')}::id")
    plan = [*(one for one in OPEN if one.name != "nat-training"), nodes(), deployment()]
    assert unproven(from_the_pod([*plan, stray]))
    assert proven(from_the_pod([*plan, config]))


def test_pods_have_the_groups_of_a_security_group_policy() -> None:
    asked = {"podSelector": {}, "securityGroups": {"groupIds": ["sg-pods"]}}
    chosen = object_("vpcresources.k8s.aws/v1beta1:SecurityGroupPolicy", "own", asked)
    shut = made(types.TEMPLATE, "shut", {"vpcSecurityGroupIds": ["sg-shut"]})
    ground = [*OPEN, shut, group("sg-shut"), nodes(template="shut"), deployment(), chosen]
    assert proven(from_the_pod([*ground, group("sg-pods")]))
    found = from_the_pod([*ground, *opened("sg-pods")])
    assert violated(found)
    assert "SecurityGroupPolicy own" in told(found)


def test_pods_are_reached_with_their_nodes_groups() -> None:
    closed = made(types.TEMPLATE, "shut", {"vpcSecurityGroupIds": ["sg-shut"]})
    web = [one for one in BASE if one.name == "web"]
    plan = [*OPEN, *web, closed, group("sg-shut"), nodes(template="shut"), ENFORCED, deployment()]
    assert proven(to_the_pod(plan, "edge"))
    let_in = allow("in", "sg-shut", "ingress", "sg-open")
    assert violated(to_the_pod([*plan, let_in], "edge"))
    assert proven(to_the_pod([*plan, let_in, policy()], "edge")), "the pod's policy admits nobody"
