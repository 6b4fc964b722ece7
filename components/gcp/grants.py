"""Grants: one role for one member on one resource, never on a project, and waited for until it holds.

IAM answers before its change holds everywhere, so a bucket made with a key right after the key's grant is
refused. Each grant therefore counts as created only two minutes later, once, on its creation; grants wait
side by side, and neither a preview nor a later `up` waits. A change takes two minutes as a rule and can take
seven (cloud.google.com/iam/docs/access-change-propagation); past that, run `up` again.

Guarantees: no basic role, no public member, no role over everything in a project's data.

Leaves out: the one project-wide role of the node account, which says itself why it is one (`identity.py`).
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import pulumi
from pulumi_gcp.kms.crypto_key_iam_member import CryptoKeyIAMMember
from pulumi_gcp.serviceaccount.iam_member import IAMMember as AccountIAMMember
from pulumi_gcp.storage.bucket_iam_member import BucketIAMMember

SETTLING_SECONDS = 120
BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer", "roles/browser"})
PUBLIC_MEMBERS = frozenset({"allUsers", "allAuthenticatedUsers"})


@dataclass(frozen=True)
class Condition:
    """When a grant holds: a title, and an expression in the cloud's condition language."""

    title: str
    expression: str | pulumi.Output[str]


async def settle(_: pulumi.ResourceHookArgs) -> None:
    """Waits until a new grant holds everywhere. An attached provider has nothing to wait for."""
    if "gcp:" not in os.environ.get("PULUMI_DEBUG_PROVIDERS", ""):
        await asyncio.sleep(SETTLING_SECONDS)


def grant_options(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Options of a grant: its parent, and the wait after its creation."""
    return pulumi.ResourceOptions(parent=parent, hooks=pulumi.ResourceHookBinding(after_create=[settle]))


def checked(role: str) -> str:
    """The role, unless it is a basic one.

    Raises:
        ValueError: the role is basic: it reaches all services at once.
    """
    if role in BASIC_ROLES:
        raise ValueError(f"{role} is a basic role; write a predefined role of the one service that is needed")
    return role


def key_grant(
    name: str, key_id: pulumi.Input[str], role: str, member: pulumi.Input[str], parent: pulumi.Resource
) -> CryptoKeyIAMMember:
    """Lets a member use one key."""
    return CryptoKeyIAMMember(
        name,
        crypto_key_id=key_id,
        role=checked(role),
        member=pulumi.Output.from_input(member).apply(not_public),
        opts=grant_options(parent),
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
        opts=grant_options(parent),
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
        opts=grant_options(parent),
    )


def not_public(member: str) -> str:
    """The member, unless it is everybody.

    Raises:
        ValueError: the member is everybody.
    """
    if member in PUBLIC_MEMBERS:
        raise ValueError(f"{member} is everybody; write a service account, a group or a federated identity")
    return member
