"""The web application firewall before the edge: a policy made from `waf_rules.py`.

Guarantees: what `waf_rules.py` guarantees, in Prevention; attacks of the default rule set, bots and floods
are refused; a body is inspected as far as it may go, JSON included; no log shows a credential, or what of a
prompt a rule matched.

Leaves out: what a prompt means, which Content Safety judges behind it (`prompts.py`), and the log, which is
the application gateway's (`edge.py`).
Source: learn.microsoft.com/azure/web-application-firewall/ag/policy-overview,
waf-sensitive-data-protection-configure beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_azure_native.network._inputs import (
    ManagedRulesDefinitionArgs,
    ManagedRuleSetArgs,
    OwaspCrsExclusionEntryArgs,
    PolicySettingsArgs,
    WebApplicationFirewallCustomRuleArgs,
)
from pulumi_azure_native.network.web_application_firewall_policy import WebApplicationFirewallPolicy
from pydantic import BaseModel, ConfigDict, Field

from components.azure.place import Place
from components.azure.waf_rules import Asked, Rule, RuleSet, body_kb, rules, table

REFUSED = 403


class WafArgs(BaseModel):
    """What is served, and how much one request may hold. At most four hosts.

    `countries` are two-letter codes of those that callers may come from; empty is all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = Field(min_length=1, max_length=4)
    body_bytes: int = Field(ge=1024)
    countries: tuple[str, ...] = ()
    keys: bool


def firewall(
    name: str, place: Place, args: WafArgs, labels: Mapping[str, str], parent: pulumi.Resource
) -> WebApplicationFirewallPolicy:
    """The policy. Refuses, at once, rules that the service would refuse."""
    made = rules(Asked(args.hosts, args.body_bytes, args.countries, args.keys))
    return WebApplicationFirewallPolicy(
        name,
        policy_name=name,
        resource_group_name=place.group,
        location=place.location,
        policy_settings=PolicySettingsArgs(**_settings(args)),
        custom_rules=[WebApplicationFirewallCustomRuleArgs(**_rule(rule)) for rule in made],
        managed_rules=ManagedRulesDefinitionArgs(
            managed_rule_sets=[ManagedRuleSetArgs(**_rule_set(each)) for each in table().rule_sets],
            exclusions=[OwaspCrsExclusionEntryArgs(**each) for each in _exclusions()],
        ),
        tags=labels,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _settings(args: WafArgs) -> dict[str, Any]:
    size = body_kb(args.body_bytes)
    hidden: list[dict[str, Any]] = [
        {"match_variable": "RequestHeaderNames", "selector_match_operator": "Equals", "selector": header}
        for header in table().scrubbed_headers
    ]
    hidden.append(
        {"match_variable": "RequestJSONArgNames", "selector_match_operator": "EqualsAny", "selector": "*"}
    )
    return {
        "state": "Enabled",
        "mode": "Prevention",
        "request_body_check": True,
        "request_body_enforcement": True,
        "max_request_body_size_in_kb": size,
        # As much as may be sent: nothing passes that was not looked at.
        "request_body_inspect_limit_in_kb": size,
        "file_upload_enforcement": True,
        "file_upload_limit_in_mb": 1,
        "custom_block_response_status_code": REFUSED,
        "log_scrubbing": {
            "state": "Enabled",
            "scrubbing_rules": [{**each, "state": "Enabled"} for each in hidden],
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    made: dict[str, Any] = {
        # Letters and digits only, beginning with a letter.
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "priority": rule.priority,
        "state": "Enabled",
        "action": "Block",
        "rule_type": "RateLimitRule" if rule.rate else "MatchRule",
        "match_conditions": list(rule.conditions),
    }
    if rule.rate:
        made["rate_limit_duration"] = "OneMin"
        made["rate_limit_threshold"] = rule.rate.per_minute
        made["group_by_user_session"] = [{"group_by_variables": [{"variable_name": rule.rate.group_by}]}]
    return made


def _rule_set(each: RuleSet) -> dict[str, Any]:
    overrides = [
        {
            "rule_group_name": override.group,
            "rules": [
                {
                    "rule_id": override.rule,
                    "state": "Enabled",
                    "action": override.action,
                    "sensitivity": override.sensitivity,
                }
            ],
        }
        for override in each.overrides
    ]
    return {"rule_set_type": each.type, "rule_set_version": each.version, "rule_group_overrides": overrides}


def _exclusions() -> list[dict[str, Any]]:
    """One for each field of a prompt, and in it every single rule that does not look at it."""
    attacks = table().rule_sets[0]
    groups = [
        {"rule_group_name": group, "rules": [{"rule_id": rule} for rule in ids]}
        for group, ids in table().blind_to_prompts.items()
    ]
    within = [
        {"rule_set_type": attacks.type, "rule_set_version": attacks.version, "rule_groups": groups},
    ]
    return [
        {
            "match_variable": "RequestArgValues",
            # The field lies in a list of messages, and its name is the end of a longer one.
            "selector_match_operator": "EndsWith",
            "selector": field,
            "exclusion_managed_rule_sets": within,
        }
        for field in table().prompt_fields
    ]
