"""Whose tokens the gateway takes, and how often one caller may ask, where the edge does neither.

Guarantees: a token is signed by the issuer, in force, and for this API; one that is not is refused, and so is
every token while the issuer's keys are not there. Callers are told apart by what the token says of them, so
that a new token brings no new allowance.

A pod has no way to the issuer. So its page of keys is a file among the mounted keys, which whoever has a way
puts into the vault, and a listener of the gateway's own, on the loopback address, hands it to the filter that
verifies: read again every ten minutes.

Leaves out: which role a caller needs, and API keys (`gateway.lua`). Each gateway counts for itself: with
more servers a caller may ask as many times more.
Sources: envoyproxy.io/docs/envoy/v1.40.0, .../http_filters/jwt_authn_filter and local_rate_limit_filter;
learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.kubernetes.envoy import cluster, type_name

# Where Envoy keeps what a verified token says, and under which name it does.
JWT, CLAIMS = "envoy.filters.http.jwt_authn", "caller"
# Callers that are counted at once; the one that asked longest ago is forgotten first.
COUNTED = 10_000


# The issuer's page of keys, among the mounted keys; no caller's name has a dot.
TOKEN_KEYS = "token-keys.json"
PORT = 9902


@dataclass(frozen=True)
class Tokens:
    """Whose tokens count: the issuer as tokens name it, and for what they must be.

    `role` is one of the roles that a token must hold (claim `roles`).
    """

    issuer: str
    audience: str
    role: str


def issuer_cluster() -> dict[str, Any]:
    """Where the filter fetches the issuer's keys."""
    return cluster("issuer", "STATIC", "127.0.0.1", PORT)


def issuer_listener(script: str) -> dict[str, Any]:
    """Who answers there: the program `issuer.lua`, filled in."""
    lua = {"@type": type_name("filters.http.lua.v3.Lua"), "default_source_code": {"inline_string": script}}
    router = {"@type": type_name("filters.http.router.v3.Router")}
    nothing = {"match": {"prefix": "/"}, "direct_response": {"status": 404}}
    manager = {
        "@type": type_name("filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "issuer",
        "http_filters": [
            {"name": "envoy.filters.http.lua", "typed_config": lua},
            {"name": "envoy.filters.http.router", "typed_config": router},
        ],
        "route_config": {
            "name": "issuer",
            "virtual_hosts": [{"name": "issuer", "domains": ["*"], "routes": [nothing]}],
        },
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    return {
        "name": "issuer",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": PORT}},
        "filter_chains": [{"filters": filters}],
    }


def verifying(tokens: Tokens, paths: Sequence[str]) -> dict[str, Any]:
    """The filter that verifies a token where there is one, and refuses a wrong one."""
    provider: dict[str, Any] = {
        "issuer": tokens.issuer,
        "audiences": [tokens.audience],
        "require_expiration": True,
        "forward": False,
        "payload_in_metadata": CLAIMS,
        "remote_jwks": {
            "http_uri": {"uri": "http://issuer/keys", "cluster": "issuer", "timeout": "5s"},
            "cache_duration": {"seconds": 600},
        },
    }
    either: dict[str, Any] = {
        "requires_any": {"requirements": [{"provider_name": "issuer"}, {"allow_missing": {}}]}
    }
    return {
        "name": JWT,
        "typed_config": {
            "@type": type_name("filters.http.jwt_authn.v3.JwtAuthentication"),
            "providers": {"issuer": provider},
            "rules": [{"match": {"path": path}, "requires": either} for path in paths],
        },
    }


def counting(per_minute: int, key_header: str) -> dict[str, Any]:
    """The filter that counts requests of each caller: by the token's holder, and by the API key."""
    bucket = {"max_tokens": per_minute, "tokens_per_fill": per_minute, "fill_interval": "60s"}
    holder = {
        "descriptor_key": "holder",
        "metadata_key": {"key": JWT, "path": [{"key": CLAIMS}, {"key": "oid"}]},
        "source": "DYNAMIC",
        "skip_if_absent": True,
    }
    key = {"descriptor_key": "key", "header_name": key_header, "skip_if_absent": True}
    always: dict[str, Any] = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "name": "envoy.filters.http.local_ratelimit",
        "typed_config": {
            "@type": type_name("filters.http.local_ratelimit.v3.LocalRateLimit"),
            "stat_prefix": "callers",
            "filter_enabled": always,
            "filter_enforced": always,
            "max_dynamic_descriptors": COUNTED,
            # Each value that an entry without one meets has a bucket of its own.
            "descriptors": [
                {"entries": [{"key": name}], "token_bucket": bucket} for name in ("holder", "key")
            ],
            "rate_limits": [{"actions": [{"metadata": holder}]}, {"actions": [{"request_headers": key}]}],
        },
    }
