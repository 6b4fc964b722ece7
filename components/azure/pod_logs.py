"""What pods print: AKS's agent on every node, and by whom it is told what to collect.

Builds the endpoint where agents ask what to collect and send it, inside the private link scope; the rule that
tells them; and for a cluster the add-on with the agent and what ties the cluster to both.

Guarantees: agents reach the endpoint from inside the network only; what they collect goes to the workspace
and nowhere else, under the cluster's identity, since the workspace takes no key. The tie to the rule is the
right to send: no role is granted. Tokens come from AKS's control plane, so that nodes need no way to Entra
ID, and the image from the registry's cache, as all of AKS's own do.

Leaves out: the workspace and its scope (`workspace.py`), the private endpoint (`network.py`); what pods of
AKS's own in kube-system print, which the agent passes over; measures, and inventories of containers, which
would bring their environment along.
Sources: learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-private-link,
kubernetes-monitoring-firewall and container-insights-authentication there;
learn.microsoft.com/azure/aks/concepts-network-isolated ("images required for AKS components and addons");
github.com/microsoft/Docker-Provider, scripts/onboarding/aks (names, and what is set);
github.com/Azure/azure-cli, addonconfiguration.py (the endpoint is in the cluster's location).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_azure_native.containerservice._inputs import ManagedClusterAddonProfileArgs
from pulumi_azure_native.monitor._inputs import (
    DataCollectionEndpointNetworkAclsArgs,
    DataCollectionRuleDataSourcesArgs,
    DataCollectionRuleDestinationsArgs,
    DataFlowArgs,
    ExtensionDataSourceArgs,
    LogAnalyticsDestinationArgs,
)
from pulumi_azure_native.monitor.data_collection_endpoint import DataCollectionEndpoint
from pulumi_azure_native.monitor.data_collection_rule import DataCollectionRule
from pulumi_azure_native.monitor.data_collection_rule_association import DataCollectionRuleAssociation

from components.azure.diagnostics import Logs
from components.azure.subnets import Ground
from components.ready import after

ENDPOINT = "Microsoft.Insights/dataCollectionEndpoints"
RULE = "Microsoft.Insights/dataCollectionRules"
# The add-on with the agent. Names of the ties are the agent's.
AGENT = "omsagent"
TIE_TO_RULE, TIE_TO_ENDPOINT = "ContainerInsightsExtension", "configurationAccessEndpoint"
# What the rule calls its one destination.
STORE = "workspace"


@dataclass(frozen=True)
class Collection:
    """What tells agents: the ids of a rule, and of the endpoint where they ask for it."""

    rule: pulumi.Output[str]
    endpoint: pulumi.Output[str]


@cache
def streams() -> Mapping[str, str]:
    """`pod_logs.yaml`: what is collected, by the name of its stream, and why."""
    text = Path(__file__).with_name("pod_logs.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["streams"]


def agents_endpoint(ground: Ground) -> DataCollectionEndpoint:
    """The endpoint where agents ask and send, once it is in a private link scope."""
    return DataCollectionEndpoint(
        ground.name,
        data_collection_endpoint_name=ground.name,
        resource_group_name=ground.place.group,
        location=ground.place.location,
        kind="Linux",
        network_acls=DataCollectionEndpointNetworkAclsArgs(public_network_access="Disabled"),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def collecting(ground: Ground, endpoint: pulumi.Output[str], logs: Logs) -> Collection:
    """The rule by which agents send what pods print to the workspace, by way of an endpoint, by its id."""
    wanted = list(streams())
    source = ExtensionDataSourceArgs(
        name=TIE_TO_RULE,
        extension_name="ContainerInsights",
        extension_settings={
            "dataCollectionSettings": {
                "interval": "1m",
                "namespaceFilteringMode": "Off",
                "enableContainerLogV2": True,
            }
        },
        streams=wanted,
    )
    store = LogAnalyticsDestinationArgs(name=STORE, workspace_resource_id=logs.workspace)
    rule = DataCollectionRule(
        ground.name,
        data_collection_rule_name=ground.name,
        resource_group_name=ground.place.group,
        location=ground.place.location,
        kind="Linux",
        description="What pods print, from every cluster.",
        data_collection_endpoint_id=endpoint,
        data_sources=DataCollectionRuleDataSourcesArgs(extensions=[source]),
        data_flows=[DataFlowArgs(streams=wanted, destinations=[STORE])],
        destinations=DataCollectionRuleDestinationsArgs(log_analytics=[store]),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    return Collection(after(ground.place.id(RULE, ground.name), rule), endpoint)


def agent(logs: Logs) -> ManagedClusterAddonProfileArgs:
    """The add-on of a cluster. Its agent sends nothing before it is tied to a rule."""
    config = {"logAnalyticsWorkspaceResourceID": logs.workspace, "useAADAuth": "true"}
    return ManagedClusterAddonProfileArgs(enabled=True, config=config)


def tied(
    name: str, cluster: pulumi.Output[str], collection: Collection, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """What ties a cluster, by its id, to what tells its agents. They ask nobody without the endpoint."""
    return [
        DataCollectionRuleAssociation(
            f"{name}-pod-logs",
            association_name=TIE_TO_RULE,
            resource_uri=cluster,
            data_collection_rule_id=collection.rule,
            opts=pulumi.ResourceOptions(parent=parent),
        ),
        DataCollectionRuleAssociation(
            f"{name}-asks",
            association_name=TIE_TO_ENDPOINT,
            resource_uri=cluster,
            data_collection_endpoint_id=collection.endpoint,
            opts=pulumi.ResourceOptions(parent=parent),
        ),
    ]
