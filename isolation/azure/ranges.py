"""Address ranges that Azure fixes, each with its source, and stand-ins for those that it changes."""

from __future__ import annotations

from isolation.addresses import ALL_IPV4, ALL_IPV6, addresses
from isolation.intervals import IntervalSet

# Names, health probes and the machine agent, at one address of every network. NSGs filter what comes from it
# by the tag AzureLoadBalancer, and do not filter what goes to it; no route leads it elsewhere. Metadata are
# not filtered either.
# Sources: learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 and
# learn.microsoft.com/azure/virtual-machines/instance-metadata-service.
HOST = addresses("168.63.129.16")
METADATA = addresses("169.254.169.254")
EVERYWHERE_4, EVERYWHERE_6 = ALL_IPV4, ALL_IPV6

# Azure's services have public addresses that it changes weekly, so a plan has none of them. What service
# endpoints lead to and Azure's own control planes stand at these: nobody else can have addresses of class E
# (RFC 1112) or of the discard prefix (RFC 6666), and a rule for everywhere holds them.
SERVICES = addresses("240.0.1.0/24", "100::1:0/112")
CONTROL = addresses("240.0.2.0/24", "100::2:0/112")
# Where services on Azure's side stand that are no part of a network.
FRONT_ENDS = addresses("240.0.9.0/24", "100::9:0/112")
RESERVED = HOST | SERVICES | CONTROL | FRONT_ENDS


def service_address(number: int) -> IntervalSet:
    """The stand-in for the public addresses of one service, 1 to 254."""
    return addresses(f"240.0.1.{number}", f"100::1:{number:x}")
