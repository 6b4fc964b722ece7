"""Grants: one role of `roles.yaml` for one principal on one resource; and values that wait until they hold.

Guarantees: no role but those of `roles.yaml` and of the stack's own, none of which may grant, and none that
reaches all services; no scope as wide as a subscription or a resource group; the kind of principal is said,
so that a grant to an identity that was made a moment ago is not refused.

A grant can take ten minutes to hold, and mostly holds within two, for which `settled` waits. Past that, run
`up` again (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

import pulumi
import yaml
from pulumi_azure_native.authorization.role_assignment import RoleAssignment

from components.azure.place import Place
from components.settling import Settling, noted

T = TypeVar("T")

SETTLING = Settling("azure-native", seconds=120)
_WIDE = re.compile(
    r"/*(subscriptions/[^/]+(/resourceGroups/[^/]+)?|providers/[^/]+/managementGroups/.*)?/*", re.I
)
# Source: learn.microsoft.com/azure/role-based-access-control/conditions-format.
CONDITION_VERSION = "2.0"


class Holder(StrEnum):
    """What kind of principal a grant is for. An identity of any kind is a service principal."""

    IDENTITY = "ServicePrincipal"
    GROUP = "Group"


@dataclass(frozen=True)
class Granted:
    """To whom a role is given, by object id, and on what: a resource's id. `when` narrows it further.

    `role` is a name of `roles.yaml`, or the id of a definition that the stack made itself.
    """

    role: str | pulumi.Output[str]
    principal: pulumi.Input[str]
    scope: pulumi.Input[str]
    holder: Holder = Holder.IDENTITY
    when: pulumi.Input[str] | None = None


@cache
def roles() -> Mapping[str, str]:
    """The ids of built-in roles by name, as `roles.yaml` says."""
    return yaml.safe_load(Path(__file__).with_name("roles.yaml").read_text(encoding="utf-8"))["roles"]


def role_id(place: Place, role: str) -> str:
    """The id of a role's definition. Raises ValueError: `roles.yaml` has no such role."""
    if role not in roles():
        raise ValueError(f"{role} is no role of roles.yaml; write one of {', '.join(sorted(roles()))}")
    return place.role(roles()[role])


def grant(name: str, place: Place, granted: Granted, parent: pulumi.Resource) -> RoleAssignment:
    """The grant. What needs it waits for it with `settled`."""
    return RoleAssignment(
        name,
        role_definition_id=role_id(place, granted.role) if isinstance(granted.role, str) else granted.role,
        principal_id=granted.principal,
        principal_type=granted.holder.value,
        scope=pulumi.Output.from_input(granted.scope).apply(narrow),
        condition=granted.when,
        condition_version=CONDITION_VERSION if granted.when is not None else None,
        opts=pulumi.ResourceOptions(parent=parent, hooks=noted(name)),
    )


def settled(value: pulumi.Input[T], *grants: pulumi.Resource) -> pulumi.Output[T]:
    """`value`, once every grant exists and holds. A value known at preview stays known there."""
    return SETTLING.settled(value, *grants)


def narrow(scope: str) -> str:
    """The scope, unless it holds more than one resource.

    Raises:
        ValueError: it is a subscription, a resource group or a management group.
    """
    if _WIDE.fullmatch(scope):
        raise ValueError(
            f"{scope or '/'} holds more than one resource; write the id of the one that is needed"
        )
    return scope
