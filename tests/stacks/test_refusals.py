"""Every refusal of a stack file, word for word, from `refusals.yaml`."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.model.problems import SettingsError
from stacks.settings import Settings

TODAY = date(2026, 12, 1)
DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("refusals.yaml").read_text(encoding="utf-8"))
ENTRY = {
    "name": "mirror",
    "owner": "platform@example.com",
    "reason": "Images are mirrored from our partner.",
    "from": "operations",
    "to": "20.1.2.0/24",
    "protocol": "tcp",
    "ports": [443],
    "expires": "2027-06-30",
}


def changed(case: Mapping[str, Any]) -> dict[str, Any]:
    """The base with one case's changes."""
    config: dict[str, Any] = copy.deepcopy(DATA["base"])
    for path, value in case.get("set", {}).items():
        *outer, last = path.split(".")
        place = config
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
        if value is None:
            del place[last]
    if "entry" in case:
        entry = {**ENTRY, **case["entry"]}
        config["allow"] = [{key: value for key, value in entry.items() if value is not None}]
    return config


@pytest.mark.parametrize("name", DATA["cases"])
def test_refusal(name: str) -> None:
    case = DATA["cases"][name]
    with pytest.raises(SettingsError) as refused:
        Settings.load(changed(case), TODAY)
    sentences = [str(problem) for problem in refused.value.problems]
    assert sorted(sentences) == sorted(case["says"])


def test_the_base_and_a_valid_exception_are_accepted() -> None:
    settings = Settings.load(changed({"entry": {}}), TODAY)
    assert settings.allow[0].ports == ("443",)
    assert settings.allow[0].source == "operations"
