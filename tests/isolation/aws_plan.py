"""Small plans of AWS, as plain resources: one VPC with a training, an edge and a data subnet.

By default everybody may talk: the groups `open` allow everything and there is no network ACL, so that what an
item of the checklist is about decides alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isolation.addresses import addresses
from isolation.aws import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.proof import prove
from isolation.resources import Graph, Resource
from isolation.table import Question
from isolation.traffic import ALL_TRAFFIC, traffic
from isolation.verdicts import Report, Verdict

SCOPE = Scope(
    {
        "training": addresses("10.0.0.0/24", "2600:1f00:0:a00::/64"),
        "edge": addresses("10.0.1.0/24", "2600:1f00:0:a01::/64"),
        "data": addresses("10.0.2.0/24"),
        # Another VPC, reached by peerings and transit gateways.
        "inference": addresses("10.9.0.0/16"),
    },
    addresses("172.16.0.0/16"),
)
HTTPS = traffic("TCP", 443)
ANY = "0.0.0.0/0"


def made(
    type_: str, name: str, properties: Mapping[str, Any], id_: str = "", **references: Sequence[str]
) -> Resource:
    """A resource whose id is its name, unless another is given."""
    urn = f"urn:pulumi:test::test::{type_}::{name}"
    return Resource.of(urn, type_, properties, references=references, id_=id_ or name)


def vpc(name: str = "vpc", cidr: str = "10.0.0.0/16", **properties: Any) -> Resource:
    return made(types.VPC, name, {"cidrBlock": cidr, **properties})


def subnet(name: str, cidr: str, of: str = "vpc", **properties: Any) -> Resource:
    return made(types.SUBNET, name, {"vpcId": of, "cidrBlock": cidr, **properties})


def table(name: str, *subnets: str, of: str = "vpc", **properties: Any) -> list[Resource]:
    """A route table and the subnets that have it."""
    joined = [
        made(types.TABLE_ASSOCIATION, f"{name}-{each}", {"routeTableId": f"{name}-table", "subnetId": each})
        for each in subnets
    ]
    return [made(types.ROUTE_TABLE, f"{name}-table", {"vpcId": of, **properties}), *joined]


def route(name: str, of: str, destination: str = ANY, **target: Any) -> Resource:
    field = "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock"
    return made(types.ROUTE, name, {"routeTableId": f"{of}-table", field: destination, **target})


def group(name: str, of: str = "vpc", **properties: Any) -> Resource:
    return made(types.SECURITY_GROUP, name, {"vpcId": of, **properties})


def allow(name: str, of: str, way: str, peer: str = ANY, **properties: Any) -> Resource:
    """A rule of a group; `peer` is a range, a prefix list or another group."""
    field = {"s": "referencedSecurityGroupId", "p": "prefixListId"}.get(peer[0], "cidrIpv4")
    field = "cidrIpv6" if ":" in peer else field
    kind = types.INGRESS_RULE if way == "ingress" else types.EGRESS_RULE
    return made(kind, name, {"securityGroupId": of, "ipProtocol": "-1", field: peer, **properties})


def opened(name: str, of: str = "vpc") -> list[Resource]:
    """A group that allows everything both ways."""
    found = [group(name, of)]
    for way in ("ingress", "egress"):
        found += [allow(f"{name}-{way}", name, way), allow(f"{name}-{way}-6", name, way, "::/0")]
    return found


def machine(name: str, sub: str, address: str, *groups: str, **properties: Any) -> Resource:
    asked = {"subnetId": sub, "privateIp": address, "vpcSecurityGroupIds": list(groups)}
    return made(types.INSTANCE, name, {**asked, **properties})


def acl(name: str, *subnets: str, of: str = "vpc") -> Resource:
    return made(types.ACL, name, {"vpcId": of, "subnetIds": list(subnets)})


def line(name: str, of: str, number: int, action: str, peer: str = ANY, **properties: Any) -> Resource:
    """A rule of an ACL, for what comes in unless `egress` is said."""
    asked = {"networkAclId": of, "ruleNumber": number, "ruleAction": action, "protocol": "-1"}
    return made(types.ACL_RULE, name, {**asked, "cidrBlock": peer, "egress": False, **properties})


def gateway(of: str = "vpc") -> Resource:
    return made(types.INTERNET_GATEWAY, f"igw-{of}", {"vpcId": of})


# The network: three subnets with a table each.
PLACES = [
    vpc(),
    subnet("training", "10.0.0.0/24"),
    subnet("edge", "10.0.1.0/24"),
    subnet("data", "10.0.2.0/24"),
    *table("training", "training"),
    *table("edge", "edge"),
    *table("data", "data"),
]
# A machine in training, one in edge, both in an open group.
BASE = [
    *PLACES,
    *opened("sg-open"),
    machine("trainer", "training", "10.0.0.5", "sg-open"),
    machine("web", "edge", "10.0.1.5", "sg-open"),
]
# A second VPC, with an open group of its own, whose machine is in `inference`.
OTHER = [
    vpc("other", "10.9.0.0/16"),
    subnet("far", "10.9.0.0/24", "other"),
    *table("far", "far", of="other"),
    *opened("sg-far", "other"),
    machine("client", "far", "10.9.0.5", "sg-far"),
]


def nat(sub: str = "edge", *served: str, **properties: Any) -> list[Resource]:
    """A NAT gateway in a subnet with a route to the internet, and routes to it of what it serves."""
    return [
        gateway(),
        route("out", sub, gatewayId="igw-vpc"),
        made(types.NAT, "nat", {"subnetId": sub, "allocationId": "eip", **properties}),
        *[route(f"nat-{each}", each, natGatewayId="nat") for each in served],
    ]


def report(resources: Sequence[Resource], *claims: Claim, scope: Scope = SCOPE) -> Report:
    return prove(Graph(resources), Question(scope, claims))


def never(
    resources: Sequence[Resource],
    source: str,
    destination: str,
    *,
    scope: Scope = SCOPE,
    with_: str = "",
) -> Verdict:
    """The verdict of "source never reaches destination"; `with_` is `tcp 443` for that traffic alone."""
    protocol, _, port = with_.partition(" ")
    members = traffic(protocol, int(port)) if port else ALL_TRAFFIC
    claim = Claim("claim", Expect.NEVER, _end(source), _end(destination), traffic=members)
    return report(resources, claim, scope=scope).verdicts[0]


def reaches(
    resources: Sequence[Resource], source: str, destination: str, kind: Kind = Kind.MACHINE
) -> Verdict:
    """The verdict of "source reaches destination on 443"; the answer comes back, too."""
    end = End.of(destination, kind) if kind is not Kind.MACHINE else _end(destination)
    claim = Claim("claim", Expect.REACHES, _end(source), end, traffic=HTTPS)
    return report(resources, claim).verdicts[0]


def _end(text: str) -> End:
    """A segment; with an exclamation mark its declared machine only."""
    machines = {"training": "trainer", "edge": "web", "inference": "client"}
    if text.endswith("!"):
        return End(text, names=frozenset({f"instance {machines[text[:-1]]}"}))
    return End.of(text)
