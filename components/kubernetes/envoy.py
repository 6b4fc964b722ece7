"""Pieces of Envoy's configuration that the gateway, its screen and its tokens share."""

from __future__ import annotations

from typing import Any

# Where Envoy's image has the public authorities.
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def cluster(name: str, kind: str, address: str, port: int) -> dict[str, Any]:
    """Where Envoy sends to, by a name of ours: `kind` is `STATIC` or `STRICT_DNS`."""
    endpoint = {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
    return {
        "name": name,
        "type": kind,
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def secured(name: str, host: str) -> dict[str, Any]:
    """A service by its name, over TLS, whose certificate a public authority issued for that name."""
    service = cluster(name, "STRICT_DNS", host, 443)
    service["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": type_name("transport_sockets.tls.v3.UpstreamTlsContext"),
            "sni": host,
            "common_tls_context": {
                "validation_context": {
                    "trusted_ca": {"filename": AUTHORITIES},
                    "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}],
                }
            },
        },
    }
    return service


def type_name(name: str) -> str:
    """The full name of one of Envoy's extensions."""
    return f"type.googleapis.com/envoy.extensions.{name}"
