"""Who judges prompts, and how the gateway reaches it.

Guarantees: the service is reached by TLS under its own name; Model Armor is asked with a token of the pod's
identity from the metadata server, a guardrail with a signature by the pod's role, Content Safety with a token
that AKS's proxy fetches for the pod's identity.

Leaves out: what is asked and what its answers mean (`screen_*.lua`), and when (`gateway.lua`).
Source: envoyproxy.io/docs/envoy/v1.40.0, .../http_filters/aws_request_signing_filter (as an upstream one).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from components.kubernetes.entra import token_proxy
from components.kubernetes.envoy import cluster, secured, type_name

METADATA = "169.254.169.254"


class Screener(StrEnum):
    """Services that judge prompts."""

    MODEL_ARMOR = "model-armor"
    GUARDRAIL = "guardrail"
    CONTENT_SAFETY = "content-safety"

    @property
    def program(self) -> str:
        """The file that asks it, without its ending."""
        return f"screen_{self.value.replace('-', '_')}"


@dataclass(frozen=True)
class Screen:
    """Who judges prompts: a regional host, and the template's or guardrail's name there."""

    kind: Screener
    host: str
    template: str

    @property
    def path(self) -> str:
        """What is asked."""
        if self.kind is Screener.GUARDRAIL:
            return f"/guardrail/{self.template}/apply"
        if self.kind is Screener.CONTENT_SAFETY:
            return f"/contentsafety/text:shieldPrompt?api-version={self.template}"
        return f"/v1/{self.template}:sanitizeUserPrompt"

    @property
    def clusters(self) -> list[dict[str, Any]]:
        """What Envoy must know to ask it: the service, and what gives or makes credentials."""
        service = secured("screen", self.host)
        if self.kind is Screener.GUARDRAIL:
            service["typed_extension_protocol_options"] = _signed(self.host.split(".")[1])
            return [service]
        if self.kind is Screener.CONTENT_SAFETY:
            return [service, token_proxy()]
        return [service, cluster("metadata", "STATIC", METADATA, 80)]


def _signed(region: str) -> dict[str, Any]:
    """Signs what is sent by the pod's own role, whose credentials the node's agent hands out."""
    signing = {
        "@type": type_name("filters.http.aws_request_signing.v3.AwsRequestSigning"),
        "service_name": "bedrock",
        "region": region,
    }
    codec = {"@type": type_name("filters.http.upstream_codec.v3.UpstreamCodec")}
    return {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": type_name("upstreams.http.v3.HttpProtocolOptions"),
            "explicit_http_config": {"http_protocol_options": {}},
            "http_filters": [
                {"name": "envoy.filters.http.aws_request_signing", "typed_config": signing},
                {"name": "envoy.filters.http.upstream_codec", "typed_config": codec},
            ],
        }
    }
