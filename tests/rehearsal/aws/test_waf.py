"""The web application firewall: its rules, the capacity they take, and its log."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from components.aws import waf_rules
from rehearsal import limits
from rehearsal.aws import PACKAGE, waf_units
from rehearsal.model import UNKNOWN, Context
from tests.rehearsal.clouds import EMPTY, Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
ACL, GROUP = "aws:wafv2/webAcl:WebAcl", "aws:wafv2/ruleGroup:RuleGroup"
LOG, TIE = (
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
)
SEEN = {"cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": False, "metricName": "m"}
PLAIN, LOWER = [{"priority": 0, "type": "NONE"}], [{"priority": 0, "type": "LOWERCASE"}]
HOST = {
    "searchString": "a.example",
    "positionalConstraint": "EXACTLY",
    "fieldToMatch": {"singleHeader": {"name": "host"}},
    "textTransformations": LOWER,
}
LONG = {
    "comparisonOperator": "GT",
    "size": 8192,
    "fieldToMatch": {"body": {"oversizeHandling": "MATCH"}},
    "textTransformations": PLAIN,
}
RATE = {"limit": 100, "evaluationWindowSec": 60, "aggregateKeyType": "IP"}
MANAGED = {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
ARN = "arn:aws:wafv2:eu-central-1:123456789012:regional/"


def rule(statement: Any, priority: int = 0, **more: Any) -> dict[str, Any]:
    group = any(name in statement for name in ("managedRuleGroupStatement", "ruleGroupReferenceStatement"))
    does: dict[str, Any] = {"overrideAction": {"none": {}}} if group else {"action": {"block": {}}}
    base = {"name": f"r{priority}", "priority": priority, "statement": statement, "visibilityConfig": SEEN}
    return {**base, **does, **more}


def acl(*rules: Any, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "edge",
        "scope": "REGIONAL",
        "defaultAction": {"block": {}},
        "visibilityConfig": SEEN,
    }
    return {**base, "rules": list(rules), **more}


def units(*statements: Any) -> Any:
    inputs = acl(*(rule(each, index) for index, each in enumerate(statements)))
    return CALLER.created(ACL, "edge", inputs)["capacity"]


def test_limits_of_statements_are_limits_and_their_kinds_are_in_the_sdk() -> None:
    arguments = CALLER.package.shape(ACL)
    assert arguments is not None
    known = waf_units.table()
    named = {*known["statements"], *known["units"], *known["outermost"], *known["dearer"]}
    inputs = {**acl(rule({name: {} for name in named})), "name": "edge"}
    unknown = [refusal.path for refusal in CALLER.package.checker.check(arguments.inputs, inputs)]
    assert [path for path in unknown if path.endswith("Statement")] == []
    for said in known["statements"].values():
        for limit in said:
            assert set(limit) <= limits.KEYS
            assert {"path", "source"} <= set(limit)


CAPACITIES: list[tuple[list[Any], int]] = [
    ([], 0),
    ([{"byteMatchStatement": HOST}], 12),
    # The same component transformed in the same way counts once.
    ([{"byteMatchStatement": HOST}, {"byteMatchStatement": {**HOST, "searchString": "b.example"}}], 14),
    ([{"byteMatchStatement": {**HOST, "positionalConstraint": "CONTAINS"}}], 20),
    ([{"sizeConstraintStatement": LONG}], 1),
    ([{"notStatement": {"statement": {"geoMatchStatement": {"countryCodes": ["DE"]}}}}], 1),
    ([{"orStatement": {"statements": [{"sizeConstraintStatement": LONG}] * 3}}], 3),
    ([{"rateBasedStatement": RATE}], 2),
    (
        [
            {
                "rateBasedStatement": {
                    **RATE,
                    "aggregateKeyType": "CUSTOM_KEYS",
                    "customKeys": [{"header": {"name": "x-api-key", "textTransformations": LOWER}}],
                    "scopeDownStatement": {"sizeConstraintStatement": LONG},
                }
            }
        ],
        2 + 30 + 10 + 1,
    ),
    ([{"managedRuleGroupStatement": MANAGED}], 700),
    ([{"managedRuleGroupStatement": {**MANAGED, "vendorName": "Acme"}}], 0),
    (
        [
            {
                "sqliMatchStatement": {
                    "sensitivityLevel": "HIGH",
                    "textTransformations": PLAIN,
                    "fieldToMatch": {"allQueryArguments": {}},
                }
            }
        ],
        40,
    ),
    (
        [
            {
                "regexMatchStatement": {
                    "regexString": "a",
                    "textTransformations": PLAIN,
                    "fieldToMatch": {"jsonBody": {"oversizeHandling": "MATCH"}},
                }
            }
        ],
        6,
    ),
]


@pytest.mark.parametrize(("statements", "expected"), CAPACITIES)
def test_capacity_is_what_the_rules_take(statements: list[Any], expected: int) -> None:
    assert units(*statements) == expected


def test_the_platform_s_own_account_of_its_capacity_covers_what_aws_counts() -> None:
    asked = waf_rules.Asked(("a.example", "b.example"), 8192, 600, ("DE",), True, ("token", "key"))
    made = waf_rules.rules(asked)
    counted = waf_units.units([{"statement": camel(rule.statement)} for rule in made])
    assert counted <= waf_rules.capacity(made) - waf_rules.table().units.shield
    assert counted > waf_rules.capacity(made) * 0.8


def camel(value: Any) -> Any:
    """A statement of the components as it goes over the wire."""
    if isinstance(value, Mapping):
        said = cast("Mapping[str, Any]", value).items()
        return {_camel(name): camel(each) for name, each in said if each is not None}
    return [camel(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def test_capacity_is_unknown_until_the_rules_are_known() -> None:
    resource = CALLER.resource(ACL, "edge", acl(), preview=True)
    assert PACKAGE.outputs(resource, "")["capacity"] is UNKNOWN


def test_at_most_ten_rules_count_requests() -> None:
    rates = [rule({"rateBasedStatement": RATE}, index) for index in range(11)]
    assert CALLER.refused(ACL, acl(*rates[:10])) == {}
    assert "11 rules count requests; write at most 10" in CALLER.refused(ACL, acl(*rates))["rules"]


def test_unknown_rules_refuse_nothing() -> None:
    assert CALLER.refused(ACL, acl(rules=UNKNOWN)) == {}
    hidden = acl(rule({"byteMatchStatement": UNKNOWN}), rule({"rateBasedStatement": {"limit": UNKNOWN}}, 1))
    assert CALLER.refused(ACL, hidden) == {}


def refusal(type: str, inputs: Any, cloud: Cloud = EMPTY) -> str:
    resource = CALLER.resource(type, "new", inputs)
    found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), cloud)
    return found.sentence() if found else ""


def test_rules_fit_into_what_they_may_take() -> None:
    managed = [
        rule({"managedRuleGroupStatement": {**MANAGED, "scopeDownStatement": None}}, index)
        for index in range(8)
    ]
    assert refusal(ACL, acl(*managed[:7])) == ""
    assert "WAFLimitsExceededException: the rules take 5600 units and have 5000" in refusal(
        ACL, acl(*managed)
    )
    small = {"name": "g", "scope": "REGIONAL", "capacity": 1, "visibilityConfig": SEEN}
    assert "the rules take 12 units and have 1" in refusal(
        GROUP, {**small, "rules": [rule({"byteMatchStatement": HOST})]}
    )


def test_a_group_of_the_account_takes_the_capacity_it_was_given() -> None:
    inputs = {"name": "g", "scope": "REGIONAL", "capacity": 3000, "visibilityConfig": SEEN}
    group = CALLER.existing(GROUP, "g", inputs)
    named = {"ruleGroupReferenceStatement": {"arn": group.outputs["arn"]}}
    assert refusal(ACL, acl(rule(named)), Cloud(group)) == ""
    assert "take 6000 units" in refusal(ACL, acl(rule(named), rule(named, 1)), Cloud(group))


def test_a_log_goes_to_one_place_with_the_firewall_s_name() -> None:
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:"
    good = {"resourceArn": f"{ARN}webacl/a/1", "logDestinationConfigs": [f"{group}aws-waf-logs-a"]}
    assert CALLER.refused(LOG, good) == {}
    bad = CALLER.refused(LOG, {**good, "logDestinationConfigs": [f"{group}edge"]})
    assert "whose name begins with aws-waf-logs-" in bad["logDestinationConfigs[0]"]
    two = CALLER.refused(LOG, {**good, "logDestinationConfigs": good["logDestinationConfigs"] * 2})
    assert "2 items are too many" in two["logDestinationConfigs"]


def test_what_stands_behind_a_firewall_has_one() -> None:
    balancer = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/a/1"

    def keys(acl: str) -> list[str]:
        resource = CALLER.resource(TIE, "t", {"webAclArn": f"{ARN}webacl/{acl}/1", "resourceArn": balancer})
        return list(PACKAGE.unique(resource, PACKAGE.identify(resource)))

    assert keys("a") == keys("b")
