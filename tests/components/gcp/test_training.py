"""The training cluster: its exact children, every kind of GPU pool, its kubeconfig, and what it refuses."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.contracts import Capacity, Purpose, SegmentName, Workload
from components.gcp.machines import GpuPoolArgs, machines
from components.gcp.network import Network
from components.gcp.training import TrainingArgs, TrainingCluster
from stacks.model.choices import Cloud
from stacks.model.limits import figures
from tests.components.gcp.platform import identity, key
from tests.components.gcp.samples import PROJECT, REGION, network_args
from tests.components.recorder import PROJECT_NUMBER, Made, build, differences, value

NAME = "palisade-test-training"
L4 = GpuPoolArgs(accelerator="l4", per_node=1, max_nodes=2, capacity=Capacity.SPOT)


def args(network: Network, **changes: Any) -> TrainingArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": REGION,
        "zones": ("europe-west4-a", "europe-west4-b"),
        "placement": network.placements[SegmentName.TRAINING],
        "nodes": identity(Workload.NODES),
        "secrets_key": key(Purpose.CLUSTER_SECRETS),
        "disks_key": key(Purpose.DISKS),
        "gpu_pools": (L4,),
        "labels": {"platform": "palisade"},
    }
    return TrainingArgs(**{**given, **changes})


def made_by(**changes: Any) -> list[Made]:
    """The cluster's own resources, without those of the network it stands in."""

    def program() -> None:
        TrainingCluster(NAME, args(Network("palisade-test", network_args()), **changes))

    made = build(program)
    cluster = next(each.urn for each in made if each.type == "palisade:index:TrainingCluster")
    return [each for each in made if each.parent == cluster]


@cache
def usual() -> tuple[Made, ...]:
    """The cluster with the usual arguments, built once."""
    return tuple(made_by())


def pool(**changes: Any) -> Made:
    given: dict[str, Any] = {"accelerator": "l4", "per_node": 1, "max_nodes": 2, **changes}
    wanted = GpuPoolArgs(**given)
    pools = [each for each in made_by(gpu_pools=(wanted,)) if each.type.endswith(":NodePool")]
    return next(each for each in pools if each.name != f"{NAME}-system")


def test_inventory() -> None:
    assert differences(list(usual()), "training") == []


def test_the_cluster_starts_behind_the_whole_firewall() -> None:
    def program() -> None:
        TrainingCluster(NAME, args(Network("palisade-test", network_args())))

    made = build(program)
    cluster = next(each for each in made if each.type.endswith(":Cluster"))
    rules = {each.urn for each in made if each.type.endswith((":NetworkFirewallPolicyRule", "Association"))}
    assert rules <= set(cluster.property_dependencies["subnetwork"])


def test_every_node_is_the_same_in_what_matters() -> None:
    """The default pool's first node, the system pool's and the GPU pool's."""
    made = usual()
    same = [
        "serviceAccount",
        "bootDiskKmsKey",
        "shieldedInstanceConfig",
        "workloadMetadataConfig",
        "kubeletConfig",
        "resourceManagerTags",
        "metadata",
    ]
    nodes = [
        each for each in made if each.type.endswith((":Cluster", ":NodePool")) and "nodeConfig" in each.inputs
    ]
    assert len(nodes) == 3
    for path in same:
        values = [value(each, f"nodeConfig.{path}") for each in nodes]
        assert values[0] is not None
        assert values == [values[0]] * 3, path


# GPU pools, each way to buy each machine.


def every_pool() -> list[dict[str, Any]]:
    return [
        {
            "accelerator": name,
            "per_node": count,
            "capacity": capacity,
            "reservation": "block-1" if capacity == "reservation" else None,
            "max_nodes": 4,
        }
        for name, accelerator in machines().accelerators.items()
        for count in accelerator.machines
        for capacity in ("on-demand", "spot", "flex-start", "reservation")
    ]


def test_capacity_is_bought_as_asked_and_never_against_a_reservation_by_accident() -> None:
    wanted = tuple(GpuPoolArgs(**each) for each in every_pool())
    pools = {each.name: each for each in made_by(gpu_pools=wanted) if each.type.endswith(":NodePool")}
    assert len(pools) == len(wanted) + 1
    for ask in wanted:
        made = pools[f"{NAME}-{ask.key}"]
        affinity = value(made, "nodeConfig.reservationAffinity.consumeReservationType")
        by_capacity = {
            "spot": "NO_RESERVATION",
            "flex-start": "NO_RESERVATION",
            "reservation": "SPECIFIC_RESERVATION",
        }
        assert affinity == by_capacity.get(ask.capacity)
        assert bool(value(made, "nodeConfig.spot")) == (ask.capacity == "spot")
        assert bool(value(made, "nodeConfig.flexStart")) == (ask.capacity == "flex-start")
        assert value(made, "management.autoRepair") == (ask.capacity != "flex-start")
        # Google sets its own strategy for flex-start, which no program may name.
        strategy = None if ask.capacity == "flex-start" else "SURGE"
        assert value(made, "upgradeSettings.strategy") == strategy
        assert value(made, "nodeConfig.machineType") == ask.machine.machine
        assert value(made, "nodeConfig.guestAccelerators[0].count") == ask.per_node
        assert value(made, "nodeConfig.taints[0].effect") == "NO_SCHEDULE"
        assert (
            value(made, "nodeConfig.ephemeralStorageLocalSsdConfig.localSsdCount") or 0
        ) == ask.machine.local_ssds


