"""Text templates of the data files: `projects/{inputs.project ?? context.project}/{inputs.name|lower}`.

Between braces stands one expression: alternatives joined by ` ?? `, the first that is present counts. Each is

- `inputs.PATH`, `outputs.PATH`, `args.PATH`, `context.KEY`: a value by property path;
- `id`, `name`, `urn`, `type`: the resource's own;
- `seed:FORMAT:ARGUMENT#LABEL`: a value of `seeds.FORMATS`; the label tells two of them apart;
- `'text'`: itself;

followed by filters: `|last`, `|lower`, `|after:projects` (see `rehearsal.filters`). `{{` and `}}` are plain
braces. A template that is one expression alone keeps the value's type. Lists and objects are rendered item
by item.

A value that is absent makes the whole text absent (`None`); one that is unknown makes it `UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from rehearsal import paths, seeds
from rehearsal.filters import FILTERS, to_text
from rehearsal.model import UNKNOWN

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


@dataclass(frozen=True)
class Scope:
    """What the expressions of one template can name."""

    values: Mapping[str, Any]
    """`inputs`, `context`, `id`, ... A missing or empty `id` is unknown: the object is not there yet."""
    seed: Callable[[str], str] | None
    """Label to hex seed; `None` where the values are not made yet (a preview)."""
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])
    """The package's own filters, besides `FILTERS`."""


def render(template: Any, scope: Scope) -> Any:
    """The template's value. Raises ValueError for an expression that cannot be read."""
    if isinstance(template, str):
        return _render_text(template, scope)
    if isinstance(template, list):
        return [render(item, scope) for item in cast("list[Any]", template)]
    if isinstance(template, dict):
        items = cast("dict[str, Any]", template).items()
        return {key: render(value, scope) for key, value in items}
    return template


def _render_text(template: str, scope: Scope) -> Any:
    parts = _split(template)
    if len(parts) == 1:
        literal, expression = parts[0]
        return literal if expression is None else _evaluate(expression, scope)
    text = ""
    unknown = False
    for literal, expression in parts:
        if expression is None:
            text += literal
            continue
        value = _evaluate(expression, scope)
        if value is None:
            return None
        if value is UNKNOWN:
            unknown = True
        else:
            text += to_text(value)
    return UNKNOWN if unknown else text


@lru_cache(maxsize=8192)
def _split(template: str) -> tuple[tuple[str, str | None], ...]:
    parts: list[tuple[str, str | None]] = []
    literal = ""
    position = 0
    for match in _TOKEN.finditer(template):
        literal += template[position : match.start()]
        position = match.end()
        if match.group(1) is None:
            literal += match.group(0)[0]
            continue
        if literal:
            parts.append((literal, None))
            literal = ""
        parts.append(("", match.group(1).strip()))
    literal += template[position:]
    if literal or not parts:
        parts.append((literal, None))
    return tuple(parts)


def _evaluate(expression: str, scope: Scope) -> Any:
    for alternative in expression.split(" ?? "):
        source, *filters = alternative.strip().split("|")
        value = _source(source.strip(), scope)
        for name in filters:
            if value is None or value is UNKNOWN:
                break
            value = _filter(name.strip(), value, scope)
        if value is not None:
            return value
    return None


def _source(source: str, scope: Scope) -> Any:
    if source[:1] in "'\"":
        return source[1:-1]
    if source.startswith("seed"):
        return _seeded(source, scope)
    head, _, rest = source.partition(".")
    head, bracket, index = head.partition("[")
    if head not in scope.values:
        raise ValueError(f"a template names {source!r}, but only {sorted(scope.values)} and seed are there")
    value = scope.values[head]
    if head == "id" and not value:
        return UNKNOWN
    path = bracket + index + ("." if bracket and rest else "") + rest
    return paths.get(value, path) if path else value


def _seeded(source: str, scope: Scope) -> Any:
    recipe, _, label = source.partition("#")
    _, name, argument = [*recipe.split(":", 2), "", ""][:3]
    if name not in seeds.FORMATS:
        raise ValueError(f"a template asks for seed format {name!r}; there are {sorted(seeds.FORMATS)}")
    if scope.seed is None:
        return UNKNOWN
    return seeds.FORMATS[name](scope.seed(label or recipe), argument)


def _filter(text: str, value: Any, scope: Scope) -> Any:
    name, *arguments = text.split(":")
    function = scope.filters.get(name) or FILTERS.get(name)
    if function is None:
        raise ValueError(f"a template uses filter {name!r}; there are {sorted({*FILTERS, *scope.filters})}")
    return function(value, *arguments)
