"""What an Azure composition asks of the SDK before it registers anything."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pytest
from pulumi.runtime import rpc

from stacks.azure import aliases, echoes

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
