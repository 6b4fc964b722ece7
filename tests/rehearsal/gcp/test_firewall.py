"""Firewall rules and Cloud Armor policies: what Google takes and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.model import Refusal
from tests.rehearsal.gcp.conftest import Cloud, cases

RULE = "gcp:compute/firewall:Firewall"
POLICY_RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
ARMOR = "gcp:compute/securityPolicy:SecurityPolicy"

OPEN = {
    "network": "net",
    "allows": [{"protocol": "tcp", "ports": ["443", "8000-8080"]}],
    "sourceRanges": ["10.0.0.0/8"],
}
POLICY = {
    "firewallPolicy": "policy",
    "priority": 100,
    "direction": "EGRESS",
    "action": "allow",
    "match": {
        "layer4Configs": [{"ipProtocol": "tcp", "ports": ["443"]}],
        "destIpRanges": ["199.36.153.4/30"],
    },
}
DEFAULT = {
    "action": "deny(403)",
    "priority": 2147483647,
    "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
}


def expression(text: str, **more: Any) -> dict[str, Any]:
    return {"action": "deny(403)", "priority": 10, "match": {"expr": {"expression": text}}, **more}


def throttle(**options: Any) -> dict[str, Any]:
    limits = {
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "rateLimitThreshold": {"count": 10, "intervalSec": 60},
        **options,
    }
    return expression("origin.region_code == 'RU'", action="throttle", rateLimitOptions=limits)


@pytest.mark.parametrize("case", cases("firewall", "rules"), ids=lambda case: case["path"])
def test_rules_that_google_refuses(cloud: Cloud, case: Mapping[str, Any]) -> None:
    assert cloud.refusals(RULE, OPEN) == []
    refused = cloud.refusals(RULE, {**OPEN, **case["change"]})
    assert case["path"] in [refusal.path for refusal in refused]


@pytest.mark.parametrize("case", cases("firewall", "policy_rules"), ids=lambda case: case["path"])
def test_policy_rules_that_google_refuses(cloud: Cloud, case: Mapping[str, Any]) -> None:
    assert cloud.refusals(POLICY_RULE, POLICY) == []
    refused = cloud.refusals(POLICY_RULE, {**POLICY, **case["change"]})
    assert case["path"] in [refusal.path for refusal in refused]


def test_a_priority_is_there_once_in_a_policy(cloud: Cloud) -> None:
    cloud.make(POLICY_RULE, "first", POLICY)
    with pytest.raises(Refusal, match="already exists"):
        cloud.make(POLICY_RULE, "second", POLICY)
    cloud.make(POLICY_RULE, "third", {**POLICY, "priority": 101})


def test_a_secure_tag_needs_a_key_made_for_firewalls(cloud: Cloud) -> None:
    key = cloud.make("gcp:tags/tagKey:TagKey", "key", {"parent": "projects/acme-dev", "shortName": "plain"})
    tag = cloud.make("gcp:tags/tagValue:TagValue", "tag", {"parent": key.id, "shortName": "training"})
    with pytest.raises(Refusal, match="GCE_FIREWALL"):
        cloud.make(POLICY_RULE, "rule", {**POLICY, "targetSecureTags": [{"name": tag.id}]})


@pytest.mark.parametrize("case", cases("firewall", "armor"), ids=lambda case: case["path"])
def test_armor_rules_that_google_refuses(cloud: Cloud, case: Mapping[str, Any]) -> None:
    refused = [refusal.path for refusal in cloud.refusals(ARMOR, {"rules": [case["rule"], DEFAULT]})]
    assert f"rules[0].{case['path']}" in refused


def test_a_long_armor_expression_is_refused(cloud: Cloud) -> None:
    rules = [expression(f"request.path == '{'a' * 2048}'"), DEFAULT]
    sentences = [refusal.sentence() for refusal in cloud.refusals(ARMOR, {"rules": rules})]
    assert any("2048" in sentence for sentence in sentences)
    assert any("1024" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    "text",
    [
        "request.path.startsWith('/v1/') && !has(request.headers['authorization'])",
        "has(request.headers['content-length']) && int(request.headers['content-length']) > 65536",
        "origin.region_code == 'RU' || inIpRange(origin.ip, '9.9.9.0/24')",
        "evaluatePreconfiguredWaf('sqli-v422-stable', {'sensitivity': 1})",
        "request.path == '/a && b || c && d || e && f (in '",
    ],
)
def test_armor_expressions_that_google_takes(cloud: Cloud, text: str) -> None:
    refusals = cloud.refusals(ARMOR, {"rules": [expression(text), throttle() | {"priority": 20}, DEFAULT]})
    assert [refusal.sentence() for refusal in refusals] == []


def test_an_armor_policy_has_a_default_rule_and_each_priority_once(cloud: Cloud) -> None:
    rule = expression("true")
    assert "no default rule" in cloud.refusals(ARMOR, {"rules": [rule]})[0].sentence()
    assert "twice" in cloud.refusals(ARMOR, {"rules": [rule, rule, DEFAULT]})[0].sentence()
    assert cloud.refusals(ARMOR, {}) == [], "without rules Google adds a default rule itself"


def test_an_edge_policy_sees_no_requests(cloud: Cloud) -> None:
    inputs = {"type": "CLOUD_ARMOR_EDGE", "rules": [expression("request.path == '/'"), DEFAULT]}
    assert "addresses and countries" in cloud.refusals(ARMOR, inputs)[0].sentence()
