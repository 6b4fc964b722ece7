"""The network's security groups: one per segment and one per API server, with the rules of `group_rules.py`.

Guarantees: a machine is reached and reaches out only as its groups allow; a machine without a group of ours
gets the VPC's default group, which has no rule (`network.py`). Every rule is a resource of its own, so that a
plan tells which was added.

Leaves out: the group that EKS makes for each cluster. It stays on the control plane's own interfaces; nodes
get the segment's group in its place (`nodegroups.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.ec2.security_group import SecurityGroup
from pulumi_aws.vpc.security_group_egress_rule import SecurityGroupEgressRule
from pulumi_aws.vpc.security_group_ingress_rule import SecurityGroupIngressRule

from components.aws.group_rules import GROUPS, GroupRule
from components.aws.subnets import Ground

# What descriptions may hold, and how much.
# Source: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRuleUpdate.html.
REFUSED = re.compile(r"[^a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]")
LONGEST = 255


@dataclass(frozen=True)
class Groups:
    """Ids by the names of `group_rules.GROUPS`. Whatever depends on `guards` starts behind all rules."""

    ids: Mapping[str, pulumi.Output[str]]
    guards: Sequence[pulumi.Resource]


def groups(ground: Ground, vpc_id: pulumi.Output[str], rules: Sequence[GroupRule]) -> Groups:
    """The groups and their rules."""
    name, labels, parent = ground.name, ground.labels, ground.parent
    made = {
        group: SecurityGroup(
            f"{name}-{group}",
            name=f"{name}-{group}",
            description=f"{group} of {name}: the flow table and its exceptions.",
            vpc_id=vpc_id,
            tags={**labels, "Name": f"{name}-{group}", "group": group},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for group in GROUPS
    }
    ids = {group: resource.id for group, resource in made.items()}
    return Groups(ids, [_rule(name, rule, ids, parent) for rule in rules])


def _rule(
    name: str, rule: GroupRule, ids: Mapping[str, pulumi.Output[str]], parent: pulumi.Resource
) -> pulumi.Resource:
    fields: dict[str, Any] = {
        "security_group_id": ids[rule.group],
        "ip_protocol": "-1" if rule.protocol == "all" else rule.protocol,
        "description": REFUSED.sub(" ", rule.description)[:LONGEST],
    }
    if rule.ports:
        fields["from_port"], fields["to_port"] = rule.ports
    if rule.peer in ids:
        fields["referenced_security_group_id"] = ids[rule.peer]
    else:
        fields["cidr_ipv4"] = rule.peer
    resource = SecurityGroupIngressRule if rule.direction == "ingress" else SecurityGroupEgressRule
    return resource(f"{name}-{rule.name}", **fields, opts=pulumi.ResourceOptions(parent=parent))
