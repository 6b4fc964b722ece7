"""Every cloud has every capability under the same file name; what only one has is listed with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import components

HERE = Path(__file__).parent
TABLE: dict[str, Any] = yaml.safe_load((HERE / "parity.yaml").read_text(encoding="utf-8"))


def files(cloud: str) -> set[str]:
    folder = Path(components.__file__).parent / cloud
    return {file.stem for file in folder.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("cloud", TABLE["clouds"])
def test_a_cloud_has_every_capability_and_names_what_only_it_has(cloud: str) -> None:
    assert files(cloud) == {*TABLE["capabilities"], *TABLE["shared"], *TABLE["only"][cloud]}


@pytest.mark.parametrize("cloud", TABLE["clouds"])
def test_what_only_one_cloud_has_is_in_no_other_unnamed(cloud: str) -> None:
    for other in TABLE["clouds"]:
        if other != cloud:
            both = TABLE["only"][cloud].keys() & files(other)
            assert both <= TABLE["only"][other].keys()
    assert all(len(reason) > 8 for reason in TABLE["only"][cloud].values())


@pytest.mark.parametrize("capability", TABLE["capabilities"])
def test_a_capability_is_the_same_component_on_every_cloud(capability: str) -> None:
    """The class that a composition uses has one name, so that whoever knows one cloud finds the next."""
    tokens = {cloud: _tokens(cloud, capability) for cloud in TABLE["clouds"]}
    assert len(set(map(frozenset, tokens.values()))) == 1, tokens


def _tokens(cloud: str, capability: str) -> set[str]:
    text = (Path(components.__file__).parent / cloud / f"{capability}.py").read_text(encoding="utf-8")
    return {part.partition('"')[0] for part in text.split('"palisade:index:')[1:]}
