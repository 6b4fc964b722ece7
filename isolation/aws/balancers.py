"""Load balancers and API Gateway's links into a VPC.

A load balancer stands in its subnets, ends connections and opens new ones to its targets. A web ACL on it is
the inspection; without one, whoever reaches it reaches its targets. A network load balancer may leave the
client's address as it is: then its targets have the internet in front of them, behind their own groups.
Targets are instances, addresses, scaling groups, ECS services, and the nodes of the cluster in which a
TargetGroupBinding stands.
Sources: docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html and
network/edit-target-group-attributes.html, docs.aws.amazon.com/apigateway/latest/developerguide
(http-api-vpc-links.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from isolation.addresses import addresses
from isolation.aws import types
from isolation.aws.clusters import clusters_of, nodes_of
from isolation.aws.groups import Groups
from isolation.aws.interfaces import Interface, Interfaces
from isolation.aws.machines import unknown_public
from isolation.aws.places import Places, Subnet
from isolation.intervals import EMPTY, IntervalSet
from isolation.model import Forward, Kind, Unmodelled
from isolation.resources import Graph, Resource, Value
from isolation.traffic import ALL_TRAFFIC, traffic

ECS = "aws:ecs/service:Service"
_UDP = frozenset({"UDP", "QUIC"})


class BalancerReader:
    """Reads load balancers into `interfaces`, after everything that may be behind them."""

    def __init__(self, graph: Graph, places: Places, groups: Groups, interfaces: Interfaces) -> None:
        self._graph = graph
        self._places = places
        self._groups = groups
        self._interfaces = interfaces
        self.unmodelled: list[Unmodelled] = []

    def read(self) -> None:
        """Every load balancer, then what is before and behind them."""
        for one in self._graph.of(*types.BALANCERS):
            self._balancer(one)
        for one in self._graph.of(types.LINK):
            for subnet in self._places.of_subnets(one, one.at("subnetIds")):
                self._link(one, subnet, list(self._linked(one)))
        for service in self._graph.of(types.KUBERNETES_SERVICE):
            if service.at("spec.type").text() == "LoadBalancer":
                vpcs = {
                    one.subnet.vpc.name
                    for cluster in clusters_of(self._graph, service)
                    for one in self._interfaces.of(nodes_of(cluster))
                }
                why = "AWS makes a load balancer for it"
                self.unmodelled.append(Unmodelled(service.label, why, frozenset(vpcs), service.urn))

    def _balancer(self, one: Resource) -> None:
        classic = one.type == types.CLASSIC
        kind = "classic" if classic else one.at("loadBalancerType").text("application")
        internal = one.at("internal")
        subnets = self._places.of_subnets(one, one.at("subnets"))
        subnets = subnets or self._places.of_subnets(one, one.at("subnetMappings"), step="subnetId")
        if kind == "gateway":
            why = "machines behind a gateway load balancer do with packets what they please"
            self.unmodelled.append(Unmodelled(one.label, why, origin=one.urn))
            return
        outside = EMPTY if internal.flag() else unknown_public()
        vpcs = frozenset(subnet.vpc.name for subnet in subnets)
        inspected = self._inspected(one)
        ways = [self._classic(one)] if classic else list(self._listening(one, inspected, vpcs))
        serves = IntervalSet.union(listens for listens, _ in ways)
        forwards = tuple(dict.fromkeys(forward for _, more in ways for forward in more))
        for subnet in subnets:
            named = one.at("securityGroups")
            bare = kind == "network" and named.missing
            self._interfaces.add(
                Interface(
                    f"load balancer {one.name} in {subnet.name}",
                    Kind.PROXY,
                    subnet,
                    None if bare else self._groups.of(one, named, subnet.vpc),
                    public=outside,
                    serves=serves,
                    forwards=forwards,
                    unknown=(internal.where,) if internal.unknown else (),
                    origin=one.urn,
                ),
                one.urn,
            )
        if kind == "network" and outside:
            for name in {name for forward in forwards for name in forward.destinations}:
                target = self._interfaces.found[name]
                target.public |= outside

    def _inspected(self, balancer: Resource) -> str:
        """The web ACL in front of a load balancer."""
        for one in self._graph.of(*types.FIREWALL_ASSOCIATIONS):
            if self._graph.refer(one, one.at("resourceArn"), *types.BALANCERS).one is balancer:
                return f"web ACL {one.name}"
        return ""

    def _listening(
        self, balancer: Resource, inspected: str, vpcs: frozenset[str]
    ) -> Iterator[tuple[IntervalSet, list[Forward]]]:
        """The traffic of each listener, and where it sends what it takes."""
        for listener in self._graph.of(*types.LISTENERS):
            if (
                balancer
                not in self._graph.refer(listener, listener.at("loadBalancerArn"), balancer.type).resources
            ):
                continue
            targets = {one.urn: one for one in self._target_groups(listener, listener.at("defaultActions"))}
            for rule in self._graph.of(*types.LISTENER_RULES):
                if listener in self._graph.refer(rule, rule.at("listenerArn"), *types.LISTENERS).resources:
                    targets.update({one.urn: one for one in self._target_groups(rule, rule.at("actions"))})
            forwards = [self._forward(one, inspected, vpcs) for one in targets.values()]
            yield _listens(listener.at("protocol"), listener.at("port")), forwards

    def _target_groups(self, resource: Resource, actions: Value) -> Iterator[Resource]:
        yield from self._graph.sources(resource, actions, *types.TARGET_GROUPS)
        for action in actions.items():
            named = [
                action.at("targetGroupArn"),
                *(each.at("arn") for each in action.at("forward.targetGroups").items()),
            ]
            for value in named:
                yield from self._graph.named(value.text(), *types.TARGET_GROUPS)

    def _forward(self, group: Resource, inspected: str, vpcs: frozenset[str]) -> Forward:
        port = group.at("port")
        sends = _listens(group.at("protocol"), port)
        checks = group.at("healthCheck.port")
        if checks.text().isdigit():
            sends |= traffic("TCP", checks.number())
        names, anywhere = self._behind(group)
        if anywhere:
            # Each target may have a port of its own.
            sends = ALL_TRAFFIC
        if names:
            return Forward(tuple(names), sends, inspected)
        every = [
            one.name
            for one in self._interfaces.found.values()
            if one.kind is Kind.MACHINE and not one.assumed and one.subnet.vpc.name in vpcs
        ]
        return Forward(tuple(every), sends, inspected, (f"{group.label}: which targets it has",))

    def _behind(self, group: Resource) -> tuple[list[str], bool]:
        """The endpoints in a target group, and whether they may have ports of their own."""
        names: dict[str, None] = {}
        own_ports = False
        for one in self._graph.of(*types.TARGETS):
            if group in self._graph.refer(one, one.at("targetGroupArn"), group.type).resources:
                own_ports = own_ports or not one.at("port").missing
                names.update(dict.fromkeys(self._target(one, one.at("targetId"))))
        for one in self._graph.of(types.AUTOSCALING_ATTACHMENT):
            if group in self._graph.refer(one, one.at("lbTargetGroupArn"), group.type).resources:
                scaled = self._graph.refer(one, one.at("autoscalingGroupName"), types.AUTOSCALING)
                names.update(dict.fromkeys(self._names(*scaled.resources)))
        for one in self._graph.of(types.AUTOSCALING):
            if group in self._graph.refer_all(one, one.at("targetGroupArns"), group.type).resources:
                names.update(dict.fromkeys(self._names(one)))
        for one in self._graph.of(ECS):
            listed = one.at("loadBalancers")
            if group in self._graph.refer_all(one, listed, group.type, step="targetGroupArn").resources:
                own_ports = True
                names.update(dict.fromkeys(self._names(one)))
        for one in self._graph.of(*types.BINDINGS):
            arn = one.at("spec.targetGroupARN")
            if group in self._graph.refer(one, arn, group.type).resources:
                for cluster in clusters_of(self._graph, one):
                    own_ports = True
                    nodes = self._interfaces.of(nodes_of(cluster))
                    names.update(dict.fromkeys(each.name for each in nodes))
        return list(names), own_ports

    def _target(self, resource: Resource, value: Value) -> Iterator[str]:
        found = self._graph.refer(resource, value, *types.INSTANCES, types.INTERFACE, *types.BALANCERS)
        yield from self._names(*found.resources)
        text = found.text
        if (text and text[0].isdigit() and "." in text) or (":" in text and not text.startswith("arn:")):
            wanted = addresses(text)
            for one in self._interfaces.found.values():
                if not one.assumed and one.addresses & wanted:
                    yield one.name

    def _names(self, *resources: Resource) -> list[str]:
        return [one.name for one in self._interfaces.of(*(each.urn for each in resources))]

    def _classic(self, one: Resource) -> tuple[IntervalSet, list[Forward]]:
        listens, sends = EMPTY, EMPTY
        for each in one.at("listeners").items():
            listens |= _listens(Value("TCP", ""), each.at("lbPort"))
            sends |= _listens(Value("TCP", ""), each.at("instancePort"))
        found = self._graph.refer_all(one, one.at("instances"), types.INSTANCE).resources
        for attachment in self._graph.of(types.CLASSIC_ATTACHMENT):
            if one in self._graph.refer(attachment, attachment.at("elb"), types.CLASSIC).resources:
                found += self._graph.refer(attachment, attachment.at("instance"), types.INSTANCE).resources
        return listens, [Forward(tuple(self._names(*found)), sends)] if found else []

    def _link(self, link: Resource, subnet: Subnet, balancers: list[str]) -> None:
        """API Gateway's interface: the internet is in front of it, and no web ACL of the network's."""
        forwards = (Forward(tuple(balancers), ALL_TRAFFIC),) if balancers else ()
        self._interfaces.add(
            Interface(
                f"API link {link.name} in {subnet.name}",
                Kind.PROXY,
                subnet,
                self._groups.of(link, link.at("securityGroupIds"), subnet.vpc),
                public=unknown_public(),
                forwards=forwards,
                hosted=True,
                origin=link.urn,
            ),
            link.urn,
        )

    def _linked(self, link: Resource) -> Iterator[str]:
        """The load balancers behind a link, by the listeners that integrations name."""
        for one in self._graph.of(types.INTEGRATION):
            if link not in self._graph.refer(one, one.at("connectionId"), types.LINK).resources:
                continue
            uri = one.at("integrationUri")
            for listener in self._graph.refer(one, uri, *types.LISTENERS).resources:
                arn = listener.at("loadBalancerArn")
                yield from self._names(*self._graph.refer(listener, arn, *types.BALANCERS).resources)


def _listens(protocol: Value, port: Value) -> IntervalSet:
    """A port of TCP or UDP; both where the protocol says so, all ports where the port is not known."""
    text = protocol.text("TCP").upper()
    names = ["TCP", "UDP"] if text in ("TCP_UDP", "TCP_QUIC") else ["UDP"] if text in _UDP else ["TCP"]
    known = not port.missing and not port.unknown
    return IntervalSet.union(traffic(name, port.number()) if known else traffic(name) for name in names)
