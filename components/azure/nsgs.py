"""The segments' network security groups, with the rules of `nsg_rules.py`.

Guarantees: every rule is a resource of its own, so that a plan tells which was added; a group's id resolves
once all its rules are in force; a rule that is taken away ends connections that it had let through.
Private endpoints are told apart by application security groups (`nsg_rules.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network.application_security_group import ApplicationSecurityGroup
from pulumi_azure_native.network.network_security_group import NetworkSecurityGroup
from pulumi_azure_native.network.security_rule import SecurityRule

from components.azure.nsg_rules import ENDPOINTS, MODEL_ENDPOINTS, NsgRule
from components.azure.subnets import Ground
from components.contracts import SegmentName
from components.ready import after

# What a description may hold.
# Source: learn.microsoft.com/rest/api/virtualnetwork/security-rules/create-or-update.
LONGEST = 140
ENDPOINT_GROUP = "Microsoft.Network/applicationSecurityGroups"
_TAG = re.compile(r"[A-Za-z*]+")


def endpoints(ground: Ground) -> Mapping[str, pulumi.Output[str]]:
    """The ids of the application security groups that the network's private endpoints are in."""
    named = {ENDPOINTS: f"{ground.name}-endpoints", MODEL_ENDPOINTS: f"{ground.name}-model-endpoints"}
    return {which: _told_apart(ground, name) for which, name in named.items()}


def _told_apart(ground: Ground, name: str) -> pulumi.Output[str]:
    group = ApplicationSecurityGroup(
        name,
        resource_group_name=ground.place.group,
        application_security_group_name=name,
        location=ground.place.location,
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    return after(ground.place.id(ENDPOINT_GROUP, name), group)


def groups(
    ground: Ground, rules: Sequence[NsgRule], endpoint_groups: Mapping[str, pulumi.Output[str]]
) -> Mapping[SegmentName, pulumi.Output[str]]:
    """The ids of the groups by segment."""
    return {segment: _group(ground, segment, rules, endpoint_groups) for segment in SegmentName}


def _group(
    ground: Ground,
    segment: SegmentName,
    rules: Sequence[NsgRule],
    endpoint_groups: Mapping[str, pulumi.Output[str]],
) -> pulumi.Output[str]:
    name = f"{ground.name}-{segment}"
    group = NetworkSecurityGroup(
        name,
        resource_group_name=ground.place.group,
        network_security_group_name=name,
        location=ground.place.location,
        flush_connection=True,
        tags={**ground.labels, "segment": segment.value},
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
    made = [_rule(ground, name, group, rule, endpoint_groups) for rule in rules if rule.segment is segment]
    return after(group.id, *made)


def _rule(
    ground: Ground,
    name: str,
    group: NetworkSecurityGroup,
    rule: NsgRule,
    endpoint_groups: Mapping[str, pulumi.Output[str]],
) -> SecurityRule:
    told_apart = [endpoint_groups[each] for each in rule.destinations if each in endpoint_groups]
    groups = [inputs.ApplicationSecurityGroupArgs(id=each) for each in told_apart]
    reached = (
        {"destination_application_security_groups": groups}
        if groups
        else _ends("destination", rule.destinations)
    )
    return SecurityRule(
        f"{name}-{rule.name}",
        resource_group_name=ground.place.group,
        network_security_group_name=group.name,
        security_rule_name=rule.name,
        access="Allow" if rule.allow else "Deny",
        direction=rule.direction,
        priority=rule.priority,
        protocol=rule.protocol,
        description=rule.description[:LONGEST],
        source_port_range="*",
        **_ends("source", rule.sources),
        **reached,
        **_ports(rule.ports),
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )


def _ends(side: str, prefixes: tuple[str, ...]) -> dict[str, Any]:
    """A tag goes into the single field, which is the only one to take it; ranges go into the list."""
    if len(prefixes) == 1 and _TAG.fullmatch(prefixes[0]):
        return {f"{side}_address_prefix": prefixes[0]}
    return {f"{side}_address_prefixes": list(prefixes)}


def _ports(ports: tuple[str, ...]) -> dict[str, Any]:
    return {"destination_port_range": "*"} if ports == ("*",) else {"destination_port_ranges": list(ports)}
