"""The edge: the one way in, an Application Load Balancer on port 443 behind a web application firewall.

Builds the load balancer in the edge segment, its firewall (`waf.py`), the group of pods behind it, the
listener, who may pass it, and protection against floods where it is paid for (`shield.py`).

Guarantees: nothing listens but 443; TLS 1.2 at least, with modern ciphers and post-quantum key exchange;
nothing passes before the firewall is attached, and nothing when it cannot be asked; no caller is anonymous:
everybody shows a token that the load balancer verifies, or, where callers have API keys, a key that the
gateway in the cluster checks. The firewall tells the gateway which of the two by a header that nobody else
can write. Every request is logged by the firewall, with its verdict.

Leaves out: the pods behind (`inference.py`), DNS of the host names, which must point at the address once it
is known, and the load balancer's own logs: their bucket takes no customer key, and the firewall's log has
every request (docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
Sources: docs.aws.amazon.com/elasticloadbalancing/latest/application, describe-ssl-policies.html and
mutual-authentication.html there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws.lb._inputs import (
    ListenerDefaultActionArgs,
    ListenerMutualAuthenticationArgs,
    ListenerRuleActionArgs,
    ListenerRuleConditionArgs,
)
from pulumi_aws.lb.listener import Listener
from pulumi_aws.lb.listener_rule import ListenerRule
from pulumi_aws.lb.load_balancer import LoadBalancer
from pulumi_aws.lb.target_group import TargetGroup
from pulumi_aws.wafv2.web_acl_association import WebAclAssociation
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.aws.callers import Issuer
from components.aws.network import Placement
from components.aws.place import Place
from components.aws.shield import shielded
from components.aws.subnets import Ground
from components.aws.waf import WafArgs, firewall
from components.aws.waf_rules import KEY_HEADER
from components.contracts import Certificate, SegmentName
from components.ready import after

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
# An answer may stream for ten minutes.
STREAM_SECONDS = 600
# Names of load balancers, groups and trust stores end at 32 characters.
LONGEST = 32


class EdgeArgs(BaseModel):
    """What is served, by whom it may be called, and what the firewall holds it to.

    `port` and `health_path` are those of the pods. `trust_store` is the ARN of the store of authorities whose
    certificates clients must show; without it none are asked. `shield` protects by Shield Advanced, which the
    account must subscribe to. `protected` is False only while a stack is torn down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    placement: Placement
    certificate: Certificate
    firewall: WafArgs
    issuer: Issuer
    port: int
    health_path: str
    trust_store: pulumi.Output[str] | None = None
    shield: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Edge(pulumi.ComponentResource):
    """`handle` for whoever points names at it, `target_group` for whoever registers pods (its ARN).

    The handle resolves once requests pass the firewall.
    """

    handle: contracts.Endpoint
    target_group: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Edge", name, None, opts)
        ground = Ground(name, args.place, args.labels, self)
        acl, logging = firewall(ground, args.firewall)
        balancer = self._balancer(name, args)
        attached = WebAclAssociation(
            name,
            resource_arn=balancer.arn,
            web_acl_arn=after(acl.arn, *logging),
            opts=pulumi.ResourceOptions(parent=self),
        )
        pods = self._pods(name, args)
        listener = self._listener(name, args, balancer, attached)
        ways = self._ways(name, args, listener, pods)
        guards: list[pulumi.Resource] = [attached, listener, *ways]
        if args.shield:
            guards += shielded(ground, balancer.arn, attached)

        self.target_group = after(pods.arn, listener)
        self.handle = contracts.Endpoint(
            hosts=args.certificate.hosts, address=after(balancer.dns_name, *guards)
        )
        self.register_outputs({"address": self.handle.address})

    def _balancer(self, name: str, args: EdgeArgs) -> LoadBalancer:
        return LoadBalancer(
            name,
            name=name[:LONGEST],
            internal=False,
            load_balancer_type="application",
            ip_address_type="ipv4",
            subnets=list(args.placement.subnets.values()),
            security_groups=[args.placement.groups[SegmentName.EDGE]],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # When the firewall cannot be asked, nothing passes.
            enable_waf_fail_open=False,
            enable_deletion_protection=args.protected,
            preserve_host_header=True,
            idle_timeout=STREAM_SECONDS,
            tags={**args.labels, "Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _pods(self, name: str, args: EdgeArgs) -> TargetGroup:
        """Pods by address, reached by TLS. A controller in the cluster registers them."""
        return TargetGroup(
            f"{name}-pods",
            name=f"{name[: LONGEST - 5]}-pods",
            target_type="ip",
            vpc_id=args.placement.network_id,
            port=args.port,
            protocol="HTTPS",
            load_balancing_algorithm_type="least_outstanding_requests",
            deregistration_delay=STREAM_SECONDS,
            health_check={
                "protocol": "HTTPS",
                "path": args.health_path,
                "matcher": "200",
                "interval": 10,
                "timeout": 5,
            },
            tags={**args.labels, "Name": f"{name}-pods"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _listener(
        self, name: str, args: EdgeArgs, balancer: LoadBalancer, attached: pulumi.Resource
    ) -> Listener:
        """Port 443, which answers what no rule knows with a refusal."""
        verified = ListenerMutualAuthenticationArgs(mode="verify", trust_store_arn=args.trust_store)
        return Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=args.certificate.id,
            mutual_authentication=verified if args.trust_store else None,
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value="max-age=31536000",
            routing_http_response_x_content_type_options_header_value="nosniff",
            default_actions=[ListenerDefaultActionArgs(**_refusal())],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[attached]),
        )

    def _ways(self, name: str, args: EdgeArgs, listener: Listener, pods: TargetGroup) -> list[ListenerRule]:
        """Requests with an API key go to the gateway that checks it, all others by their token."""
        hosts = {"host_header": {"values": list(args.certificate.hosts)}}
        to_pods = {"type": "forward", "target_group_arn": pods.arn}
        ways: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = []
        if args.firewall.keys:
            # One character at least: a bare `*` takes an empty header for a key, past the token's check.
            shows_key = {"http_header": {"http_header_name": KEY_HEADER, "values": ["?*"]}}
            ways.append(("api-key", [hosts, shows_key], [to_pods]))
        ways.append(("signed-in", [hosts], [{**_verified(args.issuer), "order": 1}, {**to_pods, "order": 2}]))
        return [
            ListenerRule(
                f"{name}-{way}",
                listener_arn=listener.arn,
                priority=10 * (index + 1),
                conditions=[ListenerRuleConditionArgs(**each) for each in conditions],
                actions=[ListenerRuleActionArgs(**each) for each in actions],
                tags=args.labels,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for index, (way, conditions, actions) in enumerate(ways)
        ]


def _verified(issuer: Issuer) -> dict[str, Any]:
    claims = [{"format": "space-separated-values", "name": "scope", "values": [issuer.scope]}]
    return {
        "type": "jwt-validation",
        "jwt_validation": {
            "issuer": issuer.url,
            "jwks_endpoint": issuer.keys_url,
            "additional_claims": claims if issuer.scope else None,
        },
    }


def _refusal() -> dict[str, Any]:
    answer = {"content_type": "text/plain", "message_body": "not offered", "status_code": "403"}
    return {"type": "fixed-response", "fixed_response": answer}
