"""The network component: its exact children, what its handles wait for, and the networks it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pulumi
import pytest

from components.contracts import SegmentName
from components.gcp.existing_network import ExistingNetwork, ExistingSubnet
from components.gcp.network import Network
from components.gcp.perimeter import PerimeterArgs, restricted_services
from tests.components.gcp.samples import PROJECT, REGION, network_args, ranges
from tests.components.recorder import PROJECT_NUMBER, Functions, Made, build, differences, fails_with, value

FORBIDDEN = ("Address", "Router", "RouterNat", "NetworkPeering", "VPNTunnel", "Firewall", "ForwardingRule")
SUPPORTED = "gcp:accesscontextmanager/getSupportedServices:getSupportedServices"
SUBNETWORK = "gcp:compute/getSubnetwork:getSubnetwork"


def made_by(functions: Functions | None = None, **changes: Any) -> list[Made]:
    return build(lambda: Network("palisade-test", network_args(**changes)), functions)


@cache
def usual() -> tuple[Made, ...]:
    """The network with the usual arguments, built once."""
    return tuple(made_by())


def of(made: Iterable[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(list(usual()), "network") == []


def test_every_child_has_the_component_as_its_parent() -> None:
    made = usual()
    component = next(each.urn for each in made if each.type == "palisade:index:Network")
    assert {each.parent for each in made if each.urn != component} == {component}


def test_nothing_that_leads_out_is_built() -> None:
    kinds = {each.type.rsplit(":", 1)[-1] for each in usual()}
    assert not kinds.intersection(FORBIDDEN)


def test_the_firewall_is_attached_only_once_it_is_complete() -> None:
    made = usual()
    association = of(made, "NetworkFirewallPolicyAssociation")[0]
    rules = {each.urn for each in of(made, "NetworkFirewallPolicyRule")}
    assert rules <= set(association.dependencies)


def test_tags_survive_the_number_by_which_the_api_names_their_network() -> None:
    assert of(usual(), "TagKey")[0].ignore_changes == ("purposeData",)


def test_handles_wait_for_all_that_guards_them() -> None:
    class Guest(pulumi.CustomResource):
        def __init__(self, subnet: pulumi.Output[str]) -> None:
            super().__init__("test:index:Guest", "guest", {"subnet": subnet})

    def program() -> None:
        network = Network("palisade-test", network_args())
        Guest(network.handle.segments[SegmentName.TRAINING].subnet_ids[0])

    made = build(program)
    guest = next(each for each in made if each.name == "guest")
    guards = {"Route", "RecordSet", "Policy", "NetworkFirewallPolicyRule", "NetworkFirewallPolicyAssociation"}
    wanted = {each.urn for kind in guards for each in of(made, kind)}
    assert wanted <= set(guest.property_dependencies["subnet"])
    subnets = [urn for urn in guest.property_dependencies["subnet"] if "Subnetwork::" in urn]
    assert [urn.rsplit("::", 1)[-1] for urn in subnets] == ["palisade-test-training"]


def test_placements_are_for_the_segments_that_have_pods() -> None:
    found: dict[SegmentName, tuple[str, str]] = {}

    def program() -> None:
        for segment, placement in Network("palisade-test", network_args()).placements.items():
            found[segment] = (placement.pods_range_name, placement.services_range_name)

    build(program)
    assert found == {
        SegmentName.TRAINING: ("pods", "services"),
        SegmentName.INFERENCE: ("pods", "services"),
    }


# The service perimeter.


def supported(*without: str) -> Functions:
    names = [name for name in restricted_services() if name not in without]
    return {SUPPORTED: {"id": "all", "supportedServices": [{"name": name} for name in names]}}


@pytest.mark.parametrize("enforced", [False, True])
def test_perimeter(enforced: bool) -> None:
    args = PerimeterArgs(
        access_policy="987", deployers=("serviceAccount:deployer@example.com",), enforced=enforced
    )
    perimeter = of(made_by(supported(), perimeter=args), "ServicePerimeter")[0]
    side, other = ("status", "spec") if enforced else ("spec", "status")
    assert value(perimeter, "useExplicitDryRunSpec") is not enforced
    assert value(perimeter, other) is None
    assert value(perimeter, "name") == "accessPolicies/987/servicePerimeters/palisade_test"
    assert value(perimeter, f"{side}.resources") == [f"projects/{PROJECT_NUMBER}"]
    assert value(perimeter, f"{side}.restrictedServices") == list(restricted_services())
    assert value(perimeter, f"{side}.vpcAccessibleServices") == {
        "enableRestriction": True,
        "allowedServices": ["RESTRICTED-SERVICES"],
    }
    assert value(perimeter, f"{side}.ingressPolicies[0].ingressFrom.identities") == [
        "serviceAccount:deployer@example.com"
    ]
    assert value(perimeter, f"{side}.egressPolicies") is None


def test_operators_come_in_as_far_as_the_clusters() -> None:
    args = PerimeterArgs(access_policy="987", operators=("group:operators@example.com",))
    perimeter = of(made_by(supported(), perimeter=args), "ServicePerimeter")[0]
    ingress = value(perimeter, "spec.ingressPolicies")
    assert [each["ingressFrom"]["identities"] for each in ingress] == [["group:operators@example.com"]]
    operations = ingress[0]["ingressTo"]["operations"]
    assert all(each["methodSelectors"] == [{"method": "*"}] for each in operations)
    names = {each["serviceName"] for each in operations}
    assert names == {
        "connectgateway.googleapis.com",
        "container.googleapis.com",
        "gkehub.googleapis.com",
    }
    assert names <= set(restricted_services())


def test_perimeter_lets_nobody_in_when_there_is_no_deployer() -> None:
    perimeter = of(made_by(supported(), perimeter=PerimeterArgs(access_policy="987")), "ServicePerimeter")[0]
    assert value(perimeter, "spec.ingressPolicies") is None


def test_a_service_that_no_perimeter_supports_is_named() -> None:
    message = fails_with(
        lambda: Network("palisade-test", network_args(perimeter=PerimeterArgs(access_policy="987"))),
        supported("dns.googleapis.com"),
    )
    assert "no service perimeter supports dns.googleapis.com; remove them" in message


# A brought network.

HOST = "projects/host-project/global/networks/shared"


def existing() -> ExistingNetwork:
    subnets = {
        segment: ExistingSubnet(
            id=f"projects/host-project/regions/{REGION}/subnetworks/{segment}",
            pods="p" if given.pods else None,
            services="s" if given.services else None,
        )
        for segment, given in ranges().items()
    }
    return ExistingNetwork(id=HOST, subnets=subnets)


def subnets(**changes: Any) -> Functions:
    """Answers for fitting subnets, with some properties of training's changed."""

    def answer(args: Mapping[str, Any]) -> Mapping[str, Any]:
        assert (args["project"], args["region"]) == ("host-project", REGION)
        assert "selfLink" not in args, "the provider refuses a partial one"
        segment = SegmentName(args["name"])
        given = ranges()[segment]
        secondary = {"p": given.pods, "s": given.services}
        fitting = {
            "network": f"https://www.googleapis.com/compute/v1/{HOST}",
            "region": REGION,
            "ipCidrRange": given.nodes,
            "privateIpGoogleAccess": True,
            "secondaryIpRanges": [
                {"rangeName": name, "ipCidrRange": cidr} for name, cidr in secondary.items() if cidr
            ],
        }
        return {**fitting, **(changes if segment is SegmentName.TRAINING else {})}

    return {SUBNETWORK: answer}


