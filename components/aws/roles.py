"""Roles that AWS's services and software in clusters act as.

Guarantees: an ARN resolves only once its role may do what it is for, so that nothing starts with half its
rights.

Leaves out: workloads' roles and the deployer's (`identity.py`), whose rights come from what they work with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.iam.role import Role
from pulumi_aws.iam.role_policy import RolePolicy
from pulumi_aws.iam.role_policy_attachment import RolePolicyAttachment

from components.aws.documents import policy
from components.aws.subnets import Ground
from components.ready import after


@dataclass(frozen=True)
class Acting:
    """What a role is for, who may take it, and what it may do.

    `managed` is the name of a policy of AWS's. `does` names the role's own policy, which `statements` make.
    """

    duty: str
    trust: pulumi.Output[str]
    managed: str | None = None
    does: str = ""
    statements: Sequence[Mapping[str, Any]] = ()


def acting_role(ground: Ground, what: str, acting: Acting) -> pulumi.Output[str]:
    """The ARN of the role `what`, once it may act."""
    name, opts = f"{ground.name}-{what}", pulumi.ResourceOptions(parent=ground.parent)
    role = Role(
        name,
        name=name,
        description=acting.duty,
        assume_role_policy=acting.trust,
        tags=ground.labels,
        opts=opts,
    )
    grants: list[pulumi.Resource] = []
    if acting.managed:
        arn = ground.place.managed_policy(acting.managed)
        grants.append(RolePolicyAttachment(name, role=role.name, policy_arn=arn, opts=opts))
    if acting.statements:
        own = policy(*acting.statements)
        grants.append(RolePolicy(name, name=acting.does, role=role.name, policy=own, opts=opts))
    return after(role.arn, *grants)
