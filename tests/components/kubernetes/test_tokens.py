"""The gateway on Azure: tokens it verifies itself, callers it counts, prompts that Content Safety judges."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from components.azure.waf_rules import KEY_HEADER
from components.azure.waf_rules import table as firewall
from components.kubernetes.gateway import FRONT, FRONT_FOLDER, Rules, configuration, script, table
from components.kubernetes.screening import Screen, Screener
from components.kubernetes.tokens import TOKEN_KEYS, Tokens
from tests.components.kubernetes.envoy import (
    ENVOY,
    KEY,
    PLENTY,
    Upstream,
    acting_pod,
    ask,
    running_gateway,
    unasked,
)

HEADER = "x-palisade-credential"
TENANT = "00000000-0000-0000-0000-00000000000a"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
AUDIENCE, ROLE = "00000000-0000-0000-0000-00000000000b", "Models.Ask"
TOKENS = Tokens(ISSUER, AUDIENCE, ROLE)
SCREEN = Screen(Screener.CONTENT_SAFETY, "palisade-test.cognitiveservices.azure.com", "2024-09-01")
SIGNED_IN, BY_KEY = {HEADER: table().signed_in}, {HEADER: table().api_key}
PER_MINUTE = 40
PROMPT = json.dumps({"messages": [{"role": "user", "content": 'say "hi"\n\u00e9'}], "max_tokens": 50})
OURS, OTHERS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def page_of_keys(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_numbers()
    own = {"kty": "RSA", "use": "sig", "kid": "one", "n": number(public.n), "e": number(public.e)}
    return json.dumps({"keys": [own]})


def token(key: rsa.RSAPrivateKey = OURS, **changes: Any) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "oid": "holder",
        "roles": ["Other.Role", ROLE],
        "exp": int(time.time()) + 600,
        **changes,
    }
    head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def bearer(**changes: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {token(**changes)}", **SIGNED_IN}


class Service:
    """What stands in for Entra ID and Content Safety: what it was asked, and what it answers next."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.attack: bool | None = False
        self.severity = 0
        self.status = 200
        self.assertions: list[str] = []

    def answer(self, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        given = {key.lower(): text for key, text in headers.items()}
        if path.endswith("/oauth2/v2.0/token"):
            assert given["x-token-proxy"] == "proxy.ests.aks"
            assert given["host"] == "cluster.hcp.westeurope.azmk8s.io"
            self.assertions.append(body)
            return 200, json.dumps(
                {"token_type": "Bearer", "expires_in": 3599, "access_token": "entra-token"}
            )
        assert given["authorization"] == "Bearer entra-token"
        if path == SCREEN.path:
            self.pieces.append(json.loads(body)["userPrompt"])
            found = {"attackDetected": self.attack}
            return self.status, json.dumps({"userPromptAnalysis": found, "documentsAnalysis": []})
        assert path == SCREEN.path.replace("shieldPrompt", "analyze")
        assert json.loads(body)["text"] == self.pieces[-1]
        found = [{"category": "Hate", "severity": 0}, {"category": "Violence", "severity": self.severity}]
        return 200, json.dumps({"blocklistsMatch": [], "categoriesAnalysis": found})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Upstream, Service]]:
    """A gateway with every check of Azure's on."""
    upstream, service = Upstream(), Service()
    folder = tmp_path_factory.mktemp("tokens")
    rules = Rules(
        32768,
        100,
        HEADER,
        PLENTY,
        callers=("batch",),
        screen=SCREEN,
        tokens=TOKENS,
        requests_per_minute=PER_MINUTE,
        front="inside.example.com",
    )
    with running_gateway(folder, rules, service.answer, upstream, acting_pod(folder, TENANT)) as (port, _):
        # While there are no keys, there is no token that counts.
        assert ask(port, "/v1/models", **bearer())[0] == 401
        (folder / "keys" / TOKEN_KEYS).write_text(page_of_keys(OURS))
        yield port, upstream, service


def test_firewall_and_gateway_speak_of_the_same_paths_and_headers() -> None:
    assert table().key_header == KEY_HEADER
    assert table().paths == firewall().paths


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z_]+@", script(Rules(1024, 10, HEADER, PLENTY, screen=SCREEN, tokens=TOKENS)))


def test_a_token_with_the_role_passes_and_goes_no_further(running: tuple[int, Upstream, Service]) -> None:
    port, upstream, _ = running
    assert ask(port, "/v1/models", **bearer())[0] == 200
    assert "authorization" not in upstream.seen[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": OTHERS},
        {"iss": "https://login.microsoftonline.com/other/v2.0"},
        {"aud": "another-api"},
        {"exp": 1},
        {"roles": ["Other.Role"]},
        {"roles": []},
        {"roles": None},
    ],
    ids=["signed-by-others", "issuer", "audience", "expired", "role", "no-role", "roles-are-nothing"],
)
def test_a_wrong_token_does_not(running: tuple[int, Upstream, Service], changes: dict[str, Any]) -> None:
    port, upstream, _ = running
    before = len(upstream.seen)
    assert ask(port, "/v1/models", **bearer(**changes))[0] in {401, 403}
    assert len(upstream.seen) == before


