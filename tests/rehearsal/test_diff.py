"""Differences against their definition: nothing for equal inputs, and every reported path really differs."""

from __future__ import annotations

import copy
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal import paths
from rehearsal.diff import diff
from rehearsal.model import UNKNOWN

keys = st.text('abc_.[]"\\', min_size=1, max_size=4).filter(
    lambda key: not key.startswith("__") and key != "*"
)
scalars = st.booleans() | st.integers(-3, 3) | st.text("xy", max_size=2)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)
inputs = st.dictionaries(keys, trees, max_size=4)
# Other work on the machine slows the drawing down; that is no finding.
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(inputs)
def test_equal_inputs_do_not_differ(data: dict[str, Any]) -> None:
    assert diff(data, copy.deepcopy(data), ["*"]) == []


@quick
@given(inputs, inputs)
def test_a_reported_path_differs_and_putting_the_old_values_back_removes_all(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    changes = diff(old, new, [])
    for change in changes:
        before, after = paths.get(old, change.path), paths.get(new, change.path)
        assert repr(before) != repr(after)
        assert (change.kind == "add") == (before is None)
        assert (change.kind == "delete") == (after is None)
    if not changes:
        assert _without_none(old) == _without_none(new)


@quick
@given(inputs)
def test_a_path_is_read_back_as_it_was_printed(data: dict[str, Any]) -> None:
    for change in diff({}, data, []):
        assert paths.join(paths.parse(change.path)) == change.path


def test_unknown_new_values_count_as_changes_and_bookkeeping_does_not() -> None:
    olds = {"a": "x", "__defaults": ["a"]}
    assert [(c.path, c.kind) for c in diff(olds, {"a": UNKNOWN, "__defaults": []}, [])] == [("a", "update")]


def test_what_replaces() -> None:
    old: dict[str, Any] = {
        "name": "a",
        "spec": {"selector": {"app": "x"}, "ports": [{"port": 1, "name": "p"}]},
        "labels": {"a": "b"},
    }
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"name": "b"}, {"name"}),
        ({"spec": {"selector": {"app": "y"}, "ports": old["spec"]["ports"]}}, {"spec.selector.app"}),
        ({"spec": {"selector": {"app": "x"}, "ports": [{"port": 2, "name": "p"}]}}, {"spec.ports[0].port"}),
        ({"spec": {"selector": {"app": "x"}, "ports": [{"port": 1, "name": "q"}]}}, set()),
        ({"spec": None}, {"spec"}),
        ({"labels": {"a": "c"}}, set()),
    ]
    for change, expected in cases:
        found = diff(old, {**old, **change}, ["name", "spec.selector", "spec.ports[*].port"])
        assert {item.path for item in found if item.replaces} == expected, change


def _without_none(data: Any) -> Any:
    if isinstance(data, dict):
        items = cast("dict[str, Any]", data).items()
        return {key: _without_none(value) for key, value in items if value is not None}
    return [_without_none(item) for item in cast("list[Any]", data)] if isinstance(data, list) else data
