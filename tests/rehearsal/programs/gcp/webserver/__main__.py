"""A virtual machine that serves a page, in a network of its own."""

import pulumi
from pulumi_gcp import compute

startup_script = """#!/bin/bash
echo "Hello, World!" > index.html
nohup python3 -m http.server 80 &
"""

network = compute.Network("network", auto_create_subnetworks=True)

firewall = compute.Firewall(
    "firewall",
    network=network.self_link,
    allows=[
        compute.FirewallAllowArgs(protocol="tcp", ports=["22", "80"]),
        compute.FirewallAllowArgs(protocol="icmp"),
    ],
    source_ranges=["0.0.0.0/0"],
    target_tags=["web"],
)

address = compute.Address("address")

instance = compute.Instance(
    "instance",
    machine_type="e2-micro",
    zone="us-central1-a",
    tags=["web"],
    metadata_startup_script=startup_script,
    boot_disk=compute.InstanceBootDiskArgs(
        initialize_params=compute.InstanceBootDiskInitializeParamsArgs(image="debian-cloud/debian-12"),
    ),
    network_interfaces=[
        compute.InstanceNetworkInterfaceArgs(
            network=network.id,
            access_configs=[compute.InstanceNetworkInterfaceAccessConfigArgs(nat_ip=address.address)],
        )
    ],
    service_account=compute.InstanceServiceAccountArgs(
        scopes=["https://www.googleapis.com/auth/cloud-platform"],
    ),
    opts=pulumi.ResourceOptions(depends_on=[firewall]),
)

pulumi.export("instance_name", instance.name)
pulumi.export("instance_meta_data", instance.metadata)
pulumi.export("instance_ip", address.address)
pulumi.export("nat_ip", instance.network_interfaces[0].access_configs[0].nat_ip)
pulumi.export(
    "url", instance.network_interfaces.apply(lambda nics: f"http://{nics[0].access_configs[0].nat_ip}")
)
