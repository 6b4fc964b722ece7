"""A static website in a storage account, with its keys read back."""

import pulumi
from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("website")
account = storage.StorageAccount(
    "sa",
    resource_group_name=group.name,
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
)
website = storage.StorageAccountStaticWebsite(
    "site",
    account_name=account.name,
    resource_group_name=group.name,
    index_document="index.html",
    error404_document="404.html",
)
for page, text in {"index.html": "<h1>Hello</h1>", "404.html": "<h1>Not here</h1>"}.items():
    storage.Blob(
        page,
        resource_group_name=group.name,
        account_name=account.name,
        container_name=website.container_name,
        source=pulumi.StringAsset(text),
        content_type="text/html",
    )
keys = storage.list_storage_account_keys_output(resource_group_name=group.name, account_name=account.name)
container = storage.BlobContainer("data", resource_group_name=group.name, account_name=account.name)
again = storage.get_storage_account_output(resource_group_name=group.name, account_name=account.name)

pulumi.export("url", account.primary_endpoints.web)
pulumi.export("blob", again.primary_endpoints.blob)
pulumi.export("key", pulumi.Output.secret(keys.keys[0].value))
pulumi.export("container", container.id)
pulumi.export("location", account.location)
