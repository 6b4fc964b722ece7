"""Grants: one role for one member on one resource, never on a project; and values that wait until they hold.

IAM answers before its change holds everywhere, so a bucket made with a key right after the key's grant is
refused. `settled` therefore holds a value back until two minutes after the last of its grants was made. A
change takes two minutes as a rule and can take seven (cloud.google.com/iam/docs/access-change-propagation);
past that, run `up` again.

Guarantees: no basic role, no public member.

Leaves out: the one project-wide role of the node account, which says itself why it is one (`identity.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import pulumi
from pulumi_gcp.kms.crypto_key_iam_member import CryptoKeyIAMMember
from pulumi_gcp.serviceaccount.iam_member import IAMMember as AccountIAMMember
from pulumi_gcp.storage.bucket_iam_member import BucketIAMMember

from components.settling import Settling, noted

T = TypeVar("T")

SETTLING = Settling("gcp", seconds=120)
BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer", "roles/browser"})
PUBLIC_MEMBERS = frozenset({"allUsers", "allAuthenticatedUsers"})


@dataclass(frozen=True)
class Condition:
    """When a grant holds: a title, and an expression in the cloud's condition language."""

    title: str
    expression: str | pulumi.Output[str]


def settled(value: pulumi.Input[T], *grants: pulumi.Resource) -> pulumi.Output[T]:
    """`value`, once every grant exists and holds. A value known at preview stays known there."""
    return SETTLING.settled(value, *grants)


def checked(role: str) -> str:
    """The role, unless it is a basic one.

    Raises:
        ValueError: the role is basic: it reaches all services at once.
    """
    if role in BASIC_ROLES:
        raise ValueError(f"{role} is a basic role; write a predefined role of the one service that is needed")
    return role


def key_grant(
    name: str, key_id: pulumi.Input[str], role: str, member: pulumi.Input[str], parent: pulumi.Resource | None
) -> CryptoKeyIAMMember:
    """Lets a member use one key. What encrypts with the key waits for it with `settled`."""
    return CryptoKeyIAMMember(
        name,
        crypto_key_id=key_id,
        role=checked(role),
        member=pulumi.Output.from_input(member).apply(not_public),
        opts=pulumi.ResourceOptions(parent=parent, hooks=noted(name)),
    )


def bucket_grant(
    name: str,
    bucket: pulumi.Input[str],
    role: str,
    member: pulumi.Input[str],
    parent: pulumi.Resource,
    *,
    condition: Condition | None = None,
) -> BucketIAMMember:
    """Lets a member act on one bucket, on the objects that the condition names when there is one."""
    return BucketIAMMember(
        name,
        bucket=bucket,
        role=checked(role),
        member=pulumi.Output.from_input(member).apply(not_public),
        condition={"title": condition.title, "expression": condition.expression} if condition else None,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def account_grant(
    name: str, account: pulumi.Input[str], role: str, member: pulumi.Input[str], parent: pulumi.Resource
) -> AccountIAMMember:
    """Lets a member act as one service account, in the way the role says."""
    return AccountIAMMember(
        name,
        service_account_id=account,
        role=checked(role),
        member=pulumi.Output.from_input(member).apply(not_public),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def not_public(member: str) -> str:
    """The member, unless it is everybody.

    Raises:
        ValueError: the member is everybody.
    """
    if member in PUBLIC_MEMBERS:
        raise ValueError(f"{member} is everybody; write a service account, a group or a federated identity")
    return member
