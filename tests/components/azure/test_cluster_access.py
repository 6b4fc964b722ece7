"""Who acts in a cluster of Azure, and as whom its pods act on Azure."""

from __future__ import annotations

from typing import Any

import pytest

from components.accounts import TRAINING_ACCOUNTS, KubernetesAccount
from components.azure.cluster_access import ClusterAccess, ClusterAccessArgs
from components.azure.workload_bindings import WorkloadBindings, WorkloadBindingsArgs
from components.contracts import Workload
from tests.components.azure.clusters import cluster, identity
from tests.components.azure.platform import NAME, PLACE
from tests.components.recorder import Made, build, differences, value

OWN = f"{NAME}-training"
OPERATORS, ADMINISTRATORS = "11111111-2222-4333-8444-555555555555", "22222222-3333-4444-8555-666666666666"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
BINDING = "azure-native:containerservice:IdentityBinding"
CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"


def access() -> list[Made]:
    args = ClusterAccessArgs(
        place=PLACE,
        cluster=cluster(OWN),
        deployer=identity(Workload.DEPLOYER),
        operators=(OPERATORS,),
        administrators=(ADMINISTRATORS,),
    )
    return build(lambda: ClusterAccess(OWN, args))


def bound(**changes: Any) -> list[Made]:
    given: dict[str, Any] = {
        "place": PLACE,
        "cluster": cluster(OWN),
        "accounts": TRAINING_ACCOUNTS,
        "identities": {workload: identity(workload) for workload in Workload},
        **changes,
    }
    return build(lambda: WorkloadBindings(OWN, WorkloadBindingsArgs(**given)))


def test_inventory() -> None:
    assert differences([*access(), *bound()], "azure-cluster-access") == []


def test_the_deployer_alone_administrates_for_good() -> None:
    admin = [
        each
        for each in access()
        if each.type == ASSIGNMENT and value(each, "roleDefinitionId").endswith(CLUSTER_ADMIN)
    ]
    assert [value(each, "principalId") for each in admin] == ["deployer-object"]
    (eligible,) = [each for each in access() if each.type.endswith(":PimRoleEligibilitySchedule")]
    assert value(eligible, "principalId") == ADMINISTRATORS
    assert value(eligible, "justification")


def test_everybody_else_only_looks() -> None:
    looking = {
        value(each, "roleDefinitionId").rpartition("/")[2] for each in access() if OPERATORS in each.name
    }
    assert looking == {"7f6c6a51-bcf8-42ba-9220-52d62157d7db", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"}


def test_the_kubeconfig_waits_for_the_deployers_right() -> None:
    seen: list[str] = []

    def program() -> None:
        args = ClusterAccessArgs(place=PLACE, cluster=cluster(OWN), deployer=identity(Workload.DEPLOYER))
        ClusterAccess(OWN, args).cluster.kubeconfig.apply(seen.append)

    build(program)
    assert seen == ["{}"]


def test_identities_are_bound_one_after_the_other() -> None:
    bindings = {each.name: each for each in bound() if each.type == BINDING}
    trainer, pipeline, signer = (bindings[f"{OWN}-{each}"] for each in ("trainer", "pipeline", "signer"))
    assert trainer.urn in pipeline.dependencies
    assert pipeline.urn in signer.dependencies


@pytest.mark.parametrize("workload", [Workload.NODES, Workload.DEPLOYER])
def test_nodes_and_the_deployer_are_bound_to_nothing(workload: Workload) -> None:
    with pytest.raises(ValueError, match="does not run in pods"):
        bound(accounts={workload: KubernetesAccount(namespace="training", name="someone")})
