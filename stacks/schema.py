"""Writes the JSON Schema of whole stack files, for editors: `python -m stacks.schema`.

It is made from the model and never edited; a test keeps the file in step. It knows what the model knows of
single fields. Rules between fields speak at preview.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from stacks.model.problems import NAMESPACE
from stacks.settings import json_schema

FILE = Path(__file__).with_name("stack.schema.json")

SECURE = {
    "type": "object",
    "description": "A secret, written by `pulumi config set --secret`.",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
}


def stack_schema() -> dict[str, Any]:
    """The schema of a whole stack file, in which every value may also be a secret."""
    model = json_schema()
    definitions = {name: _with_secrets(each) for name, each in model["$defs"].items()}
    fields = _with_secrets(model)["properties"]
    config: dict[str, Any] = {
        "type": "object",
        "properties": {f"{NAMESPACE}:{name}": field for name, field in fields.items()}
        | {
            "pulumi:disable-default-providers": {
                "description": 'Write ["*"]: no resource falls back to a provider nobody configured.',
                "const": ["*"],
            }
        },
        "required": [
            *(f"{NAMESPACE}:{name}" for name in model["required"]),
            "pulumi:disable-default-providers",
        ],
        # Other namespaces belong to Pulumi and its providers.
        "patternProperties": {rf"^(?!{NAMESPACE}:)[^:]+:": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Palisade stack file",
        "type": "object",
        "properties": {
            "config": config,
            "secretsprovider": {"type": "string", "description": "Where the stack's secrets key lives."},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {**definitions, "Secure": SECURE},
    }


def _with_secrets(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An object's schema in which each field may be a secret; choices stay plain for completion."""
    fields = cast("Mapping[str, dict[str, Any]]", schema.get("properties", {}))
    if not fields:
        return dict(schema)
    return {**schema, "properties": {name: _or_secret(field) for name, field in fields.items()}}


def _or_secret(field: Mapping[str, Any]) -> dict[str, Any]:
    if "patternProperties" in field:
        return {**field, "additionalProperties": False}
    if field.get("type") != "string":
        return dict(field)
    kept = {key: field[key] for key in ("description", "examples", "title", "default") if key in field}
    plain = {key: value for key, value in field.items() if key not in kept}
    return {**kept, "anyOf": [plain, {"$ref": "#/$defs/Secure"}]}


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
