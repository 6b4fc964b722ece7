"""A real Envoy with the gateway's configuration, before a model and a screen of the test."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
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

from components.kubernetes import gateway
from components.kubernetes.gateway import Rules, configuration

ENVOY = shutil.which("envoy", path=str(Path(sys.executable).parent))
KEY = "k" * 40
# Tokens of models for each caller, where a test is not about them.
PLENTY = 100_000_000
# What is asked of the model and the screen: path, headers and body; and a status with a body as the answer.
Answer = Callable[[str, dict[str, str], str], tuple[int, str]]


@dataclass
class Upstream:
    """What the model saw, and what the screen answers next: a match state, or a status that is no success."""

    seen: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    judged: list[str] = field(default_factory=list[str])
    screen: str = "NO_MATCH_FOUND"
    screen_status: int = 200


def unasked(path: str, _headers: dict[str, str], _body: str) -> tuple[int, str]:
    """For gateways without a screen."""
    return 404, path


@contextmanager
def served(answer: Answer) -> Generator[int]:
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
    (folder / "both.pem").write_bytes(text + made.public_bytes(serialization.Encoding.PEM))


def local(config: str, folder: Path, screen_port: int) -> str:
    """The same configuration, with the pod's folders in ours and the cloud's services on loopback."""
    text = config.replace(gateway.KEYS, str(folder / "keys")).replace(
        gateway.CERTIFICATES, str(folder / "tls")
    )
    text = text.replace(gateway.FRONT_FOLDER, str(folder / "front"))
    made = json.loads(text.replace("/etc/ssl/certs/ca-certificates.crt", str(folder / "tls" / "tls.crt")))
    for cluster in made["static_resources"]["clusters"]:
        if cluster["name"] in {"screen", "metadata", "login", "hosted"}:
            cluster.pop("transport_socket", None)
            if cluster["name"] == "login":
                cluster.pop("typed_extension_protocol_options")
            cluster["type"] = "STATIC"
            endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
            endpoint["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": screen_port}
    return json.dumps(made)


def acting_pod(folder: Path, tenant: str) -> dict[str, str]:
    """What AKS gives a pod that acts as an identity of Azure."""
    (folder / "federated").write_text("account-token\n")
    return {
        "AZURE_FEDERATED_TOKEN_FILE": str(folder / "federated"),
        "AZURE_CLIENT_ID": "client",
        "AZURE_TENANT_ID": tenant,
        "AZURE_KUBERNETES_TOKEN_PROXY": "https://cluster.hcp.westeurope.azmk8s.io/",
        "AZURE_KUBERNETES_SNI_NAME": "proxy.ests.aks",
    }


@contextmanager
def running_gateway(
    folder: Path, rules: Rules, screen: Answer, upstream: Upstream, env: Mapping[str, str] | None = None
) -> Generator[tuple[int, Path]]:
    """The gateway's port and log, while it runs before a model that `upstream` remembers."""
    certificate(folder / "tls")
    (folder / "keys").mkdir()
    (folder / "keys" / "batch").write_text(KEY + "\n")
    (folder / "front").mkdir()
    (folder / "front" / gateway.FRONT).write_bytes((folder / "tls" / "both.pem").read_bytes())

    def model(path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        upstream.seen.append(
            {"path": path, "body": body, **{key.lower(): text for key, text in headers.items()}}
        )
        return 200, "answered"

    with served(model) as model_port, served(screen) as screen_port:
        port = free_port()
        config = local(configuration(rules, port=port, model_port=model_port), folder, screen_port)
        (folder / "envoy.json").write_text(config)
        log = folder / "log"
        assert ENVOY
        command = [ENVOY, "-c", str(folder / "envoy.json"), "--log-level", "warning", "--disable-hot-restart"]
        command += ["--file-flush-interval-msec", "100"]
        whole = {**os.environ, **(env or {})}
        with (
            log.open("w") as output,
            subprocess.Popen(command, stdout=output, stderr=output, env=whole) as process,
        ):
            try:
                wait_for(port, process, log)
                yield port, log
            finally:
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
