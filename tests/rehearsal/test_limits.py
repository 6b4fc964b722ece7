"""Every rule a limit may have: what passes, what breaks it, what is said."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.limits import RELATIONS, RULES, check
from rehearsal.model import UNKNOWN

SOURCE = "https://example.com/limits"
# rule -> (argument, a value that passes, one that does not, words of the refusal)
CASES: dict[str, tuple[Any, Any, Any, str]] = {
    "pattern": ("[a-z]+", "abc", "Abc", '"Abc" has a form that is refused; write one that matches [a-z]+'),
    "not_pattern": ("goog", "data", "my-goog-1", '"my-goog-1" may not contain "goog"'),
    "min": (5, 5, 4, "4 is too small; write 5 or more"),
    "max": (5, 5, 6.5, "6.5 is too large; write 5 or less"),
    "min_length": (3, "abc", "ab", '"ab" has 2 characters; write at least 3'),
    "max_length": (3, "abc", "abcd", '"abcd" has 4 characters; write at most 3'),
    "min_items": (1, ["a"], [], "0 items are too few; give at least 1"),
    "max_items": (1, ["a"], ["a", "b"], "2 items are too many; give at most 1"),
    "one_of": (["A", "B"], "A", "C", '"C" is not a value it takes; write one of A, B'),
    "multiple_of": (60, 120, 100, "100 is refused; write a multiple of 60"),
    "unique_items": (True, ["a", "b"], ["a", "a"], "'a' is there twice; give each item once"),
    "cidr": ({"version": 4, "min_prefix": 8, "max_prefix": 29}, "10.0.0.0/16", "10.0.0.0/30", "/30 prefix"),
}


def test_every_rule_has_its_case() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", CASES)
def test_rules(rule: str) -> None:
    argument, good, bad, words = CASES[rule]
    limit = {"path": "value", rule: argument, "source": SOURCE}
    assert check([limit], {"value": good}) == []
    assert check([limit], {"value": UNKNOWN}) == []
    assert check([limit], {}) == []
    (refusal,) = check([limit], {"value": bad})
    assert words in refusal.sentence()
    assert refusal.sentence().startswith("value: ")
    assert refusal.sentence().endswith(f"({SOURCE})")


@pytest.mark.parametrize(
    ("relation", "argument", "good", "bad"),
    [
        ("required", True, {"value": 1}, {}),
        ("forbidden", True, {}, {"value": 1}),
        ("conflicts_with", ["other"], {"value": 1}, {"value": 1, "other": 2}),
        ("requires", ["other"], {"value": 1, "other": UNKNOWN}, {"value": 1}),
        ("exactly_one_of", ["value", "other"], {"other": 1}, {"value": 1, "other": 1}),
        ("at_least_one_of", ["value", "other"], {"other": 1}, {"third": 1}),
    ],
)
def test_relations(relation: str, argument: Any, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert relation in RELATIONS
    limit = {"path": "value", relation: argument, "source": SOURCE}
    assert check([limit], good) == []
    assert len(check([limit], bad)) == 1


def test_a_condition_that_is_unknown_does_not_hold() -> None:
    limit = {"path": "value", "max": 1, "when": {"kind": ["A", "B"], "other": None}, "source": SOURCE}
    assert check([limit], {"value": 2, "kind": "C"}) == []
    assert check([limit], {"value": 2, "kind": UNKNOWN}) == []
    assert check([limit], {"value": 2, "kind": "A", "other": 1}) == []
    assert len(check([limit], {"value": 2, "kind": "B"})) == 1


def test_each_item_is_named_and_the_tables_own_words_win() -> None:
    limit = {"path": "rules[*].priority", "max": 9, "expected": "a number up to 9", "source": SOURCE}
    (refusal,) = check([limit], {"rules": [{"priority": 1}, {"priority": 10}]})
    assert refusal.sentence() == (f"rules[1].priority: 10 is too large; write a number up to 9 ({SOURCE})")


@pytest.mark.parametrize("bad", ["10.0.0.1/16", "10.0.0.0/33", "fd00::/64", "ten"])
def test_ranges_that_are_none(bad: str) -> None:
    assert check([{"path": "value", "cidr": {"version": 4}, "source": SOURCE}], {"value": bad})
