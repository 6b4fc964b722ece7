"""The gateway, run as it is: a real Envoy with our configuration, before a model and a screen of the test."""

from __future__ import annotations

import http.client
import importlib.util
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.gcp.armor_rules import Way
from components.gcp.armor_rules import table as firewall
from components.gcp.edge import KEY_HEADER, WAY_HEADER
from components.kubernetes import gateway
from components.kubernetes.gateway import Rules, Screen, configuration, script, table

ENVOY = shutil.which("envoy", path=str(Path(sys.executable).parent))
KEY = "k" * 40
SCREEN = Screen("modelarmor.europe-west4.rep.googleapis.com", "projects/p/locations/l/templates/t")
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("envoy") is None or ENVOY is None,
    reason="there is no build of Envoy for this machine to run the gateway with",
)


@dataclass
class Upstream:
    """What the model saw, and what the screen answers next: a match state, or a status that is no success."""

    seen: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    judged: list[str] = field(default_factory=list[str])
    screen: str = "NO_MATCH_FOUND"
    screen_status: int = 200


@contextmanager
def served(answer: Any) -> Generator[int]:
    """An HTTP server on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            status, text = answer(self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: pytest shows what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> None:
    """What cert-manager would put there."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "models")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.key").write_bytes(text)


def local(config: str, folder: Path, screen_port: int) -> str:
    """The same configuration, with the pod's folders in ours and the cloud's services on loopback."""
    text = config.replace(gateway.KEYS, str(folder / "keys")).replace(
        gateway.CERTIFICATES, str(folder / "tls")
    )
    made = json.loads(text.replace("/etc/ssl/certs/ca-certificates.crt", str(folder / "tls" / "tls.crt")))
    for cluster in made["static_resources"]["clusters"]:
        if cluster["name"] in {"screen", "metadata"}:
            cluster.pop("transport_socket", None)
            cluster["type"] = "STATIC"
            endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
            endpoint["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": screen_port}
    return json.dumps(made)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Upstream, Path]]:
    """A gateway with every check on, its port, what stands behind it, and its log."""
    folder = tmp_path_factory.mktemp("gateway")
    certificate(folder / "tls")
    (folder / "keys").mkdir()
    (folder / "keys" / "batch").write_text(KEY + "\n")
    upstream = Upstream()

    def model(path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        upstream.seen.append(
            {"path": path, "body": body, **{key.lower(): text for key, text in headers.items()}}
        )
        return 200, "answered"

    def cloud(path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        if path.startswith("/computeMetadata"):
            return 200, json.dumps({"access_token": "pod-token", "token_type": "Bearer"})
        assert path == f"/v1/{SCREEN.template}:sanitizeUserPrompt"
        assert headers["authorization"] == "Bearer pod-token"
        upstream.judged.append(json.loads(body)["userPromptData"]["text"])
        result = {"filterMatchState": upstream.screen, "invocationResult": "SUCCESS"}
        return upstream.screen_status, json.dumps({"sanitizationResult": result})

    rules = Rules(body_bytes=2048, max_tokens=100, callers=("batch",), screen=SCREEN)
    with served(model) as model_port, served(cloud) as screen_port:
        port = free_port()
        config = local(configuration(rules, port=port, model_port=model_port), folder, screen_port)
        (folder / "envoy.json").write_text(config)
        log = folder / "log"
        assert ENVOY
        command = [ENVOY, "-c", str(folder / "envoy.json"), "--log-level", "warning", "--disable-hot-restart"]
        with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
            wait_for(port, process, log)
            yield port, upstream, log
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text())


def ask(port: int, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    connection.request("GET" if body is None else "POST", path, body, named)
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found


SIGNED_IN = {WAY_HEADER: Way.SIGNED_IN.value}
BY_KEY = {WAY_HEADER: Way.API_KEY.value}
PROMPT = json.dumps({"messages": [{"role": "user", "content": 'say "hi"\n\u00e9'}], "max_tokens": 50})


def test_edge_and_gateway_speak_of_the_same_ways_paths_and_headers() -> None:
    assert {table().signed_in, table().api_key} == set(Way)
    assert table().way_header == WAY_HEADER
    assert table().key_header == KEY_HEADER
    assert list(table().paths) == [f"/v1/{path}" for path in firewall().paths]


def test_nothing_is_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z_]+@", script(Rules(1024, 10)))


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
    rules = Rules(body_bytes=65536, max_tokens=2048, callers=("batch",), screen=SCREEN)
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
