"""Small plans of Azure, as plain resources: one network with a training, an edge and a data subnet.

Resources have no ids, as at preview: others name them by the ids that their names make. By default everybody
may talk, by groups that allow everything, so that what an item of the checklist is about decides alone; no
subnet has a way to the internet of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isolation.addresses import addresses
from isolation.azure import types
from isolation.claims import Claim, End, Expect
from isolation.model import Kind, Scope
from isolation.proof import prove
from isolation.resources import Graph, Resource
from isolation.table import Question
from isolation.traffic import ALL_TRAFFIC, traffic
from isolation.verdicts import Report, Verdict

SCOPE = Scope(
    {
        "training": addresses("10.0.0.0/24", "fd00:1::/64"),
        "edge": addresses("10.0.1.0/24", "fd00:1:0:1::/64"),
        "data": addresses("10.0.2.0/24"),
        # Another network, reached by peerings.
        "inference": addresses("10.9.0.0/16"),
    },
    addresses("172.16.0.0/16"),
)
# The same without an enterprise network, which then is nowhere but where a plan connects one.
ALONE = Scope(SCOPE.segments)
HTTPS = traffic("TCP", 443)
ANY = "0.0.0.0/0"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"


def arm(path: str) -> str:
    """An id below the network provider, such as `virtualNetworks/net/subnets/edge`."""
    return f"{GROUP}/providers/Microsoft.Network/{path}"


def ref(path: str) -> dict[str, str]:
    return {"id": arm(path)}


def made(
    type_: str, name: str, properties: Mapping[str, Any], id_: str = "", **references: Sequence[str]
) -> Resource:
    """A resource of the group `rg`."""
    urn = f"urn:pulumi:test::test::{type_}::{name}"
    asked = {"resourceGroupName": "rg", **properties}
    return Resource.of(urn, type_, asked, references=references, id_=id_)


def network(name: str = "net", *cidrs: str, **properties: Any) -> Resource:
    space = {"addressPrefixes": list(cidrs) or ["10.0.0.0/16"]}
    return made(
        types.VNET,
        name,
        {"virtualNetworkName": name, "location": "westeurope", "addressSpace": space, **properties},
    )


def subnet(
    name: str, cidr: str, of: str = "net", *, nsg: str = "open", table: str = "", **properties: Any
) -> Resource:
    """A subnet, in the security group `open` and without a way out that nobody made."""
    asked: dict[str, Any] = {
        "virtualNetworkName": of,
        "subnetName": name,
        "addressPrefix": cidr,
        "defaultOutboundAccess": False,
    }
    if nsg:
        asked["networkSecurityGroup"] = ref(f"networkSecurityGroups/{nsg}")
    if table:
        asked["routeTable"] = ref(f"routeTables/{table}")
    return made(types.SUBNET, name, {**asked, **properties})


def group(name: str, **properties: Any) -> Resource:
    return made(types.NSG, name, {"networkSecurityGroupName": name, **properties})


def rule(name: str, of: str, says: str, **properties: Any) -> Resource:
    """A rule of a group that is a resource of its own; see `line`."""
    asked = {"networkSecurityGroupName": of, "securityRuleName": name, **line(says, **properties)}
    return made(types.SECURITY_RULE, f"{of}-{name}", asked)


def line(
    says: str, *, source: str = "*", destination: str = "*", port: str = "*", **properties: Any
) -> dict[str, Any]:
    """What a rule says, such as `Inbound Deny 100`, for everything unless more is said."""
    direction, access, priority = says.split()
    return {
        "direction": direction,
        "access": access,
        "priority": int(priority),
        "protocol": "*" if port == "*" else "Tcp",
        "sourceAddressPrefix": source,
        "sourcePortRange": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": port,
        **properties,
    }


def opened(name: str) -> list[Resource]:
    """A group that allows everything both ways."""
    return [
        group(name),
        rule("in", name, "Inbound Allow 4000"),
        rule("out", name, "Outbound Allow 4000"),
    ]


def table(name: str, **properties: Any) -> Resource:
    return made(types.ROUTE_TABLE, name, {"routeTableName": name, **properties})


def route(name: str, of: str, prefix: str = ANY, hop: str = "None", **properties: Any) -> Resource:
    asked = {"routeTableName": of, "routeName": name, "addressPrefix": prefix, "nextHopType": hop}
    return made(types.ROUTE, f"{of}-{name}", {**asked, **properties})


def machine(
    name: str,
    sub: str,
    address: str,
    of: str = "net",
    *,
    nsg: str = "",
    public: str = "",
    asgs: Sequence[str] = (),
    **properties: Any,
) -> Resource:
    """A network interface; `public` is the name of a public address."""
    configuration: dict[str, Any] = {
        "name": "own",
        "subnet": ref(f"virtualNetworks/{of}/subnets/{sub}"),
        "privateIPAddress": address,
        "applicationSecurityGroups": [ref(f"applicationSecurityGroups/{one}") for one in asgs],
    }
    if public:
        configuration["publicIPAddress"] = ref(f"publicIPAddresses/{public}")
    asked: dict[str, Any] = {"networkInterfaceName": name, "ipConfigurations": [configuration]}
    if nsg:
        asked["networkSecurityGroup"] = ref(f"networkSecurityGroups/{nsg}")
    return made(types.INTERFACE, name, {**asked, **properties})


def public_address(name: str = "pip", sku: str = "Standard", **properties: Any) -> Resource:
    asked = {"publicIpAddressName": name, "sku": {"name": sku}, "publicIPAllocationMethod": "Static"}
    return made(types.PUBLIC_ADDRESS, name, {**asked, **properties})


def peering(here: str, there: str, **properties: Any) -> Resource:
    """One half of a peering."""
    asked = {
        "virtualNetworkName": here,
        "virtualNetworkPeeringName": f"{here}-{there}",
        "remoteVirtualNetwork": ref(f"virtualNetworks/{there}"),
        "allowVirtualNetworkAccess": True,
    }
    return made(types.PEERING, f"{here}-{there}", {**asked, **properties})


PLACES = [
    network(),
    *opened("open"),
    subnet("training", "10.0.0.0/24"),
    subnet("edge", "10.0.1.0/24"),
    subnet("data", "10.0.2.0/24"),
]
# A machine in training, one in edge.
BASE = [*PLACES, machine("trainer", "training", "10.0.0.5"), machine("web", "edge", "10.0.1.5")]
# A second network whose machine is in `inference`.
OTHER = [
    network("other", "10.9.0.0/16"),
    subnet("far", "10.9.0.0/24", "other"),
    machine("client", "far", "10.9.0.5", "other"),
]


def without(resources: Sequence[Resource], *names: str) -> list[Resource]:
    return [one for one in resources if one.name not in names]


def guarded(*rules: Resource, nsg: str = "own") -> list[Resource]:
    """The base plan whose training subnet has a group of its own, with these rules alone."""
    return [
        *without(BASE, "training"),
        group(nsg),
        subnet("training", "10.0.0.0/24", nsg=nsg),
        *rules,
    ]


def with_public(resources: Sequence[Resource], sku: str = "Standard") -> list[Resource]:
    """The plan whose trainer has a public address."""
    known = public_address(sku=sku, ipAddress="20.1.2.3")
    return [
        *without(resources, "trainer"),
        known,
        machine("trainer", "training", "10.0.0.5", public="pip"),
    ]


def onpremises(*prefixes: str, **properties: Any) -> list[Resource]:
    """A VPN gateway in the network that knows these prefixes of the enterprise network."""
    gateway = {
        "virtualNetworkGatewayName": "gw",
        "gatewayType": "Vpn",
        "ipConfigurations": [{"subnet": ref("virtualNetworks/net/subnets/GatewaySubnet")}],
    }
    connection = {
        "virtualNetworkGateway1": ref("virtualNetworkGateways/gw"),
        "localNetworkGateway2": ref("localNetworkGateways/head-office"),
        "connectionType": "IPsec",
        **properties,
    }
    office = {
        "localNetworkGatewayName": "head-office",
        "localNetworkAddressSpace": {"addressPrefixes": list(prefixes)},
    }
    return [
        subnet("GatewaySubnet", "10.0.9.0/27", nsg=""),
        made(types.VNET_GATEWAY, "gw", gateway),
        made(types.LOCAL_GATEWAY, "head-office", office),
        made(types.CONNECTION, "line", connection),
    ]


def managed(
    access: str, *, says: str = "Outbound", committed: Sequence[str] = ("westeurope",), **properties: Any
) -> list[Resource]:
    """A network manager with one admin rule for the network."""
    manager: dict[str, Any] = {"networkManagerName": "avnm"}
    rules = {**manager, "configurationName": "admin", "ruleCollectionName": "rules"}
    asked = {
        "access": access,
        "direction": says,
        "priority": 10,
        "protocol": "Any",
        "sources": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["0-65535"],
        **properties,
    }
    commit = {
        "commitType": "SecurityAdmin",
        "targetLocations": list(committed),
        "configurationIds": [arm("networkManagers/avnm/securityAdminConfigurations/admin")],
    }
    return [
        made(types.MANAGER, "avnm", {**manager, "networkManagerScopes": {"subscriptions": ["s"]}}),
        made(types.NETWORK_GROUP, "all", {**manager, "networkGroupName": "all"}),
        made(
            types.STATIC_MEMBER,
            "net",
            {
                **manager,
                "networkGroupName": "all",
                "staticMemberName": "net",
                "resourceId": arm("virtualNetworks/net"),
            },
        ),
        made(types.ADMIN_CONFIGURATION, "admin", {**manager, "configurationName": "admin"}),
        made(
            types.ADMIN_COLLECTION,
            "rules",
            {**rules, "appliesToGroups": [{"networkGroupId": arm("networkManagers/avnm/networkGroups/all")}]},
        ),
        made(types.ADMIN_RULE, "admin-rule", {**rules, "ruleName": "admin-rule", **asked}),
        made(types.COMMIT, "commit", {**manager, "properties": commit}),
    ]


def report(resources: Sequence[Resource], *claims: Claim, scope: Scope = SCOPE) -> Report:
    return prove(Graph(resources), Question(scope, claims))


def never(
    resources: Sequence[Resource], source: str, destination: str, *, scope: Scope = ALONE, with_: str = ""
) -> Verdict:
    """The verdict of "source never reaches destination"; `with_` is `tcp 443` for that traffic alone."""
    protocol, _, port = with_.partition(" ")
    members = traffic(protocol, int(port)) if port else ALL_TRAFFIC
    claim = Claim("claim", Expect.NEVER, end(source), end(destination), traffic=members)
    return report(resources, claim, scope=scope).verdicts[0]


def reaches(
    resources: Sequence[Resource],
    source: str,
    destination: str,
    kind: Kind = Kind.MACHINE,
    *,
    scope: Scope = ALONE,
) -> Verdict:
    """The verdict of "source reaches destination on 443"; the answer comes back, too."""
    its = End.of(destination, kind) if kind is not Kind.MACHINE else end(destination)
    claim = Claim("claim", Expect.REACHES, end(source), its, traffic=HTTPS)
    return report(resources, claim, scope=scope).verdicts[0]


def end(text: str) -> End:
    """A segment; with an exclamation mark its declared machine only; `=name` an endpoint by its name."""
    machines = {"training": "trainer", "edge": "web", "inference": "client"}
    if text.endswith("!"):
        return End(text, names=frozenset({f"interface {machines[text[:-1]]}"}))
    if text.startswith("="):
        return End(text[1:], names=frozenset({text[1:]}))
    return End.of(text)
