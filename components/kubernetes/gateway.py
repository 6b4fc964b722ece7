"""The gateway before a model server: Envoy's configuration, made from data.

Guarantees: the model server listens on the loopback address only, so nothing reaches it but through here; TLS
with the service's certificate; exactly the paths of `gateway.yaml`; no request that the load balancer did not
mark; tokens that were verified, by the edge or here; API keys that exist; bodies and answers within limits,
and those of one caller within its budget; where a screen is given, no prompt that it did not find clean, for
whichever model it is. What cannot be checked is refused (`gateway.lua`). Logs hold verdicts, never prompts.

Leaves out: who may sign in (the edge or the issuer decides), and screening of answers, which stream word by
word: a screen would have to hold them back until they end. The template's filters for answers serve callers
that do not stream, through the edge of their own choice.
Sources: envoyproxy.io/docs/envoy/v1.40.0, .../http_filters/lua_filter;
cloud.google.com/security-command-center/docs/sanitize-prompts-responses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from components.kubernetes.budget import BYTES_PER_TOKEN, LIMIT_HEADER, spending
from components.kubernetes.envoy import cluster, type_name
from components.kubernetes.hosted import HEADER as HOSTED_HEADER
from components.kubernetes.hosted import Hosted
from components.kubernetes.screening import Screen, Screener
from components.kubernetes.tokens import (
    TOKEN_KEYS,
    Tokens,
    counting,
    issuer_cluster,
    issuer_listener,
    verifying,
)

PORT = 8443
MODEL_PORT = 8000
KEYS = "/var/run/keys"
CERTIFICATES = "/var/run/tls"
# The front's certificate and its key, in one file.
FRONT_FOLDER, FRONT = "/var/run/front", "front.pem"
STREAM = "600s"


class Table(BaseModel):
    """`gateway.yaml`, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: tuple[str, ...]
    signed_in: str
    api_key: str
    key_header: str
    health_path: str
    metrics_path: str


@cache
def table() -> Table:
    """`gateway.yaml`, read once."""
    text = Path(__file__).with_name("gateway.yaml").read_text(encoding="utf-8")
    return Table.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Rules:
    """What the gateway holds requests to. `callers` have API keys, mounted as files of their names.

    `way_header` is the header by which the edge tells how a caller was checked; only the edge can write it.
    Each caller may take `tokens_per_minute` of models; where the edge verified a token, the one in
    `token_header` names the caller. Where the edge verifies no tokens, `tokens` says whose count, and where
    it counts no callers, `requests_per_minute` is what each may ask. `front` is the name that an edge asks
    for which verifies whom it asks, `hosted` what the cloud answers instead of the pod's own model.
    """

    body_bytes: int
    max_tokens: int
    way_header: str
    tokens_per_minute: int
    token_header: str = ""
    callers: Sequence[str] = ()
    screen: Screen | None = None
    tokens: Tokens | None = None
    requests_per_minute: int | None = None
    front: str | None = None
    hosted: Hosted | None = None


def configuration(rules: Rules, *, port: int = PORT, model_port: int = MODEL_PORT, tls: bool = True) -> str:
    """Envoy's whole configuration, as JSON. The ports and `tls` are for tests beside other processes."""
    config: dict[str, Any] = {
        "static_resources": {
            "listeners": [
                _listener(rules, port, tls=tls),
                *([issuer_listener(_issuer())] if rules.tokens else []),
            ],
            "clusters": _clusters(rules, model_port),
        },
        # No administration interface: it would show configuration and let anybody drain the server.
        "layered_runtime": {
            "layers": [
                {"name": "limits", "static_layer": {"overload.global_downstream_max_connections": 1000}}
            ]
        },
    }
    return json.dumps(config, indent=1, sort_keys=True)


def script(rules: Rules) -> str:
    """The filter's program, filled in."""
    screen = rules.screen
    words = {
        "KEYS": KEYS if rules.callers else "",
        "CALLERS": ",".join(rules.callers),
        "SCREEN_HOST": screen.host if screen else "",
        "SCREEN_PATH": screen.path if screen else "",
        "MOST_BYTES": str(rules.body_bytes),
        "MOST_TOKENS": str(rules.max_tokens),
        "TOKENS_PER_MINUTE": str(rules.tokens_per_minute),
        "BYTES_PER_TOKEN": str(BYTES_PER_TOKEN),
        "LIMIT_HEADER": LIMIT_HEADER,
        "TOKEN_HEADER": rules.token_header,
        "WAY_HEADER": rules.way_header,
        "API_KEY": table().api_key,
        "SIGNED_IN": table().signed_in,
        "ROLE": rules.tokens.role if rules.tokens else "",
        "KEY_HEADER": table().key_header,
        "HOSTED_HEADER": HOSTED_HEADER,
        "HOSTED_MODELS": ",".join(rules.hosted.models) if rules.hosted else "",
    }
    # Nothing is asked without a screen (SCREEN_HOST is empty).
    asks = screen.kind if screen else None
    programs = {
        "OBJECT": _program("object"),
        "BUDGET": _program("budget"),
        "ENTRA": _program("entra") if rules.hosted or asks is Screener.CONTENT_SAFETY else "",
        "SCREENED": _program(asks.program) if asks else "",
        "HOSTED": _program("hosted") if rules.hosted else "",
    }
    text = _program("gateway")
    for word, value in {**programs, **words}.items():
        text = text.replace(f"@{word}@", value)
    return text


