"""Security groups: an interface's groups together, each rule an allow, connections kept.

An interface without a group has the VPC's default group, which lets its members talk to each other and out to
everywhere until the plan empties it; the provider takes the same egress away from every group that it makes.
A group that a rule names means the private addresses of interfaces that are members. EKS makes a group for
each cluster, which the control plane has, and nodes that name none.
Sources: docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html and security-group-rules.html,
docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html, and pulumi-aws on SecurityGroup.

A member is known by two names, one for rules about who comes in and one for rules about where packets go:
a transit gateway carries only the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from isolation.addresses import ALL_ADDRESSES, addresses
from isolation.aws import types
from isolation.aws.layers import layer4
from isolation.aws.lists import Lists
from isolation.aws.places import Places, Vpc
from isolation.intervals import IntervalSet
from isolation.model import Guard, Unmodelled
from isolation.resources import Found, Graph, Resource, Value
from isolation.rules import ANYONE, Action, Chain, Filter, Match, Rule

COMING, GOING = "from sg ", "to sg "


@dataclass(frozen=True)
class Membership:
    """The groups of an interface by key, and what is open about them."""

    keys: frozenset[str]
    unknown: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """What rules know a member by."""
        return frozenset(f"{way}{key}" for key in self.keys for way in (COMING, GOING))

    def __or__(self, other: Membership) -> Membership:
        return Membership(self.keys | other.keys, (*self.unknown, *other.unknown))


class Groups:
    """All security groups that a plan has, names or takes for granted."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._lists = Lists(graph)
        self._keys: dict[str, str] = {}
        self._urns: dict[str, str] = {}
        self._rules: dict[str, dict[bool, tuple[Rule, ...]]] = {}
        self._guards: dict[tuple[frozenset[str], bool], Guard] = {}
        self._standalone: dict[str, list[tuple[Resource, bool, bool]]] = {}
        self.unmodelled: list[Unmodelled] = []
        for resource in graph.of(types.SECURITY_GROUP):
            key = resource.name
            while key in self._urns:
                key += "'"
            self._keys[resource.urn] = key
            self._urns[key] = resource.urn
        for resource in graph.of(types.DEFAULT_GROUP):
            for vpc in places.of_vpc(resource, resource.at("vpcId")):
                self._keys[resource.urn] = _default(vpc)
                self._urns[_default(vpc)] = resource.urn
        for rule in graph.of(types.GROUP_RULE, types.INGRESS_RULE, types.EGRESS_RULE):
            self._assign(rule)

    def of(self, resource: Resource, value: Value, vpc: Vpc, step: str = "") -> Membership:
        """The groups that a list names; the default one where it names none."""
        if value.missing:
            return self.default(vpc)
        found = self._found(resource, value, step)
        keys = [self._keys[one.urn] for one in found.resources if one.urn in self._keys]
        keys += [self._by_text(text) for text in found.text.split(", ") if text]
        clusters = self._graph.sources(resource, value, types.CLUSTER) if value.partly_unknown else []
        known = not clusters and bool(keys)
        keys += [cluster_group(one) for one in clusters]
        vpcs = self._graph.sources(resource, value, *types.VPCS) if value.partly_unknown and not known else []
        keys += [_default(self._places.vpcs[one.urn]) for one in vpcs if one.urn in self._places.vpcs]
        if not keys:
            key = f"nobody knows which ({value.where})"
            self._rules[key] = _anything(f"which groups {value.where} names")
            # Rules of other groups may name them.
            why = "which groups it names is not known"
            self.unmodelled.append(Unmodelled(value.where, why, frozenset({vpc.name}), resource.urn))
            return Membership(frozenset({key}), (value.where,))
        return Membership(frozenset(keys), () if found.certain or clusters or vpcs else (value.where,))

    def default(self, vpc: Vpc) -> Membership:
        """The default group of a VPC."""
        return Membership(frozenset({_default(vpc)}))

    def guard(self, membership: Membership, *, egress: bool) -> Guard:
        """The union of what the groups allow, in one direction."""
        known = (membership.keys, egress)
        found = self._guards.get(known)
        if found is None:
            keys = sorted(membership.keys)
            rules = tuple(rule for key in keys for rule in self._of_key(key)[egress])
            several, way = "s" if len(keys) > 1 else "", "out" if egress else "in"
            name = f"security group{several} {', '.join(keys)} ({way})"
            found = self._guards[known] = Guard(Chain(name, (Filter(name, rules, Action.DENY),)))
        return found

    def _of_key(self, key: str) -> dict[bool, tuple[Rule, ...]]:
        found = self._rules.get(key)
        if found is None:
            mine = self._urns.get(key)
            if mine:
                resource = self._graph.by_urn[mine]
                found = {
                    egress: tuple(self._declared(resource, key, egress=egress)) for egress in (False, True)
                }
            elif key.startswith(("default group ", "cluster group ")):
                found = _implied(key)
            else:
                found = _anything(f"the rules of {key}, which is not in this stack")
            for rule, into, certain in self._standalone.get(key, ()):
                if not mine:
                    open_ = () if certain else (rule.at("securityGroupId").where,)
                    found[not into] += tuple(self._standing(rule, open_, into=into, key=key))
            self._rules[key] = found
        return found

    def _assign(self, rule: Resource) -> None:
        into = rule.type == types.INGRESS_RULE or rule.at("type").text() == "ingress"
        value = rule.at("securityGroupId")
        found = self._found(rule, value)
        keys = [self._keys[one.urn] for one in found.resources if one.urn in self._keys]
        if found.text:
            keys = [self._by_text(found.text)]
        if not keys:
            keys = [cluster_group(one) for one in self._graph.sources(rule, value, types.CLUSTER)]
            vpcs = self._graph.sources(rule, value, *types.VPCS)
            keys += [_default(self._places.vpcs[one.urn]) for one in vpcs if one.urn in self._places.vpcs]
        for key in keys:
            self._standalone.setdefault(key, []).append((rule, into, found.certain))
        if not keys and value.unknown:
            why = "which security group it belongs to is not known"
            self.unmodelled.append(Unmodelled(rule.label, why, origin=rule.urn))

    def _by_text(self, text: str) -> str:
        """The key of a group by its id: the plan's, a VPC's default one, a cluster's, or one elsewhere."""
        group = text.rpartition("/")[2]
        for one in self._graph.named(group, *types.GROUPS):
            return self._keys[one.urn]
        for vpc in self._places:
            if vpc.resource and vpc.resource.at("defaultSecurityGroupId").text() == group:
                return _default(vpc)
        for cluster in self._graph.of(types.CLUSTER):
            if cluster.at("vpcConfig.clusterSecurityGroupId").text() == group:
                return cluster_group(cluster)
        return group

    def _declared(self, resource: Resource, key: str, *, egress: bool) -> Iterator[Rule]:
        """A group's rules: inline, and by themselves. Written both ways, which of them stand is open: each
        run takes away what the other put."""
        side = "egress" if egress else "ingress"
        value = resource.at(side)
        inline = list(value.items()) if side in resource.asked else []
        written_inline = bool(inline) or any(
            other in resource.asked and list(resource.at(other).items()) for other in ("ingress", "egress")
        )
        own = self._standalone.get(key, [])
        clash: tuple[str, ...] = ()
        if written_inline and own:
            clash = (f"{resource.label}: it has rules inline and by themselves, which undo each other",)
        if side in resource.asked and value.unknown:
            yield Rule(f"{key} {side}", Action.ALLOW, unknown=(value.where,))
        for index, each in enumerate(inline):
            yield from self._inline(resource, each, f"{key} {side} {index}", clash, egress=egress, key=key)
        for rule, into, certain in own:
            if into is not egress:
                open_ = clash if certain else (*clash, rule.at("securityGroupId").where)
                yield from self._standing(rule, open_, into=into, key=key)

    def _standing(self, rule: Resource, unknown: tuple[str, ...], *, into: bool, key: str) -> Iterator[Rule]:
        value = Value(rule.properties, f"{rule.label}: ")
        if rule.type == types.GROUP_RULE:
            yield from self._inline(rule, value, rule.name, unknown, egress=not into, key=key)
            return
        way = COMING if into else GOING
        blocks = [value.at("cidrIpv4"), value.at("cidrIpv6")]
        peers = [value.at("referencedSecurityGroupId")]
        parts = blocks, [value.at("prefixListId")], peers
        yield self._rule(rule, value, protocol="ipProtocol", parts=parts, as_=(rule.name, way, unknown))

    def _inline(
        self, resource: Resource, value: Value, name: str, unknown: tuple[str, ...], *, egress: bool, key: str
    ) -> Iterator[Rule]:
        way = GOING if egress else COMING
        blocks = [value.at("cidrBlocks"), value.at("ipv6CidrBlocks")]
        peers = [value.at("securityGroups"), value.at("sourceSecurityGroupId")]
        parts = blocks, [value.at("prefixListIds")], peers
        rule = self._rule(resource, value, protocol="protocol", parts=parts, as_=(name, way, unknown))
        if value.at("self").flag() or value.at("self").unknown:
            peer = rule.source if way == COMING else rule.destination
            wider = Match(peer.addresses, peer.groups | {f"{way}{key}"})
            open_ = (value.at("self").where,) if value.at("self").unknown else ()
            rule = _made(name, way, wider, rule.traffic, (*rule.unknown, *open_))
        yield rule

    def _rule(
        self,
        resource: Resource,
        value: Value,
        *,
        protocol: str,
        parts: tuple[list[Value], list[Value], list[Value]],
        as_: tuple[str, str, tuple[str, ...]],
    ) -> Rule:
        """One rule; `parts` are its ranges, its prefix lists and its groups, `as_` its name, direction and
        what is open about it anyway."""
        name, way, unknown = as_
        blocks, lists, peers = parts
        open_values = [*unknown]
        members = addresses()
        groups: set[str] = set()
        for block in blocks:
            if block.partly_unknown:
                members = ALL_ADDRESSES
                open_values.append(block.where)
            else:
                members |= addresses(*block.texts())
        for listed in lists:
            for each in [listed] if listed.unknown else listed.items():
                found, certain = self._lists.ranges(resource, each)
                members |= found
                open_values += [] if certain else [each.where]
        for peer in peers:
            if peer.missing:
                continue
            keys, certain = self._peers(resource, peer)
            groups |= {f"{way}{key}" for key in keys}
            if not certain:
                members = ALL_ADDRESSES
                open_values.append(peer.where)
        traffic, open_traffic = layer4(value, protocol)
        return _made(name, way, Match(members, frozenset(groups)), traffic, (*open_values, *open_traffic))

    def _found(self, resource: Resource, value: Value, step: str = "") -> Found:
        """Groups by reference, one or a list. What waits for the emptied default group does not mean it:
        whoever does means a group, and waits for the default one so as not to start before it is empty."""
        refer = self._graph.refer_all
        found = refer(resource, value, types.SECURITY_GROUP, step=step)
        if value.partly_unknown and not found.resources:
            found = refer(resource, value, types.DEFAULT_GROUP, step=step)
        # Where one group is all that an unknown value is computed from, it means that group.
        return Found(found.resources, found.text, len(found.resources) == 1) if value.unknown else found

    def _peers(self, resource: Resource, value: Value) -> tuple[list[str], bool]:
        """The keys of the groups a rule names, and whether they are certain."""
        found = self._found(resource, value)
        keys = [self._keys[one.urn] for one in found.resources if one.urn in self._keys]
        keys += [self._by_text(text) for text in found.text.split(", ") if text]
        if keys:
            return keys, found.certain
        clusters = self._graph.sources(resource, value, types.CLUSTER)
        vpcs = self._graph.sources(resource, value, *types.VPCS)
        keys = [cluster_group(one) for one in clusters]
        keys += [_default(self._places.vpcs[one.urn]) for one in vpcs if one.urn in self._places.vpcs]
        return keys, len(keys) == 1


