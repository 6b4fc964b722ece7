"""Ways out for data that are no packets of the network: what private endpoints lead to, names, services that
answer on the internet, keys that stand for nobody, and rights and copies that others have.

A private endpoint leads to one resource, and so out of the stack only where that resource is somebody else's.
Service endpoints are told by `isolation.azure.ways`. Which settings let data out is data (`services.yaml`).
Sources: learn.microsoft.com/azure/private-link/private-endpoint-overview,
learn.microsoft.com/azure/dns/dns-security-policy, learn.microsoft.com/azure/lighthouse/overview.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isolation.azure import services_data, types
from isolation.azure.arm import ArmGraph
from isolation.azure.clusters import run_commands
from isolation.azure.owners import Owners
from isolation.azure.places import Places, Vnet
from isolation.model import Exit
from isolation.resources import Resource, Value


class ExitReader:
    """Reads the exits of a plan."""

    def __init__(self, graph: ArmGraph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self._owners = Owners(graph)

    def read(self) -> Iterator[Exit]:
        """Every way out, with what holds it."""
        for endpoint in self._graph.of(types.PRIVATE_ENDPOINT):
            yield self._by_endpoint(endpoint)
        for vnet in self._places:
            if vnet.resource is not None:
                yield from self._names(vnet)
        for rule in self._graph.of(types.FORWARDING_RULE):
            asked = ", ".join(each.at("ipAddress").text("?") for each in rule.at("targetDnsServers").items())
            why = f"names of {rule.at('domainName').text('some domain')} are asked at {asked or 'a server'}"
            yield Exit(rule.label, frozenset(), why, origin=rule.urn)
        yield from run_commands(self._graph)
        yield from self._services()
        yield from self._sent()
        yield from self._rights()

    def _by_endpoint(self, endpoint: Resource) -> Exit:
        name = f"endpoint {endpoint.name}"
        whose, services = "", list[str]()
        for path in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"):
            listed = endpoint.at(path)
            if listed.unknown:
                whose = self._owners.foreign(endpoint, listed)
            for each in listed.items():
                to = each.at("privateLinkServiceId")
                whose = whose or self._owners.foreign(endpoint, to)
                services += [*each.at("groupIds").texts(), *_of_others(to)]
        takes = f"{', '.join(services) or 'a service'} takes data"
        if whose:
            return Exit(name, frozenset(), f"{takes}, and {whose}", origin=endpoint.urn)
        limited = "the endpoint, which leads to one resource of this subscription"
        return Exit(name, frozenset(), takes, limited, endpoint.urn)

    def _names(self, vnet: Vnet) -> Iterator[Exit]:
        assert vnet.resource is not None
        servers = vnet.resource.at("dhcpOptions.dnsServers")
        if servers.missing:
            why = "Azure's resolver asks the world for any name, and a query carries a few bytes"
            yield Exit(f"name resolution in {vnet.short}", frozenset(), why, self._names_held(vnet.resource))
        else:
            asked = ", ".join(servers.texts()) or "servers that are not known yet"
            why = f"names are asked at {asked}"
            yield Exit(f"name resolution in {vnet.short}", frozenset(), why, origin=vnet.resource.urn)

    def _names_held(self, vnet: Resource) -> str:
        """The policy for names that refuses all that it does not list."""
        refer = self._graph.refer
        for link in self._graph.of(types.NAME_POLICY_LINK):
            if vnet not in refer(link, link.at("virtualNetwork.id"), types.VNET).resources:
                continue
            for policy in self._graph.parent(link, types.NAME_POLICY).resources:
                for rule, _ in self._graph.children(policy, types.NAME_RULE):
                    if self._blocks_all(rule):
                        return f"DNS security policy {policy.name}, which ends in a refusal of everything"
        return ""

    def _blocks_all(self, rule: Resource) -> bool:
        if rule.at("action.actionType").text() != "Block":
            return False
        if rule.at("dnsSecurityRuleState").text("Enabled") != "Enabled":
            return False
        listed = self._graph.refer_all(rule, rule.at("dnsResolverDomainLists"), types.NAME_LIST, step="id")
        return any("." in one.at("domains").texts() for one in listed.resources)

    def _services(self) -> Iterator[Exit]:
        for entry in services_data.settings():
            for resource in self._graph.of(entry["type"]):
                yield from _let_out(resource, entry)
        for entry in services_data.attached():
            for resource in self._graph.of(entry["type"]) if entry.get("outside") else ():
                if resource.at(entry["subnets"]).missing:
                    why = f"{entry['what']} has a way to the internet that no network of the stack carries"
                    yield Exit(resource.label, frozenset(), why, origin=resource.urn)
        for entry in services_data.exits():
            for resource in self._graph.of(entry["type"]):
                yield Exit(resource.label, frozenset(), entry["why"], origin=resource.urn)

    def _sent(self) -> Iterator[Exit]:
        for entry in services_data.sends():
            for resource in self._graph.of(entry["type"]):
                for to in _targets(resource, entry):
                    if whose := self._owners.foreign(resource, to):
                        why = f"it sends {entry['what']} to {to.text('a target')}, and {whose}"
                        yield Exit(resource.label, frozenset(), why, origin=resource.urn)

    def _rights(self) -> Iterator[Exit]:
        """Rights of whom this stack did not make, and identities that others' tokens act as."""
        made = {
            text.lower()
            for one in self._graph.resources
            for path in ("principalId", "identity.principalId", "identityProfile.kubeletidentity.objectId")
            if one.type != types.ROLE_ASSIGNMENT and (text := one.at(path).text())
        }
        for grant in self._graph.of(types.ROLE_ASSIGNMENT):
            who = grant.at("principalId")
            if not grant.at("delegatedManagedIdentityResourceId").missing:
                why = f"an identity of another tenant has a right at {grant.at('scope').text('a scope')}"
                yield Exit(grant.label, frozenset(), why, origin=grant.urn)
            elif (
                not who.unknown and not grant.references.get("principalId") and who.text().lower() not in made
            ):
                why = f"{who.text('somebody')}, whom nobody in this stack made, has a right"
                yield Exit(grant.label, frozenset(), why, origin=grant.urn)
        for trust in self._graph.of(types.FEDERATION):
            issuer = trust.at("issuer")
            if not issuer.unknown and not trust.references.get("issuer") and not _of_aks(issuer.text()):
                why = f"tokens of {issuer.text('an issuer')} act as an identity of this stack"
                held = f"their subject, {trust.at('subject').text('which is not known yet')}"
                yield Exit(trust.label, frozenset(), why, held, trust.urn)


