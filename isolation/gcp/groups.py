"""Groups that rules and routes of Google Cloud know machines by: network tags, secure tags, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from isolation.gcp import types
from isolation.gcp.places import Network, Places
from isolation.resources import Graph, Resource, Value
from isolation.rules import Rule


def tag(network: Network, name: str) -> str:
    """The group of machines with a network tag; it says nothing outside its network."""
    return f"tag:{network.short}/{name}"


def account(email: str) -> str:
    """The group of machines that run as a service account."""
    return f"account:{email}"


def secure(value: str) -> str:
    """The group of machines with a secure tag, by the URN or the text of its value."""
    return f"secure tag:{value}"


def unsure_group(group: str) -> str:
    """The group of machines of which it is not known whether they are in groups of this kind."""
    kind, colon, rest = group.partition(":")
    network, slash, _ = rest.partition("/") if kind == "tag" else ("", "", "")
    return f"{kind}{colon}{network}{slash}?"


def widened(rule: Rule, unsure: Mapping[str, tuple[str, ...]]) -> Iterator[Rule]:
    """The rule, and once more for machines of which it is not known whether it names them."""
    yield rule
    named_groups = rule.source.groups | (rule.target or frozenset())
    kinds = {unsure_group(each) for each in named_groups} & set(unsure)
    if kinds:
        values = (value for kind in sorted(kinds) for value in unsure[kind])
        source, target = rule.source, rule.target
        if more := {unsure_group(each) for each in source.groups} & kinds:
            source = replace(source, groups=source.groups | more)
        if target is not None:
            target |= {unsure_group(each) for each in target} & kinds
        yield replace(
            rule, source=source, target=target, unknown=tuple(dict.fromkeys((*rule.unknown, *values)))
        )


def secure_groups(graph: Graph, resource: Resource, value: Value, step: str) -> tuple[frozenset[str], bool]:
    """The groups of a list of secure tags, and whether they are certain."""
    found = graph.refer_all(resource, value, types.TAG_VALUE, step=step)
    groups = {secure(one.urn) for one in found.resources}
    groups |= {secure(text) for text in found.text.split(", ") if text}
    return frozenset(groups), found.certain


def account_groups(graph: Graph, resource: Resource, value: Value) -> tuple[frozenset[str], bool]:
    """The groups of a list of service accounts, or of one, and whether they are certain."""
    found = graph.refer_all(resource, value, types.ACCOUNT)
    groups = {account(_email(one)) for one in found.resources}
    groups |= {account(text) for text in found.text.split(", ") if text}
    return frozenset(groups), found.certain


class Groups:
    """Tells each machine's groups. `unsure` are the groups of machines whose tags or accounts are not known,
    and the values that hide them."""

    def __init__(self, graph: Graph, places: Places) -> None:
        self._graph = graph
        self._places = places
        self.unsure: dict[str, tuple[str, ...]] = {}

    def tags(self, network: Network, tags: Value) -> frozenset[str]:
        """The groups of a machine's network tags."""
        found = {tag(network, each) for each in tags.texts()}
        # A change by hand of what is left to the provider is not seen.
        if tags.partly_unknown:
            found.add(self._unsure(tag(network, ""), tags.where))
        return frozenset(found)

    def identity(self, resource: Resource, runs_as: Value, secure: Value) -> frozenset[str]:
        """The groups of a machine's secure tags and service account."""
        groups, certain = account_groups(self._graph, resource, runs_as)
        tags, open_tags = self._secure(resource, secure)
        if not certain:
            # Of what it may be, nothing is sure.
            groups = frozenset({self._unsure(account(""), runs_as.where)})
            self._unsure_sources(runs_as)
        if open_tags:
            tags = frozenset({self._unsure("secure tag:", *open_tags)})
        return groups | tags

    def _unsure(self, group: str, *values: str) -> str:
        """The group of machines of which `values` hide whether they are in groups such as `group`."""
        known = self.unsure.get(found := unsure_group(group), ())
        self.unsure[found] = tuple(dict.fromkeys((*known, *values)))
        return found

    def _unsure_sources(self, runs_as: Value) -> None:
        """Rules for sources know a service account within their network only."""
        for network in self._places:
            self._unsure(f"{network.short} {account('')}", runs_as.where)

    def _secure(self, resource: Resource, value: Value) -> tuple[frozenset[str], list[str]]:
        """The secure tags of a map from keys to values; one that is not known is told by its dependencies."""
        if value.missing:
            return frozenset(), []
        if value.partly_unknown:
            sources = self._graph.sources(resource, value, types.TAG_VALUE)
            groups = frozenset(f"secure tag:{one.urn}" for one in sources)
            return groups, [] if len(sources) == 1 else [value.where]
        if not isinstance(value.raw, dict):
            return frozenset(), [value.where]
        texts = cast("dict[str, object]", value.raw).values()
        listed = Value([{"name": text} for text in texts], value.where)
        groups, certain = secure_groups(self._graph, resource, listed, "name")
        return groups, [] if certain else [value.where]


def _email(resource: Resource) -> str:
    known = resource.at("email").text()
    if known:
        return known
    return f"{resource.at('accountId').text(resource.name)}@{resource.at('project').text('?')}"
