"""The gateway on AWS: what the firewall tells it, and prompts that a guardrail judges; by a real Envoy."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator

import pytest

from components.aws.waf import WAY_HEADER
from components.aws.waf_rules import KEY_HEADER
from components.aws.waf_rules import table as firewall
from components.kubernetes.gateway import Rules, script, table
from components.kubernetes.profile import defaults
from components.kubernetes.screening import Screen, Screener
from tests.components.kubernetes.envoy import ENVOY, PLENTY, Upstream, ask, running_gateway

HEADER = defaults("aws").way_header
SCREEN = Screen(Screener.GUARDRAIL, "bedrock-runtime.eu-central-1.amazonaws.com", "abc123/version/1")
SIGNED_IN = {HEADER: table().signed_in}
PROMPT = json.dumps({"messages": [{"role": "user", "content": 'say "hi"\n\u00e9'}], "max_tokens": 50})
# The shape of answers: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html.
CLEAN = json.dumps({"action": "NONE", "outputs": [], "assessments": [{}], "usage": {"contentPolicyUnits": 1}})
BLOCKING = {"filters": [{"type": "PROMPT_ATTACK", "confidence": "HIGH", "action": "BLOCKED"}]}
FOUND = json.dumps({"action": "GUARDRAIL_INTERVENED", "assessments": [{"contentPolicy": BLOCKING}]})
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Upstream]]:
    """A gateway with credentials of a role, and what stands behind it. `screen` is the guardrail's answer."""
    upstream = Upstream(screen=CLEAN)

    def guardrail(path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        assert path == "/guardrail/abc123/version/1/apply"
        given = {key.lower(): text for key, text in headers.items()}
        scope = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-central-1/bedrock/aws4_request"
        assert re.match(scope, given["authorization"])
        assert "x-amz-date" in given
        asked = json.loads(body)
        assert asked["source"] == "INPUT"
        upstream.judged.append(asked["content"][0]["text"]["text"])
        return upstream.screen_status, upstream.screen

    credentials = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
    rules = Rules(2048, 100, HEADER, PLENTY, screen=SCREEN)
    folder = tmp_path_factory.mktemp("guardrail")
    with running_gateway(folder, rules, guardrail, upstream, credentials) as (port, _):
        yield port, upstream


def test_firewall_and_gateway_speak_of_the_same_ways_paths_and_headers() -> None:
    assert f"x-amzn-waf-{WAY_HEADER}" == HEADER
    assert table().key_header == KEY_HEADER
    assert table().paths == firewall().paths


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z_]+@", script(Rules(1024, 10, HEADER, PLENTY, screen=SCREEN)))


def test_a_clean_prompt_passes_and_was_judged_word_by_word(running: tuple[int, Upstream]) -> None:
    port, upstream = running
    upstream.screen, upstream.screen_status = CLEAN, 200
    assert ask(port, "/v1/chat/completions", PROMPT, **SIGNED_IN) == (200, "answered")
    assert upstream.judged[-1] == PROMPT


@pytest.mark.parametrize(
    ("answer", "status", "refused"),
    [
        (FOUND, 200, 400),
        (CLEAN, 503, 503),
        (CLEAN, 403, 503),
        ("", 200, 503),
        (json.dumps({"action": "NONE", "assessments": [{"contentPolicy": BLOCKING}]}), 200, 503),
    ],
)
def test_a_prompt_that_was_not_found_clean_is_refused(
    running: tuple[int, Upstream], answer: str, status: int, refused: int
) -> None:
    port, upstream = running
    upstream.screen, upstream.screen_status = answer, status
    before = len(upstream.seen)
    assert ask(port, "/v1/chat/completions", PROMPT, **SIGNED_IN)[0] == refused
    assert len(upstream.seen) == before


def test_the_other_clouds_header_means_nothing_here(running: tuple[int, Upstream]) -> None:
    port, _ = running
    assert ask(port, "/v1/models", **{defaults("gcp").way_header: table().signed_in})[0] == 403


def test_the_model_sees_no_credential(running: tuple[int, Upstream]) -> None:
    port, upstream = running
    assert ask(port, "/v1/models", authorization="Bearer secret", **SIGNED_IN)[0] == 200
    assert "authorization" not in upstream.seen[-1]
