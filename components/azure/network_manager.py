"""Rules of a network manager: a second wall, which lies before every security group and which none overrides.

Builds a manager of this subscription, a group with the network, and rules that deny the internet to every
segment but the edge, both ways; and commits them, without which they do nothing.

Guarantees: whoever may change security groups opens no segment but the edge to the internet.

Leaves out: rules between segments, which the groups say exactly. It is paid for each subscription and month
(azure.microsoft.com/pricing/details/virtual-network-manager).
Source: learn.microsoft.com/azure/virtual-network-manager/concept-security-admins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_azure_native.network import _inputs as inputs
from pulumi_azure_native.network.admin_rule import AdminRule
from pulumi_azure_native.network.admin_rule_collection import AdminRuleCollection
from pulumi_azure_native.network.commit import Commit
from pulumi_azure_native.network.network_group import NetworkGroup
from pulumi_azure_native.network.network_manager import NetworkManager
from pulumi_azure_native.network.security_admin_configuration import SecurityAdminConfiguration
from pulumi_azure_native.network.static_member import StaticMember

from components.azure.subnets import Ground
from components.contracts import SegmentName
from components.segments import SegmentRanges

# Priorities are 1 to 4096. Source: the page above.
PRIORITIES = {"Inbound": 100, "Outbound": 200}


def managed(
    ground: Ground, network: pulumi.Output[str], ranges: Mapping[SegmentName, SegmentRanges]
) -> list[pulumi.Resource]:
    """The manager and its rules, in force once all of them exist."""
    name, place = ground.name, ground.place
    opts = pulumi.ResourceOptions(parent=ground.parent)
    manager = NetworkManager(
        name,
        resource_group_name=place.group,
        network_manager_name=name,
        location=place.location,
        network_manager_scopes=inputs.NetworkManagerPropertiesNetworkManagerScopesArgs(
            subscriptions=[place.subscription_id]
        ),
        network_manager_scope_accesses=["SecurityAdmin"],
        tags=ground.labels,
        opts=opts,
    )
    own: dict[str, Any] = {"resource_group_name": place.group, "network_manager_name": manager.name}
    group = NetworkGroup(name, network_group_name=name, **own, opts=opts)
    member = StaticMember(
        name, network_group_name=group.name, static_member_name=name, resource_id=network, **own, opts=opts
    )
    configuration = SecurityAdminConfiguration(
        name,
        configuration_name=name,
        # Services that bring rules of their own into a network get no exception.
        apply_on_network_intent_policy_based_services=["All"],
        **own,
        opts=opts,
    )
    own["configuration_name"] = configuration.name
    collection = AdminRuleCollection(
        name,
        rule_collection_name=name,
        applies_to_groups=[inputs.NetworkManagerSecurityGroupItemArgs(network_group_id=group.id)],
        **own,
        opts=opts,
    )
    own["rule_collection_name"] = collection.name
    rules = _rules(name, ranges, own, opts)
    commit = Commit(
        name,
        resource_group_name=place.group,
        network_manager_name=manager.name,
        commit_name=name,
        properties=inputs.CommitPropertiesArgs(
            commit_type="SecurityAdmin",
            target_locations=[place.location],
            configuration_ids=[configuration.id],
        ),
        opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=[*rules, member]),
    )
    return [commit]


def _rules(
    name: str,
    ranges: Mapping[SegmentName, SegmentRanges],
    own: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> list[AdminRule]:
    closed = [_prefix(given.nodes) for segment, given in ranges.items() if segment is not SegmentName.EDGE]
    return [
        AdminRule(
            f"{name}-deny-internet-{direction.lower()}",
            rule_name=f"deny-internet-{direction.lower()}",
            kind="Custom",
            access="Deny",
            direction=direction,
            protocol="Any",
            priority=priority,
            sources=[_INTERNET] if direction == "Inbound" else closed,
            destinations=closed if direction == "Inbound" else [_INTERNET],
            source_port_ranges=["0-65535"],
            destination_port_ranges=["0-65535"],
            **own,
            opts=opts,
        )
        for direction, priority in PRIORITIES.items()
    ]


def _prefix(cidr: str) -> inputs.AddressPrefixItemArgs:
    return inputs.AddressPrefixItemArgs(address_prefix=cidr, address_prefix_type="IPPrefix")


_INTERNET = inputs.AddressPrefixItemArgs(address_prefix="Internet", address_prefix_type="ServiceTag")
