"""Address ranges that Google fixes, each with its source."""

from __future__ import annotations

# restricted.googleapis.com: the APIs that a service perimeter can hold, not announced on the internet.
# Source: cloud.google.com/vpc/docs/configure-private-google-access#ip-addr-defaults.
RESTRICTED_RANGE = "199.36.153.4/30"
RESTRICTED_ADDRESSES = ("199.36.153.4", "199.36.153.5", "199.36.153.6", "199.36.153.7")

# Front ends of global load balancers, and health checks.
# Source: cloud.google.com/load-balancing/docs/health-checks#firewall_rules.
FRONT_END_RANGES = ("35.191.0.0/16", "130.211.0.0/22")
