"""The edge: the one way in, a global external load balancer on port 443 behind a web application firewall.

Builds the front end (`listener.py`), the map from hosts to backend services, and each service with its
firewall (`armor.py`), its callers and its log.

Guarantees: nothing listens but 443; TLS 1.2 at least, with modern ciphers; no backend service is without a
firewall that denies by default; no caller is anonymous: everybody signs in by Identity-Aware Proxy and must
be named in `callers`, and where API keys exist, only requests that show one go another way, on which the
gateway in the cluster checks it. The load balancer tells the gateway which way a request came by a header
that it sets itself, whatever the client wrote. Every request is logged, with the firewall's verdict.

Leaves out: the pods behind (`inference.py`), and DNS of the host names, which must point at the address once
it is known. Users of other organisations need an OAuth client of yours (`sign_in`): Google's own signs in the
users of the project's organisation only, and clients are no longer made by an API
(cloud.google.com/iap/docs/deprecations/migrate-oauth-client).
Sources: cloud.google.com/load-balancing/docs/https, cloud.google.com/iap/docs/load-balancer-howto,
cloud.google.com/load-balancing/docs/mtls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_gcp.compute._inputs import (
    BackendServiceIapArgs,
    URLMapPathMatcherArgs,
    URLMapPathMatcherRouteRuleArgs,
)
from pulumi_gcp.compute.backend_service import BackendService
from pulumi_gcp.compute.health_check import HealthCheck
from pulumi_gcp.compute.url_map import URLMap
from pulumi_gcp.iap.web_backend_service_iam_member import WebBackendServiceIamMember
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.contracts import Backend, Certificate
from components.gcp.armor import ArmorArgs, armor
from components.gcp.armor_rules import Way
from components.gcp.grants import not_public
from components.gcp.listener import FrontEnd, listener
from components.ready import after

# What the gateway reads to know how a caller was checked. Only the load balancer sets it.
WAY_HEADER = "x-palisade-credential"
KEY_HEADER = "x-api-key"
# An answer may stream for ten minutes.
STREAM_SECONDS = 600
RATE_PER_ENDPOINT = 100


@dataclass(frozen=True)
class SignIn:
    """An OAuth client of the enterprise's own. The secret is a Pulumi secret."""

    client_id: str
    client_secret: pulumi.Output[str]


class EdgeArgs(BaseModel):
    """What is served, by whom it may be called, and what the firewall holds it to.

    `client_ca` is PEM text of the authority whose certificates clients must show; without it none are asked.
    `api_keys` opens the second way in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    backend: Backend
    certificate: Certificate
    firewall: ArmorArgs
    callers: tuple[str, ...] = ()
    client_ca: str | pulumi.Output[str] | None = None
    sign_in: SignIn | None = None
    api_keys: bool = False
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Edge(pulumi.ComponentResource):
    """`handle` for whoever points names at it. It resolves once requests pass the firewall."""

    handle: contracts.Endpoint

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Edge", name, None, opts)
        ways = [Way.SIGNED_IN, *([Way.API_KEY] if args.api_keys else [])]
        health = self._health(name, args)
        services = {way: self._service(name, args, way, health) for way in ways}
        self._callers(name, args, services[Way.SIGNED_IN])
        routes = self._routes(name, args, services)
        wanted = FrontEnd(args.project, args.certificate, args.client_ca, args.labels)
        front = listener(name, wanted, routes, self)
        address = front.ip_address.apply(lambda known: known or "")
        self.handle = contracts.Endpoint(
            hosts=args.certificate.hosts, address=after(address, front, *services.values())
        )
        self.register_outputs({"address": self.handle.address})

    def _health(self, name: str, args: EdgeArgs) -> HealthCheck:
        return HealthCheck(
            name,
            name=name,
            project=args.project,
            https_health_check={"port": args.backend.port, "request_path": args.backend.health_path},
            log_config={"enable": True},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _service(self, name: str, args: EdgeArgs, way: Way, health: HealthCheck) -> BackendService:
        return BackendService(
            f"{name}-{way}",
            name=f"{name}-{way}",
            project=args.project,
            description=f"Model servers, for callers that come {way}.",
            load_balancing_scheme="EXTERNAL_MANAGED",
            protocol="HTTPS",
            timeout_sec=STREAM_SECONDS,
            connection_draining_timeout_sec=STREAM_SECONDS,
            health_checks=health.id,
            security_policy=armor(name, args.firewall, way, self).self_link,
            backends=[
                {"group": group, "balancing_mode": "RATE", "max_rate_per_endpoint": RATE_PER_ENDPOINT}
                for group in args.backend.groups.values()
            ],
            iap=_iap(args, way),
            log_config={"enable": True, "sample_rate": 1},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _callers(self, name: str, args: EdgeArgs, service: BackendService) -> None:
        for caller in args.callers:
            WebBackendServiceIamMember(
                f"{name}-{caller}",
                project=args.project,
                web_backend_service=service.name,
                role="roles/iap.httpsResourceAccessor",
                member=not_public(caller),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _routes(self, name: str, args: EdgeArgs, services: Mapping[Way, BackendService]) -> URLMap:
        signed_in = services[Way.SIGNED_IN].id
        return URLMap(
            name,
            name=name,
            project=args.project,
            description="Unknown hosts and paths end at the firewall, which denies them.",
            default_service=signed_in,
            host_rules=[{"hosts": list(args.certificate.hosts), "path_matcher": "models"}],
            path_matchers=[
                URLMapPathMatcherArgs(
                    name="models",
                    default_service=signed_in,
                    route_rules=[
                        URLMapPathMatcherRouteRuleArgs(**_route(way, service.id))
                        for way, service in services.items()
                    ],
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _iap(args: EdgeArgs, way: Way) -> BackendServiceIapArgs:
    if way is Way.API_KEY:
        return BackendServiceIapArgs(enabled=False)
    if args.sign_in is None:
        return BackendServiceIapArgs(enabled=True)
    return BackendServiceIapArgs(
        enabled=True,
        oauth2_client_id=args.sign_in.client_id,
        oauth2_client_secret=args.sign_in.client_secret,
    )


def _route(way: Way, service: pulumi.Output[str]) -> dict[str, Any]:
    """Requests with an API key go the keys' way, all others the way of those who sign in."""
    match: dict[str, Any] = {"prefix_match": "/"}
    if way is Way.API_KEY:
        match["header_matches"] = [{"header_name": KEY_HEADER, "present_match": True}]
    tells = {"header_name": WAY_HEADER, "header_value": way.value, "replace": True}
    return {
        "priority": 1 if way is Way.API_KEY else 2,
        "service": service,
        "match_rules": [match],
        "header_action": {"request_headers_to_adds": [tells]},
    }
