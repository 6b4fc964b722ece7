"""Whether an account holds a role on something, as far as the grants of this record tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rehearsal.model import Record

_NAMES = ("projects", "locations", "keyRings", "cryptoKeys")


def holds(email: str, roles: Collection[str], on: Mapping[str, Collection[str]], record: Record) -> bool:
    """Whether a service account has one of the roles on one of the things.

    `on` maps the argument that names a thing (`cryptoKeyId`, `project`, `tagValue`) to the ids it may have
    there; a grant on what contains the thing counts when the container is listed too.
    """
    for grant in [*record.find("gcp:*IAM*"), *record.find("gcp:*Iam*")]:
        target = next((name for name in on if name in grant.inputs), "")
        if (
            target
            and full_key(str(grant.inputs[target])) in on[target]
            and _names(grant.inputs, email, roles)
        ):
            return True
    return False


def _names(grant: Mapping[str, Any], email: str, roles: Collection[str]) -> bool:
    member = f"serviceAccount:{email}"
    policy = grant.get("policyData")
    if policy is not None:
        return member in str(policy) and any(role in str(policy) for role in roles)
    return grant.get("role") in roles and member in [grant.get("member"), *(grant.get("members") or [])]


def full_key(value: str) -> str:
    """`project/location/ring/key` and `project/location/ring` are short forms that the provider takes."""
    parts = value.split("/")
    if len(parts) not in (3, 4) or "projects" in parts:
        return value
    return "/".join(f"{name}/{part}" for name, part in zip(_NAMES, parts, strict=False))