def test_what_the_edge_says_of_a_token_is_not_enough(running: tuple[int, Upstream, Service]) -> None:
    port, _, _ = running
    assert ask(port, "/v1/models", **SIGNED_IN)[0] == 401


def test_nobody_comes_past_the_edge_with_a_token(running: tuple[int, Upstream, Service]) -> None:
    port, _, _ = running
    assert ask(port, "/v1/models", authorization=f"Bearer {token()}")[0] == 403


def test_a_key_needs_no_token_and_a_wrong_token_spoils_it(running: tuple[int, Upstream, Service]) -> None:
    port, _, _ = running
    assert ask(port, "/v1/models", x_api_key=KEY, **BY_KEY)[0] == 200
    assert ask(port, "/v1/models", x_api_key="w" * 40, **BY_KEY)[0] == 403
    wrong = f"Bearer {token(OTHERS)}"
    assert ask(port, "/v1/models", x_api_key=KEY, authorization=wrong, **BY_KEY)[0] == 401


def test_each_caller_is_counted_whatever_token_it_shows(running: tuple[int, Upstream, Service]) -> None:
    port, _, _ = running
    told: list[int] = []
    # The allowance grows back while time passes, so that a slow machine gets a few more.
    while 429 not in told and len(told) < 3 * PER_MINUTE:
        told.append(ask(port, "/v1/models", **bearer(oid="busy", jti=str(len(told))))[0])
    assert told[:PER_MINUTE] == [200] * PER_MINUTE
    assert told[-1] == 429
    assert ask(port, "/v1/models", **bearer(oid="idle"))[0] == 200


def test_the_holder_pays_whatever_token_it_shows(tmp_path: Path) -> None:
    rules = Rules(4096, 100, HEADER, 10_000, callers=("batch",), tokens=TOKENS)
    upstream, body = Upstream(), json.dumps({"n": 60})
    with running_gateway(tmp_path, rules, unasked, upstream) as (port, _):
        (tmp_path / "keys" / TOKEN_KEYS).write_text(page_of_keys(OURS))
        for caller in ({"oid": "one"}, {"oid": "two"}, {"oid": None, "sub": "three"}):
            assert ask(port, "/v1/chat/completions", body, **bearer(**caller))[0] == 200
            again = bearer(**caller, jti="another")
            assert ask(port, "/v1/chat/completions", body, **again)[0] == 429
        assert len(upstream.seen) == 3


def test_a_clean_prompt_passes_and_was_judged_word_by_word(running: tuple[int, Upstream, Service]) -> None:
    port, _, service = running
    service.attack, service.severity, service.status = False, 2, 200
    assert ask(port, "/v1/chat/completions", PROMPT, **bearer(oid="asks")) == (200, "answered")
    assert service.pieces[-1] == PROMPT
    assert "client_assertion=account-token" in service.assertions[-1]


@pytest.mark.parametrize(
    ("attack", "severity", "status", "refused"),
    [(True, 0, 200, 400), (False, 4, 200, 400), (False, 0, 429, 503), (None, 0, 200, 503)],
)
def test_a_prompt_that_was_not_found_clean_is_refused(
    running: tuple[int, Upstream, Service], attack: bool | None, severity: int, status: int, refused: int
) -> None:
    port, upstream, service = running
    service.attack, service.severity, service.status = attack, severity, status
    before = len(upstream.seen)
    assert ask(port, "/v1/chat/completions", PROMPT, **bearer(oid="asks"))[0] == refused
    assert len(upstream.seen) == before


def test_a_long_prompt_is_judged_in_pieces_that_leave_nothing_out(
    running: tuple[int, Upstream, Service],
) -> None:
    port, _, service = running
    service.attack, service.severity, service.status = False, 0, 200
    service.pieces.clear()
    text = json.dumps({"prompt": "".join(f"{turn}é" for turn in range(5000))}, ensure_ascii=False)
    assert ask(port, "/v1/completions", text.encode().decode("latin-1"), **bearer(oid="asks"))[0] == 200
    assert len(service.pieces) > 2
    assert all(len(piece) <= 10_000 for piece in service.pieces)
    whole = service.pieces[0]
    for piece in service.pieces[1:]:
        shared = next(size for size in range(len(piece), 0, -1) if whole.endswith(piece[:size]))
        assert shared >= 100
        whole += piece[shared:]
    assert whole == text


def test_the_front_is_shown_a_certificate_of_its_own() -> None:
    made = json.loads(configuration(Rules(1024, 10, HEADER, PLENTY, front="inside.example.com")))
    front, own = made["static_resources"]["listeners"][0]["filter_chains"]
    assert front["filter_chain_match"] == {"server_names": ["inside.example.com"]}
    assert f"{FRONT_FOLDER}/{FRONT}" in json.dumps(front["transport_socket"])
    assert "filter_chain_match" not in own
    assert front["filters"] == own["filters"]
