"""The network on Azure: exact children, what guards its handles, and that no argument opens it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pulumi
import pytest
from pulumi_azure_native.managedidentity.user_assigned_identity import UserAssignedIdentity
from pydantic import ValidationError

from components.azure.endpoints import services, zone_names
from components.azure.network import Network
from components.contracts import AllowEntry, SegmentName
from tests.components.azure.platform import NAME, PLACE, network_args
from tests.components.recorder import Made, build, differences, value

SUBNET, RULE = "azure-native:network:Subnet", "azure-native:network:SecurityRule"
ROUTE, TABLE = "azure-native:network:Route", "azure-native:network:RouteTable"
DAY = date(2030, 1, 1)
GROUPS, ENDPOINT = "azure-native:network:PrivateDnsZoneGroup", "azure-native:network:PrivateEndpoint"


def made(read: Callable[[Network], object] = bool, **changes: Any) -> list[Made]:
    return build(lambda: read(Network(NAME, network_args(**changes))))


def of(kind: str, resources: list[Made]) -> dict[str, Made]:
    return {each.name.removeprefix(f"{NAME}-"): each for each in resources if each.type == kind}


def test_inventory() -> None:
    assert differences(made(manager=True), "azure-network") == []


def test_subnets_are_made_one_after_the_other_behind_their_rules() -> None:
    resources = made()
    found = list(of(SUBNET, resources).values())
    assert {each.name.removeprefix(f"{NAME}-") for each in found} == set(SegmentName)
    others = {each.urn for each in found}
    waits = sorted(len(others & set(each.dependencies)) for each in found)
    assert waits == [0, 1, 1, 1, 1]
    for segment, subnet in of(SUBNET, resources).items():
        rules = {each.urn for name, each in of(RULE, resources).items() if name.startswith(f"{segment}-")}
        assert rules <= set(subnet.property_dependencies["networkSecurityGroup"])


@pytest.mark.parametrize("segment", sorted(set(SegmentName) - {SegmentName.EDGE}))
def test_what_leads_nowhere_in_the_network_is_dropped(segment: SegmentName) -> None:
    resources = made()
    nowhere = of(ROUTE, resources)[f"{segment}-nowhere"]
    assert value(nowhere, "addressPrefix") == "0.0.0.0/0"
    assert value(nowhere, "nextHopType") == "None"
    assert nowhere.urn in of(SUBNET, resources)[segment].property_dependencies["routeTable"]


def test_nodes_are_dropped_where_only_their_api_server_is_reached() -> None:
    resources = made()
    dropped = {
        name: value(each, "addressPrefix")
        for name, each in of(ROUTE, resources).items()
        if "-nodes-of-" in name and value(each, "nextHopType") == "None"
    }
    ranges = {segment: value(each, "addressPrefix") for segment, each in of(SUBNET, resources).items()}
    assert dropped == {
        "operations-nodes-of-training": ranges["training"],
        "operations-nodes-of-inference": ranges["inference"],
    }


def test_an_exception_opens_its_way_through_what_is_dropped() -> None:
    def entry(to: SegmentName | str) -> AllowEntry:
        return AllowEntry("debug", "team", "Why.", SegmentName.OPERATIONS, to, "tcp", ("22",), DAY)

    routes = of(ROUTE, made(allow=(entry("10.64.144.9/32"),)))
    assert value(routes["operations-debug"], "nextHopType") == "VnetLocal"
    assert value(routes["operations-debug"], "addressPrefix") == "10.64.144.9/32"
    assert value(routes["operations-nodes-of-inference"], "nextHopType") == "None"
    assert "inference-debug" not in routes
    routes = of(ROUTE, made(allow=(entry(SegmentName.INFERENCE),)))
    assert "operations-nodes-of-inference" not in routes
    assert "operations-nodes-of-training" in routes


def test_training_learns_no_route_from_outside() -> None:
    learns = {
        name
        for name, each in of(TABLE, made()).items()
        if value(each, "disableBgpRoutePropagation") is not True
    }
    assert learns == {SegmentName.EDGE, SegmentName.OPERATIONS}


def test_all_zones_are_asked_before_the_internet_is() -> None:
    zones = of("azure-native:privatedns:PrivateZone", made())
    assert set(zones) == {zone for service in services() for zone in zone_names(PLACE, service)}
    assert f"privatelink.{PLACE.location}.azmk8s.io" in zones


def test_what_was_made_before_is_reached_at_its_endpoint_under_its_name() -> None:
    resources = made()
    (connection,) = value(of(ENDPOINT, resources)["keys"], "privateLinkServiceConnections")
    assert connection["groupIds"] == ["vault"]
    (zone,) = value(of(GROUPS, resources)["keys"], "privateDnsZoneConfigs")
    assert zone["privateDnsZoneId"].endswith("/privatelink.vaultcore.azure.net")


def test_whoever_stands_in_a_segment_waits_for_everything_that_guards_it() -> None:
    def read(network: Network) -> None:
        UserAssignedIdentity(
            "waits",
            resource_group_name=PLACE.group,
            tags={"subnet": network.handle.segments[SegmentName.TRAINING].subnet_ids[0]},
            opts=pulumi.ResourceOptions(parent=network),
        )

    resources = made(read, manager=True)
    (waits,) = [each for each in resources if each.name == "waits"]
    kinds = ("network:FlowLog", "network:Commit", "network:PrivateDnsZoneGroup", "network:PrivateEndpoint")
    guards = {each.urn for each in resources if each.type.removeprefix("azure-native:") in kinds}
    assert guards <= set(waits.property_dependencies["tags"])


def test_ids_and_ranges_are_known_at_preview() -> None:
    ids: list[str] = []

    def read() -> None:
        network = Network(NAME, network_args())
        for segment in network.handle.segments.values():
            segment.subnet_ids[0].apply(ids.append)
        network.handle.id.apply(ids.append)

    build(read, preview=True)
    assert len(ids) == len(SegmentName) + 1


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="nat_gateway"):
        network_args(nat_gateway=True)
