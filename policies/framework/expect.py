"""The few questions that most checks ask of one property, with messages of one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.resource import Resource
from policies.framework.rule import Finding
from policies.framework.values import View, shown


def must_be(view: View, *allowed: object) -> Iterator[Finding]:
    """The property must be there and be one of the allowed values."""
    value = view.value
    if value in allowed:
        return
    what = "is missing" if view.missing else f"is {shown(value)}"
    yield Finding(f"{view.path} {what}, not {' or '.join(map(shown, allowed))}")


def must_not_be(view: View, *refused: object) -> Iterator[Finding]:
    """The property may be missing, but not one of the refused values."""
    value = view.value
    if value in refused and not view.missing:
        yield Finding(f"{view.path} is {shown(value)}")


def must_be_set(view: View) -> Iterator[Finding]:
    """The property must be there, whatever it says, known or not."""
    if view.missing:
        yield Finding(f"{view.path} is missing")


def must_be_absent(view: View) -> Iterator[Finding]:
    """The property must not be there, known or not."""
    if not view.missing and (view.unknown or view.value not in ([], {})):
        yield Finding(f"{view.path} is set")


def must_refer_to(view: View, *types: str, form: re.Pattern[str]) -> Iterator[Finding]:
    """The property must be there: of this form when known, else computed from a resource of these types."""
    if view.missing:
        yield Finding(f"{view.path} is missing")
    elif view.unknown:
        view.comes_from(*types)
    elif not form.search(view.text):
        yield Finding(f"{view.path} names something else")


def elements(resource: Resource, path: str) -> Iterator[View]:
    """Every view at a dotted path in which a step ending in `[]` goes through all elements of a list.

    A path ends at a missing list without a view. Raises `Undecided` when a list itself is unknown.
    """
    head, *steps = path.split("[].")
    last = head.endswith("[]")
    start = resource.at(head.removesuffix("[]"))
    yield from _through([start] if not steps and not last else start.items(), steps)


def _through(views: Iterator[View] | list[View], steps: list[str]) -> Iterator[View]:
    if not steps:
        yield from views
        return
    step, *rest = steps
    for view in views:
        below = view.at(step.removesuffix("[]"))
        yield from _through(below.items() if rest or step.endswith("[]") else [below], rest)
