"""The upper of two stacks."""

import pulumi
from pulumi_gcp import compute

lower = pulumi.StackReference("organization/network-stack/dev")
network = lower.require_output("network_id")
subnet = lower.get_output("subnet")

# The same object, read from the cloud instead of from the other stack's outputs.
found = compute.Network.get("shared-network", network)

compute.Firewall(
    "from-subnet",
    network=found.self_link,
    source_ranges=[subnet.apply(lambda value: value["cidr"])],
    allows=[compute.FirewallAllowArgs(protocol="tcp", ports=["443"])],
)

pulumi.export("network", network)
pulumi.export("name", network.apply(lambda text: text.rsplit("/", 1)[-1]))
pulumi.export("self_link", found.self_link)
pulumi.export("password", lower.get_output("password"))
