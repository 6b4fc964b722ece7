"""Names: what may be asked of the network's resolver, and a log of everything that is.

Guarantees: every query is logged; whatever is not a name of AWS or of the network itself does not exist, so
that no query carries data to somebody else's name server; when the firewall for names fails, names fail.

Leaves out: names of the enterprise network, which its owner forwards with a resolver endpoint of their own.
Sources: docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html.
"""

from __future__ import annotations

import pulumi
from pulumi_aws.route53.resolver_firewall_config import ResolverFirewallConfig
from pulumi_aws.route53.resolver_firewall_domain_list import ResolverFirewallDomainList
from pulumi_aws.route53.resolver_firewall_rule import ResolverFirewallRule
from pulumi_aws.route53.resolver_firewall_rule_group import ResolverFirewallRuleGroup
from pulumi_aws.route53.resolver_firewall_rule_group_association import ResolverFirewallRuleGroupAssociation
from pulumi_aws.route53.resolver_query_log_config import ResolverQueryLogConfig
from pulumi_aws.route53.resolver_query_log_config_association import ResolverQueryLogConfigAssociation

from components.aws.subnets import Ground

# Names that AWS's services answer to, in every region, and those that it gives to machines.
KNOWN = ("*.amazonaws.com.", "*.api.aws.", "*.on.aws.", "*.compute.internal.", "*.in-addr.arpa.")
# 101 to 9899 is for groups of an account. Source: the page above.
GROUP_PRIORITY = 101


def known_names(
    ground: Ground, vpc_id: pulumi.Output[str], log_group_arn: pulumi.Output[str]
) -> list[pulumi.Resource]:
    """The firewall for names and the log of queries. Returns what must be in force before machines start."""
    name, labels, opts = ground.name, ground.labels, pulumi.ResourceOptions(parent=ground.parent)
    group = ResolverFirewallRuleGroup(f"{name}-names", name=f"{name}-names", tags=labels, opts=opts)
    rules = [
        _rule(ground, group, "known", KNOWN, priority=100),
        _rule(ground, group, "all-others", ("*",), priority=200, refused=True),
    ]
    association = ResolverFirewallRuleGroupAssociation(
        f"{name}-names",
        name=f"{name}-names",
        firewall_rule_group_id=group.id,
        vpc_id=vpc_id,
        priority=GROUP_PRIORITY,
        tags=labels,
        opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=rules),
    )
    closed = ResolverFirewallConfig(
        f"{name}-names", resource_id=vpc_id, firewall_fail_open="DISABLED", opts=opts
    )
    log = ResolverQueryLogConfig(
        f"{name}-queries", name=f"{name}-queries", destination_arn=log_group_arn, tags=labels, opts=opts
    )
    logged = ResolverQueryLogConfigAssociation(
        f"{name}-queries", resolver_query_log_config_id=log.id, resource_id=vpc_id, opts=opts
    )
    return [association, closed, logged]


def _rule(
    ground: Ground,
    group: ResolverFirewallRuleGroup,
    what: str,
    domains: tuple[str, ...],
    *,
    priority: int,
    refused: bool = False,
) -> ResolverFirewallRule:
    name, opts = f"{ground.name}-{what}", pulumi.ResourceOptions(parent=ground.parent)
    listed = ResolverFirewallDomainList(name, name=name, domains=list(domains), tags=ground.labels, opts=opts)
    return ResolverFirewallRule(
        name,
        name=name,
        firewall_rule_group_id=group.id,
        firewall_domain_list_id=listed.id,
        action="BLOCK" if refused else "ALLOW",
        block_response="NXDOMAIN" if refused else None,
        priority=priority,
        opts=opts,
    )
