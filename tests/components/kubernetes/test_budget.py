"""What callers may take of models: budgets of their own, by an estimate that no body makes smaller."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from components.kubernetes.budget import LIMIT_HEADER, most_of_one
from components.kubernetes.gateway import Rules, table
from components.kubernetes.profile import defaults
from tests.components.kubernetes.envoy import ENVOY, KEY, Upstream, ask, running_gateway, unasked

HEADER, TOKEN_HEADER = defaults("aws").way_header, defaults("aws").token_header
SIGNED_IN, BY_KEY = {HEADER: table().signed_in}, {HEADER: table().api_key, "x_api_key": KEY}
CHAT, TEXT, EMBED = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"
MOST = 2000
BUDGET = 1_200_000
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)
Running = tuple[int, Upstream, Path]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway behind an edge that verifies tokens, as on AWS, and what its log says."""
    upstream = Upstream()
    rules = Rules(65536, MOST, HEADER, BUDGET, token_header=TOKEN_HEADER, callers=("batch",))
    folder = tmp_path_factory.mktemp("budget")
    with running_gateway(folder, rules, unasked, upstream) as (port, log):
        yield port, upstream, log


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def held_by(subject: str, **claims: Any) -> dict[str, str]:
    token = f"{encoded({'alg': 'RS256'})}.{encoded({'sub': subject, **claims})}.c2lnbmVk"
    return {TOKEN_HEADER: f"Bearer {token}", **SIGNED_IN}


