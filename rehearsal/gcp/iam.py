"""Grants: the forms of members and roles, and which of them Google refuses where.

Leaves out whether a predefined role exists: there are thousands and they change weekly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import UNKNOWN, Refusal, Resource

_GRANT = re.compile(r"(?:Iam|IAM)(?:Member|Binding)$")
_PRINCIPALS = "https://cloud.google.com/iam/docs/principal-identifiers"
_PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})
_MEMBER = re.compile(
    r"(?:user|group):[^\s@:]+@[^\s@]+\.[^\s@]+"
    r"|serviceAccount:(?:[^\s@:]+@[^\s@]+\.[^\s@]+|[a-z0-9.:-]+\.svc\.id\.goog\[[^\s/\]]+/[^\s/\]]+\])"
    r"|domain:[^\s@:]+\.[^\s@:]+"
    r"|(?:principal|principalSet)://\S+"
    r"|(?:projectOwner|projectEditor|projectViewer):[a-z][a-z0-9.:-]*"
    r"|deleted:(?:user|group|serviceAccount|principal):\S+"
    r"|(?:iamMember|principalHierarchy):\S+"
)
_ROLE = re.compile(r"roles/[A-Za-z0-9_.]+|(?:projects/[^/\s]+|organizations/\d+)/roles/[A-Za-z0-9_.]+")
_BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
# Granted on an organisation or folder only (https://cloud.google.com/iam/docs/understanding-roles, the
# "lowest-level resources where you can grant this role").
_NOT_ON_PROJECTS = frozenset(
    {
        "roles/accesscontextmanager.policyAdmin",
        "roles/accesscontextmanager.policyEditor",
        "roles/accesscontextmanager.policyReader",
        "roles/assuredworkloads.admin",
        "roles/billing.admin",
        "roles/billing.creator",
        "roles/billing.user",
        "roles/compute.xpnAdmin",
        "roles/iam.organizationRoleAdmin",
        "roles/iam.organizationRoleViewer",
        "roles/orgpolicy.policyAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderCreator",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.organizationViewer",
        "roles/resourcemanager.projectCreator",
    }
)
_PROJECT_TYPES = ("gcp:projects/iAMMember:", "gcp:projects/iAMBinding:")


def check(resource: Resource) -> list[Refusal]:
    """What is wrong with the role, the members and the condition of a grant."""
    if not _GRANT.search(resource.type):
        return []
    return [*_role(resource), *_members(resource), *_condition(resource.inputs)]


def _role(resource: Resource) -> Iterator[Refusal]:
    role = resource.inputs.get("role")
    if not isinstance(role, str):
        return
    if not _ROLE.fullmatch(role):
        remedy = "write roles/NAME, projects/PROJECT/roles/NAME or organizations/NUMBER/roles/NAME"
        yield Refusal(
            "role", f'"{role}" is no role', remedy, "https://cloud.google.com/iam/docs/roles-overview"
        )
    elif role in _NOT_ON_PROJECTS and resource.type.startswith(_PROJECT_TYPES):
        yield Refusal(
            "role",
            f"googleapi: Error 400: Role {role} is not supported for this resource., badRequest",
            "grant it on the organization or a folder",
            "https://cloud.google.com/iam/docs/understanding-roles",
        )


def _members(resource: Resource) -> Iterator[Refusal]:
    for path, member in [*paths.find(resource.inputs, "member"), *paths.find(resource.inputs, "members[*]")]:
        if not isinstance(member, str):
            continue
        if member in _PUBLIC:
            if resource.type.startswith(_PROJECT_TYPES):
                source = "https://cloud.google.com/resource-manager/reference/rest/v1/projects/setIamPolicy"
                yield Refusal(path, f"a project takes no grant to {member}", "name who it is for", source)
        elif not _MEMBER.fullmatch(member):
            remedy = "write user:, group: or serviceAccount: before an e-mail, domain:, or principal://..."
            yield Refusal(path, f'"{member}" is no principal', remedy, _PRINCIPALS)


def _condition(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    condition = inputs.get("condition")
    if condition is None or condition is UNKNOWN:
        return
    source = "https://cloud.google.com/iam/docs/conditions-overview#limitations"
    if inputs.get("role") in _BASIC:
        yield Refusal(
            "condition", "a basic role takes no condition", "grant a predefined or custom role", source
        )
    if inputs.get("member") in _PUBLIC:
        yield Refusal(
            "condition", f"a grant to {inputs['member']} takes no condition", "name who it is for", source
        )
