"""The generated page says what the rules say."""

from __future__ import annotations

from policies.framework import catalogue
from policies.reference import TARGET, render


def test_the_page_is_in_step_with_the_rules() -> None:
    written = TARGET.read_text(encoding="utf-8")
    assert written == render(catalogue.load()), "run `python -m policies.reference`"
