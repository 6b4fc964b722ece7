"""A key vault, a document database, a private endpoint and its zone, in one component."""

import pulumi
from pulumi_azure_native import authorization, cosmosdb, keyvault, network, privatedns, resources


class Data(pulumi.ComponentResource):
    def __init__(self, name, group, tenant, opts=None):
        super().__init__("example:data:Data", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vault = keyvault.Vault(
            f"{name}kv",
            resource_group_name=group.name,
            properties={
                "tenant_id": tenant,
                "sku": {"family": "A", "name": "standard"},
                "enable_rbac_authorization": True,
                "enable_purge_protection": True,
                "soft_delete_retention_in_days": 7,
            },
            opts=child,
        )
        self.account = cosmosdb.DatabaseAccount(
            name,
            resource_group_name=group.name,
            database_account_offer_type="Standard",
            locations=[{"location_name": group.location, "failover_priority": 0}],
            consistency_policy={"default_consistency_level": "Session"},
            opts=child,
        )
        keys = cosmosdb.list_database_account_keys_output(
            resource_group_name=group.name, account_name=self.account.name
        )
        self.secret = keyvault.Secret(
            "cosmos-key",
            resource_group_name=group.name,
            vault_name=self.vault.name,
            properties={"value": keys.primary_master_key},
            opts=child,
        )
        self.register_outputs({})


client = authorization.get_client_config()
group = resources.ResourceGroup("data")
data = Data("data", group, client.tenant_id)
database = cosmosdb.SqlResourceSqlDatabase(
    "items", resource_group_name=group.name, account_name=data.account.name, resource={"id": "items"}
)
key = keyvault.Key(
    "disk",
    resource_group_name=group.name,
    vault_name=data.vault.name,
    properties={"kty": "RSA", "key_size": 3072, "key_ops": ["wrapKey", "unwrapKey"]},
)
vnet = network.VirtualNetwork(
    "net", resource_group_name=group.name, address_space={"address_prefixes": ["10.1.0.0/16"]}
)
subnet = network.Subnet(
    "private", resource_group_name=group.name, virtual_network_name=vnet.name, address_prefix="10.1.0.0/24"
)
endpoint = network.PrivateEndpoint(
    "vault",
    resource_group_name=group.name,
    subnet={"id": subnet.id},
    private_link_service_connections=[
        {"name": "vault", "private_link_service_id": data.vault.id, "group_ids": ["vault"]}
    ],
)
zone = privatedns.PrivateZone(
    "zone",
    resource_group_name=group.name,
    location="global",
    private_zone_name="privatelink.vaultcore.azure.net",
)
privatedns.VirtualNetworkLink(
    "link",
    resource_group_name=group.name,
    private_zone_name=zone.name,
    location="global",
    registration_enabled=False,
    virtual_network={"id": vnet.id},
)
network.PrivateDnsZoneGroup(
    "vault",
    resource_group_name=group.name,
    private_endpoint_name=endpoint.name,
    private_dns_zone_configs=[{"name": "vault", "private_dns_zone_id": zone.id}],
)

pulumi.export("vault", data.vault.properties.vault_uri)
pulumi.export("key", key.key_uri_with_version)
pulumi.export("documents", data.account.document_endpoint)
pulumi.export("secret", data.secret.properties.secret_uri)
pulumi.export("database", database.id)
pulumi.export("card", endpoint.network_interfaces[0].id)
