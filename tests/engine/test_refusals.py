"""What a person reads when a preview is refused: the rule, the resource and the remedy; one sentence."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.conftest import MakeStack, one_line
from tests.engine.mutations import MUTATED

BUCKET = {"type": "gcp:storage/bucket:Bucket", "name": "palisade-dev-datasets"}


def test_a_refusal_names_rule_resource_and_remedy(make_stack: MakeStack) -> None:
    stack = make_stack("m-key", program=MUTATED)
    stack.env["PALISADE_MUTATIONS"] = json.dumps([{**BUCKET, "path": ["encryption", "defaultKmsKeyName"]}])
    done = stack.preview(capture=True)
    told = one_line(done.stdout)
    assert done.returncode != 0, told
    assert "mandatory" in told, told
    (refused,) = stack.report()["findings"]
    assert refused["rule"].endswith("data-at-rest-uses-a-customer-key")
    assert f"[{refused['rule']}]" in told
    assert BUCKET["name"] in told
    assert f"Remedy: {refused['remedy']}" in told


def test_the_mutated_program_is_refused_for_nothing_else(make_stack: MakeStack) -> None:
    stack = make_stack("m-none", program=MUTATED)
    stack.env["PALISADE_MUTATIONS"] = "[]"
    done = stack.preview(capture=True)
    assert done.returncode == 0, done.stdout


def test_a_wrong_value_is_one_sentence(make_stack: MakeStack) -> None:
    def change(config: dict[str, Any]) -> None:
        config["palisade:training"]["acelerator"] = "l4"

    done = make_stack("typo", change).preview(capture=True)
    told = one_line(done.stdout)
    assert done.returncode != 0
    assert "palisade:training.acelerator" in told
    assert "Traceback" not in told
