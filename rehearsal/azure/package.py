"""What the emulated Azure knows about pulumi-azure-native 3.

Guarantees: every id is a path under Azure Resource Manager; names are made as the provider makes them; the
location comes from the provider's configuration or the resource group; what stands in the path, and the
location, cannot change.
Leaves out: what a subscription may do (quotas, policies, role assignments) and regional availability.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rehearsal import naming, templates
from rehearsal import paths as properties
from rehearsal.azure import clusters, computed, formats, network, paths, records, sources
from rehearsal.model import UNKNOWN, Checked, Context, Record, Refusal, Resource
from rehearsal.tables import TablePackage

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
TENANT = "66666666-7777-4888-9999-000000000000"
_GROUP = "azure-native:resources:ResourceGroup"
# Names that the provider draws as a GUID: pulumi-azure-native, provider/pkg/gen, auto-naming by UUID.
_GUID_NAMED = ("roleAssignmentName", "roleDefinitionId", "roleAssignmentId", "subscriptionAliasName")
_REGIONS = "https://learn.microsoft.com/azure/reliability/regions-list"


class Azure(TablePackage):
    """Tables of this folder, with the parts that a template cannot say."""

    filters = formats.FILTERS

    def __init__(self) -> None:
        super().__init__(Path(__file__).parent, "azure-native")

    def configure(self, config: Mapping[str, Any]) -> Checked:
        """Subscription and tenant as the provider finds them: configuration, environment, the profile."""
        checked = super().configure(config)
        filled = dict(checked.inputs)
        for key, variable, profile in (
            ("subscriptionId", "ARM_SUBSCRIPTION_ID", SUBSCRIPTION),
            ("tenantId", "ARM_TENANT_ID", TENANT),
        ):
            if filled.get(key) is None:
                filled[key] = os.environ.get(variable) or profile
        bad = _location_refusal("location", filled.get("location"))
        return Checked(filled, [*checked.refusals, *bad])

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        inputs = dict(resource.inputs)
        path = paths.of(resource.type)
        if path.own in resource.input_names and inputs.get(path.own) is None:
            inputs[path.own] = _automatic(path, resource, olds)
        if olds and _same_place(inputs.get("location"), olds.get("location")):
            inputs["location"] = olds["location"]  # another spelling is no change
        if "location" in resource.input_names and inputs.get("location") is None:
            location = _inherited(resource, inputs, record)
            if location is not None:
                inputs["location"] = location
        checked = super().check(replace(resource, inputs=inputs), olds, record)
        bad = _location_refusal("location", inputs.get("location"))
        return Checked(checked.inputs, [*checked.refusals, *bad])

    def immutable(self, type: str) -> frozenset[str]:
        known = self.known.of(type)
        always = {*paths.of(type).parameters, "location", "resourceGroupName"} - {"subscriptionId"}
        return (super().immutable(type) | always) - frozenset(known.get("mutable", []))

    def delete_before_replace(self, resource: Resource, olds: Mapping[str, Any]) -> bool:
        """The provider deletes first unless the name was drawn: two objects cannot have one path."""
        path = paths.of(resource.type)
        same = all(resource.inputs.get(name) == olds.get(name) for name in path.parameters)
        return same and resource.inputs.get(path.own) != _automatic(path, resource, None)

    def identify(self, resource: Resource) -> str:
        path = paths.of(resource.type)
        values = {**resource.inputs, "subscriptionId": subscription_of(resource)}
        values.setdefault("objectId", properties.get(resource.inputs, "policy.objectId"))

        def filled(match: re.Match[str]) -> str:
            value = values.get(match.group(1))
            return str(value) if value is not None else "default"

        return re.sub("/{2,}", "/", re.sub(r"\{(\w+)\}", filled, path.template))

    def unique(self, resource: Resource, id: str) -> Sequence[str]:
        """Ids ignore case; names that are host names are unique in the whole cloud."""
        return [*super().unique(resource, id), id.lower()]

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """What the program gave stays as given; the rest as the tables say."""
        tables = super().outputs(resource, id)
        kept = {key: value for key, value in tables.items() if properties.get(resource.inputs, key) is None}
        return {**kept, **computed.outputs(resource, id)}

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        own = network.refuse(resource, id, record) or clusters.refuse(resource, id, record)
        return own or records.refuse(resource) or super().refuse_create(resource, id, record)

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        config = {"subscriptionId": SUBSCRIPTION, "tenantId": TENANT, **context.config}
        place = replace(context, config=config)
        plain = re.sub(r"/v\d{8}\w*:", ":", token)
        answer = sources.FUNCTIONS.get(plain)
        if answer is not None:
            return answer(args, config, record)
        if plain not in self.known.functions:
            found = sources.from_record(plain, args, config, record)
            if found is not None:
                return found
        return super().invoke(plain, args, place, record)

    def scope(
        self, resource: Resource, id: str = "", outputs: Mapping[str, Any] | None = None, label: str = ""
    ) -> templates.Scope:
        """Adds `own` (the object's name), `group`, `subscription`, `tenant`, `location`, `armType`, `api`."""
        scope = super().scope(resource, id, outputs, label)
        path = paths.of(resource.type)
        constant = "" if path.own else path.template.rsplit("/", 1)[-1]
        config = resource.context.config
        values = {
            **scope.values,
            "own": constant or resource.inputs.get(path.own),
            "group": resource.inputs.get("resourceGroupName"),
            "subscription": subscription_of(resource),
            "tenant": config.get("tenantId", TENANT),
            "location": _first(resource.inputs.get("location"), config.get("location"), "westus2"),
            "armType": path.type,
            "api": paths.api_version(resource.type),
        }
        return templates.Scope(values, scope.seed, scope.filters)


def _first(*values: Any) -> Any:
    """The first value that is there, known or not."""
    return next((value for value in values if value is not None), None)


def subscription_of(resource: Resource) -> str:
    """The subscription of one resource: its own argument, else the provider's."""
    for chosen in (resource.inputs.get("subscriptionId"), resource.context.config.get("subscriptionId")):
        if isinstance(chosen, str):
            return chosen
    return SUBSCRIPTION


def _automatic(path: paths.TypePath, resource: Resource, olds: Mapping[str, Any] | None) -> Any:
    """A name as the provider makes it: a GUID, the logical name of a child, or the logical name and 8 digits.

    Source: pulumi-azure-native, provider/pkg/provider (AutoNameRandom, AutoNameCopy, AutoNameUuid).
    """
    if olds and olds.get(path.own) is not None:
        return olds[path.own]
    if path.own in _GUID_NAMED:
        return formats.guid(resource.seed("auto_name"))
    if resource.proposed_name:
        return resource.proposed_name
    return resource.name if path.nested else naming.automatic({"separator": "", "digits": 8}, resource)


def _inherited(resource: Resource, inputs: Mapping[str, Any], record: Record) -> Any:
    """The location a resource takes when it has none: the provider's, else its resource group's."""
    configured = resource.context.config.get("location")
    group = inputs.get("resourceGroupName")
    if configured is not None or group is None:
        return configured
    if group is UNKNOWN:
        return UNKNOWN
    for existing in record.find(_GROUP):
        if str(existing.outputs.get("name", "")).lower() == str(group).lower():
            return existing.outputs.get("location")
    return UNKNOWN if resource.preview else None


def _same_place(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and formats.short(one) == formats.short(other)


def _location_refusal(path: str, location: Any) -> list[Refusal]:
    if not isinstance(location, str) or formats.known_location(location):
        return []
    nearest = formats.nearest_location(location)
    return [Refusal(path, f'"{location}" is no Azure region', f"write one such as {nearest}", _REGIONS)]
