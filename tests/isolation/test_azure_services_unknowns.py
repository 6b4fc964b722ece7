"""An unknown value of a cluster, balancer, gateway or endpoint never proves what a known one breaks, and a
broken one ends in a verdict: every place of every plan is tried."""

from __future__ import annotations

import pytest

from isolation.azure import types
from isolation.claims import Claim, Expect
from isolation.resources import Resource
from isolation.verdicts import Outcome, Verdict
from tests.isolation.azure_plan import ALONE, PLACES, arm, end, made, report
from tests.isolation.test_azure_balancers import (
    FRONT,
    INSIDE,
    LINKED,
    POOL,
    balancer,
    balancing,
    behind,
    door,
    firewall,
    gateway,
    service,
)
from tests.isolation.test_azure_clusters import cluster, subnet_id, workload
from tests.isolation.test_azure_exits import endpoint
from tests.isolation.unknowns import BROKEN, places, replaced, waiting

OUT = {"name": "out", "backendAddressPool": POOL, "frontendIPConfigurations": [FRONT]}
SYSTEM = "=nodes aks-system"
NODES = made(
    types.NODE_POOL,
    "gpu",
    {"resourceName": "aks", "agentPoolName": "gpu", "vnetSubnetID": subnet_id("training")},
)
API = made(
    types.API_MANAGEMENT,
    "api",
    {
        "serviceName": "api",
        "virtualNetworkType": "External",
        "virtualNetworkConfiguration": {"subnetResourceId": arm("virtualNetworks/net/subnets/edge")},
    },
)
# What is broken in each plan, as it is known: a claim that something never reaches something.
PLANS: dict[str, tuple[list[Resource], list[tuple[str, str]]]] = {
    "balancer": (
        [*PLACES, behind(), *balancer(loadBalancingRules=[balancing()], outboundRules=[OUT])],
        [("internet", "training"), ("training!", "internet")],
    ),
    "internal balancer": (
        [*PLACES, behind(), *balancer(public=False, loadBalancingRules=[balancing()])],
        [("edge", "=front end front of load balancer lb to interface trainer")],
    ),
    "cluster": (
        [*PLACES, cluster({}, {"enableNodePublicIP": True}, outboundType="loadBalancer"), NODES],
        [("internet", "training"), (SYSTEM, "internet"), (SYSTEM, "data")],
    ),
    "private cluster": (
        [*PLACES, cluster(), *workload(), service()],
        [
            ("edge", "=control plane of aks"),
            ("=pod jobs/trainer (Pod) in aks", "data"),
            ("internet", "training"),
        ],
    ),
    "gateway": ([*INSIDE, *gateway(), firewall("Detection")], [("internet", "training")]),
    "gateway without a firewall": (
        [*INSIDE, *gateway(firewallPolicy=None)],
        [("internet", "training"), ("edge", "training")],
    ),
    "Front Door": ([*LINKED, *door(mode="Detection")], [("internet", "training")]),
    "API Management": ([*INSIDE, API], [("edge", "training"), ("internet", "edge")]),
    "endpoint": ([*PLACES, endpoint(arm("x/y"))], [("training", "=endpoint store"), ("edge", "data")]),
}
# Resources of the network and of clusters' contents are tried elsewhere.
TRIED = frozenset(
    {
        types.LOAD_BALANCER,
        types.CLUSTER,
        types.NODE_POOL,
        types.APPLICATION_GATEWAY,
        types.WAF_POLICY,
        types.LINK_SERVICE,
        types.FRONT_DOOR_ENDPOINT,
        types.FRONT_DOOR_ROUTE,
        types.FRONT_DOOR_GROUP,
        types.FRONT_DOOR_ORIGIN,
        types.FRONT_DOOR_SECURITY,
        types.FRONT_DOOR_POLICY,
        types.API_MANAGEMENT,
        types.PRIVATE_ENDPOINT,
        types.KUBERNETES_SERVICE,
    }
)


def judged(plan: list[Resource], pairs: list[tuple[str, str]]) -> tuple[Verdict, ...]:
    claims = [Claim(f"{one} {other}", Expect.NEVER, end(one), end(other)) for one, other in pairs]
    return report(plan, *claims, scope=ALONE).verdicts


@pytest.mark.parametrize("name", PLANS)
def test_an_unknown_value_never_proves_what_a_known_one_breaks(name: str) -> None:
    plan, pairs = PLANS[name]
    known = judged(plan, pairs)
    assert any(one.outcome is Outcome.VIOLATED for one in known)
    for index, path in places(plan, TRIED):
        later = judged(waiting(plan, index, path), pairs)
        for before, after in zip(known, later, strict=True):
            # What is asked for by its name may be called otherwise.
            renamed = path[-1] in ("name", "vnetSubnetID") and "nothing in the plan" in " ".join(
                after.because
            )
            if before.outcome is Outcome.VIOLATED and not renamed:
                assert after.outcome is not Outcome.PROVEN, (
                    plan[index].label,
                    path,
                    before.claim.name,
                )


@pytest.mark.parametrize("name", PLANS)
def test_broken_values_end_in_a_verdict(name: str) -> None:
    plan, pairs = PLANS[name]
    for index, path in places(plan, TRIED):
        for new in BROKEN:
            found = judged(replaced(plan, index, path, new), pairs[:1])
            assert found[0].outcome in Outcome
