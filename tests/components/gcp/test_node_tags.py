"""Node tags: exactly two agents may use them, and a cluster waits until they may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pulumi_gcp.compute.instance import Instance

from components.contracts import SegmentName
from components.gcp.network import Network
from components.gcp.node_tags import NodeTags, NodeTagsArgs
from tests.components.gcp.samples import PROJECT, network_args
from tests.components.recorder import PROJECT_NUMBER, Made, build, value

NAME = "palisade-test"
SEGMENTS = (SegmentName.TRAINING, SegmentName.INFERENCE)
GKE = f"serviceAccount:service-{PROJECT_NUMBER}@gcp-sa-container.iam.gserviceaccount.com"
APIS = f"serviceAccount:{PROJECT_NUMBER}@cloudservices.gserviceaccount.com"


def made_by(tag_project: str = PROJECT) -> list[Made]:
    """The grants, and a machine of the training segment that stands for a cluster's nodes."""

    def program() -> None:
        network = Network(NAME, network_args())
        placements = {
            segment: replace(placement, tag=replace(placement.tag, project=tag_project))
            for segment in SEGMENTS
            for placement in [network.placements[segment]]
        }
        args: dict[str, Any] = {"project": PROJECT, "project_number": PROJECT_NUMBER}
        tags = NodeTags(NAME, NodeTagsArgs(**args, placements=placements))
        tag = tags.placements[SegmentName.TRAINING].tag
        Instance(
            "node",
            machine_type="e2-small",
            boot_disk={},
            network_interfaces=[],
            params={"resource_manager_tags": tag.value.apply(lambda known: {"tagKeys/1": known})},
        )

    return build(program)


def grants(made: list[Made]) -> list[Made]:
    component = next(each.urn for each in made if each.type == "palisade:index:NodeTags")
    return [each for each in made if each.parent == component and each.type.lower().endswith("iammember")]


def test_two_agents_use_the_tags_and_one_holds_each_segment_of_a_cluster() -> None:
    given = {(each.name, value(each, "role"), value(each, "member")) for each in grants(made_by())}
    assert given == {
        (f"{NAME}-gke-uses-tags", "roles/resourcemanager.tagUser", GKE),
        (f"{NAME}-google-apis-uses-tags", "roles/resourcemanager.tagUser", APIS),
        (f"{NAME}-gke-holds-training", "roles/resourcemanager.tagHoldAdmin", GKE),
        (f"{NAME}-gke-holds-inference", "roles/resourcemanager.tagHoldAdmin", GKE),
    }


def test_a_tag_of_another_project_takes_grants_on_its_key_too() -> None:
    given = {
        (value(each, "role"), value(each, "member"))
        for each in grants(made_by("host-project"))
        if each.type.endswith(":TagKeyIamMember")
    }
    assert given == {("roles/resourcemanager.tagUser", GKE), ("roles/resourcemanager.tagUser", APIS)}


def test_a_node_starts_only_once_the_agents_may_tag_it() -> None:
    for project in (PROJECT, "host-project"):
        made = made_by(project)
        node = next(each for each in made if each.name == "node")
        needed = {each.urn for each in grants(made) if "holds-inference" not in each.name}
        assert needed <= set(node.property_dependencies["params"])
        assert all(each.after_create for each in grants(made)), "what nodes wait for is timed"
