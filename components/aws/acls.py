"""The network's ACLs: one per segment, with the rules of `acl_rules.py`, and none open by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws.ec2.default_network_acl import DefaultNetworkAcl
from pulumi_aws.ec2.network_acl import NetworkAcl
from pulumi_aws.ec2.network_acl_association import NetworkAclAssociation
from pulumi_aws.ec2.network_acl_rule import NetworkAclRule
from pulumi_aws.ec2.vpc import Vpc

from components.aws.acl_rules import NUMBERS, AclRule
from components.aws.subnets import Ground, Subnets
from components.contracts import SegmentName


def acls(
    ground: Ground,
    vpc: Vpc,
    subnets: Mapping[SegmentName, Subnets],
    rules: Sequence[AclRule],
) -> list[pulumi.Resource]:
    """An ACL per segment before its subnets. Returns what must be in force before a machine starts."""
    name, labels, parent = ground.name, ground.labels, ground.parent
    # Subnets without an ACL of their own get this one, which lets nothing pass.
    default = DefaultNetworkAcl(
        f"{name}-default",
        default_network_acl_id=vpc.default_network_acl_id,
        tags={**labels, "Name": f"{name}-default-denies"},
        # AWS moves subnets to it and away when their own come and go.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["subnetIds"]),
    )
    guards: list[pulumi.Resource] = [default]
    for segment, own in subnets.items():
        acl = NetworkAcl(
            f"{name}-{segment}",
            vpc_id=vpc.id,
            tags={**labels, "Name": f"{name}-{segment}", "segment": segment.value},
            opts=pulumi.ResourceOptions(parent=parent),
        )
        said = [_rule(name, rule, acl, parent) for rule in rules if rule.segment is segment]
        # In force only when complete, and detached before a rule goes.
        opts = pulumi.ResourceOptions(parent=parent, depends_on=said)
        guards += [
            NetworkAclAssociation(
                f"{name}-{segment}{what}-{zone}", network_acl_id=acl.id, subnet_id=subnet.id, opts=opts
            )
            for what, made in (("", own.by_zone), ("-control", own.control))
            for zone, subnet in made.items()
        ]
    return guards


def _rule(name: str, rule: AclRule, acl: NetworkAcl, parent: pulumi.Resource) -> NetworkAclRule:
    return NetworkAclRule(
        f"{name}-{rule.name}",
        network_acl_id=acl.id,
        rule_number=rule.number,
        egress=rule.egress,
        protocol=NUMBERS[rule.protocol],
        rule_action="allow",
        cidr_block=rule.peer,
        from_port=rule.ports[0] if rule.ports else None,
        to_port=rule.ports[1] if rule.ports else None,
        opts=pulumi.ResourceOptions(parent=parent),
    )