def test_compact_placement_is_in_one_zone_and_only_where_it_is_allowed() -> None:
    for ask in every_pool():
        wanted = GpuPoolArgs(**ask)
        assert wanted.compact == (wanted.machine.compact and wanted.capacity == "on-demand")
    compact = pool(accelerator="a100", per_node=8)
    spread = next(each for each in usual() if each.name == f"{NAME}-l4x1-spot")
    assert value(compact, "placementPolicy.type") == "COMPACT"
    assert value(compact, "nodeLocations") == ["europe-west4-a"]
    assert value(spread, "placementPolicy") is None
    assert value(spread, "nodeLocations") == ["europe-west4-a", "europe-west4-b"]


def test_one_node_needs_no_placement() -> None:
    assert not GpuPoolArgs(accelerator="a100", per_node=8, max_nodes=1).compact


def test_a_pool_begins_with_its_least_number_of_nodes() -> None:
    usually = next(each for each in usual() if each.name == f"{NAME}-l4x1-spot")
    assert usually.inputs["initialNodeCount"] == 0
    assert pool(min_nodes=3, max_nodes=3).inputs["initialNodeCount"] == 2  # in each of two zones


def test_confidential_nodes_are_the_pools_and_never_the_clusters() -> None:
    confidential = pool(accelerator="h100", per_node=1, capacity=Capacity.SPOT, confidential=True)
    assert value(confidential, "nodeConfig.confidentialNodes") == {
        "enabled": True,
        "confidentialInstanceType": "TDX",
    }
    usually = next(each for each in usual() if each.name == f"{NAME}-l4x1-spot")
    assert value(usually, "nodeConfig.confidentialNodes") is None
    cluster = next(each for each in usual() if each.type.endswith(":Cluster"))
    assert "confidentialNodes" not in cluster.inputs


def test_no_gpus_means_no_gpu_pool() -> None:
    pools = [each.name for each in made_by(gpu_pools=()) if each.type.endswith(":NodePool")]
    assert pools == [f"{NAME}-system"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"accelerator": "v100"}, "no accelerator v100; write one of l4, a100, h100"),
        ({"per_node": 3}, "no machine has 3 l4; write one of 1, 2, 4, 8"),
        ({"confidential": True}, "g2-standard-12 does not encrypt memory in use; write confidential: false"),
        ({"capacity": "reservation"}, "write both or neither"),
        ({"reservation": "block-1"}, "write both or neither"),
        ({"min_nodes": 3}, "max_nodes 2 is below min_nodes 3"),
    ],
)
def test_refusals(changes: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"accelerator": "l4", "per_node": 1, "max_nodes": 2, **changes}
    with pytest.raises(ValidationError) as refused:
        GpuPoolArgs(**given)
    assert sentence in str(refused.value)


def test_the_machines_are_those_the_settings_accept() -> None:
    known = {name: tuple(each.machines) for name, each in machines().accelerators.items()}
    assert known == {name: shape.counts for name, shape in figures().accelerators[Cloud.GCP].items()}
    confidential = {
        name: tuple(count for count, machine in each.machines.items() if machine.confidential)
        for name, each in machines().accelerators.items()
    }
    assert confidential == {
        name: shape.confidential for name, shape in figures().accelerators[Cloud.GCP].items()
    }


# The way in.


def test_the_kubeconfig_holds_an_address_and_no_secret() -> None:
    found: list[str] = []

    def program() -> None:
        cluster = TrainingCluster(NAME, args(Network("palisade-test", network_args())))
        cluster.handle.kubeconfig.apply(found.append)

    build(program)
    config = json.loads(found[0])
    assert config["clusters"][0]["cluster"] == {
        "server": f"https://{REGION}-connectgateway.googleapis.com/v1/projects/{PROJECT_NUMBER}"
        f"/locations/{REGION}/gkeMemberships/{NAME}"
    }
    assert config["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert set(config["users"][0]["user"]) == {"exec"}


def test_the_kubeconfig_is_known_at_preview() -> None:
    known: list[bool] = []

    async def note(output: pulumi.Output[str]) -> None:
        known.append(await output.is_known())

    def program() -> pulumi.Output[None]:
        cluster = TrainingCluster(NAME, args(Network("palisade-test", network_args())))
        return pulumi.Output.from_input(note(cluster.handle.kubeconfig))

    build(program, preview=True)
    assert known == [True]
