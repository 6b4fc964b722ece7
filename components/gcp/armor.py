"""The web application firewall before one way in: a Cloud Armor policy made from `armor_rules.py`.

Guarantees: what `armor_rules.py` guarantees; JSON bodies are parsed, and inspected as far as a body may go;
adaptive protection watches, and in tier `enterprise` deploys what it finds; every verdict is logged, without
the matched text, which may be somebody's prompt.

Leaves out: what a prompt means, which Model Armor judges behind it (`prompts.py`); the subscription to the
enterprise tier. In the standard tier adaptive protection raises basic alerts only.
Source: cloud.google.com/armor/docs/adaptive-protection-overview.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_gcp.compute._inputs import SecurityPolicyRuleArgs
from pulumi_gcp.compute.security_policy import SecurityPolicy
from pydantic import BaseModel, ConfigDict, Field

from components.gcp.armor_rules import DEFAULT_PRIORITY, MINUTE, Rule, Way, rules, table

# Sizes that can be inspected, in KB: cloud.google.com/armor/docs/security-policy-overview#post-body.
WINDOWS = (8, 16, 32, 48, 64)


class ArmorArgs(BaseModel):
    """What is served, and how much of it one caller may ask.

    At most four hosts, since one expression names them all beside the path; a body of at most 64 KB, which is
    what can be inspected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str
    hosts: tuple[str, ...] = Field(min_length=1, max_length=4)
    body_bytes: int = Field(ge=1024, le=64 * 1024)
    requests_per_minute: int = Field(ge=1)
    enterprise: bool
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


def armor(name: str, args: ArmorArgs, way: Way, parent: pulumi.Resource) -> SecurityPolicy:
    """The policy of one way in. Refuses, at once, rules that the service would refuse."""
    made = rules(way, args.hosts, args.body_bytes, args.requests_per_minute, enterprise=args.enterprise)
    return SecurityPolicy(
        f"{name}-{way}",
        name=f"{name}-{way}",
        project=args.project,
        description=f"Callers that come {way}; see components/gcp/armor_rules.py.",
        type="CLOUD_ARMOR",
        advanced_options_config={
            "json_parsing": "STANDARD",
            "request_body_inspection_size": _window(args.body_bytes),
            "log_level": "NORMAL",
        },
        adaptive_protection_config={
            "layer7_ddos_defense_config": {"enable": True, "rule_visibility": "STANDARD"}
        },
        rules=[SecurityPolicyRuleArgs(**_rule(rule)) for rule in made]
        + [SecurityPolicyRuleArgs(**_default())],
        labels=dict(args.labels),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _window(body_bytes: int) -> str:
    """The least window that holds a whole body."""
    return f"{next(size for size in WINDOWS if size * 1024 >= body_bytes)}KB"


def _rule(rule: Rule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "priority": rule.priority,
        "description": rule.about[: table().limits.description],
        "match": {"expr": {"expression": rule.expression}},
        "action": "throttle" if rule.rate else "deny(403)",
    }
    if rule.rate:
        made["rate_limit_options"] = {
            "conform_action": "allow",
            "exceed_action": "deny(429)",
            "rate_limit_threshold": {"count": rule.rate.per_minute, "interval_sec": MINUTE},
            "enforce_on_key": "",
            "enforce_on_key_configs": [
                {"enforce_on_key_type": kind, **({"enforce_on_key_name": header} if header else {})}
                for kind, header in rule.rate.keys
            ],
        }
    return made


def _default() -> dict[str, Any]:
    return {
        "priority": DEFAULT_PRIORITY,
        "description": "What no rule lets through is denied.",
        "match": {"versioned_expr": "SRC_IPS_V1", "config": {"src_ip_ranges": ["*"]}},
        "action": "deny(403)",
    }
