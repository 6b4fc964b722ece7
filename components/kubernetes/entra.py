"""AKS's proxy for tokens of Entra ID, as the gateway reaches it: `entra.lua` asks it for the pod's identity.

Guarantees: the proxy must show a certificate of its own authority, for the name that the pod was given.
Source: learn.microsoft.com/azure/aks/identity-bindings.
"""

from __future__ import annotations

from typing import Any

from components.kubernetes.envoy import cluster, type_name

# AKS's proxy for tokens of Entra ID: beside the API server, under the name that the pod's environment holds.
API_SERVER = "kubernetes.default.svc"
TOKEN_PROXY_AUTHORITY = "/var/run/secrets/azure/wi/ca-cert/ca.crt"
TOKEN_PROXY_NAME = "x-token-proxy"


def token_proxy() -> dict[str, Any]:
    """The name that it is asked for, and whose certificate it must show, comes with each request."""
    proxy = cluster("login", "STRICT_DNS", API_SERVER, 443)
    trusted = {"validation_context": {"trusted_ca": {"filename": TOKEN_PROXY_AUTHORITY}}}
    proxy["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": type_name("transport_sockets.tls.v3.UpstreamTlsContext"),
            "common_tls_context": trusted,
        },
    }
    proxy["typed_extension_protocol_options"] = {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": type_name("upstreams.http.v3.HttpProtocolOptions"),
            "explicit_http_config": {"http_protocol_options": {}},
            "upstream_http_protocol_options": {
                "auto_sni": True,
                "override_auto_sni_header": TOKEN_PROXY_NAME,
                "auto_san_validation": True,
            },
        }
    }
    return proxy
