"""Model Armor: what a prompt may ask and an answer may tell.

Builds a template, the right of the model server's identity to ask by it, and a private address of the
regional service in the network.

Guarantees: injection and jailbreak attempts, malicious links, hate, harassment, sexual content and danger
are found from medium confidence on, and secrets and personal identifiers in prompts and answers at all;
nothing is sent over the internet, nor out of the region; the service keeps no prompt: operations are logged
without content.

Leaves out: the question itself. The gateway in the cluster asks and refuses what is found, or what could not
be asked (docs/adr/0009): on a global external load balancer no document shows Model Armor as an extension.
Sources: cloud.google.com/security-command-center/docs/manage-model-armor-templates,
cloud.google.com/vpc/docs/access-regional-google-apis-endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp.dns.managed_zone import ManagedZone
from pulumi_gcp.dns.record_set import RecordSet
from pulumi_gcp.modelarmor._inputs import TemplateFilterConfigArgs
from pulumi_gcp.modelarmor.template import Template
from pulumi_gcp.networkconnectivity.regional_endpoint import RegionalEndpoint
from pulumi_gcp.projects.iam_member import IAMMember
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Identity, Network, SegmentName
from components.gcp.grants import not_public
from components.ready import after

KINDS = ("HATE_SPEECH", "HARASSMENT", "SEXUALLY_EXPLICIT", "DANGEROUS")
CONFIDENCE = "MEDIUM_AND_ABOVE"


class PromptsArgs(BaseModel):
    """Where prompts are judged, in which network, and who asks."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    network: Network
    asker: Identity
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Prompts(pulumi.ComponentResource):
    """`template` is its full name, `host` the regional service's; both once they may be asked."""

    template: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name: str, args: PromptsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Prompts", name, None, opts)
        template = Template(
            name,
            template_id=name,
            project=args.project,
            location=args.region,
            filter_config=TemplateFilterConfigArgs(**_filters()),
            template_metadata={
                "log_template_operations": True,
                "log_sanitize_operations": False,
                "multi_language_detection": {"enable_multi_language_detection": True},
            },
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # On the project, since a template has no IAM policy; the role does nothing but ask.
        asks = IAMMember(
            f"{name}-asks",
            project=args.project,
            role="roles/modelarmor.user",
            member=args.asker.principal.apply(not_public),
            opts=pulumi.ResourceOptions(parent=self),
        )
        reached = self._private_address(name, args)
        self.template = after(template.name, asks, reached)
        self.host = after(_host(args), asks, reached)
        self.register_outputs({"template": self.template})

    def _private_address(self, name: str, args: PromptsArgs) -> pulumi.Resource:
        """The wildcard of googleapis.com would send this host to where the service is not."""
        endpoint = RegionalEndpoint(
            name,
            name=name,
            project=args.project,
            location=args.region,
            target_google_api=_host(args),
            access_type="REGIONAL",
            network=args.network.id,
            subnetwork=args.network.segments[SegmentName.DATA].subnet_ids[0],
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        zone = ManagedZone(
            name,
            name=name,
            project=args.project,
            dns_name=f"{_host(args)}.",
            description="The regional service that judges prompts, at its private address.",
            visibility="private",
            private_visibility_config={"networks": [{"network_url": args.network.id}]},
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return RecordSet(
            name,
            project=args.project,
            managed_zone=zone.name,
            name=f"{_host(args)}.",
            type="A",
            ttl=300,
            rrdatas=[endpoint.address],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _host(args: PromptsArgs) -> str:
    return f"modelarmor.{args.region}.rep.googleapis.com"


def _filters() -> dict[str, Any]:
    return {
        "pi_and_jailbreak_filter_settings": {
            "filter_enforcement": "ENABLED",
            "confidence_level": CONFIDENCE,
        },
        "malicious_uri_filter_settings": {"filter_enforcement": "ENABLED"},
        "rai_settings": {
            "rai_filters": [{"filter_type": kind, "confidence_level": CONFIDENCE} for kind in KINDS]
        },
        "sdp_settings": {"basic_config": {"filter_enforcement": "ENABLED"}},
    }
