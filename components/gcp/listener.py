"""The load balancer's front end: an address, port 443, and who may finish a TLS handshake.

Guarantees: TLS 1.2 at least, with the ciphers of the restricted profile and post-quantum key exchange; where
an authority is given, no handshake without a valid certificate of it.

Leaves out: certificates of the server (`certificates.py`), what happens to a request (`edge.py`).
Sources: cloud.google.com/load-balancing/docs/ssl-policies-concepts and docs/mtls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp.certificatemanager.trust_config import TrustConfig
from pulumi_gcp.compute.global_address import GlobalAddress
from pulumi_gcp.compute.global_forwarding_rule import GlobalForwardingRule
from pulumi_gcp.compute.ssl_policy import SSLPolicy
from pulumi_gcp.compute.target_https_proxy import TargetHttpsProxy
from pulumi_gcp.compute.url_map import URLMap
from pulumi_gcp.networksecurity.server_tls_policy import ServerTlsPolicy

from components.contracts import Certificate


@dataclass(frozen=True)
class FrontEnd:
    """The server's certificate, and the PEM text of the authority of clients' certificates, if any."""

    project: str
    certificate: Certificate
    client_ca: str | pulumi.Output[str] | None
    labels: Mapping[str, str]


def listener(name: str, args: FrontEnd, routes: URLMap, parent: pulumi.Resource) -> GlobalForwardingRule:
    """The forwarding rule, with everything before it."""
    opts = pulumi.ResourceOptions(parent=parent)
    address = GlobalAddress(
        name,
        name=name,
        project=args.project,
        address_type="EXTERNAL",
        ip_version="IPV4",
        labels=dict(args.labels),
        opts=opts,
    )
    ciphers = SSLPolicy(
        name,
        name=name,
        project=args.project,
        profile="RESTRICTED",
        min_tls_version="TLS_1_2",
        post_quantum_key_exchange="ENABLED",
        opts=opts,
    )
    proxy = TargetHttpsProxy(
        name,
        name=name,
        project=args.project,
        url_map=routes.id,
        certificate_map=args.certificate.id,
        ssl_policy=ciphers.id,
        server_tls_policy=_client_certificates(name, args, opts),
        opts=opts,
    )
    return GlobalForwardingRule(
        name,
        name=name,
        project=args.project,
        load_balancing_scheme="EXTERNAL_MANAGED",
        ip_address=address.id,
        ip_protocol="TCP",
        port_range="443",
        target=proxy.id,
        labels=dict(args.labels),
        opts=opts,
    )


def _client_certificates(
    name: str, args: FrontEnd, opts: pulumi.ResourceOptions
) -> pulumi.Output[str] | None:
    if args.client_ca is None:
        return None
    trust = TrustConfig(
        name,
        name=name,
        project=args.project,
        location="global",
        trust_stores=[{"trust_anchors": [{"pem_certificate": args.client_ca}]}],
        labels=dict(args.labels),
        opts=opts,
    )
    policy = ServerTlsPolicy(
        name,
        name=name,
        project=args.project,
        location="global",
        mtls_policy={
            "client_validation_mode": "REJECT_INVALID",
            "client_validation_trust_config": trust.id,
        },
        labels=dict(args.labels),
        opts=opts,
    )
    return policy.id
