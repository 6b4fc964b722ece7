"""The composition of AWS under mocks: what it builds so far, and what it refuses to pass over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks import aws, schema
from stacks.settings import Settings, own_fields
from tests.components.aws.platform import ANSWERS
from tests.components.recorder import Made, build, value

FOLDER = Path(schema.__file__).parent


@pytest.fixture(autouse=True)
def in_a_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests of examples are taken in a rehearsal only."""
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "aws:1")


def settings(stack: str = "aws-dev", **changes: Any) -> Settings:
    text = (FOLDER / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    own = own_fields(yaml.safe_load(text)["config"])
    return Settings.load({**own, **changes})


def built(settings: Settings) -> list[Made]:
    return build(lambda: aws.build(settings), ANSWERS)


@pytest.mark.parametrize("stack", ["aws-dev", "aws-prod"])
def test_every_resource_belongs_to_a_component_and_uses_the_one_provider(stack: str) -> None:
    made = built(settings(stack))
    components = {each.urn for each in made if each.type.startswith("palisade:index:")}
    own = [each for each in made if each.type.startswith("aws:")]
    assert {each.parent for each in own} <= components
    assert {each.name for each in own if "pulumi:providers:aws::amazon::" not in each.provider} == set()


def test_clusters_are_left_empty_for_the_first_update_from_outside() -> None:
    section = settings("aws-prod").amazon
    assert section is not None
    empty = built(settings("aws-prod", amazon={**section.model_dump(), "fill_clusters": False}))
    assert not [each for each in empty if each.type.startswith("kubernetes:")]
    kinds = {each.type for each in empty}
    assert {"aws:eks/cluster:Cluster", "aws:codebuild/project:Project", "aws:lb/listener:Listener"} <= kinds


def test_what_an_account_has_once_is_left_to_another_stack() -> None:
    section = settings("aws-prod").amazon
    assert section is not None
    once = {
        "trail": "aws:cloudtrail/trail:Trail",
        "recorder": "aws:cfg/recorder:Recorder",
        "threat_detection": "aws:guardduty/detector:Detector",
        "security_hub": "aws:securityhub/account:Account",
        "macie": "aws:macie2/account:Account",
        "catalog_settings": "aws:lakeformation/dataLakeSettings:DataLakeSettings",
        "registry_settings": "aws:inspector2/enabler:Enabler",
    }
    own = {each.type for each in built(settings("aws-prod"))}
    assert set(once.values()) <= own
    others = {**section.model_dump(), **dict.fromkeys(once, "elsewhere")}
    made = built(settings("aws-prod", amazon=others))
    assert not set(once.values()) & {each.type for each in made}
    alarms = {each.name for each in made if each.type == "aws:cloudwatch/metricAlarm:MetricAlarm"}
    own_edge_and_pods = ("-edge-refused", "-training-runtime", "-inference-runtime", "-blocked-prompts")
    assert all(any(name.endswith(end) for name in alarms) for end in own_edge_and_pods)
    assert not any(name.endswith("-root") for name in alarms)


def test_an_issuer_of_the_enterprise_takes_the_pools_place() -> None:
    section = settings("aws-prod").amazon
    assert section is not None
    url = "https://login.example.com/"
    issuer = {"url": url, "keys_url": f"{url}jwks", "scope": "ask"}
    made = built(settings("aws-prod", amazon={**section.model_dump(), "issuer": issuer, "callers": []}))
    assert not [each for each in made if each.type.startswith("aws:cognito/")]
    (rule,) = [each for each in made if each.name.endswith("-edge-signed-in")]
    assert value(rule, "actions[0].jwtValidation.issuer") == url
