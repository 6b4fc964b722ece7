"""Address ranges that Google fixes, each with its source."""

from __future__ import annotations

from isolation.addresses import addresses

# private.googleapis.com and restricted.googleapis.com, reached from a VPC by a route whose next hop is the
# default internet gateway, and announced nowhere else.
# Source: cloud.google.com/vpc/docs/configure-private-google-access#ip-addr-defaults.
RESTRICTED = addresses("199.36.153.4/30", "2600:2d00:2:1000::/64")
PRIVATE_APIS = addresses("199.36.153.8/30", "2600:2d00:2:2000::/64")
APIS = RESTRICTED | PRIVATE_APIS

# Front ends of load balancers and health checks; Google's own, spoofed by nobody.
# Source: cloud.google.com/load-balancing/docs/health-checks#firewall_rules.
FRONT_ENDS = addresses("35.191.0.0/16", "130.211.0.0/22", "2600:2d00:1:b029::/64", "2600:2d00:1:1::/64")

# Identity-Aware Proxy's TCP forwarding: an operator's way in, which IAM guards.
# Source: cloud.google.com/iap/docs/using-tcp-forwarding.
IAP = addresses("35.235.240.0/20")

RESERVED = APIS | FRONT_ENDS | IAP

# The subnets of an auto mode network are cut from this.
# Source: cloud.google.com/vpc/docs/subnets#ip-ranges.
AUTO_MODE = addresses("10.128.0.0/9")

METADATA = addresses("169.254.169.254")
EVERYWHERE_4 = addresses("0.0.0.0/0")
EVERYWHERE_6 = addresses("::/0")
