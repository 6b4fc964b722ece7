"""What Azure writes down about a resource, and where it goes: one diagnostic setting for each.

Guarantees: everything that `diagnostics.yaml` says a kind of resource can tell goes to the workspace, into
tables of its own kind.

Leaves out: the workspace (`workspace.py`), and how long records stay and who may not change them
(`audit.py`).
Source: learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_azure_native.monitor._inputs import DiagnosticsLogSettingsArgs, DiagnosticsMetricSettingsArgs
from pulumi_azure_native.monitor.diagnostic_setting import DiagnosticSetting
from pydantic import BaseModel, ConfigDict, TypeAdapter

# A resource has at most five settings, by name; ours never meets another program's.
SETTING = "palisade"


class Kind(StrEnum):
    """What is recorded: the kinds of resources that have diagnostic settings."""

    VAULT = "vault"
    HSM = "hsm"
    REGISTRY = "registry"
    BLOBS = "blobs"
    CLUSTER = "cluster"
    NETWORK = "network"
    SECURITY_GROUP = "security-group"
    ADDRESS = "address"
    GATEWAY = "gateway"
    FIREWALL = "firewall"
    AI_ACCOUNT = "ai-account"
    CATALOGUE = "catalogue"
    LEARNING_REGISTRY = "learning-registry"
    WORKSPACE = "workspace"
    EVENT_TOPIC = "event-topic"


@dataclass(frozen=True)
class Logs:
    """Where records go: the workspace, by its resource id."""

    workspace: pulumi.Output[str]


class Told(BaseModel):
    """What a kind of resource can tell: groups of logs or single categories, and whether it has measures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    metrics: bool


@cache
def table() -> dict[Kind, Told]:
    """`diagnostics.yaml`, read once."""
    text = Path(__file__).with_name("diagnostics.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[Kind, Told]).validate_python(yaml.safe_load(text))


def recorded(
    name: str, kind: Kind, resource: pulumi.Output[str], logs: Logs, parent: pulumi.Resource
) -> DiagnosticSetting:
    """The setting of a resource, by its id. Of blobs, that is the account's id: the rest is put behind it."""
    told = table()[kind]
    watched = pulumi.Output.concat(resource, "/blobServices/default") if kind is Kind.BLOBS else resource
    return DiagnosticSetting(
        name,
        name=SETTING,
        resource_uri=watched,
        workspace_id=logs.workspace,
        # Tables of the resource's own kind; without it, one table holds what has little in common.
        log_analytics_destination_type="Dedicated",
        logs=[
            *(DiagnosticsLogSettingsArgs(category_group=group, enabled=True) for group in told.groups),
            *(DiagnosticsLogSettingsArgs(category=each, enabled=True) for each in told.categories),
        ],
        metrics=[DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)] if told.metrics else [],
        opts=pulumi.ResourceOptions(parent=parent),
    )
