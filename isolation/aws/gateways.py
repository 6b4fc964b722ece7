"""Gateways of VPCs: to the internet, by NAT, to peers, by VPN and Direct Connect, and by what forwards as it
pleases.

An internet gateway takes IPv4 packets of machines with a public address, and IPv6 ones as they are. What it
lets in reaches a machine whatever the routes of its subnet say. A NAT gateway lets nothing in that nobody
asked for, nor does an egress-only gateway.
Sources: docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html, vpc-nat-gateway.html,
egress-only-internet-gateway.html; docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html.
"""

from __future__ import annotations

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.acls import Acls
from isolation.aws.places import Places, Subnet, Vpc
from isolation.aws.ranges import EVERYWHERE_4, EVERYWHERE_6, service_range
from isolation.aws.tables import Tables
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import ENTERPRISE, INTERNET, Gateway, Guard, Model, Route, Router, Scope, Unmodelled
from isolation.outside import anywhere, decides, internet_addresses
from isolation.resources import Graph, Resource, Value

SERVICES_ROUTER = "AWS's services"
# Targets, and what is open about them.
Lead = tuple[tuple[str, ...], tuple[str, ...]]


class Ways:
    """Makes each gateway once, when something first asks for it."""

    def __init__(self, graph: Graph, places: Places, tables: Tables, acls: Acls) -> None:
        self._graph = graph
        self._places = places
        self._tables = tables
        self._acls = acls
        self._gateways: dict[str, Gateway] = {}
        self._routes: list[Route] = []
        self._assumed: dict[str, tuple[str, IntervalSet]] = {}
        self.unmodelled: dict[str, Unmodelled] = {}

    def model(self) -> Model:
        """The gateways, and the routes that lead to them from outside."""
        return Model(
            routers=(Router(SERVICES_ROUTER, SERVICES_ROUTER),),
            routes=tuple(self._routes),
            gateways=tuple(self._gateways.values()),
            unmodelled=tuple(self.unmodelled.values()),
        )

    def add(self, gateway: Gateway) -> str:
        """The gateway's name; one that is there already stays."""
        self._gateways.setdefault(gateway.name, gateway)
        return gateway.name

    def route(self, route: Route) -> None:
        """A route of a router outside the VPCs."""
        self._routes.append(route)

    def entry(self, vpc: Vpc) -> tuple[str, ...]:
        """The gateway by which packets from the internet come in; none where the VPC has no such gateway."""
        name = f"into {vpc.name}"
        return (name,) if name in self._gateways else ()

    def lines(self, vpc: Vpc, scope: Scope) -> None:
        """The ways into a VPC from the internet and from the enterprise network."""
        attached = self._attached(vpc)
        if attached is not None or (vpc.resource and vpc.resource.type == types.DEFAULT_VPC):
            table = self._tables.of_gateway(attached) if attached else None
            first = table.name if table else vpc.name
            name = self.add(Gateway(f"into {vpc.name}", "internet gateway", first, forgets=True))
            if vpc.six:
                self._routes.append(Route(f"to {vpc.name}", INTERNET, vpc.six, 1, (name,)))
        declared = [one for one in self._graph.of(types.VPN_GATEWAY) if vpc in self._vpcs_of_line(one)]
        for gateway in declared:
            table = self._tables.of_gateway(gateway)
            name = self.add(
                Gateway(
                    f"{gateway.name} into {vpc.short}",
                    "VPN gateway",
                    table.name if table else vpc.name,
                    origin=gateway.urn,
                )
            )
            self._from_enterprise(vpc, name)
        if scope.enterprise and vpc.resource is not None:
            why = "the owner of the enterprise network may connect it, by Direct Connect, VPN or a peering"
            out = Gateway(
                f"from {vpc.short} to the enterprise network", "connection", ENTERPRISE, assumed=True, why=why
            )
            into = Gateway(
                f"from the enterprise network to {vpc.short}", "connection", vpc.name, assumed=True, why=why
            )
            self._from_enterprise(vpc, self.add(into))
            self._assumed[vpc.name] = self.add(out), scope.enterprise - vpc.known

    def assumed_out(self, vpc: Vpc) -> tuple[str, IntervalSet] | None:
        """The connection to the enterprise network that somebody may make, and what it leads to."""
        return self._assumed.get(vpc.name)

    def internet(self, vpc: Vpc, gateway: Resource | None, nat: Resource | None) -> tuple[str, ...]:
        """An internet gateway, for machines of the VPC or for what comes from a NAT gateway."""
        name = gateway.name if gateway else f"of {vpc.short}"
        origin = gateway.urn if gateway else ""
        six = Gateway(
            f"{name} (IPv6)", "internet gateway", INTERNET, destinations=EVERYWHERE_6, origin=origin
        )
        if nat and nat.at("connectivityType").text() == "private":
            return ()
        if nat:
            own = nat.at("publicIp").text()
            four = Gateway(
                f"{name} for {nat.name}",
                "internet gateway",
                INTERNET,
                destinations=EVERYWHERE_4,
                source_becomes=addresses(own) if own else internet_addresses() & EVERYWHERE_4,
                origin=origin,
            )
            return (self.add(four),)
        four = Gateway(
            f"{name} of {vpc.short}" if gateway else name,
            "internet gateway",
            INTERNET,
            needs_public=True,
            destinations=EVERYWHERE_4,
            origin=origin,
        )
        return self.add(four), self.add(six)

    def behind(self, nat: Resource) -> str:
        """The router behind a NAT gateway."""
        return f"behind {nat.name}"

    def subnets_of_nat(self, nat: Resource) -> list[Subnet]:
        """Where a NAT gateway stands."""
        return self._places.of_subnet(nat, nat.at("subnetId"))

    def nat(self, vpc: Vpc, nat: Resource) -> tuple[str, ...]:
        """A NAT gateway: its subnet's ACL sees packets as they come from elsewhere and as they leave."""
        subnets = self.subnets_of_nat(nat)
        if not subnets:
            # A regional one stands in no subnet and leads to the internet by itself.
            hidden = internet_addresses() & EVERYWHERE_4
            return (
                self.add(Gateway(nat.name, "NAT gateway", INTERNET, source_becomes=hidden, origin=nat.urn)),
            )
        subnet = subnets[0]
        entering, leaving = self._acls.guards(subnet)
        outside = ALL_ADDRESSES - subnet.ranges
        return tuple(
            self.add(
                Gateway(
                    f"{nat.name}{what}",
                    "NAT gateway",
                    self.behind(nat),
                    sources=sources,
                    guards=tuple(Guard(one.chain) for one in met),
                    source_becomes=subnet.ranges & EVERYWHERE_4,
                    unknown=subnet.unknown,
                    origin=nat.urn,
                )
            )
            for what, sources, met in (
                ("", outside, (entering, leaving)),
                (" within its subnet", subnet.ranges, (leaving,)),
            )
        )

    def translating(self, targets: tuple[str, ...]) -> tuple[str, ...]:
        """NAT gateways as they take translated addresses of the IPv4 internet."""
        hidden = internet_addresses() & EVERYWHERE_4
        return tuple(
            self.add(Gateway(f"{name} (NAT64)", "NAT gateway", INTERNET, source_becomes=hidden))
            if self._gateways[name].kind == "NAT gateway"
            else name
            for name in targets
            if name in self._gateways
        )

    def egress_only(self, vpc: Vpc, gateway: Resource) -> tuple[str, ...]:
        """Connections of IPv6 outwards, and their answers."""
        return (
            self.add(
                Gateway(
                    f"{gateway.name} of {vpc.short}",
                    "egress-only internet gateway",
                    INTERNET,
                    destinations=EVERYWHERE_6,
                    remembers=True,
                    origin=gateway.urn,
                )
            ),
        )

    def peering(self, vpc: Vpc, peering: Resource) -> tuple[str, ...]:
        """A peering leads to machines of the other VPC and no further. Rules know groups of the other side
        within one region."""
        if peering.type == types.PEERING_ACCEPTER:
            requests = self._graph.refer(
                peering, peering.at("vpcPeeringConnectionId"), types.PEERING
            ).resources
            if not requests:
                others = self._places.of_vpc(peering, peering.at("peerVpcId"))
                others = others or [self._places.foreign(f"beyond {peering.name}")]
                return tuple(name for other in others for name in self._to_peer(vpc, other, peering, ()))
            peering = requests[0]
        sides = [self._places.of_vpc(peering, peering.at(path)) for path in ("vpcId", "peerVpcId")]
        others = [one for side in sides if vpc not in side for one in side]
        far = peering.at("peerRegion")
        keeps = None if far.missing else ()
        return tuple(name for other in others for name in self._to_peer(vpc, other, peering, keeps))

    def _to_peer(
        self, vpc: Vpc, other: Vpc, peering: Resource, keeps: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        name = self.add(
            Gateway(
                f"{peering.name} from {vpc.short} to {other.short}",
                "peering",
                other.name,
                keeps_groups=keeps,
                origin=peering.urn,
            )
        )
        return (name,) if other.resource else (name, self._beyond(f"what is in {other.name}"))

    def line(self, vpc: Vpc, gateway: str) -> tuple[str, ...]:
        """A VPN gateway: VPN or Direct Connect, to the enterprise network."""
        return (self.add(Gateway(f"{gateway} of {vpc.short}", "VPN gateway", ENTERPRISE)),)

    def gateway_endpoint(self, endpoint: Resource, vpc: Vpc, service: str) -> tuple[str, IntervalSet]:
        """A gateway endpoint: to the service's prefixes and nowhere else, for the VPC's machines only."""
        ranges = service_range(service)
        name = self.add(
            Gateway(
                f"endpoint {endpoint.name}",
                "gateway endpoint",
                SERVICES_ROUTER,
                sources=vpc.ranges,
                destinations=ranges,
                remembers=True,
                origin=endpoint.urn,
            )
        )
        return name, ranges

    def anywhere(self, resource: Resource, value: Value) -> Lead:
        """Something that forwards as it pleases, or that nobody can tell."""
        name = f"{resource.name} ({value.where.rpartition(': ')[2]})"
        return tuple(map(self.add, anywhere(name, value, "the target", resource.urn))), ()

    def onward(self, resource: Resource, value: Value, subnet: Subnet) -> str:
        """A machine in a subnet that may send packets on by its subnet's table."""
        router = self._tables.of_subnet(subnet).name
        where = decides(value, "the target")
        return self.add(
            Gateway(
                f"{resource.name} ({value.where.rpartition(': ')[2]}) on by {router}",
                "next hop",
                router,
                unknown=(where, *subnet.unknown),
                origin=resource.urn,
            )
        )

    def astray(self, vpc: Vpc, resource: Resource, value: Value) -> None:
        """Nobody can tell where a next hop that is none of this stack leads."""
        why = f"where {value.text('the target')} leads is not known"
        one = Unmodelled(value.where, why, frozenset({vpc.name}), resource.urn)
        self.unmodelled.setdefault(one.resource, one)

    def elsewhere(self, vpc: Vpc, path: str, resource: Resource, value: Value) -> Lead:
        """A gateway that is not in this stack."""
        if not value.text():
            return self.anywhere(resource, value)
        if path in ("natGatewayId", "egressOnlyGatewayId"):
            hidden = internet_addresses() & EVERYWHERE_4
            nat = path == "natGatewayId"
            gateway = Gateway(
                f"{value.text()} (not in this stack)",
                "NAT gateway" if nat else "egress-only internet gateway",
                INTERNET,
                destinations=EVERYWHERE_4 if nat else EVERYWHERE_6,
                source_becomes=hidden if nat else EMPTY,
                remembers=True,
            )
            return (self.add(gateway),), ()
        if path in ("vpcPeeringConnectionId", "transitGatewayId"):
            why = "it is not in this stack, so where it leads is not known"
            one = Unmodelled(f"{value.text()} of {vpc.short}", why, frozenset({vpc.name}), resource.urn)
            self.unmodelled.setdefault(one.resource, one)
            return (self._beyond(f"what is beyond {value.text()}"),), ()
        return self.anywhere(resource, value)

    def firewall(self, vpc: Vpc, firewall: Resource) -> tuple[str, ...]:
        """A network firewall's endpoints: on by the tables of their subnets; what it lets pass is open."""
        subnets = self._places.of_subnets(firewall, firewall.at("subnetMappings"), step="subnetId")
        return tuple(
            dict.fromkeys(
                self.add(
                    Gateway(
                        f"{firewall.name} ({router})",
                        "network firewall",
                        router,
                        unknown=(f"what network firewall {firewall.name} lets pass is not modelled",),
                        origin=firewall.urn,
                    )
                )
                for subnet in subnets
                if subnet.vpc is vpc
                for router in [self._tables.of_subnet(subnet).name]
            )
        )

    def _beyond(self, what: str) -> str:
        return self.add(Gateway(f"{what} (enterprise)", "peering", ENTERPRISE, unknown=(what,)))

    def _from_enterprise(self, vpc: Vpc, gateway: str) -> None:
        for ranges, _ in vpc.blocks:
            name = f"{gateway}, announced"
            self._routes.append(Route(name, ENTERPRISE, ranges, 32, (gateway,), unknown=vpc.open(ranges)))

    def _attached(self, vpc: Vpc) -> Resource | None:
        pairs = [(one, one) for one in self._graph.of(types.INTERNET_GATEWAY)]
        for attachment in self._graph.of(types.INTERNET_ATTACHMENT):
            found = self._graph.refer(attachment, attachment.at("internetGatewayId"), types.INTERNET_GATEWAY)
            pairs += [(one, attachment) for one in found.resources or (attachment,)]
        for gateway, said in pairs:
            if not said.at("vpcId").missing and vpc in self._places.of_vpc(said, said.at("vpcId")):
                return gateway
        return None

    def _vpcs_of_line(self, gateway: Resource) -> list[Vpc]:
        found = list(self._places.of_vpc(gateway, gateway.at("vpcId")))
        for one in self._graph.of(types.VPN_ATTACHMENT):
            if gateway in self._graph.refer(one, one.at("vpnGatewayId"), types.VPN_GATEWAY).resources:
                found += self._places.of_vpc(one, one.at("vpcId"))
        return found
