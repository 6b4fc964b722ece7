"""Private access to Google's APIs: one route, the zones that lead to it, and a log of every name asked for.

Builds the route to the restricted range, one private zone for each domain of Google's APIs, and the
network's DNS policy.

Guarantees: the only next hop out of the network is 199.36.153.4/30, which serves no other service than those
that a service perimeter can hold, and is not announced on the internet. Every DNS query is logged. No DNS
server listens inside the network for anyone outside of it.

Leaves out:
- Regional endpoints (`*.REGION.rep.googleapis.com`). The wildcard of `googleapis.com` answers for them too,
  with addresses that do not serve them, so such a call fails closed. Who needs one adds a
  `networkconnectivity.RegionalEndpoint` in the data segment and a record for its exact name, which is longer
  than the wildcard and therefore wins.
- Public names still resolve, because Google's resolver answers every machine and no firewall rule can stop
  it. Nothing can be sent to the addresses it returns, but a query itself can carry a few bytes: hence the
  log of every query.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.compute.network import Network
from pulumi_gcp.compute.route import Route
from pulumi_gcp.dns.managed_zone import ManagedZone
from pulumi_gcp.dns.policy import Policy
from pulumi_gcp.dns.record_set import RecordSet

from components.gcp.google_ranges import RESTRICTED_ADDRESSES, RESTRICTED_RANGE

# Sources: cloud.google.com/vpc-service-controls/docs/set-up-private-connectivity, and for gke.goog, the
# clusters' DNS endpoints, cloud.google.com/kubernetes-engine/docs/concepts/network-isolation.
API_DOMAINS = ("googleapis.com", "pkg.dev", "gcr.io", "gke.goog")

RECORD_TTL_SECONDS = 300


def restricted_route(name: str, network: Network, parent: pulumi.Resource) -> Route:
    """The network's one route beyond its own subnets."""
    return Route(
        f"{name}-restricted-apis",
        name=f"{name}-restricted-apis",
        network=network.id,
        dest_range=RESTRICTED_RANGE,
        next_hop_gateway="default-internet-gateway",
        priority=1000,
        description="Google APIs by the restricted range; nothing else leaves this network.",
        opts=pulumi.ResourceOptions(parent=parent),
    )


def api_zones(name: str, network: Network, parent: pulumi.Resource) -> list[RecordSet]:
    """A private zone for each domain of Google's APIs, every name of which is a restricted address.

    Returns the records; each depends on its zone.
    """
    records: list[RecordSet] = []
    for domain in API_DOMAINS:
        key = f"{name}-{domain.replace('.', '-')}"
        zone = ManagedZone(
            key,
            name=key,
            dns_name=f"{domain}.",
            description=f"{domain} by the restricted range.",
            visibility="private",
            private_visibility_config={"networks": [{"network_url": network.id}]},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        apex = RecordSet(
            f"{key}-apex",
            managed_zone=zone.name,
            name=f"{domain}.",
            type="A",
            ttl=RECORD_TTL_SECONDS,
            rrdatas=list(RESTRICTED_ADDRESSES),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        wildcard = RecordSet(
            f"{key}-any",
            managed_zone=zone.name,
            name=f"*.{domain}.",
            type="CNAME",
            ttl=RECORD_TTL_SECONDS,
            rrdatas=[f"{domain}."],
            opts=pulumi.ResourceOptions(parent=parent),
        )
        records += [apex, wildcard]
    return records


def logged_resolver(name: str, network: Network, parent: pulumi.Resource) -> Policy:
    """The network's DNS policy: queries are logged, and none are taken from outside."""
    return Policy(
        f"{name}-resolver",
        name=f"{name}-resolver",
        description="Logs every query; forwards none in or out.",
        enable_logging=True,
        enable_inbound_forwarding=False,
        networks=[{"network_url": network.id}],
        opts=pulumi.ResourceOptions(parent=parent),
    )
