"""Everything between the internet and the pods on AWS, built once for the tests of its parts."""

from __future__ import annotations

from typing import Any

import pulumi

from components.aws.api_keys import ApiKeys, ApiKeysArgs
from components.aws.authority import PrivateAuthority, PrivateAuthorityArgs
from components.aws.callers import Callers, CallersArgs, Issuer
from components.aws.certificates import Certificates, CertificatesArgs
from components.aws.edge import Edge, EdgeArgs
from components.aws.prompts import Prompts, PromptsArgs
from components.aws.trust import Trust, TrustArgs
from components.aws.waf import WafArgs
from components.contracts import Certificate, Purpose, SegmentName, Workload
from components.kubernetes import gateway
from tests.components.aws.clusters import placement
from tests.components.aws.platform import NAME, PLACE, channel, identity, key

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
WAYS = (gateway.table().signed_in, gateway.table().api_key)


def text(said: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(said)


def firewall_args(**changes: Any) -> WafArgs:
    given: dict[str, Any] = {
        "hosts": ("models.example.com",),
        "body_bytes": 8192,
        "requests_per_minute": 120,
        "countries": ("DE",),
        "keys": True,
        "ways": WAYS,
        "logs_key": key(Purpose.LOGS),
        "log_days": 2192,
    }
    return WafArgs(**{**given, **changes})


def edge_args(**changes: Any) -> EdgeArgs:
    issuer = Issuer(text("https://login.example.com"), text("https://login.example.com/keys"), "models/ask")
    given: dict[str, Any] = {
        "place": PLACE,
        "placement": placement(SegmentName.EDGE),
        "certificate": Certificate(text("arn:certificate"), ("models.example.com",)),
        "firewall": firewall_args(),
        "issuer": issuer,
        "port": gateway.PORT,
        "health_path": gateway.table().health_path,
        "trust_store": text("arn:trust-store"),
        "shield": True,
    }
    return EdgeArgs(**{**given, **changes})


def program() -> None:
    Edge(f"{NAME}-edge", edge_args())
    certificates = CertificatesArgs(hosts=("models.example.com",), topic=text(TOPIC), public_zone="Z0")
    Certificates(f"{NAME}-models", certificates)
    PrivateAuthority(f"{NAME}-authority", PrivateAuthorityArgs(place=PLACE, organization="acme"))
    trusted = TrustArgs(
        place=PLACE, certificates="PEM", key=key(Purpose.SECRETS), access_logs=text("access-logs")
    )
    Trust(f"{NAME}-trust", trusted)
    Callers(f"{NAME}-callers", CallersArgs(place=PLACE, names=("support-app",)))
    keys = ApiKeysArgs(
        place=PLACE,
        rotation_days={"claims-batch": 30},
        reader=identity(Workload.INFERENCE),
        key=key(Purpose.SECRETS),
        channel=channel(),
    )
    ApiKeys(f"{NAME}-keys", keys)
    asker = identity(Workload.INFERENCE)
    Prompts(f"{NAME}-prompts", PromptsArgs(place=PLACE, key=key(Purpose.SECRETS), asker=asker))
