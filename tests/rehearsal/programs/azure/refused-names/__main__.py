"""A storage account takes lower-case letters and digits only, and a region has to exist."""

from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("group", location="west-europa")
storage.StorageAccount(
    "my-account", resource_group_name=group.name, kind="StorageV2", sku={"name": "Standard_LRS"}
)
