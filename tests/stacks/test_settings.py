"""Settings as the engine hands them over, the schema for editors, and the files that ship."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from stacks import schema
from stacks.model.problems import SettingsError
from stacks.settings import EXPLAINED, Settings, from_configuration, json_schema

STACKS = Path(schema.__file__).parent
FILES = sorted(STACKS.glob("Pulumi.*.yaml"))
DEV: dict[str, Any] = yaml.safe_load((STACKS / "Pulumi.gcp-dev.yaml").read_text(encoding="utf-8"))


def handed_over(config: Mapping[str, Any]) -> dict[str, str]:
    """A stack file's configuration as the engine passes it to a program: sections as JSON text."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_stack_files_load_and_fit_the_schema(path: Path) -> None:
    file = yaml.safe_load(path.read_text(encoding="utf-8"))
    from_configuration(handed_over(file["config"]))
    jsonschema.validate(file, schema.stack_schema())
    assert path.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=./stack.schema.json\n"
    )
    assert file["config"]["pulumi:disable-default-providers"] == ["*"]


def test_the_schema_file_is_in_step_with_the_model() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run `python -m stacks.schema`"


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.stack_schema())


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property in a schema, with its path."""
    if isinstance(node, dict):
        for key, value in cast("dict[str, Any]", node).items():
            if key == "properties":
                for name, field in cast("dict[str, dict[str, Any]]", value).items():
                    yield f"{path}.{name}", field
            yield from properties(value, f"{path}.{key}")


def test_every_field_is_explained_to_editors() -> None:
    silent = [path for path, field in properties(dict(json_schema())) if not field.get("description")]
    assert not silent


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("palisade:clouds", "gcp"),
        ("palisade:cloud", "gpc"),
        ("palisade:training", {"accelerator": "v100"}),
        ("palisade:labels", {"Team": "ai"}),
        ("pulumi:disable-default-providers", []),
    ],
)
def test_editors_see_what_the_model_refuses(key: str, value: object) -> None:
    file = copy.deepcopy(DEV)
    file["config"][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(file, schema.stack_schema())


def test_editors_accept_secrets_and_other_namespaces() -> None:
    file = copy.deepcopy(DEV)
    file["config"]["palisade:contacts"]["security"] = {"secure": "v1:abc"}
    file["config"]["gcp:userProjectOverride"] = "true"
    file["secretsprovider"] = "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k"
    jsonschema.validate(file, schema.stack_schema())


def test_other_namespaces_are_left_alone() -> None:
    raw = {**handed_over(DEV["config"]), "gcp:project": "other", "aws:region": "eu-central-1"}
    assert from_configuration(raw).google is not None


def test_an_unknown_key_of_our_namespace_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        from_configuration({**handed_over(DEV["config"]), "palisade:frameworkz": '["gdpr"]'})
    assert [str(each) for each in refused.value.problems] == [
        "palisade:frameworkz: there is no such field; write `frameworks`."
    ]


def test_a_secret_never_shows_up_in_a_refusal() -> None:
    contacts = {"security": "the-secret-mailbox", "privacy": "privacy@example.com"}
    raw = {**handed_over(DEV["config"]), "palisade:contacts": json.dumps(contacts)}
    with pytest.raises(SettingsError) as refused:
        from_configuration(raw, {"palisade:contacts"})
    assert "the-secret-mailbox" not in str(refused.value)
    assert "palisade:contacts.security: '[secret]' is not an e-mail address" in str(refused.value)


@pytest.mark.parametrize("expires", ["2027-06-30", "2027-06-30T00:00:00Z", "2027-06-30 00:00:00 +0000 UTC"])
def test_numbers_and_dates_as_yaml_and_the_engine_hand_them_over(expires: str) -> None:
    config = {
        key.removeprefix("palisade:"): value for key, value in DEV["config"].items() if "palisade:" in key
    }
    config["google"] = {**config["google"], "organization_id": 123456789012}
    config["allow"] = [
        {
            "name": "mirror",
            "owner": "platform@example.com",
            "reason": "Images are mirrored from our partner.",
            "from": "operations",
            "to": "20.1.2.0/24",
            "protocol": "tcp",
            "ports": [443, "8000-8010"],
            "expires": expires,
        }
    ]
    settings = Settings.load(config, date(2026, 12, 1))
    assert settings.google is not None
    assert settings.google.organization_id == "123456789012"
    assert settings.allow[0].expires == date(2027, 6, 30)
    assert settings.allow[0].ports == ("443", "8000-8010")


def test_settings_do_not_change() -> None:
    settings = from_configuration(handed_over(DEV["config"]))
    for part in (settings, settings.training, settings.network):
        assert isinstance(part, BaseModel)
        assert part.model_config.get("frozen") is True
        assert part.model_config.get("extra") == "forbid"


def test_teardown_alone_ends_protection() -> None:
    raw = handed_over(DEV["config"])
    assert from_configuration(raw).protected
    raw["palisade:teardown"] = json.dumps(
        {"approved_by": "h@example.com", "reason": "The pilot is over now."}
    )
    assert not from_configuration(raw).protected


def test_a_program_with_a_bad_setting_explains_itself_and_stops() -> None:
    raw = {**handed_over(DEV["config"]), "palisade:cloud": "gpc", "palisade:environment": "live"}
    ended = subprocess.run(
        [sys.executable, "-c", "from stacks.settings import load_from_pulumi; load_from_pulumi()"],
        env={"PULUMI_CONFIG": json.dumps(raw), "PYTHONPATH": str(STACKS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == EXPLAINED
    assert "Traceback" not in ended.stderr
    assert "palisade:cloud: `gpc` does not fit; write one of `gcp`, `aws`, `azure`." in ended.stderr
    assert "palisade:environment: `live` does not fit" in ended.stderr
