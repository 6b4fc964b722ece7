"""What the preview refuses, by name: an opened training network, a dropped key, a wrong value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.conftest import MUTATED, MakeStack, one_line

MUTATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a route to the internet": (
        {
            "add": "gcp:compute/route:Route",
            "name": "way-out",
            "inputs": {
                "network": "projects/palisade-{stack}/global/networks/palisade-dev",
                "destRange": "0.0.0.0/0",
                "nextHopGateway": "default-internet-gateway",
            },
        },
        "routes-never-reach-the-internet",
    ),
    "a bucket without its key": (
        {"type": "gcp:storage/bucket:Bucket", "name": "palisade-dev-datasets", "path": ["encryption"]},
        "customer-key",
    ),
    "a node pool without its key": (
        {
            "type": "gcp:container/nodePool:NodePool",
            "name": "palisade-dev-training-system",
            "path": ["nodeConfig", "bootDiskKmsKey"],
        },
        "customer-key",
    ),
}


@pytest.mark.parametrize("case", MUTATIONS, ids=lambda case: case.replace(" ", "-"))
def test_an_insecure_change_is_refused_at_preview(case: str, make_stack: MakeStack) -> None:
    mutation, rule = MUTATIONS[case]
    name = "m" + str(list(MUTATIONS).index(case))
    stack = make_stack(name, program=MUTATED)
    stack.env["PALISADE_MUTATIONS"] = json.dumps([mutation]).replace("{stack}", name)
    done = stack.preview(capture=True)
    told = one_line(done.stdout)
    assert done.returncode != 0, told
    assert "mandatory" in told, told
    refused = [f for f in stack.report()["findings"] if rule in f["rule"] and f["outcome"] == "violated"]
    assert refused, stack.report()["findings"]
    assert f"[{refused[0]['rule']}]" in told
    assert f"Remedy: {refused[0]['remedy']}" in told


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
