"""Whose a resource is that something names: this stack's subscription's, or somebody else's.

The stack's subscriptions are those of its providers, and where these do not say, those in the ids of what it
has. Leaves out tenants: a subscription is of one.
"""

from __future__ import annotations

from functools import cached_property

from isolation.azure.arm import ArmGraph, parse
from isolation.resources import Resource, Value

PROVIDER = "pulumi:providers:azure-native"


class Owners:
    """Tells whose resources are."""

    def __init__(self, graph: ArmGraph) -> None:
        self._graph = graph

    @cached_property
    def own(self) -> frozenset[str]:
        """The subscriptions of this stack, in small letters."""
        found = {
            one.at("subscriptionId").text().lower() for one in self._graph.resources if one.type == PROVIDER
        }
        return frozenset(found - {""} or {_subscription(one.id) for one in self._graph.resources} - {""})

    def foreign(self, resource: Resource, value: Value) -> str:
        """Whose it is, as a sentence's end; empty where it is of this stack's subscription."""
        path = value.where.partition(": ")[2].partition(".")[0].partition("[")[0]
        if value.partly_unknown:
            return "" if resource.references.get(path) else f"nobody knows whose it is yet ({value.where})"
        found = _subscription(value.text())
        if not found:
            return f"{value.text()} is somebody's"
        if not self.own:
            return f"{value.text()} is of subscription {found}, and nothing tells which is this stack's"
        return "" if found in self.own else f"it is of subscription {found}, which is not this stack's"


def _subscription(text: str) -> str:
    """The subscription in a resource's id, or in the id of a resource group or a subscription."""
    known = parse(text)
    if known is not None:
        return known.subscription
    parts = text.lower().split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""
