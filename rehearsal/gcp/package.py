"""The Google Cloud package: the tables of this folder, and in Python what a table cannot say.

Order of a refusal: what is wrong with the inputs alone is said at preview (`check`); what only the state of
the cloud tells (a grant that is not there yet, ranges that overlap, a parent elsewhere) at creation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from rehearsal import knowledge, templates
from rehearsal.gcp import (
    armor,
    clusters,
    container,
    credentials,
    filters,
    firewall,
    functions,
    generic,
    iam,
    keys,
    labels,
    places,
    presence,
    references,
    subnets,
)
from rehearsal.model import Checked, Context, Existing, Record, Refusal, Resource
from rehearsal.tables import TablePackage

InputCheck = Callable[[Resource], Sequence[Refusal]]
CreationCheck = Callable[[Resource, str, Record], Refusal | None]

# By the beginning of the type token.
_INPUT_CHECKS: tuple[tuple[str, InputCheck], ...] = (
    ("gcp:", labels.check),
    ("gcp:", iam.check),
    ("gcp:compute/subnetwork:", subnets.check),
    ("gcp:compute/firewall:", firewall.check_rule),
    ("gcp:compute/networkFirewallPolicyRule:", firewall.check_policy_rule),
    ("gcp:compute/regionNetworkFirewallPolicyRule:", firewall.check_policy_rule),
    ("gcp:compute/firewallPolicyRule:", firewall.check_policy_rule),
    ("gcp:compute/securityPolicy:", armor.check),
    ("gcp:container/cluster:", container.check_cluster),
    ("gcp:container/nodePool:", container.check_pool),
    ("gcp:kms/cryptoKey:", keys.check),
)
_CREATION_CHECKS: tuple[tuple[str, CreationCheck], ...] = (
    ("gcp:", references.refuse),
    ("gcp:", keys.refuse),
    ("gcp:compute/subnetwork:", subnets.refuse),
    ("gcp:container/", container.refuse),
    ("gcp:compute/networkFirewallPolicyRule:", firewall.refuse_policy_rule),
)
_OUTPUTS: Mapping[str, Callable[[Resource], Mapping[str, Any]]] = {
    "gcp:container/cluster:Cluster": clusters.cluster_outputs,
    "gcp:container/nodePool:NodePool": clusters.pool_outputs,
    "gcp:serviceaccount/key:Key": credentials.outputs,
}
# Without a location the provider takes the zone it is configured with (tpgresource.GetLocation).
_ZONAL = "gcp:container/"


class Google(TablePackage):
    """See `rehearsal.model.Package`."""

    @cached_property
    def known(self) -> knowledge.Knowledge:
        tables = knowledge.load(self.folder)
        return generic.GoogleKnowledge(
            tables.package, tables.every, tables.patterns, tables.types, tables.functions
        )

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        checked = super().check(resource, olds, record)
        filled = replace(resource, inputs=checked.inputs)
        refusals = [*checked.refusals, *self._unplaced(filled)]
        for prefix, find in _INPUT_CHECKS:
            if resource.type.startswith(prefix):
                refusals += find(filled)
        return Checked(checked.inputs, refusals)

    def _unplaced(self, resource: Resource) -> list[Refusal]:
        """Project, region or zone that the id needs and nothing says."""
        template = str(self.known.of(resource.type)["id"])
        place = places.here(resource.inputs, resource.context, zonal=resource.type.startswith(_ZONAL))
        return [
            Refusal(
                key,
                f"neither the resource nor the provider says its {key}",
                f"write {key} here, or `pulumi config set gcp:{key} ...`",
            )
            for key in ("project", "region", "zone", "location")
            if f"{{{key}}}" in template and place[key] is None
        ]

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        refusal = super().refuse_create(resource, id, record)
        if refusal:
            return refusal
        for prefix, find in _CREATION_CHECKS:
            if resource.type.startswith(prefix) and (found := find(resource, id, record)):
                return found
        return None

    def may_name(self, user: Existing, existing: Existing) -> bool:
        return references.same_place(user, existing.id)

    def refuse_delete(self, existing: Existing, record: Record) -> Refusal | None:
        return super().refuse_delete(existing, record) or references.refuse_delete(existing, record)

    def replaced_by(self, resource: Resource, olds: Mapping[str, Any]) -> frozenset[str]:
        found = super().replaced_by(resource, olds)
        return found | subnets.replaced_by(resource, olds)

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        results = dict(super().outputs(resource, id))
        more = _OUTPUTS.get(resource.type)
        # What is not there yet has no such outputs, and one that will change has them after the change.
        if more and not (resource.preview and (not id or presence.holds_unknown(resource.inputs))):
            results.update(more(resource))
        return results

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        entry = self.known.functions.get(token)
        return functions.answer(entry, token, args, context, record)

    def already_exists(self, type: str, id: str) -> str:
        if type.startswith("gcp:kms/"):
            return f"googleapi: Error 409: {type.rsplit(':', 1)[-1]} {id} already exists."
        return super().already_exists(type, id)

    def scope(
        self, resource: Resource, id: str = "", outputs: Mapping[str, Any] | None = None, label: str = ""
    ) -> templates.Scope:
        scope = super().scope(resource, id, outputs, label)
        place = places.here(resource.inputs, resource.context, zonal=resource.type.startswith(_ZONAL))
        return templates.Scope({**scope.values, **place}, scope.seed, filters.at(place))
