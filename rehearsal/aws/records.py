"""What the services that record, count and tell refuse because several inputs do not fit.

Limits of a single input are in `governance.yaml` and `services.yaml`. An unknown value refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import yaml

from rehearsal import paths
from rehearsal.model import UNKNOWN, Refusal

_SELECTORS = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"
_ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_SCHEDULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"
_PACKS = "https://docs.aws.amazon.com/config/latest/developerguide/custom-conformance-pack.html"
_LAKE = "https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html"
_CATEGORIES = ("Management", "Data", "NetworkActivity")
_COMPARISONS = ("equals", "notEquals", "startsWiths", "notStartsWiths", "endsWiths", "notEndsWiths")
_DAY, _WEEK = 86400, 604800
# What a grant may be about -> rights that it may hold; None where the table of limits has them all.
_GRANTS: Mapping[str, Sequence[str] | None] = {
    "catalogResource": None,
    "database": ("ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"),
    "table": ("ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"),
    "tableWithColumns": ("SELECT",),
    "dataLocation": ("DATA_LOCATION_ACCESS",),
    "dataCellsFilter": ("DESCRIBE", "DROP", "SELECT"),
    "lfTag": ("ALTER", "ASSOCIATE", "DESCRIBE", "DROP", "GRANT_WITH_LF_TAG_EXPRESSION"),
    "lfTagPolicy": None,
}


def trail(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Each selector says one category of events; one of data, one type of resource."""
    for path, selector in paths.objects(inputs, "advancedEventSelectors[*]"):
        fields = list(paths.objects(selector, "fieldSelectors[*]"))
        for where, field in fields:
            if not any(field.get(name) is not None for name in _COMPARISONS):
                yield Refusal(f"{path}.{where}", "compares nothing", "write equals", _SELECTORS)
        categories = _equals(fields, "eventCategory")
        if UNKNOWN in categories:
            continue
        if len(categories) != 1 or categories[0] not in _CATEGORIES:
            remedy = f"let eventCategory equal one of {', '.join(_CATEGORIES)}"
            yield Refusal(path, "says not exactly one category of events", remedy, _SELECTORS)
        types = _equals(fields, "resources.type")
        if categories == ["Data"] and UNKNOWN not in types and not _one_type(types):
            remedy = "let resources.type equal one type such as AWS::S3::Object"
            yield Refusal(path, "says not exactly one type of resource", remedy, _SELECTORS)
        if categories == ["Management"] and types:
            problem = "management events are of no type of resource"
            yield Refusal(path, problem, "leave resources.type out", _SELECTORS)


def _equals(fields: Sequence[tuple[str, Mapping[str, Any]]], name: str) -> list[Any]:
    return [
        value
        for _, field in fields
        if field.get("field") == name
        for _, value in paths.find(field, "equals[*]")
    ]


def _one_type(types: list[Any]) -> bool:
    return len(types) == 1 and re.fullmatch(r"AWS::\w+::\w+", str(types[0])) is not None


def alarm(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Periods that CloudWatch counts in, over at most a day, or a week of hours."""
    period, count = inputs.get("period"), inputs.get("evaluationPeriods")
    if isinstance(period, int | float):
        if period not in (10, 20, 30) and period % 60:
            yield Refusal(
                "period", f"{period:g} seconds are refused", "write 10, 20, 30 or a multiple of 60", _ALARMS
            )
        longest = _WEEK if period >= 3600 else _DAY
        if isinstance(count, int | float) and period * count > longest:
            problem = f"{count:g} periods of {period:g} seconds are longer than {longest // _DAY} days"
            yield Refusal("evaluationPeriods", problem, "write fewer", _ALARMS)
    enough = inputs.get("datapointsToAlarm")
    if isinstance(enough, int | float) and isinstance(count, int | float) and enough > count:
        problem = f"{enough:g} of {count:g} periods are too many"
        yield Refusal("datapointsToAlarm", problem, "write at most evaluationPeriods", _ALARMS)
    if isinstance(inputs.get("metricName"), str):
        for name in ("namespace", "period"):
            if inputs.get(name) is None:
                yield Refusal(name, "is missing beside metricName", f"give {name}", _ALARMS)
        if inputs.get("statistic") is None and inputs.get("extendedStatistic") is None:
            yield Refusal("statistic", "is missing beside metricName", "give statistic", _ALARMS)


def schedule(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """`rate(1 day)`, `rate(2 days)`, or six fields of cron with one question mark among the days."""
    text = inputs.get("scheduleExpression")
    if not isinstance(text, str):
        return
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", text)
    if rate and (int(rate[1]) == 1) is bool(rate[3]):
        remedy = f"write {rate[2]} for 1, {rate[2]}s for more"
        yield Refusal("scheduleExpression", f'"{text}" is refused', remedy, _SCHEDULES)
    cron = re.fullmatch(r"cron\((.*)\)", text)
    fields = cron[1].split() if cron else []
    if cron and len(fields) != 6:
        remedy = "write minutes, hours, day of month, month, day of week and year"
        yield Refusal("scheduleExpression", f'"{text}" has {len(fields)} fields', remedy, _SCHEDULES)
    elif cron and (fields[2] == "?") is (fields[4] == "?"):
        remedy = "write ? for the day of month or the day of week, and not for both"
        yield Refusal("scheduleExpression", f'"{text}" is refused', remedy, _SCHEDULES)


def pack(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A pack's template is one of CloudFormation with rules and remediations only."""
    text = inputs.get("templateBody")
    if not isinstance(text, str):
        return
    try:
        template: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        template = None
    found: Any = cast("Mapping[str, Any]", template).get("Resources") if isinstance(template, dict) else None
    if not isinstance(found, dict) or not found:
        yield Refusal("templateBody", "is no template with Resources", "write JSON or YAML of rules", _PACKS)
        return
    for name, resource in cast("dict[str, Any]", found).items():
        type = paths.get(resource, "Type")
        if type not in ("AWS::Config::ConfigRule", "AWS::Config::RemediationConfiguration"):
            problem = f"{name} is a {type}, which no pack holds"
            yield Refusal("templateBody", problem, "write rules and their remediations", _PACKS)


def grant(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A grant is about one thing, and holds rights that there are on it."""
    about = [name for name in _GRANTS if inputs.get(name) is not None and inputs.get(name) is not False]
    if len(about) != 1:
        found = " and ".join(about) if about else "nothing"
        yield Refusal("", f"a grant is about {found}", f"give exactly one of {', '.join(_GRANTS)}", _LAKE)
        return
    taken = _GRANTS[about[0]]
    rights = [(path, right) for path, right in paths.find(inputs, "permissions[*]") if right is not UNKNOWN]
    for path, right in rights:
        if taken is not None and isinstance(right, str) and right not in taken:
            problem = f"{right} is no right on what {about[0]} names"
            yield Refusal(path, problem, f"write one of {', '.join(taken)}", _LAKE)
    held = {right for _, right in rights}
    for path, right in paths.find(inputs, "permissionsWithGrantOptions[*]"):
        if isinstance(right, str) and held and right not in held:
            problem = f"{right} may be passed on and is not granted"
            yield Refusal(path, problem, "add it to permissions", _LAKE)


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]] = {
    "aws:cloudtrail/trail:Trail": trail,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:cloudwatch/eventRule:EventRule": schedule,
    "aws:cfg/conformancePack:ConformancePack": pack,
    "aws:lakeformation/permissions:Permissions": grant,
}
