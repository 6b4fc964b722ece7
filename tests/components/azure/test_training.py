"""The training cluster on Azure: its exact children, every kind of GPU pool, what it refuses."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.azure.disks import Disks, DisksArgs
from components.azure.machines import GpuPoolArgs, machines
from components.azure.training import TrainingArgs, TrainingCluster
from components.contracts import Capacity, SegmentName
from stacks.model.choices import Cloud
from stacks.model.limits import figures
from tests.components.azure.clusters import A100, ANSWERS, cluster_args, known
from tests.components.azure.platform import LABELS, NAME, PLACE
from tests.components.recorder import Made, build, differences, value

OWN = f"{NAME}-training"
CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
TIE = "azure-native:monitor:DataCollectionRuleAssociation"
RESERVED = (
    f"/subscriptions/{PLACE.subscription}/resourceGroups/machines/providers/Microsoft.Compute"
    "/capacityReservationGroups/h100"
)


def args(**changes: Any) -> TrainingArgs:
    given: dict[str, Any] = {**cluster_args(SegmentName.TRAINING), "gpu_pools": (A100,), **changes}
    return TrainingArgs(**given)


def made_by(**changes: Any) -> list[Made]:
    return build(lambda: TrainingCluster(OWN, args(**changes)), ANSWERS)


@cache
def usual() -> tuple[Made, ...]:
    """The cluster with the usual arguments, built once."""
    return tuple(made_by())


def one(kind: str, made: tuple[Made, ...] | list[Made]) -> Made:
    (found,) = [each for each in made if each.type == kind]
    return found


def pool_args(**changes: Any) -> GpuPoolArgs:
    given: dict[str, Any] = {"accelerator": "h100", "per_node": 8, "max_nodes": 4, **changes}
    return GpuPoolArgs(**given)


def pool(**changes: Any) -> Made:
    return one(POOL, made_by(gpu_pools=(pool_args(**changes),)))


def test_inventory() -> None:
    assert differences(list(usual()), "azure-training") == []


def test_every_node_is_the_same_in_what_matters() -> None:
    system, gpu = one(CLUSTER, usual()), one(POOL, usual())
    for path in (
        "vnetSubnetID",
        "enableNodePublicIP",
        "enableEncryptionAtHost",
        "osDiskType",
        "securityProfile.sshAccess",
        "securityProfile.enableVTPM",
    ):
        assert value(system, f"agentPoolProfiles[0].{path}") == value(gpu, path), path


def test_the_agent_sends_under_an_identity_what_a_rule_tells_it() -> None:
    agent = value(one(CLUSTER, usual()), "addonProfiles.omsagent")
    assert agent["enabled"] is True
    assert agent["config"]["useAADAuth"] == "true"
    ties = {value(each, "associationName"): each for each in usual() if each.type == TIE}
    assert ties.keys() == {"ContainerInsightsExtension", "configurationAccessEndpoint"}
    for tie in ties.values():
        assert value(tie, "resourceUri").endswith(f"/managedClusters/{OWN}")
        assert one(CLUSTER, usual()).urn in tie.dependencies


def test_pools_are_added_one_after_the_other() -> None:
    wanted = (A100, pool_args(), pool_args(per_node=1))
    pools = {each.name: each for each in made_by(gpu_pools=wanted) if each.type == POOL}
    first, second, third = (pools[f"{OWN}-{each.key}"] for each in wanted)
    assert first.urn in second.dependencies
    assert second.urn in third.dependencies


def test_names_of_pools_are_short_enough() -> None:
    for accelerator, kind in machines().accelerators.items():
        for per_node in kind.machines:
            for capacity in (Capacity.ON_DEMAND, Capacity.SPOT):
                made = GpuPoolArgs(accelerator=accelerator, per_node=per_node, capacity=capacity)
                assert made.key.isalnum()
                assert len(made.key) <= 12


def test_spot_nodes_are_marked_as_azure_marks_them() -> None:
    assert value(one(POOL, usual()), "nodeTaints") == [
        "nvidia.com/gpu=present:NoSchedule",
        "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
    ]
    assert value(pool(), "nodeTaints") == ["nvidia.com/gpu=present:NoSchedule"]
    assert value(pool(), "scaleSetPriority") is None


def test_a_reservation_is_taken_from_its_group() -> None:
    reserved = pool(capacity=Capacity.RESERVATION, reservation=RESERVED)
    assert value(reserved, "capacityReservationGroupID") == RESERVED


def test_machines_are_those_that_settings_offer() -> None:
    offered = figures().accelerators[Cloud.AZURE]
    assert {name: set(shape.counts) for name, shape in offered.items()} == {
        name: set(kind.machines) for name, kind in machines().accelerators.items()
    }
    assert not any(shape.confidential for shape in offered.values())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"accelerator": "l4"}, "no accelerator l4"),
        ({"per_node": 3}, "no machine has 3 h100; write one of 1, 2, 8"),
        ({"capacity": Capacity.FLEX_START}, "Azure does not sell machines as flex-start; write one of on-d"),
        ({"capacity": Capacity.RESERVATION}, "a reservation group's id and capacity"),
        ({"reservation": RESERVED}, "a reservation group's id and capacity"),
        ({"min_nodes": 5}, "max_nodes 4 is below min_nodes 5"),
    ],
)
def test_what_no_machine_can_serve_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        pool_args(**changes)


def kubeconfig(**changes: Any) -> dict[str, Any]:
    found: list[str] = []
    build(lambda: TrainingCluster(OWN, args(**changes)).handle.kubeconfig.apply(found.append), ANSWERS)
    return json.loads(found[0])


def test_the_kubeconfig_holds_no_token() -> None:
    config = kubeconfig()
    user = config["users"][0]["user"]
    assert list(user) == ["exec"]
    assert user["exec"]["args"][:5] == ["get-token", "--login", "msi", "--client-id", "deployer-client"]
    server = config["clusters"][0]["cluster"]
    assert server["server"] == f"https://{OWN}.privatelink.westeurope.azmk8s.io:443"
    assert server["certificate-authority-data"] == "Y2E="
    assert "of somebody" not in json.dumps(config)


def test_azure_is_not_asked_for_an_authority_that_is_given() -> None:
    found: list[str] = []

    def program() -> None:
        TrainingCluster(OWN, args(authority="b3du")).handle.kubeconfig.apply(found.append)

    build(program)
    assert json.loads(found[0])["clusters"][0]["cluster"]["certificate-authority-data"] == "b3du"


def test_the_control_plane_acts_once_it_may() -> None:
    cluster = one(CLUSTER, usual())
    grants = {each.urn for each in usual() if each.type.endswith(":RoleAssignment")}
    assert len(grants) == 4
    assert grants <= set(cluster.property_dependencies["identity"])


def test_the_cluster_is_ready_once_its_pools_and_its_record_are() -> None:
    def program() -> None:
        Disks("user", DisksArgs(place=PLACE, key_version=handle(), reader=known("reader"), labels=LABELS))

    def handle() -> pulumi.Output[str]:
        return TrainingCluster(OWN, args()).handle.id

    made = build(program, ANSWERS)
    user = one("azure-native:compute:DiskEncryptionSet", made)
    wanted = (POOL, "azure-native:monitor:DiagnosticSetting", CLUSTER)
    needed = {each.urn for each in made if each.type in wanted}
    assert len(needed) == 3
    assert needed <= set(user.property_dependencies["activeKey"])


def test_a_protected_cluster_is_protected() -> None:
    for protected in (True, False):
        assert one(CLUSTER, made_by(protected=protected)).protect is protected


@pytest.mark.parametrize("argument", ["outbound_type", "enable_private_cluster", "disable_local_accounts"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    with pytest.raises(ValidationError, match=argument):
        args(**{argument: True})
