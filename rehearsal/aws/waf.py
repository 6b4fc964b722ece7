"""What the web application firewall refuses because several parts of its rules do not fit.

Limits of one statement are in `waf.yaml`, of a rule and an ACL in `edge.yaml`. An unknown value refuses
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from rehearsal import limits, paths
from rehearsal.aws.waf_units import inside, table, units
from rehearsal.model import UNKNOWN, Record, Refusal, Resource

ACL, GROUP = "aws:wafv2/webAcl:WebAcl", "aws:wafv2/ruleGroup:RuleGroup"
_API = "https://docs.aws.amazon.com/waf/latest/APIReference/"
_LIMITS = "https://docs.aws.amazon.com/waf/latest/developerguide/limits.html"
_OVERSIZE = "https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html"


def check(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """The rules of an ACL or a rule group, one by one and together."""
    rules = _rules(inputs)
    for name, remedy in (("name", "name each rule otherwise"), ("priority", "give each rule its own")):
        values = [rule.get(name) for _, rule in rules]
        for value in {value for value in values if value is not UNKNOWN and values.count(value) > 1}:
            yield Refusal("rules", f"the {name} {value} is there twice", remedy, f"{_API}API_Rule.html")
    for path, rule in rules:
        yield from _rule(path, rule)
        yield from _answer(path, rule, inputs)
    rates = [rule for _, rule in rules if paths.get(rule, "statement.rateBasedStatement") is not None]
    most = table()["most_rate_rules"]
    if len(rates) > most:
        yield Refusal("rules", f"{len(rates)} rules count requests", f"write at most {most}", _LIMITS)
    if inputs.get("defaultAction") is not None and not _one(inputs["defaultAction"]):
        remedy = "write one of allow and block"
        yield Refusal("defaultAction", "says not exactly one action", remedy, f"{_API}API_DefaultAction.html")


def capacity(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The capacity that AWS computes for an ACL."""
    return {"capacity": UNKNOWN if inputs.get("rules") is UNKNOWN else units([r for _, r in _rules(inputs)])}


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """Rules that do not fit into what an ACL, or the group they are in, may take."""
    groups = {
        str(each.outputs.get("arn")): int(each.inputs.get("capacity") or 0) for each in record.find(GROUP)
    }
    needed = units([rule for _, rule in _rules(resource.inputs)], groups)
    most = resource.inputs.get("capacity") if resource.type == GROUP else table()["most_units"]
    if most is None or most is UNKNOWN or needed <= most:
        return None
    problem = f"WAFLimitsExceededException: the rules take {needed} units and have {int(most)}"
    return Refusal("rules", problem, "write fewer rules, or simpler ones", _LIMITS)


def _rules(inputs: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(paths.objects(inputs, "rules[*]"))


def _one(value: Any) -> bool:
    """Whether an object holds exactly one thing; what is not known holds it."""
    if not isinstance(value, Mapping):
        return True
    return sum(each is not None for each in cast("Mapping[str, Any]", value).values()) == 1


def _rule(path: str, rule: Mapping[str, Any]) -> Iterator[Refusal]:
    statement = rule.get("statement")
    if not isinstance(statement, dict):
        return
    said = cast("dict[str, Any]", statement)
    if not _one(said):
        yield Refusal(
            f"{path}.statement", "is not exactly one statement", "write one", f"{_API}API_Statement.html"
        )
    group = said.get("managedRuleGroupStatement") or said.get("ruleGroupReferenceStatement")
    wanted, other = ("overrideAction", "action") if group else ("action", "overrideAction")
    if rule.get(other) is not None:
        yield Refusal(f"{path}.{other}", "does not go with its statement", f"write {wanted}")
    elif rule.get(wanted) is None and said:
        yield Refusal(f"{path}.{wanted}", "is missing", f"give {wanted}")
    elif not _one(rule.get(wanted)):
        yield Refusal(f"{path}.{wanted}", "says not exactly one action", "write one", f"{_API}API_Rule.html")
    for where, kind, content in inside(f"{path}.statement", said):
        yield from _statement(where, kind, content, outermost=where == f"{path}.statement.{kind}")


def _statement(where: str, kind: str, content: Mapping[str, Any], *, outermost: bool) -> Iterator[Refusal]:
    for refusal in limits.check(table()["statements"].get(kind, ()), content):
        yield Refusal(f"{where}.{refusal.path}", refusal.problem, refusal.remedy, refusal.source)
    if not outermost and kind in table()["outermost"]:
        yield Refusal(
            where, "stands inside another statement", "make it a rule of its own", f"{_API}API_Statement.html"
        )
    field = content.get("fieldToMatch")
    if field is not None and not _one(field):
        remedy = "write one component"
        yield Refusal(
            f"{where}.fieldToMatch", "is not exactly one component", remedy, f"{_API}API_FieldToMatch.html"
        )
    for name in ("body", "jsonBody", "headers[*]", "cookies"):
        for exact, part in paths.objects(content, f"fieldToMatch.{name}"):
            if part.get("oversizeHandling") is None:
                problem = "says not what happens to what is longer than AWS looks at"
                yield Refusal(f"{where}.{exact}", problem, "write oversizeHandling", _OVERSIZE)
    yield from _keys(where, content)
    yield from _challenge(where, content)


def _keys(where: str, content: Mapping[str, Any]) -> Iterator[Refusal]:
    """An address alone is no custom key: https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatementCustomKey.html"""
    keys = [each for _, each in paths.find(content, "customKeys[*]")]
    alone = len(keys) == 1 and any(paths.get(keys[0], name) is not None for name in ("ip", "forwardedIp"))
    if alone and content.get("aggregateKeyType") == "CUSTOM_KEYS":
        remedy = "write aggregateKeyType IP or FORWARDED_IP"
        source = f"{_API}API_RateBasedStatementCustomKey.html"
        yield Refusal(f"{where}.customKeys", "is an address alone", remedy, source)


def _challenge(where: str, content: Mapping[str, Any]) -> Iterator[Refusal]:
    """Programs cannot answer a challenge, so one that is on says what it leaves alone."""
    path = "managedRuleGroupConfigs[*].awsManagedRulesAntiDdosRuleSet.clientSideActionConfig.challenge"
    for exact, challenge in paths.find(content, path):
        exempt = paths.get(challenge, "exemptUriRegularExpressions")
        if paths.get(challenge, "usageOfAction") == "ENABLED" and exempt in (None, []):
            problem = "is on and exempts no path"
            source = f"{_API}API_ClientSideAction.html"
            yield Refusal(f"{where}.{exact}", problem, "give exemptUriRegularExpressions", source)


def _answer(path: str, rule: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """An answer's body is one that the ACL has."""
    asked = paths.get(rule, "action.block.customResponse.customResponseBodyKey")
    bodies = [paths.get(each, "key") for _, each in paths.find(inputs, "customResponseBodies[*]")]
    if isinstance(asked, str) and UNKNOWN not in bodies and asked not in bodies:
        where = f"{path}.action.block.customResponse.customResponseBodyKey"
        yield Refusal(where, f'"{asked}" is no body of the ACL', "add it to customResponseBodies", _API)