def cluster_group(cluster: Resource) -> str:
    """The key of the group that EKS makes for a cluster."""
    return f"cluster group of {cluster.name}"


def _default(vpc: Vpc) -> str:
    return f"default group of {vpc.short}"


def _made(name: str, way: str, peer: Match, traffic: IntervalSet, unknown: Sequence[str]) -> Rule:
    source, destination = (peer, ANYONE) if way == COMING else (ANYONE, peer)
    return Rule(name, Action.ALLOW, source, destination, traffic, unknown=tuple(dict.fromkeys(unknown)))


def _implied(key: str) -> dict[bool, tuple[Rule, ...]]:
    """What AWS gives a default group and EKS a cluster's: members among themselves, and out to everywhere."""
    members = Rule(f"{key}: its members", Action.ALLOW, Match(groups=frozenset({f"{COMING}{key}"})))
    return {False: (members,), True: (Rule(f"{key}: everywhere", Action.ALLOW),)}


def _anything(why: str) -> dict[bool, tuple[Rule, ...]]:
    """Rules that nobody can tell: they may allow anything."""
    return {egress: (Rule("rules not known", Action.ALLOW, unknown=(why,)),) for egress in (False, True)}


def merged(parts: Iterable[Membership]) -> Membership:
    """All groups of several lists."""
    found = Membership(frozenset())
    for one in parts:
        found |= one
    return found
