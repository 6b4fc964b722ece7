"""Small plans of Google Cloud, as plain resources: one network with a training and an edge subnet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isolation.addresses import addresses
from isolation.claims import Claim, End, Expect
from isolation.gcp import types
from isolation.model import Kind, Scope
from isolation.proof import prove
from isolation.resources import Graph, Resource
from isolation.table import Question
from isolation.traffic import traffic
from isolation.verdicts import Outcome, Verdict

SCOPE = Scope(
    {
        "training": addresses("10.0.0.0/24", "10.1.0.0/16"),
        "edge": addresses("10.0.1.0/24"),
        "inference": addresses("10.9.0.0/16"),
    },
    addresses("172.16.0.0/16"),
)
HTTPS = traffic("TCP", 443)


def made(
    type_: str, name: str, properties: Mapping[str, Any], id_: str = "", **references: Sequence[str]
) -> Resource:
    """A resource whose id is its name, unless another is given."""
    urn = f"urn:pulumi:test::test::{type_}::{name}"
    return Resource.of(urn, type_, {"name": name, **properties}, references=references, id_=id_ or name)


def network(name: str = "vpc", **properties: Any) -> Resource:
    settings = {"autoCreateSubnetworks": False, "deleteDefaultRoutesOnCreate": True}
    return made(types.NETWORK, name, {**settings, **properties})


def subnet(name: str, cidr: str, vpc: str = "vpc", **properties: Any) -> Resource:
    asked = {"network": vpc, "ipCidrRange": cidr, "region": "r", "privateIpGoogleAccess": True}
    return made(types.SUBNET, name, {**asked, **properties})


def machine(name: str, sub: str, address: str, *, public: bool = False, **properties: Any) -> Resource:
    interface: dict[str, Any] = {"subnetwork": sub, "networkIp": address}
    if public:
        interface["accessConfigs"] = [{}]
    return made(types.INSTANCE, name, {"networkInterfaces": [interface], **properties})


def firewall(name: str, action: str, direction: str = "INGRESS", **properties: Any) -> Resource:
    field = {"allow": "allows", "deny": "denies"}[action]
    asked = {"network": "vpc", "direction": direction, field: [{"protocol": "all"}]}
    return made(types.FIREWALL, name, {**asked, **properties})


def policy(
    name: str,
    rules: Sequence[Mapping[str, Any]],
    kind: tuple[str, str, str] = (types.GLOBAL_POLICY, types.GLOBAL_RULE, types.GLOBAL_ASSOCIATION),
    target: str = "vpc",
) -> list[Resource]:
    """A firewall policy with its rules and its association."""
    found = [
        made(kind[0], name, {}),
        made(kind[2], f"{name}-at", {"firewallPolicy": name, "attachmentTarget": target, "region": "r"}),
    ]
    for rule in rules:
        asked = {"direction": "INGRESS", "match": {"layer4Configs": [{"ipProtocol": "all"}]}, **rule}
        found.append(made(kind[1], f"{name}-{rule['priority']}", {"firewallPolicy": name, **asked}))
    return found


def route(name: str, destination: str = "0.0.0.0/0", vpc: str = "vpc", **properties: Any) -> Resource:
    asked = {"network": vpc, "destRange": destination, "nextHopGateway": "default-internet-gateway"}
    if set(properties) & {"nextHopIp", "nextHopVpnTunnel"}:
        del asked["nextHopGateway"]
    return made(types.ROUTE, name, {**asked, **properties})


def nat(**properties: Any) -> list[Resource]:
    router = made(types.ROUTER, "router", {"network": "vpc", "region": "r"})
    asked = {
        "router": "router",
        "region": "r",
        "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
    }
    return [router, made(types.NAT, "nat", {**asked, **properties})]


# A machine in training, one in edge.
BASE = [
    subnet(
        "training", "10.0.0.0/24", secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}]
    ),
    subnet("edge", "10.0.1.0/24"),
    machine("trainer", "training", "10.0.0.5", tags=["gpu"]),
    machine("web", "edge", "10.0.1.5", tags=["web"]),
]


def never(
    resources: Sequence[Resource],
    source: str,
    destination: str,
    *,
    declared: bool = False,
    scope: Scope = SCOPE,
) -> Verdict:
    """The verdict of "source never reaches destination"; `declared` asks of `trainer` and `web` only."""
    ends = [_end(text, declared=declared) for text in (source, destination)]
    claim = Claim("claim", Expect.NEVER, ends[0], ends[1])
    return prove(Graph(resources), Question(scope, (claim,))).verdicts[0]


def reaches(
    resources: Sequence[Resource], source: str, destination: str, kind: Kind = Kind.MACHINE
) -> Verdict:
    """The verdict of "source reaches destination on 443"."""
    claim = Claim("claim", Expect.REACHES, End.of(source), End.of(destination, kind), traffic=HTTPS)
    return prove(Graph(resources), Question(SCOPE, (claim,))).verdicts[0]


def _end(text: str, *, declared: bool) -> End:
    machines = {"training": "machine trainer", "edge": "machine web"}
    if declared and text in machines:
        return End(text, names=frozenset({machines[text]}))
    return End.of(text)


def told(verdict: Verdict) -> str:
    """Everything a verdict says, as one text."""
    path = verdict.path
    parts = [*verdict.because, *verdict.missing]
    if path:
        parts += [path.packet, *path.steps, *path.blockers, *path.shadowed]
    return "\n".join(parts)


def proven(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.PROVEN


def violated(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.VIOLATED


def unproven(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.UNPROVEN
