"""The whole of gcp-dev under mocks: its exact resources, and what a change of settings changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.gcp.perimeter import restricted_services
from components.kubernetes.software import catalogue
from stacks import gcp, schema
from stacks.settings import Settings, own_fields
from tests.components.gcp.platform import ANSWERS
from tests.components.recorder import Made, build, differences, value

FILE = Path(schema.__file__).with_name("Pulumi.gcp-dev.yaml")


def settings(**changes: Mapping[str, Any] | list[Any]) -> Settings:
    """gcp-dev with some fields or lists changed: `settings(training={"accelerator": "none"})`."""
    config: dict[str, Any] = own_fields(yaml.safe_load(FILE.read_text(encoding="utf-8"))["config"])
    # Digests of the stack's own: examples are for a rehearsal only.
    config["software"] = {name: artifact.digest for name, artifact in catalogue().artifacts.items()}
    for section, fields in changes.items():
        config[section] = {**config.get(section, {}), **fields} if isinstance(fields, Mapping) else fields
    return Settings.load(config)


def made_by(**changes: Mapping[str, Any] | list[Any]) -> list[Made]:
    return build(lambda: gcp.build(settings(**changes)), ANSWERS)


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_inventory() -> None:
    assert differences(made_by(), "gcp-dev") == []


def test_every_resource_belongs_to_a_component_and_uses_the_one_provider() -> None:
    made = made_by()
    components = {each.urn for each in made if each.type.startswith("palisade:index:")}
    own = [each for each in made if each.type.startswith("gcp:")]
    assert {each.parent for each in own} <= components
    assert {each.name for each in own if "pulumi:providers:gcp::google::" not in each.provider} == set()


def test_every_component_waits_for_the_apis() -> None:
    made = made_by()
    apis = {each.urn for each in made if each.type == "gcp:projects/service:Service"}
    # What runs in clusters waits for them, and so for the APIs.
    google = {each.parent for each in made if each.type.startswith("gcp:")}
    others = [each for each in made if each.urn in google and not each.type.endswith(":Services")]
    assert others
    for component in others:
        assert apis <= set(component.dependencies), component.name


def test_without_an_accelerator_there_is_no_gpu_pool() -> None:
    pools = [
        each.inputs["name"] for each in of(made_by(training={"accelerator": "none", "job": None}), "NodePool")
    ]
    assert pools.count("system") == 2
    assert len(pools) == 3, "the third answers"


def test_teardown_lets_everything_go() -> None:
    made = made_by(
        teardown={"approved_by": "head@example.com", "reason": "The pilot is over, data exported."}
    )
    assert not [each.name for each in made if each.protect]
    assert not [each.name for each in made if each.inputs.get("deletionPolicy") == "PREVENT"]
    assert value(of(made, "Cluster")[0], "deletionProtection") is False


def test_an_exception_of_the_stack_file_becomes_rules_with_its_owner_and_end() -> None:
    entry = {
        "name": "shared-storage",
        "owner": "storage@example.com",
        "reason": "Training reads a shared file system until it moves.",
        "from": "training",
        "to": "172.20.0.0/24",
        "protocol": "tcp",
        "ports": ["988"],
        "expires": str(date.today() + timedelta(days=30)),
    }
    made = made_by(allow=[entry])
    rules = [each for each in of(made, "NetworkFirewallPolicyRule") if "shared-storage" in each.name]
    assert [value(each, "direction") for each in rules] == ["EGRESS"]
    assert value(rules[0], "match.destIpRanges") == ["172.20.0.0/24"]
    assert value(rules[0], "targetSecureTags[0].name") == "tagValues/palisade-dev-segment-training"
    for word in (entry["owner"], entry["expires"], entry["reason"]):
        assert str(word) in value(rules[0], "description")


def test_operators_look_and_change_nothing() -> None:
    made = made_by(google={"operators": ["group:operators@example.com"]})
    granted = {
        value(each, "role")
        for each in made
        if each.type == "gcp:projects/iAMMember:IAMMember"
        and value(each, "member") == "group:operators@example.com"
    }
    assert granted == {"roles/gkehub.gatewayReader", "roles/gkehub.viewer", "roles/container.viewer"}


def test_an_organisations_perimeter_begins_as_a_dry_run_and_admits_the_deployer_only() -> None:
    services = [{"name": name} for name in restricted_services()]
    supported = {"id": "all", "supportedServices": services}
    answers = {**ANSWERS, "gcp:accesscontextmanager/getSupportedServices:getSupportedServices": supported}
    place = {"organization_id": "123", "access_policy": "987"}
    made = build(lambda: gcp.build(settings(google=place)), answers)
    perimeter = of(made, "ServicePerimeter")[0]
    assert value(perimeter, "status") is None
    assert value(perimeter, "spec.ingressPolicies[0].ingressFrom.identities") == [
        "serviceAccount:palisade-dev-deployer@palisade-dev-example.iam.gserviceaccount.com",
        "group:platform@example.com",
    ]
    enforced = build(lambda: gcp.build(settings(google={**place, "perimeter": "enforced"})), answers)
    assert value(of(enforced, "ServicePerimeter")[0], "spec") is None
