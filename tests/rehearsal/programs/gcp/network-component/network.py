"""A network with one subnet per region and a way out."""

from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import compute


@dataclass
class VpcArgs:
    regions: dict[str, str] = field(default_factory=dict)
    nat: bool = False


class Vpc(pulumi.ComponentResource):
    def __init__(self, name: str, args: VpcArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("acme:network:Vpc", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.network = compute.Network(
            f"{name}-network", auto_create_subnetworks=False, routing_mode="GLOBAL", opts=child
        )
        self.subnets = {
            region: compute.Subnetwork(
                f"{name}-{region}",
                region=region,
                network=self.network.id,
                ip_cidr_range=cidr,
                private_ip_google_access=True,
                secondary_ip_ranges=[
                    compute.SubnetworkSecondaryIpRangeArgs(
                        range_name="pods", ip_cidr_range=f"10.{64 + i}.0.0/16"
                    ),
                ],
                opts=pulumi.ResourceOptions(parent=self.network),
            )
            for i, (region, cidr) in enumerate(args.regions.items())
        }
        if args.nat:
            for region in args.regions:
                router = compute.Router(
                    f"{name}-{region}-router", region=region, network=self.network.id, opts=child
                )
                compute.RouterNat(
                    f"{name}-{region}-nat",
                    router=router.name,
                    region=router.region,
                    nat_ip_allocate_option="AUTO_ONLY",
                    source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
                    opts=pulumi.ResourceOptions(parent=router),
                )
        compute.Firewall(
            f"{name}-internal",
            network=self.network.name,
            allows=[compute.FirewallAllowArgs(protocol="all")],
            source_ranges=list(args.regions.values()),
            opts=child,
        )
        self.register_outputs({"network": self.network.id})
