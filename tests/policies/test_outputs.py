"""What the pack writes for other programs: SARIF, and its configuration for a stack file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from policies import sarif, settings
from policies.framework import catalogue, report
from policies.framework.exemptions import Exemption
from policies.framework.harness import Given, run
from policies.framework.pack import CONFIG
from policies.framework.situation import Situation, read

STACKS = Path(__file__).parents[2] / "stacks"
BUCKET = "gcp:storage/bucket:Bucket"
ELSEWHERE = {
    "palisade:google": ("audit_config", "image_policy"),
    "palisade:amazon": ("trail", "macie", "threat_detection"),
    "palisade:azure": ("activity_log", "defender"),
}


def test_a_refused_run_as_sarif() -> None:
    rules = catalogue.load().only("buckets-refuse-public-access", "bucket-access-is-logged")
    exempted = Exemption("bucket-access-is-logged", "*::b", "a test", "me@example.com", date(2030, 1, 1))
    stale = Exemption("bucket-access-is-logged", "*::gone", "a test", "me@example.com", date(2030, 1, 1))
    verdict = run([Given(BUCKET, "b")], rules, Situation(preview=True), (exempted, stale), date(2027, 1, 1))
    written = sarif.sarif(report.account(verdict.session), rules)
    (made,) = written["runs"]
    results = {result["ruleId"]: result for result in made["results"]}
    refused = results["buckets-refuse-public-access"]
    assert refused["level"] == "error"
    assert "publicAccessPrevention is missing" in refused["message"]["text"]
    assert refused["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == Given(BUCKET, "b").urn
    assert "suppressions" not in refused
    assert "a test" in results["bucket-access-is-logged"]["suppressions"][0]["justification"]
    # Every result's rule is declared, the pack's own included.
    assert set(results) == {rule["id"] for rule in made["tool"]["driver"]["rules"]}


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.*.yaml")), ids=lambda path: path.stem)
def test_the_configuration_of_a_stack_file_says_everything_the_rules_ask(path: Path) -> None:
    content = settings.pack_configuration(yaml.safe_load(path.read_text(encoding="utf-8")))
    schema = {"type": "object", "properties": CONFIG.properties, "additionalProperties": False}
    jsonschema.validate(content["palisade"], schema)
    assert read({}, content["palisade"]).assumed == ()


@pytest.mark.parametrize("path", sorted(STACKS.glob("Pulumi.*.yaml")), ids=lambda path: path.stem)
def test_an_exported_state_is_judged_as_the_running_stack_is(path: Path) -> None:
    """Also where somebody else records, watches and admits: what no rule is told, it asks for."""
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["config"]
    for section, names in ELSEWHERE.items():
        if section in config:
            config[section].update(dict.fromkeys(names, "elsewhere"))
    running = read({"PULUMI_CONFIG": json.dumps(config)})
    told = read({}, settings.pack_configuration({"config": config})["palisade"])
    assert running.audit_config_elsewhere
    assert replace(running, stack_config={}) == replace(told, stack_config={})
