"""Ids under Azure Resource Manager: known ones exactly, all others by parameters that the SDK declares."""

import pytest

from rehearsal.azure import PACKAGE, paths, sources
from rehearsal.model import Context, Resource
from tests.rehearsal.sdk_shapes import served, strangers

AZURE = served("azure-native")
GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers"
# Outputs that `every` gives to all types, where a type has them.
COMMON = ("name", "type", "location", "provisioningState", "azureApiVersion", "systemData")


def test_every_type_and_property_of_the_tables_is_in_the_sdk() -> None:
    assert list(strangers("azure-native")) == []
    assert {path.split(".")[0] for path in PACKAGE.known.every["outputs"]} == set(COMMON)


def test_every_computed_function_is_in_the_sdk() -> None:
    assert [token for token in sources.FUNCTIONS if AZURE.sdk.function(token) is None] == []


# Paths as Microsoft's REST reference has them; none of these types stands in the tables.
REFERENCE = """
network:VirtualNetwork                Network/virtualNetworks/{virtualNetworkName}
network:NetworkSecurityGroup          Network/networkSecurityGroups/{networkSecurityGroupName}
network:LoadBalancer                  Network/loadBalancers/{loadBalancerName}
compute:Disk                          Compute/disks/{diskName}
compute:AvailabilitySet               Compute/availabilitySets/{availabilitySetName}
keyvault:ManagedHsm                   KeyVault/managedHSMs/{name}
cognitiveservices:Account             CognitiveServices/accounts/{accountName}
eventhub:EventHub                     EventHub/namespaces/{namespaceName}/eventhubs/{eventHubName}
servicebus:Queue                      ServiceBus/namespaces/{namespaceName}/queues/{queueName}
logic:IntegrationAccount              Logic/integrationAccounts/{integrationAccountName}
logic:Workflow                        Logic/workflows/{workflowName}
netapp:CapacityPool                   NetApp/netAppAccounts/{accountName}/capacityPools/{poolName}
batch:Pool                            Batch/batchAccounts/{accountName}/pools/{poolName}
"""


@pytest.mark.parametrize("line", REFERENCE.split("\n")[1:-1])
def test_paths_are_those_of_the_rest_reference(line: str) -> None:
    type, path = line.split()
    assert paths.of(f"azure-native:{type}").template.lower() == f"{GROUP}/Microsoft.{path}".lower()


def test_every_path_is_filled_from_declared_inputs() -> None:
    for token in AZURE.sdk.resources:
        path, shape = paths.of(token), AZURE.shape(token)
        assert shape is not None, token
        if token != "azure-native:keyvault:AccessPolicy":  # its last part is inside `policy`
            assert set(path.parameters) - set(shape.inputs) <= {"subscriptionId"}, (token, path.template)


def test_every_id_is_a_path_with_all_its_names() -> None:
    for token in AZURE.sdk.resources:
        path = paths.of(token)
        inputs = {name: f"the-{name}" for name in path.parameters if name not in ("scope", "resourceUri")}
        inputs |= {"scope": "/subscriptions/s", "resourceUri": "/subscriptions/s/resourceGroups/g"}
        id = PACKAGE.identify(Resource("urn:x", token, "x", inputs, Context("azure-native", {})))
        assert id.startswith("/"), token
        assert "//" not in id, token
        assert "{" not in id, token
        # A namespace and pairs of type and name; the static website is the provider's own invention.
        pairs = id.rsplit("/providers/", 1)[-1].split("/")
        assert len(pairs) % 2 == 1 or id.endswith(("/staticWebsite", "/the-resourceGroupName")), id
