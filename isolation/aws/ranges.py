"""Address ranges that AWS fixes, each with its source, and stand-ins for those it assigns."""

from __future__ import annotations

from isolation.addresses import ALL_IPV4, ALL_IPV6, addresses
from isolation.intervals import IntervalSet

# Resolver, time and instance metadata, at fixed addresses of every VPC that groups and ACLs do not filter.
# Sources: docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html,
# docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and set-time.html.
LINK_LOCAL = addresses(
    "169.254.169.253",
    "169.254.169.254",
    "169.254.169.123",
    "fd00:ec2::253",
    "fd00:ec2::254",
    "fd00:ec2::123",
)
# Addresses that a VPC may have beside the private ones (RFC 6598).
SHARED = addresses("100.64.0.0/10")
EVERYWHERE_4, EVERYWHERE_6 = ALL_IPV4, ALL_IPV6

# Translated names of the IPv4 internet (RFC 6052), which a subnet's DNS64 gives and a NAT gateway takes.
NAT64 = addresses("64:ff9b::/96")

# The default VPC's range. Source: docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html.
DEFAULT_VPC = "172.31.0.0/16"

# A gateway endpoint's prefix list has public addresses that AWS changes as it likes, so a plan has none of
# them. These stand for them: nobody else can have addresses of class E (RFC 1112) or of the discard prefix
# (RFC 6666), and a rule for everywhere holds them.
_SERVICES = {
    "s3": addresses("240.0.1.0/24", "100::1:0/112"),
    "dynamodb": addresses("240.0.2.0/24", "100::2:0/112"),
    "s3express": addresses("240.0.3.0/24", "100::3:0/112"),
}
SERVICES = IntervalSet.union(_SERVICES.values())
# Where services on AWS's side stand that are no part of a network.
FRONT_ENDS = addresses("240.0.9.0/24", "100::9:0/112")


def service_range(service: str) -> IntervalSet:
    """The stand-in for the prefix list of a service, by the last part of its name."""
    return _SERVICES.get(service.rpartition(".")[2], EVERYWHERE_4 & addresses("240.0.4.0/24"))


def assigned(index: int) -> IntervalSet:
    """The stand-in for the IPv6 range that Amazon will assign to the VPC of this index (RFC 3849)."""
    return addresses(f"2001:db8:{index:x}::/56")
