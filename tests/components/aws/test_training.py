"""The training cluster on AWS: its exact children, every kind of GPU group, what it refuses."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from components.aws.machines import GpuGroupArgs, machines
from components.aws.training import TrainingArgs, TrainingCluster
from components.contracts import Capacity, SegmentName
from stacks.model.choices import Cloud
from stacks.model.limits import figures
from tests.components.aws.clusters import L4, cluster_args
from tests.components.recorder import Made, build, differences, value

NAME = "palisade-test-training"
GROUP, TEMPLATE = "aws:eks/nodeGroup:NodeGroup", "aws:ec2/launchTemplate:LaunchTemplate"
RESERVED = "cr-0123456789abcdef0"


def made_by(**changes: Any) -> list[Made]:
    given: dict[str, Any] = {**cluster_args(SegmentName.TRAINING), "gpu_groups": (L4,), **changes}
    return build(lambda: TrainingCluster(NAME, TrainingArgs(**given)))


@cache
def usual() -> tuple[Made, ...]:
    """The cluster with the usual arguments, built once."""
    return tuple(made_by())


def group_args(**changes: Any) -> GpuGroupArgs:
    given: dict[str, Any] = {"accelerator": "h100", "per_node": 8, "max_nodes": 4, **changes}
    return GpuGroupArgs(**given)


def group(**changes: Any) -> tuple[Made, Made]:
    """A GPU group, and its launch template."""
    wanted = group_args(**changes)
    made = {(each.type, each.name): each for each in made_by(gpu_groups=(wanted,))}
    name = f"{NAME}-{wanted.key}"
    return made[GROUP, name], made[TEMPLATE, name]


def test_inventory() -> None:
    assert differences(list(usual()), "aws-training") == []


def test_add_ons_and_nodes_come_in_the_order_in_which_they_work() -> None:
    by_name = {
        each.name.removeprefix(f"{NAME}-"): each for each in usual() if each.type.startswith("aws:eks/")
    }
    system = by_name["system"]
    for needed in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert by_name[needed].urn in system.dependencies
    for later in ("coredns", "metrics-server", "amazon-cloudwatch-observability"):
        assert system.urn in by_name[later].dependencies


def test_network_policies_are_enforced() -> None:
    (cni,) = [each for each in usual() if each.name == f"{NAME}-vpc-cni" and "addon" in each.type]
    assert json.loads(value(cni, "configurationValues"))["enableNetworkPolicy"] == "true"


def test_every_node_is_the_same_in_what_matters() -> None:
    system, gpu = (each for each in usual() if each.type == TEMPLATE)
    for path in (
        "metadataOptions",
        "blockDeviceMappings[0].ebs.kmsKeyId",
        "networkInterfaces[0].securityGroups",
    ):
        assert value(system, path) == value(gpu, path)
    roles = {value(each, "nodeRoleArn") for each in usual() if each.type == GROUP}
    assert len(roles) == 1


def test_adapters_of_large_machines_carry_no_address_and_stand_close_together() -> None:
    nodes, template = group()
    cards = value(template, "networkInterfaces")
    assert [card["interfaceType"] for card in cards] == ["interface", *["efa-only"] * 32]
    places = {(card["networkCardIndex"], card["deviceIndex"]) for card in cards}
    assert places == {(0, 0), (0, 1), *((card, 0) for card in range(1, 32))}
    assert all(card["securityGroups"] == ["group-training"] for card in cards)
    assert value(template, "placement.groupName") == f"{NAME}-h100x8-on-demand"
    assert len(value(nodes, "subnetIds")) == 1


@pytest.mark.parametrize(
    ("capacity", "kind", "market"),
    [(Capacity.RESERVATION, "ON_DEMAND", None), (Capacity.BLOCK, "CAPACITY_BLOCK", "capacity-block")],
)
def test_a_reservation_is_taken_from_its_zone(capacity: Capacity, kind: str, market: str | None) -> None:
    nodes, template = group(capacity=capacity, reservation=RESERVED)
    target = "capacityReservationSpecification.capacityReservationTarget.capacityReservationId"
    assert value(template, target) == RESERVED
    assert value(template, "instanceMarketOptions.marketType") == market
    assert value(nodes, "capacityType") == kind
    assert len(value(nodes, "subnetIds")) == 1


def test_local_disks_hold_what_pods_write() -> None:
    _, template = group(accelerator="l4", per_node=1)
    assert "strategy: RAID0" in b64decode(value(template, "userData")).decode()


def test_machines_are_those_that_settings_offer() -> None:
    offered = figures().accelerators[Cloud.AWS]
    assert {name: set(shape.counts) for name, shape in offered.items()} == {
        name: set(kind.machines) for name, kind in machines().accelerators.items()
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"accelerator": "b200"}, "no accelerator b200"),
        ({"per_node": 3}, "no machine has 3 h100; write one of 1, 8"),
        ({"capacity": Capacity.FLEX_START}, "does not sell machines as flex-start"),
        ({"capacity": Capacity.BLOCK}, "a reservation's id and capacity"),
        ({"reservation": RESERVED}, "a reservation's id and capacity"),
        ({"min_nodes": 5}, "max_nodes 4 is below min_nodes 5"),
    ],
)
def test_what_no_machine_can_serve_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        group_args(**changes)


def test_the_kubeconfig_holds_no_token() -> None:
    found: list[str] = []

    def program() -> None:
        cluster = TrainingCluster(NAME, TrainingArgs(**cluster_args(SegmentName.TRAINING)))
        cluster.handle.kubeconfig.apply(found.append)

    build(program)
    user = json.loads(found[0])["users"][0]["user"]
    assert list(user) == ["exec"]
    assert user["exec"]["args"][-1] == NAME


def test_a_protected_cluster_is_protected_twice() -> None:
    for protected in (True, False):
        (cluster,) = [e for e in made_by(deletion_protection=protected) if e.type.endswith(":Cluster")]
        assert (cluster.protect, value(cluster, "deletionProtection")) == (protected, protected)