def logged(log: Path, mark: str) -> dict[str, Any]:
    """The log's line about a request whose address has a mark."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if line.startswith("{") and mark in line:
                return json.loads(line)
        time.sleep(0.1)
    pytest.fail(f"nothing is logged of {mark}")


def estimate(running: Running, path: str, body: str, request: str) -> int:
    """What the gateway takes for a body, as its log has it."""
    port, _, log = running
    assert ask(port, path, body, x_request_id=request, **held_by(request))[0] == 200
    return int(logged(log, request)["tokens"])


def spent(port: int, caller: dict[str, str], each: int) -> int:
    """How many requests for so many answers pass before one is refused."""
    body = json.dumps({"prompt": "hi", "max_tokens": MOST, "n": each})
    for passed in range(50):
        if ask(port, TEXT, body, **caller)[0] == 429:
            return passed
    pytest.fail("no budget ends")


@pytest.mark.parametrize(
    ("path", "fields", "answers"),
    [
        (CHAT, {}, MOST),
        (CHAT, {"max_tokens": 7}, 7),
        (CHAT, {"max_completion_tokens": 7}, 7),
        (CHAT, {"max_completion_tokens": 7, "max_tokens": 9}, 9),
        (CHAT, {"max_tokens": None}, MOST),
        (CHAT, {"max_output_tokens": 1}, MOST),
        (CHAT, {"max_tokens": 7, "n": 3}, 21),
        (CHAT, {"n": 3}, 3 * MOST),
        (CHAT, {"messages": [{"content": '{"max_tokens": 1}'}]}, MOST),
        (CHAT, {"other": {"max_tokens": 1, "n": 1}}, MOST),
        (TEXT, {"max_completion_tokens": 1}, MOST),
        (TEXT, {"prompt": "hi", "max_tokens": 7}, 7),
        (TEXT, {"prompt": ["one", "t],[wo", "three"], "max_tokens": 7, "n": 2}, 42),
        (TEXT, {"prompt": [[1, 2], [3]], "max_tokens": 7, "best_of": 2}, 28),
        (TEXT, {"prompt": [1, 2, 3], "max_tokens": 7}, 7),
        (TEXT, {"max_tokens": 7, "n": 500}, 3500),
        (EMBED, {"input": "hi", "max_tokens": 7}, 0),
    ],
)
def test_a_request_pays_for_its_body_and_the_most_that_answers_may_have(
    running: Running, path: str, fields: dict[str, Any], answers: int
) -> None:
    body = json.dumps({"model": "m", **fields})
    assert estimate(running, path, body, uuid4().hex) == math.ceil(len(body) / 4) + answers


def test_a_prompt_of_numbers_pays_for_each(running: Running) -> None:
    body = json.dumps({"input": [1] * 900}, separators=(",", ":"))
    assert estimate(running, EMBED, body, "numbers") == 900


@pytest.mark.parametrize(
    "body",
    [
        '{"max_tokens":1,"max_tokens":900}',
        '{"max_tokens":900,"max_tok\\u0065ns":1}',
        '{"\\u006e":50}',
        '{"MAX_TOKENS":1}',
        '{"N":50}',
        '{"max_tokens":0}',
        '{"max_tokens":-5}',
        '{"max_tokens":1e3}',
        '{"max_tokens":"1"}',
        '{"max_tokens":01}',
        '{"max_tokens":2001}',
        '{"n":0}',
        '{"n":-1}',
        '{"n":1.5}',
        "[]",
        "no object",
    ],
)
def test_what_could_be_read_as_less_is_refused(running: Running, body: str) -> None:
    port, upstream, _ = running
    before = len(upstream.seen)
    assert ask(port, CHAT, body, **BY_KEY)[0] == 400
    assert len(upstream.seen) == before


def test_each_caller_has_a_budget_of_its_own(running: Running) -> None:
    port, _, _ = running
    # The budget grows back while time passes, so that a slow machine gets one or two more.
    assert 4 <= spent(port, held_by("one"), 140) <= 6
    assert ask(port, CHAT, "{}", **held_by("two"))[0] == 200
    assert 4 <= spent(port, BY_KEY, 140) <= 6
    assert ask(port, CHAT, "{}", **held_by("two"))[0] == 200


def test_a_new_token_brings_no_new_budget(running: Running) -> None:
    port, _, _ = running
    assert spent(port, held_by("same", jti="a"), 140) >= 4
    body = json.dumps({"n": 140})
    assert ask(port, CHAT, body, **held_by("same", jti="b"))[0] == 429
    # A key that is shown decides who pays, whatever token is beside it.
    spent(port, BY_KEY, 140)
    assert ask(port, CHAT, body, **{**held_by("fresh"), "x_api_key": KEY})[0] == 429


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {TOKEN_HEADER: "Bearer opaque"},
        {TOKEN_HEADER: f"Bearer e30.{encoded([1])}.e30"},
        {TOKEN_HEADER: f"Bearer e30.{encoded({'sub': ''})}.e30"},
        {TOKEN_HEADER: f"Bearer e30.{encoded({'act': {'sub': 'nested'}})}.e30"},
    ],
)
def test_who_is_not_named_shares_one_budget(running: Running, shown: dict[str, str]) -> None:
    port, _, _ = running
    spent(port, SIGNED_IN, 140)
    assert ask(port, CHAT, json.dumps({"n": 140}), **SIGNED_IN, **shown)[0] == 429


def test_a_refusal_says_why_and_costs_nothing(running: Running) -> None:
    port, upstream, log = running
    caller = held_by("told")
    spent(port, caller, 140)
    before = len(upstream.seen)
    assert ask(port, CHAT, json.dumps({"n": 140}), x_request_id="refused-late", **caller)[0] == 429
    assert len(upstream.seen) == before
    line = logged(log, "refused-late")
    assert (line["verdict"], line["status"]) == ("beyond the budget", 429)
    # What is left still serves a smaller request, and what asks no model is free.
    assert ask(port, CHAT, json.dumps({"max_tokens": 1}), **caller)[0] == 200
    assert [ask(port, "/v1/models", **caller)[0] for _ in range(3)] == [200] * 3


def test_a_request_beyond_a_whole_budget_is_told_so(running: Running) -> None:
    port, upstream, log = running
    before = len(upstream.seen)
    told = ask(port, CHAT, json.dumps({"n": 700}), x_request_id="too-much", **held_by("greedy"))
    assert told[0] == 429
    assert "more tokens are asked for than a caller has in a minute" in told[1]
    assert len(upstream.seen) == before
    assert logged(log, "too-much")["verdict"] == "beyond the budget"
    # It took nothing: the whole budget is there.
    assert ask(port, CHAT, json.dumps({"n": 590}), **held_by("greedy"))[0] == 200
    assert ask(port, CHAT, json.dumps({"n": 140}), **held_by("greedy"))[0] == 429


def test_on_google_cloud_its_proxy_says_who_pays(tmp_path: Path) -> None:
    cloud = defaults("gcp")
    rules = Rules(4096, MOST, cloud.way_header, 60 * MOST, token_header=cloud.token_header)
    with running_gateway(tmp_path, rules, unasked, Upstream()) as (port, _):
        told: list[int] = []
        for subject, email in (("1", "a"), ("1", "b"), ("2", "a")):
            said = f"e30.{encoded({'sub': f'accounts.google.com:{subject}', 'email': email})}.c2lnbmVk"
            headers = {cloud.way_header: table().signed_in, cloud.token_header: said}
            # What a caller brings besides, IAP did not verify.
            other = {"authorization": held_by(email + subject)[TOKEN_HEADER]}
            told.append(ask(port, CHAT, json.dumps({"n": 40}), **headers, **other)[0])
        assert told == [200, 429, 200]


def test_a_budget_grows_back(tmp_path: Path) -> None:
    upstream = Upstream()
    rules = Rules(4096, MOST, HEADER, 60 * MOST, token_header=TOKEN_HEADER)
    with running_gateway(tmp_path, rules, unasked, upstream) as (port, _):
        caller, body = held_by("patient"), json.dumps({"max_tokens": MOST, "n": 59})
        assert ask(port, CHAT, body, **caller)[0] == 200
        assert ask(port, CHAT, json.dumps({"n": 4}), **caller)[0] == 429
        time.sleep(4)
        assert ask(port, CHAT, json.dumps({"n": 4}), **caller)[0] == 200


def test_the_largest_request_is_one_that_a_budget_must_cover() -> None:
    assert most_of_one(8192, 2048) == 4096
    assert most_of_one(8193, 2048) == 4097
    assert LIMIT_HEADER.islower()