def _issuer() -> str:
    return _program("issuer").replace("@KEYS@", KEYS).replace("@TOKEN_KEYS@", TOKEN_KEYS)


def _program(name: str) -> str:
    return Path(__file__).with_name(f"{name}.lua").read_text(encoding="utf-8")


def _clusters(rules: Rules, model_port: int) -> list[dict[str, Any]]:
    """The screen and the cloud's models may need the same one."""
    made = [
        _model(model_port),
        *(rules.screen.clusters if rules.screen else []),
        *(rules.hosted.clusters if rules.hosted else []),
        *([issuer_cluster()] if rules.tokens else []),
    ]
    return list({each["name"]: each for each in made}.values())


def _listener(rules: Rules, port: int, *, tls: bool) -> dict[str, Any]:
    """Who asks for the front's name is shown its certificate, everybody else the service's own."""
    own: dict[str, Any] = {"filters": [_http(rules)]}
    chains = [own]
    made: dict[str, Any] = {
        "name": "models",
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}},
        "per_connection_buffer_limit_bytes": 2 * rules.body_bytes,
        "filter_chains": chains,
    }
    if not tls:
        return made
    own["transport_socket"] = _shown(CERTIFICATES, f"{CERTIFICATES}/tls.crt", f"{CERTIFICATES}/tls.key")
    if rules.front:
        whole = f"{FRONT_FOLDER}/{FRONT}"
        front = {
            "filter_chain_match": {"server_names": [rules.front]},
            "filters": own["filters"],
            "transport_socket": _shown(FRONT_FOLDER, whole, whole),
        }
        chains.insert(0, front)
        inspector = type_name("filters.listener.tls_inspector.v3.TlsInspector")
        made["listener_filters"] = [
            {"name": "envoy.filters.listener.tls_inspector", "typed_config": {"@type": inspector}}
        ]
    return made


def _shown(folder: str, chain: str, key: str) -> dict[str, Any]:
    """TLS with a certificate of a folder, read again whenever the folder is replaced."""
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": type_name("transport_sockets.tls.v3.DownstreamTlsContext"),
            "common_tls_context": {
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificates": [
                    {
                        "certificate_chain": {"filename": chain},
                        "private_key": {"filename": key},
                        # cert-manager and the secrets' driver replace the directory, and so the files in it.
                        "watched_directory": {"path": folder},
                    }
                ],
            },
        },
    }


def _filters(rules: Rules) -> list[dict[str, Any]]:
    """In this order: who it is, how often, everything else, and what it costs."""
    lua = {
        "@type": type_name("filters.http.lua.v3.Lua"),
        "default_source_code": {"inline_string": script(rules)},
    }
    return [
        *([verifying(rules.tokens, table().paths)] if rules.tokens else []),
        *(
            [counting(rules.requests_per_minute, table().key_header)]
            if rules.requests_per_minute is not None
            else []
        ),
        {"name": "envoy.filters.http.lua", "typed_config": lua},
        spending(rules.tokens_per_minute),
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": type_name("filters.http.router.v3.Router")},
        },
    ]


def _http(rules: Rules) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": type_name("filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "models",
            "codec_type": "AUTO",
            "server_name": "models",
            "normalize_path": True,
            "merge_slashes": True,
            "path_with_escaped_slashes_action": "REJECT_REQUEST",
            "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
            "request_timeout": STREAM,
            "request_headers_timeout": "10s",
            "max_request_headers_kb": 32,
            "access_log": [_log()],
            "http_filters": _filters(rules),
            "route_config": {
                "name": "models",
                "virtual_hosts": [{"name": "models", "domains": ["*"], "routes": _routes(rules)}],
            },
        },
    }


def _routes(rules: Rules) -> list[dict[str, Any]]:
    """The paths that are offered; health and measures, which skip the filter; and nothing else."""
    hosted = rules.hosted.routes(table().paths, STREAM) if rules.hosted else []
    open_to_checks: dict[str, Any] = {
        "envoy.filters.http.lua": {
            "@type": type_name("filters.http.lua.v3.LuaPerRoute"),
            "disabled": True,
        }
    }
    models = [
        {"match": {"path": path}, "route": {"cluster": "model", "timeout": STREAM}} for path in table().paths
    ]
    checks = [
        {
            "match": {"path": table().health_path},
            "route": {"cluster": "model", "timeout": "5s", "prefix_rewrite": "/health"},
            "typed_per_filter_config": open_to_checks,
        },
        {
            # From inside the cluster only: the edge offers no such path, and network policy says who comes.
            "match": {"path": table().metrics_path},
            "route": {"cluster": "model", "timeout": "5s"},
            "typed_per_filter_config": open_to_checks,
        },
    ]
    rest = {
        "match": {"prefix": "/"},
        "direct_response": {"status": 404},
        "typed_per_filter_config": open_to_checks,
    }
    return [*hosted, *models, *checks, rest]


def _model(port: int) -> dict[str, Any]:
    return cluster("model", "STATIC", "127.0.0.1", port)


def _log() -> dict[str, Any]:
    fields: Mapping[str, str] = {
        "time": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ)%",
        "status": "%RESPONSE_CODE%",
        "verdict": "%DYNAMIC_METADATA(palisade:verdict)%",
        "tokens": "%DYNAMIC_METADATA(palisade:tokens)%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "milliseconds": "%DURATION%",
        "request": "%REQ(x-request-id)%",
    }
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": type_name("access_loggers.stream.v3.StdoutAccessLog"),
            "log_format": {"json_format": dict(fields)},
        },
    }
