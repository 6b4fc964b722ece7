"""A database with a generated password, reachable from a private network."""

import pulumi
import pulumi_random as random
from pulumi_gcp import compute, servicenetworking, sql

network = compute.Network("private", auto_create_subnetworks=False)

range_ = compute.GlobalAddress(
    "peering",
    purpose="VPC_PEERING",
    address_type="INTERNAL",
    prefix_length=16,
    network=network.id,
)

connection = servicenetworking.Connection(
    "services",
    network=network.id,
    service="servicenetworking.googleapis.com",
    reserved_peering_ranges=[range_.name],
)

instance = sql.DatabaseInstance(
    "db",
    database_version="POSTGRES_15",
    region="us-central1",
    deletion_protection=False,
    settings=sql.DatabaseInstanceSettingsArgs(
        tier="db-f1-micro",
        ip_configuration=sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False, private_network=network.id
        ),
    ),
    opts=pulumi.ResourceOptions(depends_on=[connection]),
)

database = sql.Database("app", instance=instance.name)
password = random.RandomPassword("password", length=24, special=False)
user = sql.User("app-user", instance=instance.name, password=password.result)

url = pulumi.Output.format(
    "postgres://{0}:{1}@{2}/{3}", user.name, password.result, instance.private_ip_address, database.name
)
pulumi.export("url", url)
pulumi.export("connection_name", instance.connection_name)
