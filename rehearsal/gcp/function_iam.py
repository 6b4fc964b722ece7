"""Policies as data sources: the one a program writes, and the one that the grants of a project add up to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from rehearsal.gcp import places, values
from rehearsal.model import Context, Record


def written_policy(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """`organizations.getIAMPolicy` asks nobody: it writes its arguments as the JSON of a policy."""
    bindings = [_binding(item) for item in cast("list[Mapping[str, Any]]", args.get("bindings") or [])]
    policy: dict[str, Any] = (
        {"bindings": sorted(bindings, key=lambda binding: binding["role"])} if bindings else {}
    )
    audits = cast("list[Mapping[str, Any]]", args.get("auditConfigs") or [])
    if audits:
        policy["auditConfigs"] = [_audit(item) for item in audits]
    text = _json(policy)
    return {"id": values.etag(text), "policyData": text}


def project_policy(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """`projects.getIamPolicy`: the members of each role that this rehearsal granted on the project."""
    project = str(places.here(args, context)["project"])
    roles: dict[str, set[str]] = {}
    for grant in record.find("gcp:projects/iAM*"):
        if places.last(grant.inputs.get("project")) == project and grant.inputs.get("role"):
            members: list[str] = grant.inputs.get("members") or [grant.inputs["member"]]
            roles.setdefault(grant.inputs["role"], set()).update(members)
    bindings = [{"members": sorted(members), "role": role} for role, members in sorted(roles.items())]
    text = _json({"bindings": bindings})
    return {"id": f"projects/{project}", "project": project, "etag": values.etag(text), "policyData": text}


def _binding(item: Mapping[str, Any]) -> dict[str, Any]:
    binding: dict[str, Any] = {"members": sorted(item.get("members") or []), "role": item["role"]}
    condition = item.get("condition")
    return {"condition": dict(condition), **binding} if condition else binding


def _audit(item: Mapping[str, Any]) -> dict[str, Any]:
    logs: list[dict[str, Any]] = []
    for log in cast("list[Mapping[str, Any]]", item.get("auditLogConfigs") or []):
        exempted = {"exemptedMembers": log["exemptedMembers"]} if log.get("exemptedMembers") else {}
        logs.append({**exempted, "logType": log["logType"]})
    return {"auditLogConfigs": logs, "service": item["service"]}


def _json(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))
