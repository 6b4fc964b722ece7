"""The cloud's own models behind the gateway: the same callers, limits and screen, and what is sent on."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes import gateway
from components.kubernetes.gateway import Rules, configuration, script, table
from components.kubernetes.hosted import HEADER as MARK
from components.kubernetes.hosted import Hosted
from components.kubernetes.screening import Screen, Screener
from tests.components.kubernetes.envoy import ENVOY, KEY, PLENTY, Upstream, acting_pod, ask, running_gateway

HEADER = "x-palisade-credential"
HOST = "foundry-test.openai.azure.com"
HOSTED = Hosted(HOST, ("gpt-5-mini", "embed"))
SCREEN = Screen(Screener.CONTENT_SAFETY, "palisade-test.cognitiveservices.azure.com", "2024-09-01")
BY_KEY = {HEADER: table().api_key, "x_api_key": KEY}
PER_MINUTE = 400
CHAT = "/v1/chat/completions"
TENANT = "00000000-0000-0000-0000-00000000000a"
RULES = Rules(
    32768,
    100,
    HEADER,
    PLENTY,
    callers=("batch",),
    screen=SCREEN,
    requests_per_minute=PER_MINUTE,
    hosted=HOSTED,
)
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)


class Azure:
    """What stands in for Entra ID, Content Safety and Foundry: what it was asked, and its next answers."""

    def __init__(self) -> None:
        self.attack = False
        self.entra = 200
        self.seen: list[dict[str, str]] = []

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        given = {key.lower(): text for key, text in headers.items()}
        if path.endswith("/oauth2/v2.0/token"):
            # A token that has ended is asked for again with the next request.
            told = {"token_type": "Bearer", "expires_in": 0, "access_token": "entra-token"}
            return self.entra, json.dumps(told)
        if path == SCREEN.path:
            return 200, json.dumps({"userPromptAnalysis": {"attackDetected": self.attack}})
        if path == SCREEN.path.replace("shieldPrompt", "analyze"):
            return 200, json.dumps({"categoriesAnalysis": [{"category": "Hate", "severity": 0}]})
        self.seen.append({":path": path, ":body": body, **given})
        return 200, "hosted"


Running = tuple[int, Upstream, Azure]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway before the pod's own model and two of the cloud's."""
    upstream, azure = Upstream(), Azure()
    folder = tmp_path_factory.mktemp("hosted")
    with running_gateway(folder, RULES, azure.answer, upstream, acting_pod(folder, TENANT)) as (port, _):
        yield port, upstream, azure


def chat(model: Any = "gpt-5-mini", **more: Any) -> str:
    return json.dumps({"messages": [{"role": "user", "content": "hi"}], "model": model, **more})


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z_]+@", script(RULES))
    assert "sent_on(handle" in script(RULES)
    assert "function sent_on" not in script(Rules(1024, 10, HEADER, PLENTY))


@pytest.mark.parametrize(("path", "model"), [(CHAT, "gpt-5-mini"), ("/v1/embeddings", "embed")])
def test_a_model_of_the_clouds_is_asked_as_the_pod_with_the_body_as_it_was(
    running: Running, path: str, model: str
) -> None:
    port, upstream, azure = running
    before, body = len(upstream.seen), chat(model, max_tokens=50)
    more = {"api_key": "k", "x_policy_id": "lax", "x_forwarded_for": "1.2.3.4", "accept": "text/event-stream"}
    assert ask(port, f"{path}?api-version=preview", body, **BY_KEY, **more) == (200, "hosted")
    assert len(upstream.seen) == before
    seen = azure.seen[-1]
    assert (seen[":path"], seen["host"], seen[":body"]) == (f"/openai{path}", HOST, body)
    assert seen["authorization"] == "Bearer entra-token"
    assert seen["accept"] == "text/event-stream"
    kept = {name for name in seen if not name.startswith((":", "x-envoy-", "x-request-id"))}
    assert kept <= {"host", "authorization", "accept", "content-length", "content-type", "x-forwarded-proto"}


@pytest.mark.parametrize(
    "body",
    [
        chat("acme/support"),
        chat("gpt-5"),
        chat("gpt-5-mini,embed"),
        chat(["gpt-5-mini"]),
        chat({"model": "gpt-5-mini"}),
        chat(None),
        json.dumps({"messages": [{"model": "gpt-5-mini", "content": '"}],"model":"gpt-5-mini"'}]}),
        '{"model": "gpt\\u002d5-mini"}',
        "{}",
    ],
)
def test_everything_else_is_for_the_pods_own_model(running: Running, body: str) -> None:
    port, upstream, azure = running
    before = len(azure.seen)
    assert ask(port, CHAT, body, **BY_KEY) == (200, "answered")
    assert len(azure.seen) == before
    assert upstream.seen[-1]["body"] == body
    assert "authorization" not in upstream.seen[-1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"model":"own","model":"gpt-5-mini"}',
        '{"model":"gpt-5-mini","mod\\u0065l":"own"}',
        '{"model":"gpt-5-mini","Model":"own"}',
        '{"model":"gpt-5-mini","store":false,"Store":true}',
        '{"model":"gpt-5-mini"} {"model":"own"}',
        '{"model":"gpt-5-mini"',
        '{"model":"gpt-5-mini","messages":[{"content":"no end}]}',
        '{"model" "gpt-5-mini"}',
    ],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(running: Running, body: str) -> None:
    port, upstream, azure = running
    before = len(azure.seen), len(upstream.seen)
    assert ask(port, CHAT, body, **BY_KEY)[0] == 400
    assert (len(azure.seen), len(upstream.seen)) == before


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("store", True), ("STORE", True), ("data_sources", [1]), ("web_search_options", "near")],
)
def test_what_the_service_would_keep_or_fetch_is_not_asked_for(
    running: Running, name: str, wanted: object
) -> None:
    port, _, azure = running
    more = {name: wanted}
    before = len(azure.seen)
    assert ask(port, CHAT, chat(**more), **BY_KEY)[0] == 400
    assert len(azure.seen) == before
    assert ask(port, CHAT, chat(**{name: None}), **BY_KEY) == (200, "hosted")
    assert ask(port, CHAT, chat("acme/support", **more), **BY_KEY) == (200, "answered")


