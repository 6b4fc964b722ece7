"""The lower of two stacks: a network whose outputs another stack reads."""

import pulumi
from pulumi_gcp import compute

network = compute.Network("shared", auto_create_subnetworks=False)
subnet = compute.Subnetwork("shared", network=network.id, ip_cidr_range="10.0.0.0/16", region="us-central1")

pulumi.export("network_id", network.id)
pulumi.export("subnet", {"id": subnet.id, "cidr": subnet.ip_cidr_range})
pulumi.export("password", pulumi.Output.secret("for-the-upper-stack"))