def _let_out(resource: Resource, entry: Mapping[str, Any]) -> Iterator[Exit]:
    """What a setting lets out, unless it or another holds."""
    value = resource.at(entry["at"])
    if value.unknown:
        why = f"{entry['why']}, unless {value.where} says no, which is not known yet"
        yield Exit(resource.label, frozenset(), why, origin=resource.urn)
    elif value.text(entry["otherwise"]).lower() not in entry["holds"]:
        also = entry.get("also")
        held = ""
        if also and resource.at(also["at"]).text().lower() in also["holds"]:
            held = f"{also['at']}, with the exceptions beside it"
        yield Exit(resource.label, frozenset(), entry["why"], held, resource.urn)


def _targets(resource: Resource, entry: Mapping[str, Any]) -> Iterator[Value]:
    """What a resource sends to, where it names anything; a list that is not known yet is one target."""
    named = resource.at(entry["at"])
    step = entry.get("step")
    each = [named] if step is None or named.unknown else [one.at(step) for one in named.items()]
    yield from (to for to in each if not to.missing)


def _of_others(to: Value) -> list[str]:
    """A private link service, which is a program of a customer's and none of Azure's."""
    return ["somebody's own service"] if "privatelinkservices" in to.text().lower() else []


def _of_aks(issuer: str) -> bool:
    """Whether tokens are those of an AKS cluster. Source: learn.microsoft.com/azure/aks/use-oidc-issuer."""
    host = issuer.partition("://")[2].partition("/")[0]
    return host.endswith("oic.prod-aks.azure.com")
