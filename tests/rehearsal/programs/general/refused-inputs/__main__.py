"""An unknown property, given by a dictionary, which no Python checker sees."""

from pulumi_gcp import compute

compute.Network("net", auto_create_subnetworks=False, opts=None)
compute.Firewall(
    "open",
    network="default",
    source_ranges=["10.0.0.0/8"],
    allows=[{"protocol": "tcp", "portz": ["80"]}],
)
