"""The composition of AWS under mocks: what it builds so far, and what it refuses to pass over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks import aws, schema
from stacks.aws.composition import unbuilt
from stacks.settings import Settings, own_fields
from tests.components.aws.platform import ANSWERS
from tests.components.recorder import build

FILE = Path(schema.__file__).with_name("Pulumi.aws-dev.yaml")


def settings(**changes: Any) -> Settings:
    own = own_fields(yaml.safe_load(FILE.read_text(encoding="utf-8"))["config"])
    return Settings.load({**own, **changes})


def test_every_resource_belongs_to_a_component_and_uses_the_one_provider() -> None:
    made = build(lambda: aws.build(settings()), ANSWERS)
    components = {each.urn for each in made if each.type.startswith("palisade:index:")}
    own = [each for each in made if each.type.startswith("aws:")]
    assert {each.parent for each in own} <= components
    assert {each.name for each in own if "pulumi:providers:aws::amazon::" not in each.provider} == set()


@pytest.mark.parametrize(
    ("section", "asked", "said"),
    [
        (
            "training",
            {"accelerator": "h100", "accelerators_per_node": 8},
            "palisade:training.accelerator: AWS has no training cluster yet; write none.",
        ),
        (
            "inference",
            {"model": "acme/m", "hosts": ["m.example.com"], "accelerator": "l4"},
            "palisade:inference: AWS has no edge and no inference cluster yet; write no such section.",
        ),
    ],
)
def test_what_is_not_built_is_refused_and_not_passed_over(
    section: str, asked: dict[str, Any], said: str
) -> None:
    assert [str(each) for each in unbuilt(settings(**{section: asked}))] == [said]
    assert not list(unbuilt(settings()))
