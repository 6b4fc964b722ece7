"""The web application firewall before the edge: a WAF ACL made from `waf_rules.py`, and its log.

Guarantees: what `waf_rules.py` guarantees; every request is logged with the verdict under the customer's
key, and without credentials or cookies; bodies are never logged.

Leaves out: what a prompt means, which a guardrail judges behind it (`prompts.py`).
Source: docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html.
"""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_aws.wafv2._inputs import (
    WebAclLoggingConfigurationRedactedFieldArgs,
    WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs,
    WebAclRuleArgs,
    WebAclVisibilityConfigArgs,
)
from pulumi_aws.wafv2.web_acl import WebAcl
from pulumi_aws.wafv2.web_acl_logging_configuration import WebAclLoggingConfiguration
from pydantic import BaseModel, ConfigDict, Field

from components.aws.log_groups import log_group
from components.aws.subnets import Ground
from components.aws.waf_rules import Asked, Rule, rules
from components.contracts import Key

# A log group that the firewall may write to begins so.
PREFIX = "aws-waf-logs-"
# WAF puts `x-amzn-waf-` before the name of a header that it inserts, and replaces one that a client sent.
# Source: docs.aws.amazon.com/waf/latest/developerguide/customizing-the-incoming-request.html.
WAY_HEADER = "palisade-credential"
TOO_MANY = 429
REDACTED = ("authorization", "x-api-key", "cookie")


class WafArgs(BaseModel):
    """What is served, and how much of it one caller may ask; which key encrypts the log, and how long it
    stays.

    At most four hosts. `countries` are two-letter codes of those that callers may come from; empty is all.
    `ways` is what the gateway is told of who signed in, and of who has a key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    hosts: tuple[str, ...] = Field(min_length=1, max_length=4)
    body_bytes: int = Field(ge=1024)
    requests_per_minute: int = Field(ge=10)
    countries: tuple[str, ...] = ()
    keys: bool
    ways: tuple[str, str]
    logs_key: Key
    log_days: int


def firewall(ground: Ground, args: WafArgs) -> tuple[WebAcl, list[pulumi.Resource]]:
    """The ACL, and its log. Refuses, at once, rules that the service would refuse."""
    name, parent = ground.name, ground.parent
    asked = Asked(args.hosts, args.body_bytes, args.requests_per_minute, args.countries, args.keys, args.ways)
    acl = WebAcl(
        name,
        name=name,
        description="Lets through what the platform serves, see components/aws/waf_rules.py.",
        scope="REGIONAL",
        default_action={"block": {}},
        rules=[WebAclRuleArgs(**_rule(rule, index)) for index, rule in enumerate(rules(asked))],
        visibility_config=_seen(name),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    log = log_group(ground, "requests", f"{PREFIX}{name}", args.logs_key, args.log_days)
    logging = WebAclLoggingConfiguration(
        name,
        resource_arn=acl.arn,
        log_destination_configs=[log.arn],
        redacted_fields=[
            WebAclLoggingConfigurationRedactedFieldArgs(
                single_header=WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
            )
            for header in REDACTED
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return acl, [logging]


def _rule(rule: Rule, index: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": rule.name,
        "priority": index,
        "statement": rule.statement,
        "visibility_config": _seen(rule.name),
    }
    match rule.action:
        case "group":
            made["override_action"] = {"none": {}}
        case "block":
            made["action"] = {"block": {}}
        case "refuse":
            made["action"] = {"block": {"custom_response": {"response_code": TOO_MANY}}}
        case told:
            tell = {"insert_headers": [{"name": WAY_HEADER, "value": told}]}
            made["action"] = {"allow": {"custom_request_handling": tell}}
    return made


def _seen(name: str) -> WebAclVisibilityConfigArgs:
    """Measured, and without samples, which would show requests to whoever opens the console."""
    return WebAclVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
