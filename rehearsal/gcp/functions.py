"""Data sources: the tables' answers at the caller's place, and those that are computed.

Leaves out everything that only a real account knows (who calls, what is enabled, prices): such answers are
plainly made up where programs need some value to go on, and refused by name otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from rehearsal import lookup
from rehearsal.gcp import places
from rehearsal.model import Context, Record

Computed = Callable[[Mapping[str, Any], Context, Record], Mapping[str, Any]]


def answer(
    entry: lookup.Entry | None, token: str, args: Mapping[str, Any], context: Context, record: Record
) -> Mapping[str, Any]:
    """The table's or the record's answer, with project, region and zone of the caller under `context`."""
    place = places.here(args, context)
    config = {**context.config, **{key: value for key, value in place.items() if value is not None}}
    filters = places.filters(place)
    return lookup.answer(entry, token, args, replace(context, config=config), record, filters=filters)


def _iam_policy(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """`organizations.getIAMPolicy` calls nothing: it writes its arguments as the JSON of a policy."""
    bindings = [_binding(item) for item in cast("list[Mapping[str, Any]]", args.get("bindings") or [])]
    policy: dict[str, Any] = (
        {"bindings": sorted(bindings, key=lambda binding: binding["role"])} if bindings else {}
    )
    audits = cast("list[Mapping[str, Any]]", args.get("auditConfigs") or [])
    if audits:
        policy["auditConfigs"] = [_audit(item) for item in audits]
    return {**args, "id": "policy", "policyData": json.dumps(policy, separators=(",", ":"))}


def _binding(item: Mapping[str, Any]) -> dict[str, Any]:
    binding: dict[str, Any] = {"members": sorted(item.get("members") or []), "role": item["role"]}
    condition = item.get("condition")
    return {"condition": dict(condition), **binding} if condition else binding


def _audit(item: Mapping[str, Any]) -> dict[str, Any]:
    logs = [
        {
            **({"exemptedMembers": log["exemptedMembers"]} if log.get("exemptedMembers") else {}),
            "logType": log["logType"],
        }
        for log in cast("list[Mapping[str, Any]]", item.get("auditLogConfigs") or [])
    ]
    return {"auditLogConfigs": logs, "service": item["service"]}


def _zones(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    region = places.here(args, context)["region"]
    names = places.zones(str(region or "us-central1"))
    return {**args, "id": f"projects/{_project(args, context)}/regions/{region}", "names": names}


def _regions(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    return {**args, "id": f"projects/{_project(args, context)}", "names": places.regions()}


def _project(args: Mapping[str, Any], context: Context) -> str:
    return str(places.here(args, context)["project"] or "rehearsal")


COMPUTED: Mapping[str, Computed] = {
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
    "gcp:compute/getZones:getZones": _zones,
    "gcp:compute/getRegions:getRegions": _regions,
}
"""Token -> function; everything else is in the tables."""
