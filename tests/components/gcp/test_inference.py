"""The inference cluster: its exact children, and where the edge finds its pods."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi_gcp.compute.backend_service import BackendService
from pydantic import ValidationError

from components.contracts import Purpose, SegmentName, Workload
from components.gcp.inference import InferenceArgs, InferenceCluster, Serving
from components.gcp.machines import GpuPoolArgs
from components.gcp.network import Network
from tests.components.gcp.platform import identity, key
from tests.components.gcp.samples import PROJECT, REGION, network_args
from tests.components.recorder import PROJECT_NUMBER, Made, build, differences, value

NAME = "palisade-test-inference"
ZONES = ("europe-west4-a", "europe-west4-b")
SERVING = Serving("palisade-test-models", 8443, "/healthz")
CLUSTER = "gcp:container/cluster:Cluster"


def args(network: Network, **changes: Any) -> InferenceArgs:
    given: dict[str, Any] = {
        "project": PROJECT,
        "project_number": PROJECT_NUMBER,
        "region": REGION,
        "zones": ZONES,
        "placement": network.placements[SegmentName.INFERENCE],
        "nodes": identity(Workload.NODES),
        "secrets_key": key(Purpose.CLUSTER_SECRETS),
        "disks_key": key(Purpose.DISKS),
        "gpu_pool": GpuPoolArgs(accelerator="l4", per_node=1, min_nodes=1, max_nodes=2),
        "labels": {"platform": "palisade"},
    }
    return InferenceArgs(**{**given, **changes})


def made_by(**changes: Any) -> list[Made]:
    """The cluster's own resources, without those of the network it stands in."""

    def program() -> None:
        InferenceCluster(NAME, args(Network("palisade-test", network_args()), **changes))

    made = build(program)
    cluster = next(each.urn for each in made if each.type == "palisade:index:InferenceCluster")
    return [each for each in made if each.parent == cluster]


def test_inventory() -> None:
    assert differences(made_by(), "inference") == []


def test_pods_mount_secrets_only_where_callers_have_keys() -> None:
    for wanted in (True, False):
        (cluster,) = [each for each in made_by(mounts_secrets=wanted) if each.type == CLUSTER]
        assert value(cluster, "secretManagerConfig.enabled") is (True if wanted else None)


def test_the_edge_sends_to_the_groups_of_every_zone_once_the_server_runs() -> None:
    def program() -> None:
        cluster = InferenceCluster(NAME, args(Network("palisade-test", network_args())))
        backend = SERVING.backend(PROJECT, ZONES, cluster)
        BackendService("edge", backends=[{"group": group} for group in backend.groups.values()])

    made = build(program)
    edge = next(each for each in made if each.name == "edge")
    prefix = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/zones"
    assert value(edge, "backends") == [
        {"group": f"{prefix}/{zone}/networkEndpointGroups/palisade-test-models"} for zone in ZONES
    ]
    pools = {each.urn for each in made if each.type.endswith(":NodePool")}
    assert len(pools) == 2
    assert pools <= set(edge.property_dependencies["backends"])


def test_the_service_names_the_group_and_the_port() -> None:
    (text,) = SERVING.annotations.values()
    assert json.loads(text) == {"exposed_ports": {"8443": {"name": "palisade-test-models"}}}


@pytest.mark.parametrize("argument", ["public", "enable_private_nodes", "load_balancing"])
def test_there_is_no_argument_for_a_guarantee(argument: str) -> None:
    def program() -> None:
        with pytest.raises(ValidationError, match=argument):
            args(Network("palisade-test", network_args()), **{argument: True})

    build(program)
