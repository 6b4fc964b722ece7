"""A component with a network in it, as teams write them."""

import pulumi
from network import Vpc, VpcArgs

vpc = Vpc(
    "main",
    VpcArgs(
        regions={"us-central1": "10.10.0.0/20", "europe-west1": "10.20.0.0/20"},
        nat=True,
    ),
)

pulumi.export("network", vpc.network.name)
pulumi.export("subnets", {region: subnet.ip_cidr_range for region, subnet in vpc.subnets.items()})
pulumi.export("gateway", vpc.subnets["us-central1"].gateway_address)
