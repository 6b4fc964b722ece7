"""The composition of Azure under mocks, and what it asks of the SDK before it registers anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from stacks import azure
from stacks.azure import aliases, echoes
from stacks.settings import Settings, own_fields
from tests.components.azure.clusters import ANSWERS
from tests.components.recorder import build, value
from tools.stack import stack_settings

SUBNET = "azure-native:network:Subnet"
OLD = pulumi.Alias(type_="azure-native:network/v20230901:Subnet")
MOVED = pulumi.Alias(type_="azure-native:network:PrivateZone")
OURS = pulumi.Alias(name="before")


def left(type_: str, given: list[pulumi.Input[str | pulumi.Alias]]) -> list[object] | None:
    """The aliases that a resource is registered with; None where nothing is changed."""
    resource = pulumi.Resource.__new__(pulumi.Resource)
    opts = pulumi.ResourceOptions(protect=True, aliases=given)
    args = pulumi.ResourceTransformationArgs(resource, type_, "subnet", {"a": 1}, opts)
    done = aliases._without(args)
    if done is None:
        return None
    assert done.opts.protect is True
    assert done.props == {"a": 1}
    assert opts.aliases == given, "the options that were given are as they were"
    return list(done.opts.aliases or [])


def test_only_names_in_old_api_versions_are_left_out() -> None:
    assert left(SUBNET, [OLD, MOVED, OURS, "urn:pulumi:a"]) == [MOVED, OURS, "urn:pulumi:a"]
    assert left(SUBNET, [MOVED]) is None
    assert left("kubernetes:core/v1:Service", [OLD]) is None


def test_a_list_is_read_where_a_map_belongs_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "_get_list_element_type", rpc._get_list_element_type)

    def read(typ: type | None) -> object:
        return rpc.translate_output_properties(["/id"], str, typ, transform_using_type_metadata=True)

    with pytest.raises(AssertionError):
        read(Mapping[str, int])
    echoes.read_lists_for_maps()
    assert read(Mapping[str, int]) == ["/id"]
    assert read(list[str]) == ["/id"]
    with pytest.raises(AssertionError):
        read(int)


THEIRS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Purview/accounts/theirs"
OURS_MADE = (
    "/subscriptions/12345678-90ab-4cde-8f01-234567890abc/resourceGroups/palisade-dev"
    "/providers/Microsoft.Purview/accounts/palisade-dev"
)


@pytest.mark.parametrize(
    ("asked", "made", "reached"),
    [
        ({}, 0, {}),
        ({"purview": True}, 1, {"account": OURS_MADE, "portal": OURS_MADE}),
        ({"purview_account": THEIRS}, 0, {"account": THEIRS, "portal": THEIRS}),
    ],
)
def test_a_catalogue_of_purview_answers_inside_the_network(
    asked: Mapping[str, Any], made: int, reached: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "azure-native:1")
    fields = own_fields(stack_settings("azure-dev")["config"])
    settings = Settings.load({**fields, "azure": {**fields["azure"], **asked, "fill_clusters": False}})
    resources = build(lambda: azure.build(settings), ANSWERS)
    assert len([each for each in resources if each.type == "azure-native:purview:Account"]) == made
    connections = [
        value(each, "privateLinkServiceConnections[0]")
        for each in resources
        if each.type == "azure-native:network:PrivateEndpoint" and "catalogue" in each.name
    ]
    assert {each["groupIds"][0]: each["privateLinkServiceId"] for each in connections} == reached
