"""The edge on AWS: exact children, its order, and what the firewall lets through, rule by rule."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from components.aws.edge import Edge
from components.aws.waf_rules import Asked, Rule, capacity, rules, table
from components.contracts import SegmentName
from components.kubernetes import gateway
from tests.components.aws.platform import NAME
from tests.components.aws.serving import WAYS, edge_args, firewall_args, program
from tests.components.recorder import Made, build, differences, value

ACL, RULE = "aws:wafv2/webAcl:WebAcl", "aws:lb/listenerRule:ListenerRule"


def edge(**changes: Any) -> list[Made]:
    return build(lambda: Edge(f"{NAME}-edge", edge_args(**changes)))


@cache
def usual() -> tuple[Made, ...]:
    return tuple(edge())


def only(type_: str, made: tuple[Made, ...] | list[Made] | None = None) -> Made:
    (found,) = [each for each in made or usual() if each.type == type_]
    return found


def asked(**changes: Any) -> Asked:
    given: dict[str, Any] = {
        "hosts": ("models.example.com",),
        "body_bytes": 8192,
        "requests_per_minute": 120,
        "countries": (),
        "keys": True,
        "ways": WAYS,
    }
    return Asked(**{**given, **changes})


def names(made: list[Rule]) -> list[str]:
    return [rule.name for rule in made]


def test_inventory() -> None:
    assert differences(build(program), "aws-edge") == []


def test_nothing_listens_before_the_firewall_is_attached() -> None:
    attached = only("aws:wafv2/webAclAssociation:WebAclAssociation")
    logging = only("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    assert attached.urn in only("aws:lb/listener:Listener").dependencies
    assert logging.urn in attached.property_dependencies["webAclArn"]


def test_the_edge_stands_in_its_segment_and_takes_443_only() -> None:
    balancer, listener = only("aws:lb/loadBalancer:LoadBalancer"), only("aws:lb/listener:Listener")
    assert value(balancer, "securityGroups") == [f"group-{SegmentName.EDGE}"]
    assert (value(listener, "port"), value(listener, "protocol")) == (443, "HTTPS")
    assert value(listener, "defaultActions[0].type") == "fixed-response"


def test_every_way_in_knows_its_caller() -> None:
    by_name = {each.name.removeprefix(f"{NAME}-edge-"): each for each in usual() if each.type == RULE}
    signed_in, by_key = by_name["signed-in"], by_name["api-key"]
    assert [each["type"] for each in value(signed_in, "actions")] == ["jwt-validation", "forward"]
    assert value(signed_in, "actions[0].jwtValidation.additionalClaims[0].values") == ["models/ask"]
    header = next(each["httpHeader"] for each in value(by_key, "conditions") if "httpHeader" in each)
    # An empty header is no key: with a bare `*` it would pass by the token's check.
    assert header == {"httpHeaderName": "x-api-key", "values": ["?*"]}
    without = edge(firewall=firewall_args(keys=False))
    assert [each.name for each in without if each.type == RULE] == [f"{NAME}-edge-signed-in"]


def test_the_firewall_blocks_what_no_rule_lets_through_and_logs_no_credential() -> None:
    assert "block" in value(only(ACL), "defaultAction")
    log = only("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    redacted = {field["singleHeader"]["name"] for field in value(log, "redactedFields")}
    assert redacted == {"authorization", "x-api-key", "cookie"}


def test_whoever_is_let_through_was_measured_and_counted_first() -> None:
    made = rules(asked())
    let = [index for index, rule in enumerate(made) if rule.action in WAYS]
    blocking = [index for index, rule in enumerate(made) if rule.action not in WAYS]
    assert max(blocking) < min(let)
    assert {rule.action for rule in made if rule.name.startswith("rate-")} == {"refuse"}


def test_the_gateway_is_told_of_each_way_by_the_firewall_alone() -> None:
    told = {rule.name: rule.action for rule in rules(asked()) if rule.action in WAYS}
    assert told == {"caller-with-a-token": WAYS[0], "caller-with-a-key": WAYS[1]}
    assert "caller-with-a-key" not in names(rules(asked(keys=False)))


def test_whoever_shows_a_key_is_never_told_to_have_signed_in() -> None:
    (token,) = [rule for rule in rules(asked()) if rule.name == "caller-with-a-token"]
    text = json.dumps(token.statement)
    assert '"not_statement"' in text
    assert '"x-api-key"' in text


def test_paths_and_ways_are_the_gateways() -> None:
    assert table().paths == gateway.table().paths


def test_capacity_is_computed_and_leaves_room_for_shield() -> None:
    units = table().units
    most = rules(asked(hosts=("a.example", "b.example", "c.example", "d.example"), countries=("DE",)))
    assert capacity(most) == sum(rule.units for rule in most) + units.shield
    assert capacity(most) <= units.included


def test_more_hosts_than_there_is_capacity_for_are_refused() -> None:
    hosts = tuple(f"host-{index}.example" for index in range(40))
    with pytest.raises(ValueError, match=r"need \d+ units and have 1500; name fewer hosts"):
        rules(asked(hosts=hosts))


def test_a_body_beyond_what_is_inspected_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"inspects 8192 bytes of a body, not 9000; lower limits\.body_bytes"
    ):
        rules(asked(body_bytes=9000))
    (limit,) = [rule for rule in rules(asked(body_bytes=4096)) if rule.name == "body-beyond-inspection"]
    assert limit.statement["size_constraint_statement"]["size"] == 4096


def test_no_managed_group_only_counts() -> None:
    for rule in rules(asked()):
        if rule.action == "group":
            group = rule.statement["managed_rule_group_statement"]
            assert "scope_down_statement" not in group
    acl = only(ACL)
    overrides = [each["overrideAction"] for each in value(acl, "rules") if "overrideAction" in each]
    assert overrides
    assert all(list(each) == ["none"] for each in overrides)


def test_shield_and_client_certificates_are_there_where_they_are_asked_for() -> None:
    plain = edge(shield=False, trust_store=None)
    assert not [each for each in plain if each.type.startswith("aws:shield/")]
    assert value(only("aws:lb/listener:Listener", plain), "mutualAuthentication") is None
    assert value(only("aws:lb/listener:Listener"), "mutualAuthentication.mode") == "verify"


def test_five_hosts_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 4 items"):
        firewall_args(hosts=tuple(f"{index}.example.com" for index in range(5)))