def test_a_brought_network_keeps_its_subnets_and_gets_the_firewall() -> None:
    made = made_by(subnets(), existing=existing())
    own = {each.type.rsplit(":", 1)[-1] for each in made}
    assert not own.intersection({"Subnetwork", "Route", "ManagedZone"})
    assert "gcp:compute/network:Network" not in {each.type for each in made}
    assert len(of(made, "NetworkFirewallPolicyRule")) == len(of(usual(), "NetworkFirewallPolicyRule"))
    association = of(made, "NetworkFirewallPolicyAssociation")[0]
    assert association.inputs["attachmentTarget"] == HOST
    assert association.inputs["project"] == "host-project" != PROJECT
    tag_key = of(made, "TagKey")[0].inputs
    assert tag_key["purposeData"] == {"network": "host-project/shared"}
    assert tag_key["parent"] == "projects/host-project", "a project's tags are for its own networks only"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"network": "https://x/projects/p/global/networks/other"},
            "its network is projects/p/global/networks/other",
        ),
        ({"region": "europe-west1"}, "its region is europe-west1, not europe-west4"),
        ({"ipCidrRange": "10.99.0.0/24"}, "its range is 10.99.0.0/24, not 10.64.128.0/20"),
        ({"secondaryIpRanges": []}, "its range p is None, not 10.64.0.0/18"),
        ({"privateIpGoogleAccess": False}, "Private Google Access is False, not True"),
    ],
)
def test_a_brought_subnet_that_does_not_fit_is_refused(change: Mapping[str, Any], sentence: str) -> None:
    def program() -> None:
        network = Network("palisade-test", network_args(existing=existing()))
        pulumi.export("subnet", network.handle.segments[SegmentName.TRAINING].subnet_ids[0])

    message = fails_with(program, subnets(**change))
    assert "network.existing.subnets.training" in message
    assert sentence in message


def test_a_brought_subnet_of_a_cluster_names_its_ranges() -> None:
    brought = existing()
    bare = ExistingSubnet(id=brought.subnets[SegmentName.TRAINING].id)
    without = brought.model_copy(update={"subnets": {**brought.subnets, SegmentName.TRAINING: bare}})
    message = fails_with(lambda: Network("palisade-test", network_args(existing=without)), subnets())
    assert "write the names of the subnet's secondary ranges as `pods` and `services`" in message
