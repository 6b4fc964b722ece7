"""The edge: the one way in, an Application Gateway on port 443 behind a web application firewall.

Builds its address, its firewall (`waf.py`) and the gateway in the edge segment, over all zones.

Guarantees: nothing listens but 443; TLS 1.2 at least, with modern ciphers; no listener exists without the
firewall; clients show a certificate where an authority is given; behind it is one address inside the network
only, reached by TLS whose certificate a public authority issued for the name that is asked for. The gateway
in the cluster is told by a header that everybody else's is replaced by whether a request shows an API key.
Every request is logged, with the firewall's verdict.

Leaves out: who may call, which the gateway in the cluster verifies (docs/adr/0018), the pods behind
(`inference.py`), and DNS of the host names, which must point at the address once it is known.
Sources: learn.microsoft.com/azure/application-gateway, application-gateway-ssl-policy-overview,
mutual-authentication-overview and rewrite-http-headers-url there.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi_azure_native.network._enums import ResourceIdentityType
from pulumi_azure_native.network._inputs import (
    ApplicationGatewayBackendHttpSettingsArgs,
    ApplicationGatewayHttpListenerArgs,
    ApplicationGatewayProbeArgs,
    ApplicationGatewayRequestRoutingRuleArgs,
    ApplicationGatewayRewriteRuleSetArgs,
    ApplicationGatewaySslPolicyArgs,
    ApplicationGatewaySslProfileArgs,
    ApplicationGatewayTrustedClientCertificateArgs,
    DdosSettingsArgs,
    ManagedServiceIdentityArgs,
    SubResourceArgs,
)
from pulumi_azure_native.network.application_gateway import ApplicationGateway
from pulumi_azure_native.network.public_ip_address import PublicIPAddress
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.azure.diagnostics import Kind, Logs, recorded
from components.azure.place import Place
from components.azure.waf import WafArgs, firewall
from components.azure.waf_rules import KEY_HEADER
from components.contracts import Certificate
from components.ready import after

GATEWAY = "Microsoft.Network/applicationGateways"
# What the gateway in the cluster reads to know how a caller is to be checked. The edge replaces a client's.
WAY_HEADER = "x-palisade-credential"
# TLS 1.2 and 1.3, and ciphers with forward secrecy and authenticated encryption only.
# Source: learn.microsoft.com/azure/application-gateway/application-gateway-ssl-policy-overview.
TLS_POLICY = ApplicationGatewaySslPolicyArgs(policy_type="Predefined", policy_name="AppGwSslPolicy20220101S")
# An answer may stream for ten minutes.
STREAM_SECONDS = 600
SERVES = "https"
ALL_ZONES = ("1", "2", "3")


@dataclass(frozen=True)
class Inside:
    """What stands behind: an address of the network, its port, the name that it is asked by, and what checks
    it.
    """

    address: str
    host: str
    port: int
    health_path: str


class EdgeArgs(BaseModel):
    """What is served, to whom, and what the firewall holds it to.

    `subnet` is the edge segment's, `reader` the id of the identity that reads the certificate. `client_ca` is
    PEM text of the authority whose certificates clients must show; without it none are asked. `ways` is what
    the gateway is told of requests without and with an API key. `flood_protection` is the address's own
    (`address`), a plan's by its id, or none beyond Azure's basic one. `capacity` are units, least and most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    subnet: pulumi.Output[str]
    certificate: Certificate
    reader: pulumi.Output[str]
    firewall: WafArgs
    inside: Inside
    ways: tuple[str, str]
    logs: Logs
    client_ca: str | None = None
    flood_protection: Literal["basic", "address"] | str = "basic"
    capacity: tuple[int, int] = (2, 10)
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Edge(pulumi.ComponentResource):
    """`handle` for whoever points names at it. It resolves once requests pass the firewall and are logged."""

    handle: contracts.Endpoint

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Edge", name, None, opts)
        address = self._address(name, args)
        policy = firewall(name, args.place, args.firewall, args.labels, self)
        parts = _Parts(args.place, name)
        gateway = ApplicationGateway(
            name,
            application_gateway_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            zones=list(ALL_ZONES),
            sku={"name": "WAF_v2", "tier": "WAF_v2"},
            autoscale_configuration={"min_capacity": args.capacity[0], "max_capacity": args.capacity[1]},
            identity=ManagedServiceIdentityArgs(
                type=ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.reader]
            ),
            enable_http2=True,
            # Requests are held until they are inspected; answers stream.
            global_configuration={"enable_request_buffering": True, "enable_response_buffering": False},
            firewall_policy={"id": policy.id},
            force_firewall_policy_association=True,
            ssl_policy=TLS_POLICY,
            gateway_ip_configurations=[{"name": "edge", "subnet": {"id": args.subnet}}],
            frontend_ip_configurations=[{"name": "public", "public_ip_address": {"id": address.id}}],
            frontend_ports=[{"name": SERVES, "port": 443}],
            ssl_certificates=[{"name": "hosts", "key_vault_secret_id": args.certificate.id}],
            trusted_client_certificates=_authorities(args),
            ssl_profiles=[ApplicationGatewaySslProfileArgs(**each) for each in parts.profiles(args)],
            http_listeners=[ApplicationGatewayHttpListenerArgs(**parts.listener(args, policy.id))],
            backend_address_pools=[
                {"name": "inside", "backend_addresses": [{"ip_address": args.inside.address}]}
            ],
            backend_http_settings_collection=[
                ApplicationGatewayBackendHttpSettingsArgs(**parts.settings(args.inside))
            ],
            probes=[ApplicationGatewayProbeArgs(**_probe(args.inside))],
            rewrite_rule_sets=[ApplicationGatewayRewriteRuleSetArgs(**_rewrites(args))],
            request_routing_rules=[ApplicationGatewayRequestRoutingRuleArgs(**parts.route())],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        told = recorded(f"{name}-requests", Kind.GATEWAY, gateway.id, args.logs, self)
        self.handle = contracts.Endpoint(
            hosts=args.certificate.hosts,
            address=after(address.ip_address.apply(lambda known: known or ""), gateway, told),
        )
        self.register_outputs({"address": self.handle.address})

    def _address(self, name: str, args: EdgeArgs) -> PublicIPAddress:
        address = PublicIPAddress(
            name,
            public_ip_address_name=name,
            resource_group_name=args.place.group,
            location=args.place.location,
            zones=list(ALL_ZONES),
            sku={"name": "Standard", "tier": "Regional"},
            public_ip_allocation_method="Static",
            public_ip_address_version="IPv4",
            ddos_settings=_flood_protection(args.flood_protection),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        recorded(f"{name}-address", Kind.ADDRESS, address.id, args.logs, self)
        return address


@dataclass(frozen=True)
class _Parts:
    """Parts of one gateway, which name each other by ids that hold the gateway's own name."""

    place: Place
    name: str

    def part(self, kind: str, name: str) -> dict[str, str]:
        return {"id": self.place.id(f"{GATEWAY}/{kind}", self.name, name)}

    def profiles(self, args: EdgeArgs) -> list[dict[str, Any]]:
        if args.client_ca is None:
            return []
        return [
            {
                "name": "clients",
                "ssl_policy": TLS_POLICY,
                "client_auth_configuration": {"verify_client_cert_issuer_dn": True},
                "trusted_client_certificates": [self.part("trustedClientCertificates", "clients")],
            }
        ]

    def listener(self, args: EdgeArgs, policy: pulumi.Output[str]) -> dict[str, Any]:
        return {
            "name": SERVES,
            "protocol": "Https",
            "frontend_ip_configuration": self.part("frontendIPConfigurations", "public"),
            "frontend_port": self.part("frontendPorts", SERVES),
            "host_names": list(args.certificate.hosts),
            "require_server_name_indication": True,
            "ssl_certificate": self.part("sslCertificates", "hosts"),
            "ssl_profile": self.part("sslProfiles", "clients") if args.client_ca else None,
            "firewall_policy": {"id": policy},
        }

    def settings(self, inside: Inside) -> dict[str, Any]:
        return {
            "name": "inside",
            "protocol": "Https",
            "port": inside.port,
            # The name that is asked for, and that the certificate must be for.
            "host_name": inside.host,
            "cookie_based_affinity": "Disabled",
            "request_timeout": STREAM_SECONDS,
            "connection_draining": {"enabled": True, "drain_timeout_in_sec": STREAM_SECONDS},
            "probe": self.part("probes", "inside"),
        }

    def route(self) -> dict[str, Any]:
        return {
            "name": SERVES,
            "rule_type": "Basic",
            "priority": 1,
            "http_listener": self.part("httpListeners", SERVES),
            "backend_address_pool": self.part("backendAddressPools", "inside"),
            "backend_http_settings": self.part("backendHttpSettingsCollection", "inside"),
            "rewrite_rule_set": self.part("rewriteRuleSets", "told"),
        }


def _authorities(args: EdgeArgs) -> list[ApplicationGatewayTrustedClientCertificateArgs]:
    if args.client_ca is None:
        return []
    data = base64.b64encode(args.client_ca.encode()).decode()
    return [ApplicationGatewayTrustedClientCertificateArgs(name="clients", data=data)]


def _probe(inside: Inside) -> dict[str, Any]:
    return {
        "name": "inside",
        "protocol": "Https",
        "host": inside.host,
        "path": inside.health_path,
        "port": inside.port,
        "interval": 10,
        "timeout": 5,
        "unhealthy_threshold": 3,
        "match": {"status_codes": ["200"]},
    }


def _rewrites(args: EdgeArgs) -> dict[str, Any]:
    """What the gateway is told: of everybody the one, then of whoever shows a key the other."""
    signed_in, by_key = args.ways
    shows_key = {"variable": f"http_req_{KEY_HEADER}", "pattern": ".+", "ignore_case": True}
    return {
        "name": "told",
        "rewrite_rules": [
            {
                "name": "signed-in",
                "rule_sequence": 100,
                "action_set": {
                    "request_header_configurations": [{"header_name": WAY_HEADER, "header_value": signed_in}],
                    "response_header_configurations": [
                        {"header_name": "Strict-Transport-Security", "header_value": "max-age=31536000"},
                        {"header_name": "X-Content-Type-Options", "header_value": "nosniff"},
                        {"header_name": "Server", "header_value": ""},
                    ],
                },
            },
            {
                "name": "api-key",
                "rule_sequence": 200,
                "conditions": [shows_key],
                "action_set": {
                    "request_header_configurations": [{"header_name": WAY_HEADER, "header_value": by_key}]
                },
            },
        ],
    }


def _flood_protection(wanted: str) -> DdosSettingsArgs:
    """Azure's basic one, the address's own (about USD 200 a month), or that of a plan (about USD 3,000 a
    month for a tenant: azure.microsoft.com/pricing/details/ddos-protection).
    """
    if wanted == "basic":
        return DdosSettingsArgs(protection_mode="VirtualNetworkInherited")
    if wanted == "address":
        return DdosSettingsArgs(protection_mode="Enabled")
    return DdosSettingsArgs(protection_mode="Enabled", ddos_protection_plan=SubResourceArgs(id=wanted))
