"""What Azure writes down about each kind of resource."""

from __future__ import annotations

import pulumi
import pytest

from components.azure.diagnostics import Kind, Logs, recorded, table
from tests.components.recorder import build


def test_every_kind_of_resource_tells_all_it_can() -> None:
    assert table().keys() == set(Kind)
    for kind, told in table().items():
        assert bool(told.groups) != bool(told.categories), kind
        assert all(group == "allLogs" for group in told.groups), kind
    assert "kube-audit" in table()[Kind.CLUSTER].categories


@pytest.mark.parametrize(
    ("kind", "watched"),
    [(Kind.VAULT, "/accounts/one"), (Kind.BLOBS, "/accounts/one/blobServices/default")],
)
def test_a_setting_sends_everything_to_the_workspace(kind: Kind, watched: str) -> None:
    logs = Logs(pulumi.Output.from_input("/workspaces/records"))

    def program() -> None:
        parent = pulumi.ComponentResource("palisade:index:Test", "test")
        recorded("one", kind, pulumi.Output.from_input("/accounts/one"), logs, parent)

    (made,) = [each for each in build(program) if each.type == "azure-native:monitor:DiagnosticSetting"]
    assert made.inputs["resourceUri"] == watched
    assert made.inputs["workspaceId"] == "/workspaces/records"
    assert made.inputs["logAnalyticsDestinationType"] == "Dedicated"
    assert made.inputs["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert made.inputs["metrics"] == [{"category": "AllMetrics", "enabled": True}]
