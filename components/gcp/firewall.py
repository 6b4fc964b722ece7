"""The network's firewall: tags for the five segments, one policy, and its attachment to the network.

Builds a tag key for firewalls with one value per segment, a global network firewall policy, one rule resource
for each planned rule, and the association that puts the policy in force.

Guarantees: a machine is reached and reaches out only as its tag allows; a machine without a tag meets nothing
but the two denies. Tags are set by IAM, so that nobody who may start a machine can let it in by naming it.

Leaves out: who may use the tags (`components/gcp/training.py` grants that to GKE's agents), and policies of
the organisation, which come before this one and which its owners answer for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp.compute._inputs import (
    NetworkFirewallPolicyRuleMatchArgs,
    NetworkFirewallPolicyRuleMatchLayer4ConfigArgs,
)
from pulumi_gcp.compute.network_firewall_policy import NetworkFirewallPolicy
from pulumi_gcp.compute.network_firewall_policy_association import NetworkFirewallPolicyAssociation
from pulumi_gcp.compute.network_firewall_policy_rule import NetworkFirewallPolicyRule
from pulumi_gcp.tags.tag_key import TagKey
from pulumi_gcp.tags.tag_value import TagValue

from components.contracts import SegmentName
from components.gcp.firewall_rules import Rule


@dataclass(frozen=True)
class SegmentTag:
    """The tag that makes a machine a member of a segment: `tagKeys/N`, `tagValues/N` and their project."""

    project: str
    key: pulumi.Output[str]
    value: pulumi.Output[str]


@dataclass(frozen=True)
class Target:
    """The network a firewall is for: its project (id), its name and its id.

    Policy and tags stand in the same project: a project's tag key is for networks of that project only.
    Source: cloud.google.com/firewall/docs/tags-firewalls-overview#specifications.
    """

    project: str
    network: pulumi.Output[str]
    network_id: pulumi.Output[str]


@dataclass(frozen=True)
class Firewall:
    """A firewall in force. Whatever depends on `guards` starts behind all of its rules."""

    tags: Mapping[SegmentName, SegmentTag]
    guards: Sequence[pulumi.Resource]


def firewall(
    name: str,
    target: Target,
    rules: Sequence[Rule],
    parent: pulumi.Resource,
    network: pulumi.Resource | None,
) -> Firewall:
    """Tags, policy, rules, association. `network` is the network's resource when it is ours."""
    key, values = _segment_tags(name, target, parent, network)
    policy = NetworkFirewallPolicy(
        f"{name}-firewall",
        name=f"{name}-firewall",
        project=target.project,
        description="The flow table, its exceptions, and nothing else.",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    made = [_rule(name, rule, policy, values, parent) for rule in rules]
    association = NetworkFirewallPolicyAssociation(
        f"{name}-firewall",
        name=f"{name}-firewall",
        project=target.project,
        firewall_policy=policy.name,
        attachment_target=target.network_id,
        # In force only when complete, and detached before a rule goes.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=made),
    )
    tags = {
        segment: SegmentTag(project=target.project, key=key.id, value=value.id)
        for segment, value in values.items()
    }
    return Firewall(tags=tags, guards=[*made, association])


def _segment_tags(
    name: str, target: Target, parent: pulumi.Resource, network: pulumi.Resource | None
) -> tuple[TagKey, Mapping[SegmentName, TagValue]]:
    key = TagKey(
        f"{name}-segment",
        parent=f"projects/{target.project}",
        short_name=f"{name}-segment",
        description="The network segment a machine belongs to.",
        purpose="GCE_FIREWALL",
        purpose_data={"network": pulumi.Output.format("{0}/{1}", target.project, target.network)},
        # The API gives the network back by its number. That is no change, and would replace every tag.
        opts=pulumi.ResourceOptions(
            parent=parent,
            ignore_changes=["purposeData"],
            replace_with=[network] if network else None,
        ),
    )
    values = {
        segment: TagValue(
            f"{name}-segment-{segment}",
            parent=key.id,
            short_name=segment.value,
            description=f"Machines of the {segment} segment.",
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for segment in SegmentName
    }
    return key, values


def _rule(
    name: str,
    rule: Rule,
    policy: NetworkFirewallPolicy,
    values: Mapping[SegmentName, TagValue],
    parent: pulumi.Resource,
) -> NetworkFirewallPolicyRule:
    ranges = list(rule.ranges)
    return NetworkFirewallPolicyRule(
        f"{name}-{rule.name}",
        rule_name=rule.name,
        project=policy.project,
        firewall_policy=policy.name,
        priority=rule.priority,
        direction=rule.direction,
        action=rule.action,
        description=rule.description,
        enable_logging=rule.logged,
        match=NetworkFirewallPolicyRuleMatchArgs(
            src_ip_ranges=ranges if rule.direction == "INGRESS" else None,
            dest_ip_ranges=ranges if rule.direction == "EGRESS" else None,
            layer4_configs=[
                NetworkFirewallPolicyRuleMatchLayer4ConfigArgs(
                    ip_protocol=rule.protocol, ports=list(rule.ports) or None
                )
            ],
        ),
        target_secure_tags=[{"name": values[rule.segment].id}] if rule.segment else None,
        opts=pulumi.ResourceOptions(parent=parent),
    )
