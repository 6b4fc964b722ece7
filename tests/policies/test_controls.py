"""The catalogues of controls are whole, and fit the rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from policies.framework import catalogue, controls
from policies.framework.controls import BadControls, Framework
from policies.framework.situation import FRAMEWORKS

RULES = catalogue.load().rules


@pytest.fixture(scope="module")
def frameworks() -> dict[str, Framework]:
    return controls.load(RULES)


def test_every_control_a_rule_names_is_in_the_catalogue(frameworks: dict[str, Framework]) -> None:
    for rule in RULES.values():
        for framework, ids in rule.controls.items():
            for id_ in ids:
                assert rule.id in frameworks[framework].controls[id_].rules


def test_every_control_has_a_title_and_rules_or_a_sentence(frameworks: dict[str, Framework]) -> None:
    for framework in frameworks.values():
        assert framework.source
        for control in framework.controls.values():
            assert control.title
            assert control.rules or control.manual
            assert not control.manual or control.manual.endswith(".")


def test_annex_a_is_whole(frameworks: dict[str, Framework]) -> None:
    themes = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34}
    whole = [f"{theme}.{number + 1}" for theme, count in themes.items() for number in range(count)]
    assert list(frameworks["iso27001"].controls) == whole


def test_the_security_rule_has_every_row_of_its_matrix(frameworks: dict[str, Framework]) -> None:
    """Appendix A to subpart C counts 18 standards, 14 required and 22 addressable specifications."""
    sections = ("164.308", "164.310", "164.312")
    listed = frameworks["hipaa"].controls.values()
    kinds = Counter(control.kind for control in listed if control.id.startswith(sections))
    # 164.308(b) counts once there; its paragraph for an associate's subcontractors stands apart here.
    assert kinds == {"standard": 18 + 1, "required": 14, "addressable": 22}


def _folder(folder: Path, iso: str) -> Path:
    for framework in FRAMEWORKS:
        written = iso if framework == "iso27001" else "{a: {title: T, manual: Do it.}}"
        (folder / f"{framework}.yaml").write_text(f"name: N\nsource: S\ncontrols: {written}\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("{a: {title: T}}", "iso27001.yaml: a: no rule proves it"),
        ("{a: {manual: Do it.}}", "iso27001.yaml: a.title: it is missing"),
        ("{a: {title: T, manuel: Do it.}}", "did you mean 'manual'"),
        ("{a: {title: T, manual: M.}, a: {title: T, manual: M.}}", "a: it is written twice"),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path: Path, iso: str, said: str) -> None:
    with pytest.raises(BadControls, match=said):
        controls.load({}, _folder(tmp_path, iso))


def test_a_rule_with_an_unknown_control_is_refused(tmp_path: Path) -> None:
    rule = RULES["clusters-are-regional"]
    folder = _folder(tmp_path, "{A.8.99: {title: T, manual: M.}}")
    with pytest.raises(BadControls, match=r"clusters-are-regional: .* has no control"):
        controls.load({rule.id: rule}, folder)
