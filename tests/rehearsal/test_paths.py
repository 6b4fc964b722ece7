"""Property paths."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal import paths
from rehearsal.model import UNKNOWN

DATA: dict[str, Any] = {
    "rules": [{"port": 1}, {"port": None, "name": "x"}],
    "labels": {"a.b/c": "v"},
    "later": UNKNOWN,
}


def test_reading() -> None:
    assert paths.get(DATA, "rules[0].port") == 1
    assert paths.get(DATA, 'labels["a.b/c"]') == "v"
    assert paths.get(DATA, "later.anything[3]") is UNKNOWN
    assert paths.get(DATA, "rules[7].port") is None
    assert paths.get(DATA, "rules.port") is None


def test_finding_with_a_wildcard_names_every_item() -> None:
    assert list(paths.find(DATA, "rules[*].port")) == [("rules[0].port", 1), ("rules[1].port", None)]
    assert list(paths.find(DATA, "labels[*]")) == [('labels["a.b/c"]', "v")]
    assert list(paths.find(DATA, "later[*].x")) == [("later", UNKNOWN)]
    assert list(paths.find(DATA, "absent[*].x")) == []


def test_putting() -> None:
    data: dict[str, Any] = {"rules": [{"port": 1}, {}], "plain": "x"}
    paths.put(data, "rules[*].port", 9, replace=False)
    paths.put(data, "made.inner.value", True)
    paths.put(data, "absent[*].port", 1)
    paths.put(data, "plain.below", 1)
    assert data == {"rules": [{"port": 1}, {"port": 9}], "plain": "x", "made": {"inner": {"value": True}}}


def test_covering() -> None:
    assert paths.covers("rules[*].port", "rules[3].port.name")
    assert paths.covers("spec", "spec.selector")
    assert not paths.covers("spec.selector", "spec")
    assert not paths.covers("spec", "specs")


def test_a_path_that_cannot_be_read_is_said() -> None:
    with pytest.raises(ValueError, match=r"'a\[b' cannot be read at '\[b'"):
        paths.parse("a[b")
