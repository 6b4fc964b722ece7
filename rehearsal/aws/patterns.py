"""Documents that are no policies: patterns of events, lifecycles of image repositories.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from rehearsal import limits
from rehearsal.model import Refusal

_EVENTS = (
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html"
)
_LIFECYCLES = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"
_MATCHES = (
    "prefix",
    "suffix",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
    "equals-ignore-case",
    "wildcard",
)
_RULE_LIMITS: tuple[Mapping[str, Any], ...] = (
    {"path": "rulePriority", "required": True, "min": 1, "source": _LIFECYCLES},
    {
        "path": "selection.tagStatus",
        "required": True,
        "one_of": ["tagged", "untagged", "any"],
        "source": _LIFECYCLES,
    },
    {
        "path": "selection.tagPatternList",
        "at_least_one_of": ["selection.tagPatternList", "selection.tagPrefixList"],
        "when": {"selection.tagStatus": "tagged"},
        "source": _LIFECYCLES,
    },
    {
        "path": "selection.countType",
        "required": True,
        "one_of": ["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"],
        "source": _LIFECYCLES,
    },
    {
        "path": "selection.countUnit",
        "required": True,
        "one_of": ["days"],
        "when": {"selection.countType": ["sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"]},
        "source": _LIFECYCLES,
    },
    {"path": "selection.countNumber", "required": True, "min": 1, "source": _LIFECYCLES},
    {"path": "action.type", "required": True, "one_of": ["expire", "transition"], "source": _LIFECYCLES},
)


def event(path: str, pattern: Any) -> Iterator[Refusal]:
    """A pattern of events: objects down to lists of what a field may be."""
    if not isinstance(pattern, dict) or not pattern:
        yield Refusal(
            path, "is no pattern of events", 'write an object such as {"source": ["aws.s3"]}', _EVENTS
        )
        return
    for name, wanted in cast("dict[str, Any]", pattern).items():
        where = f"{path}.{name}"
        if name == "$or":
            for index, each in enumerate(cast("list[Any]", wanted) if isinstance(wanted, list) else []):
                yield from event(f"{where}[{index}]", each)
        elif isinstance(wanted, dict):
            yield from event(where, wanted)
        elif not isinstance(wanted, list):
            yield Refusal(where, "is neither an object nor a list", f"write [{wanted!r}]", _EVENTS)
        else:
            yield from _values(where, cast("list[Any]", wanted))


def _values(where: str, values: list[Any]) -> Iterator[Refusal]:
    if not values:
        yield Refusal(where, "is an empty list, which matches nothing", "name a value", _EVENTS)
    for value in values:
        if not isinstance(value, dict):
            continue
        for name in cast("dict[str, Any]", value):
            if name not in _MATCHES:
                remedy = f"write one of {', '.join(_MATCHES)}"
                yield Refusal(where, f'"{name}" is no comparison', remedy, _EVENTS)


def lifecycle(path: str, document: Any) -> Iterator[Refusal]:
    """The rules of a repository's lifecycle, each with its own priority; one for all goes last."""
    found = cast("dict[str, Any]", document).get("rules") if isinstance(document, dict) else None
    rules = [
        cast("dict[str, Any]", rule) for rule in cast("list[Any]", found or []) if isinstance(rule, dict)
    ]
    if not rules:
        yield Refusal(path, "has no rules", "write at least one", _LIFECYCLES)
        return
    for index, rule in enumerate(rules):
        for refusal in limits.check(_RULE_LIMITS, rule):
            where = f"{path}.rules[{index}].{refusal.path}"
            yield Refusal(where, refusal.problem, refusal.remedy, refusal.source)
    numbers = [rule["rulePriority"] for rule in rules if isinstance(rule.get("rulePriority"), int)]
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield Refusal(path, f"the priority {number} is there twice", "give each rule its own", _LIFECYCLES)
    whole = [rule for rule in rules if limits.applies({"selection.tagStatus": "any"}, rule)]
    if whole and numbers and whole[0].get("rulePriority") != max(numbers):
        problem = "a rule for any image does not come last"
        yield Refusal(path, problem, "give it the highest rulePriority", _LIFECYCLES)
