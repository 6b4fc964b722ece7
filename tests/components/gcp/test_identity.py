"""Identities and what binds pods to them: exact children, and nothing broader than one resource."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from components.accounts import KubernetesAccount
from components.contracts import Workload
from components.gcp.identity import NODE_ROLE, Identities, IdentitiesArgs
from components.gcp.workload_bindings import WorkloadBindings, WorkloadBindingsArgs
from tests.components.gcp.platform import NAME, PROJECT, cluster, identity
from tests.components.recorder import Made, build, differences, fails_with, value

DEPLOYERS = (
    "group:platform@example.com",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/acme/ai",
)
ON_PROJECT = "gcp:projects/iAMMember:IAMMember"
ON_ACCOUNT = "gcp:serviceaccount/iAMMember:IAMMember"


def made(*deployers: str, preview: bool = False) -> list[Made]:
    return build(
        lambda: Identities(NAME, IdentitiesArgs(project=PROJECT, deployers=deployers)), preview=preview
    )


def bindings(accounts: Mapping[Workload, KubernetesAccount]) -> WorkloadBindings:
    args = WorkloadBindingsArgs(
        project=PROJECT,
        cluster=cluster(),
        accounts=accounts,
        identities={workload: identity(workload) for workload in Workload},
    )
    return WorkloadBindings(f"{NAME}-training", args)


def test_identities_are_the_inventory() -> None:
    assert differences(made(*DEPLOYERS), "identities") == []


def test_the_same_is_planned_at_preview() -> None:
    names = [(each.type, each.name) for each in made(*DEPLOYERS)]
    assert [(each.type, each.name) for each in made(*DEPLOYERS, preview=True)] == names


def test_no_account_has_a_key() -> None:
    assert not [each for each in made(*DEPLOYERS) if "key" in each.type.lower()]


def test_the_node_role_is_the_only_one_on_the_project() -> None:
    on_project = [each for each in made(*DEPLOYERS) if each.type == ON_PROJECT]
    assert [(value(each, "role"), value(each, "member")) for each in on_project] == [
        (NODE_ROLE, f"serviceAccount:{NAME}-nodes@{PROJECT}.iam.gserviceaccount.com")
    ]


@pytest.mark.parametrize("everybody", ["allUsers", "allAuthenticatedUsers"])
def test_nobody_becomes_the_deployer_by_being_anybody(everybody: str) -> None:
    said = fails_with(lambda: Identities(NAME, IdentitiesArgs(project=PROJECT, deployers=(everybody,))))
    assert f"{everybody} is everybody" in said


def test_account_ids_fit_the_longest_name() -> None:
    """An account id has 6 to 30 characters (cloud.google.com/iam/docs/service-accounts-create)."""
    longest = f"{'p' * 12}-staging"
    accounts = build(lambda: Identities(longest, IdentitiesArgs(project=PROJECT)))
    ids = [value(each, "accountId") for each in accounts if each.type.endswith(":Account")]
    assert len(ids) == len(Workload)
    assert all(6 <= len(each) <= 30 for each in ids)


def test_a_pod_acts_as_its_workload_alone() -> None:
    accounts = {
        Workload.TRAINER: KubernetesAccount(namespace="training", name="trainer"),
        Workload.PIPELINE: KubernetesAccount(namespace="pipeline", name="pipeline"),
    }
    made = [each for each in build(lambda: bindings(accounts)) if each.type == ON_ACCOUNT]
    assert [
        (value(each, "serviceAccountId"), value(each, "member"), value(each, "role")) for each in made
    ] == [
        (
            f"projects/{PROJECT}/serviceAccounts/{workload}@{PROJECT}.iam.gserviceaccount.com",
            f"serviceAccount:{PROJECT}.svc.id.goog[{where}]",
            "roles/iam.workloadIdentityUser",
        )
        for workload, where in (("pipeline", "pipeline/pipeline"), ("trainer", "training/trainer"))
    ]


@pytest.mark.parametrize("workload", [Workload.NODES, Workload.DEPLOYER])
def test_no_pod_acts_as_nodes_or_deployer(workload: Workload) -> None:
    accounts = {workload: KubernetesAccount(namespace="training", name="sneaky")}
    assert f"{workload} does not run in pods" in fails_with(lambda: bindings(accounts))


@pytest.mark.parametrize("wildcard", ["*", "training/*", "", "Training"])
def test_a_binding_names_one_account(wildcard: str) -> None:
    with pytest.raises(ValueError, match="should match pattern"):
        KubernetesAccount(namespace=wildcard, name="trainer")
