"""The gateway, run as it is: a real Envoy with our configuration, before a model and a screen of the test."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.gcp.armor_rules import Way
from components.gcp.armor_rules import table as firewall
from components.gcp.edge import KEY_HEADER, WAY_HEADER
from components.kubernetes import gateway
from components.kubernetes.gateway import Rules, configuration, script, table
from components.kubernetes.profile import defaults
from components.kubernetes.screening import Screen, Screener
from tests.components.kubernetes.envoy import ENVOY, KEY, PLENTY, Upstream, ask, certificate, running_gateway

SCREEN = Screen(
    Screener.MODEL_ARMOR, "modelarmor.europe-west4.rep.googleapis.com", "projects/p/locations/l/templates/t"
)
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Upstream, Path]]:
    """A gateway with every check on, its port, what stands behind it, and its log."""
    upstream = Upstream()

    def cloud(path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        if path.startswith("/computeMetadata"):
            return 200, json.dumps({"access_token": "pod-token", "token_type": "Bearer"})
        assert path == f"/v1/{SCREEN.template}:sanitizeUserPrompt"
        assert headers["authorization"] == "Bearer pod-token"
        upstream.judged.append(json.loads(body)["userPromptData"]["text"])
        result = {"filterMatchState": upstream.screen, "invocationResult": "SUCCESS"}
        return upstream.screen_status, json.dumps({"sanitizationResult": result})

    rules = Rules(2048, 100, WAY_HEADER, PLENTY, callers=("batch",), screen=SCREEN)
    with running_gateway(tmp_path_factory.mktemp("gateway"), rules, cloud, upstream) as (port, log):
        yield port, upstream, log


SIGNED_IN = {WAY_HEADER: Way.SIGNED_IN.value}
BY_KEY = {WAY_HEADER: Way.API_KEY.value}
PROMPT = json.dumps({"messages": [{"role": "user", "content": 'say "hi"\n\u00e9'}], "max_tokens": 50})


def test_edge_and_gateway_speak_of_the_same_ways_paths_and_headers() -> None:
    assert {table().signed_in, table().api_key} == set(Way)
    assert defaults("gcp").way_header == WAY_HEADER
    assert table().key_header == KEY_HEADER
    assert list(table().paths) == [f"/v1/{path}" for path in firewall().paths]


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z_]+@", script(Rules(1024, 10, WAY_HEADER, PLENTY)))


@pytest.mark.parametrize("path", table().paths)
def test_every_offered_path_reaches_the_model(running: tuple[int, Upstream, Path], path: str) -> None:
    port, upstream, _ = running
    assert ask(port, path, **SIGNED_IN)[0] == 200
    assert upstream.seen[-1]["path"] == path


@pytest.mark.parametrize(
    "path",
    ["/", "/v1/files", "/v1/models/../../metrics2", "/pause", "/update_weights", "/v1/models/x", "/v1"],
)
def test_no_other_path_does(running: tuple[int, Upstream, Path], path: str) -> None:
    port, upstream, _ = running
    before = len(upstream.seen)
    assert ask(port, path, **SIGNED_IN)[0] == 404
    assert len(upstream.seen) == before


def test_an_escaped_slash_is_refused(running: tuple[int, Upstream, Path]) -> None:
    assert ask(running[0], "/v1%2Fmodels", **SIGNED_IN)[0] == 400


@pytest.mark.parametrize(
    "headers", [{}, {WAY_HEADER: "yes"}, {WAY_HEADER: ""}, {"authorization": "Bearer x"}]
)
def test_what_the_load_balancer_did_not_mark_is_refused(
    running: tuple[int, Upstream, Path], headers: dict[str, str]
) -> None:
    port, upstream, _ = running
    before = len(upstream.seen)
    assert ask(port, "/v1/models", **headers)[0] == 403
    assert len(upstream.seen) == before


def test_an_api_key_is_one_that_exists(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, _ = running
    assert ask(port, "/v1/models", **BY_KEY, **{KEY_HEADER: KEY})[0] == 200
    assert KEY_HEADER not in upstream.seen[-1]
    for wrong in ("", "k", "k" * 39, "k" * 39 + "l", "k" * 41):
        assert ask(port, "/v1/models", **BY_KEY, **{KEY_HEADER: wrong})[0] == 403, wrong
    assert ask(port, "/v1/models", **BY_KEY)[0] == 403


def test_the_model_sees_no_credential(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, _ = running
    assert ask(port, "/v1/models", authorization="Bearer secret", cookie="a=b", **SIGNED_IN)[0] == 200
    assert not {"authorization", "cookie"} & set(upstream.seen[-1])


def test_a_clean_prompt_passes_and_was_judged_word_by_word(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, _ = running
    upstream.screen, upstream.screen_status = "NO_MATCH_FOUND", 200
    assert ask(port, "/v1/chat/completions", PROMPT, **SIGNED_IN) == (200, "answered")
    assert upstream.judged[-1] == PROMPT
    assert upstream.seen[-1]["body"] == PROMPT


@pytest.mark.parametrize(
    ("state", "status", "refused"),
    [("MATCH_FOUND", 200, 400), ("NO_MATCH_FOUND", 503, 503), ("NO_MATCH_FOUND", 403, 503), ("", 200, 503)],
)
def test_a_prompt_that_was_not_found_clean_is_refused(
    running: tuple[int, Upstream, Path], state: str, status: int, refused: int
) -> None:
    port, upstream, _ = running
    upstream.screen, upstream.screen_status = state, status
    before = len(upstream.seen)
    assert ask(port, "/v1/chat/completions", PROMPT, **SIGNED_IN)[0] == refused
    assert len(upstream.seen) == before
    upstream.screen, upstream.screen_status = "NO_MATCH_FOUND", 200


def test_bodies_and_answers_have_limits(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, _ = running
    before = len(upstream.seen)
    assert ask(port, "/v1/completions", "x" * 2049, **SIGNED_IN)[0] == 413
    for name in ("max_tokens", "max_completion_tokens"):
        assert ask(port, "/v1/completions", json.dumps({name: 101}), **SIGNED_IN)[0] == 400
    assert len(upstream.seen) == before
    assert ask(port, "/v1/completions", json.dumps({"max_tokens": 100}), **SIGNED_IN)[0] == 200


def test_checks_and_measures_need_no_caller(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, _ = running
    assert ask(port, table().health_path)[0] == 200
    assert upstream.seen[-1]["path"] == "/health"
    assert ask(port, table().metrics_path)[0] == 200


def test_the_log_has_verdicts_and_no_prompt(running: tuple[int, Upstream, Path]) -> None:
    port, upstream, log = running
    upstream.screen = "MATCH_FOUND"
    ask(port, "/v1/chat/completions", json.dumps({"prompt": "a very secret question"}), **SIGNED_IN)
    upstream.screen = "NO_MATCH_FOUND"
    deadline = time.monotonic() + 20
    while '"verdict":"blocked"' not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert '"verdict":"blocked"' in log.read_text()
    assert "secret question" not in log.read_text()


def test_the_whole_configuration_is_one_that_envoy_takes(tmp_path: Path) -> None:
    certificate(tmp_path / "tls")
    rules = Rules(65536, 2048, WAY_HEADER, PLENTY, callers=("batch",), screen=SCREEN)
    text = configuration(rules).replace(gateway.CERTIFICATES, str(tmp_path / "tls"))
    text = text.replace("/etc/ssl/certs/ca-certificates.crt", str(tmp_path / "tls" / "tls.crt"))
    (tmp_path / "envoy.json").write_text(text)
    assert ENVOY
    done = subprocess.run(
        [ENVOY, "--mode", "validate", "-c", str(tmp_path / "envoy.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
