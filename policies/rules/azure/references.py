"""Which resource an id of Azure names: ids are paths of names, known before the resource is there."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Resource, Stack
from policies.framework.values import View

# The input that holds a resource's own name, by type; it is the last part of its id.
OWN_NAMES = {
    "azure-native:containerregistry:Registry": "registryName",
    "azure-native:containerservice:ManagedCluster": "resourceName",
    "azure-native:cognitiveservices:Account": "accountName",
    "azure-native:keyvault:ManagedHsm": "name",
    "azure-native:keyvault:Vault": "vaultName",
    "azure-native:monitor:DataCollectionEndpoint": "dataCollectionEndpointName",
    "azure-native:monitor:DataCollectionRule": "dataCollectionRuleName",
    "azure-native:monitor:PrivateLinkScope": "scopeName",
    "azure-native:network:ApplicationGateway": "applicationGatewayName",
    "azure-native:network:NetworkSecurityGroup": "networkSecurityGroupName",
    "azure-native:network:PrivateEndpoint": "privateEndpointName",
    "azure-native:network:PublicIPAddress": "publicIpAddressName",
    "azure-native:network:VirtualNetwork": "virtualNetworkName",
    "azure-native:network:WebApplicationFirewallPolicy": "policyName",
    "azure-native:operationalinsights:Workspace": "workspaceName",
    "azure-native:purview:Account": "accountName",
    "azure-native:storage:StorageAccount": "accountName",
}


def names(stack: Stack, view: View, by: Resource, target: Resource, tail: str = "") -> bool:
    """Whether a property of `by` holds the id of `target`, and `tail` behind it: by text, or by the graph."""
    own = target.at(OWN_NAMES[target.type])
    if view.unknown or own.unknown:
        return target in stack.sources(by, view.path)
    if view.missing or not view.text.lower().endswith(tail.lower()):
        return False
    named = view.text[: len(view.text) - len(tail)].rstrip("/")
    if stack.points_at(view, by, target) or named == target.outputs.get("id"):
        return True
    return not own.missing and named.lower().rpartition("/")[2] == own.text.lower()


def naming(stack: Stack, target: Resource, type_: str, path: str, tail: str = "") -> Iterator[Resource]:
    """The resources of a type whose property holds the id of `target`."""
    for each in stack.of_type(type_):
        if names(stack, each.at(path), each, target, tail):
            yield each
