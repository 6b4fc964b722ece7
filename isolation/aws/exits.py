"""Ways out for data that are no packets of the network: endpoints' policies, names, services on AWS's side,
and what is shared or copied elsewhere.

A policy of an endpoint limits who asks for what, not packets: one that says nothing about whose resources may
be asked for carries data to anybody's account.
Sources: docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html,
docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws,
docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from isolation.aws import types
from isolation.aws.places import Places
from isolation.model import Exit
from isolation.resources import Graph, Resource, Value

# Conditions that hold what is asked for within an account or an organisation.
WHOSE = frozenset({"aws:resourceorgid", "aws:resourceaccount", "aws:resourceorgpaths", "s3:resourceaccount"})


class ExitReader:
    """Reads the exits of a plan."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places

    def read(self) -> Iterator[Exit]:
        """Every way out, with what holds it."""
        yield from self._services()
        yield from self._elsewhere()

    def _services(self) -> Iterator[Exit]:
        for endpoint in self._graph.of(types.ENDPOINT):
            yield self._by_endpoint(endpoint)
        for vpc in self._places:
            if vpc.resource is not None and vpc.resource.at("enableDnsSupport").flag(True):
                yield Exit(
                    f"name resolution in {vpc.short}",
                    frozenset(),
                    "Amazon's resolver asks the world for any name, and a query carries a few bytes",
                    self._names_held(vpc.resource),
                )
        for rule in self._graph.of(types.RESOLVER_RULE):
            if rule.at("ruleType").text("FORWARD") == "FORWARD":
                asked = ", ".join(each.at("ip").text("?") for each in rule.at("targetIps").items())
                why = (
                    f"names of {rule.at('domainName').text('some domain')} are asked at {asked or 'a server'}"
                )
                yield Exit(rule.label, frozenset(), why, origin=rule.urn)

    def _elsewhere(self) -> Iterator[Exit]:
        lists = types.lists()
        for entry in lists["attached"]:
            if not entry.get("outside"):
                continue
            for resource in self._graph.of(entry["type"]):
                if resource.at(entry["subnets"]).missing:
                    why = f"{entry['what']} has a way to the internet that no network of the stack carries"
                    yield Exit(resource.label, frozenset(), why, origin=resource.urn)
        for entry in lists["exits"]:
            for resource in self._graph.of(entry["type"]):
                yield Exit(resource.label, frozenset(), entry["why"], origin=resource.urn)
        for resource in self._graph.of(types.BUCKET_POLICY):
            policy = resource.at("policy")
            if policy.partly_unknown:
                why = f"whom its bucket's policy lets in is not known yet ({policy.where})"
                yield Exit(resource.label, frozenset(), why, origin=resource.urn)
            elif not policy.missing and _public(policy):
                why = "its bucket's policy lets everybody in"
                yield Exit(resource.label, frozenset(), why, origin=resource.urn)

    def _by_endpoint(self, endpoint: Resource) -> Exit:
        service = endpoint.at("serviceName").text(endpoint.name)
        policy, open_values = endpoint.at("policy"), [endpoint.at("serviceName")]
        for one in self._graph.of(types.ENDPOINT_POLICY):
            at = one.at("vpcEndpointId")
            found = self._graph.refer(one, at, types.ENDPOINT)
            if found.one is endpoint:
                policy = one.at("policy")
            elif at.unknown and found.one is None and endpoint in (found.resources or (endpoint,)):
                open_values.append(at)
        name = f"endpoint {endpoint.name}"
        if "vpce-svc" in service:
            why = f"{service} is somebody's service and takes what it is given"
            return Exit(name, frozenset(), why, origin=endpoint.urn)
        waiting = [one.where for one in (policy, *open_values) if one.partly_unknown]
        if waiting:
            why = f"what its policy lets {service} be asked is not known yet ({', '.join(waiting)})"
            return Exit(name, frozenset(), why, origin=endpoint.urn)
        if _wide(policy):
            why = f"its policy lets {service} be asked for anybody's resources"
            return Exit(name, frozenset(), why, origin=endpoint.urn)
        why = f"{service} takes data"
        return Exit(name, frozenset(), why, "the endpoint's policy, which says whose resources", endpoint.urn)

    def _names_held(self, vpc: Resource) -> str:
        """The firewall for names that lets a VPC ask for listed ones only."""
        for association in self._graph.of(types.NAME_ASSOCIATION):
            if self._graph.refer(association, association.at("vpcId"), *types.VPCS).one is not vpc:
                continue
            at = association.at("firewallRuleGroupId")
            group = self._graph.refer(association, at, types.NAME_GROUP).one
            rules = self._graph.of(types.NAME_RULE)
            if group is not None and any(self._blocks_all(rule, group) for rule in rules):
                return f"firewall for names {group.name}, which ends in a refusal of everything"
        return ""

    def _blocks_all(self, rule: Resource, group: Resource) -> bool:
        refer = self._graph.refer
        if rule.at("action").text() != "BLOCK":
            return False
        if refer(rule, rule.at("firewallRuleGroupId"), types.NAME_GROUP).one is not group:
            return False
        listed = refer(rule, rule.at("firewallDomainListId"), types.NAME_LIST).one
        return listed is not None and "*" in {text.rstrip(".") for text in listed.at("domains").texts()}


def _wide(policy: Value) -> bool:
    """Whether an endpoint's policy lets anything be asked for somebody else's resources. One that cannot be
    read counts as such, as does none at all. Who asks makes no difference: data leaves with own credentials
    as well as with others'."""
    if policy.missing:
        return True
    return any(
        not _bound(statement) and not _tested(statement) & WHOSE for statement in _allowing(policy.raw)
    )


def _public(policy: Value) -> bool:
    """Whether a bucket's policy lets anybody in, on no condition."""
    return any(
        _anybody(statement.get("Principal")) and not _tested(statement) for statement in _allowing(policy.raw)
    )


def _allowing(raw: object) -> list[Mapping[str, Any]]:
    """The statements that allow something; one that allows everything for what is no policy."""
    document: object = raw
    if isinstance(raw, str):
        try:
            document = json.loads(raw)
        except json.JSONDecodeError:
            document = None
    if not isinstance(document, Mapping):
        return [{"Effect": "Allow", "Principal": "*", "Resource": "*"}]
    statements: object = cast("Mapping[str, Any]", document).get("Statement") or ()
    return [
        cast("Mapping[str, Any]", one)
        for one in _listed(statements)
        if isinstance(one, Mapping) and cast("Mapping[str, Any]", one).get("Effect") == "Allow"
    ]


def _bound(statement: Mapping[str, Any]) -> bool:
    """Whether a statement names whose resources it is about."""
    resources = [str(one) for one in _listed(statement.get("Resource", "*"))]
    return "NotResource" not in statement and not any(one == "*" or one.endswith(":::*") for one in resources)


def _tested(statement: Mapping[str, Any]) -> set[str]:
    """The keys of a statement's conditions, in lower case."""
    condition = statement.get("Condition")
    if not isinstance(condition, Mapping):
        return set()
    return {
        key.lower()
        for test in cast("Mapping[str, object]", condition).values()
        if isinstance(test, Mapping)
        for key in cast("Mapping[str, object]", test)
    }


def _anybody(principal: object) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in _listed(each) for each in cast("Mapping[str, object]", principal).values())
    return principal == "*"


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]
