"""The capacity that rules of the web application firewall take, in its units.

Counted as AWS documents it: a base per statement, more for some components, and ten for each transformation
of a component, once for all rules. What a group of the account takes is known to the record alone, and what
one from the marketplace takes to nobody here: the sum is then of the rest.
Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal import paths

Found = tuple[str, str, Mapping[str, Any]]
"""Path, kind (`byteMatchStatement`) and content of a statement."""


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """`waf.yaml`, read once."""
    text = (Path(__file__).parent / "waf.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]["waf"]


def inside(path: str, statement: Any) -> Iterator[Found]:
    """A statement and every one inside it, the outer first."""
    if not isinstance(statement, Mapping):
        return
    for kind, content in cast("Mapping[str, Any]", statement).items():
        if not isinstance(content, Mapping):
            continue
        said = cast("Mapping[str, Any]", content)
        yield f"{path}.{kind}", kind, said
        for name in ("statement", "scopeDownStatement"):
            yield from inside(f"{path}.{kind}.{name}", said.get(name))
        for exact, each in paths.find(said, "statements[*]"):
            yield from inside(f"{path}.{kind}.{exact}", each)


def units(rules: Sequence[Any], groups: Mapping[str, int] | None = None) -> int:
    """What the rules take together; `groups` is ARN of a rule group -> its capacity."""
    known = table()
    transformed: set[str] = set()
    total = 0
    for rule in rules:
        statement = paths.get(rule, "statement")
        for _, kind, content in inside("", statement):
            total += _base(kind, content, groups or {})
            transformed |= set(_transformations(content))
    return total + known["transformation"] * len(transformed)


def _base(kind: str, content: Mapping[str, Any], groups: Mapping[str, int]) -> int:
    known = table()
    if kind == "managedRuleGroupStatement":
        return known["groups"].get(content.get("name"), 0) if content.get("vendorName") == "AWS" else 0
    if kind == "ruleGroupReferenceStatement":
        return groups.get(str(content.get("arn")), 0)
    base = known["units"].get(kind, 0)
    for name, prices in known["dearer"].get(kind, {}).items():
        base = prices.get(str(content.get(name)), base)
    if paths.get(content, "fieldToMatch.jsonBody") is not None:
        base *= 2
    if paths.get(content, "fieldToMatch.allQueryArguments") is not None:
        base += known["all_query_arguments"]
    return base + known["custom_key"] * len(list(paths.find(content, "customKeys[*]")))


def _transformations(content: Mapping[str, Any]) -> Iterator[str]:
    """Each transformation with the component it is applied to."""
    parts = [("fieldToMatch", content.get("fieldToMatch"), content.get("textTransformations"))]
    for path, part in paths.objects(content, "customKeys[*][*]"):
        parts.append((path, part.get("name"), part.get("textTransformations")))
    for where, part, listed in parts:
        for each in cast("list[Any]", listed) if isinstance(listed, list) else []:
            type = paths.get(each, "type")
            if type not in (None, "NONE"):
                yield f"{where.partition('[')[0]} {part!r} {type!r}"
