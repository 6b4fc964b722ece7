"""Models that the cloud runs itself, answered through the same gateway as the pod's own.

Guarantees: a caller asks for one by its name, at the address of all models, so that what the gateway checks,
counts and screens holds for it, too; the service is reached by TLS under its own name, as the pod's identity,
whose token no caller sees; of what a caller sends it gets the body and a few headers, and no word that makes
it keep, fetch or search anything. An answer whose length a body leaves open is bounded as the pod's own are.

Leaves out: the list of models (`/v1/models`), which is the pod's own; and the capacity of the service, which
all callers share.
Sources: learn.microsoft.com/azure/foundry/openai/api-version-lifecycle (the API without versions),
envoyproxy.io/docs/envoy/v1.40.0, .../http_filters/lua_filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.kubernetes.entra import token_proxy
from components.kubernetes.envoy import secured

# By which `hosted.lua` tells the route; callers cannot write it.
HEADER = "x-palisade-hosted"
CLUSTER = "hosted"
# Where the service has the same paths.
PREFIX = "/openai"


@dataclass(frozen=True)
class Hosted:
    """Where the cloud's models answer, and the names that callers ask for them by."""

    host: str
    models: tuple[str, ...]

    @property
    def clusters(self) -> list[dict[str, Any]]:
        """What Envoy must know to ask it: the service, and who gives tokens for it."""
        return [secured(CLUSTER, self.host), token_proxy()]

    def routes(self, paths: Sequence[str], timeout: str) -> list[dict[str, Any]]:
        """Where requests go that `hosted.lua` marked; before all other routes."""
        marked = [{"name": HEADER, "string_match": {"exact": "yes"}}]
        return [
            {
                "match": {"path": path, "headers": marked},
                "route": {
                    "cluster": CLUSTER,
                    "timeout": timeout,
                    "prefix_rewrite": f"{PREFIX}{path}",
                    "host_rewrite_literal": self.host,
                },
                "request_headers_to_remove": [HEADER],
            }
            for path in paths
        ]