def test_an_answer_without_a_bound_is_given_one(running: Running) -> None:
    port, _, azure = running
    assert ask(port, f"{CHAT}?x=1", chat(note="{}"), **BY_KEY) == (200, "hosted")
    sent = azure.seen[-1][":body"]
    assert json.loads(sent) == {**json.loads(chat(note="{}")), "max_completion_tokens": 100}
    assert azure.seen[-1]["content-length"] == str(len(sent))
    for fields in ({"max_tokens": 50}, {"max_completion_tokens": 100}):
        assert ask(port, CHAT, chat(**fields), **BY_KEY) == (200, "hosted")
        assert azure.seen[-1][":body"] == chat(**fields)
    # Legacy completions have a bound of the service's own, embeddings have no answer.
    for path in ("/v1/completions", "/v1/embeddings"):
        assert ask(port, path, chat(), **BY_KEY) == (200, "hosted")
        assert azure.seen[-1][":body"] == chat()


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "MAX_TOKENS"])
def test_a_bound_that_is_none_is_refused(running: Running, name: str) -> None:
    port, _, azure = running
    before = len(azure.seen)
    assert ask(port, CHAT, chat(**{name: None}), **BY_KEY)[0] == 400
    assert len(azure.seen) == before
    assert ask(port, CHAT, chat("acme/support", **{name: None}), **BY_KEY) == (200, "answered")


def test_no_caller_marks_a_request_itself(running: Running) -> None:
    port, upstream, azure = running
    before = len(azure.seen)
    marked = {MARK.replace("-", "_"): "yes"}
    assert ask(port, CHAT, chat("acme/support"), **BY_KEY, **marked) == (200, "answered")
    assert ask(port, "/v1/models", **BY_KEY, **marked) == (200, "answered")
    assert MARK not in upstream.seen[-1]
    assert ask(port, CHAT, chat(), **marked)[0] == 403
    assert len(azure.seen) == before


def test_limits_and_screen_hold_for_it_too(running: Running) -> None:
    port, _, azure = running
    before = len(azure.seen)
    assert ask(port, CHAT, chat(max_completion_tokens=101), **BY_KEY)[0] == 400
    assert ask(port, CHAT, chat(text="x" * 32768), **BY_KEY)[0] == 413
    assert ask(port, CHAT, chat(), **{**BY_KEY, "x_api_key": "w" * 40})[0] == 403
    azure.attack = True
    assert ask(port, CHAT, chat(), **BY_KEY)[0] == 400
    azure.attack = False
    assert len(azure.seen) == before


def test_without_a_token_of_entra_nothing_is_asked(running: Running) -> None:
    port, _, azure = running
    before = len(azure.seen)
    azure.entra = 500
    assert ask(port, CHAT, chat(), **BY_KEY)[0] == 503
    azure.entra = 200
    assert len(azure.seen) == before


def test_both_models_answers_come_out_of_one_budget(tmp_path: Path) -> None:
    upstream, azure = Upstream(), Azure()
    rules = Rules(4096, 100, HEADER, 10_000, callers=("batch",), hosted=HOSTED)
    with running_gateway(tmp_path, rules, azure.answer, upstream, acting_pod(tmp_path, TENANT)) as (port, _):
        assert ask(port, CHAT, chat(n=50), **BY_KEY) == (200, "hosted")
        assert ask(port, CHAT, chat("acme/support", n=48), **BY_KEY) == (200, "answered")
        before = len(azure.seen)
        assert ask(port, CHAT, chat(n=20), **BY_KEY)[0] == 429
        assert ask(port, CHAT, chat("acme/support", n=20), **BY_KEY)[0] == 429
        assert (len(upstream.seen), len(azure.seen)) == (1, before)


def test_a_program_that_fails_lets_nothing_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = script(RULES).replace('headers:remove("cookie")', 'error("broken")')

    def program(_rules: Rules) -> str:
        return broken

    monkeypatch.setattr(gateway, "script", program)
    upstream, azure = Upstream(), Azure()
    with running_gateway(tmp_path, RULES, azure.answer, upstream) as (port, _):
        assert ask(port, CHAT, chat("acme/support"), **BY_KEY)[0] == 500
    assert not upstream.seen


def test_one_proxy_for_tokens_serves_screen_and_models() -> None:
    made = json.loads(configuration(RULES))["static_resources"]["clusters"]
    assert [each["name"] for each in made] == ["model", "screen", "login", "hosted"]
    alone = json.loads(configuration(Rules(1024, 10, HEADER, PLENTY, hosted=HOSTED)))["static_resources"][
        "clusters"
    ]
    assert [each["name"] for each in alone] == ["model", "hosted", "login"]
    (service,) = [each for each in made if each["name"] == "hosted"]
    assert service["transport_socket"]["typed_config"]["sni"] == HOST
