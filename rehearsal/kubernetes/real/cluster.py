"""One cluster: its etcd and kube-apiserver, from free ports and fresh credentials to the first answer.

Guarantees: both listen on loopback only, over TLS, to holders of this run's credentials; the processes end
with this one, however it ends, and their folder goes with them (`keeper`).

Left out: controllers, schedulers, kubelets, webhooks' servers; high availability. Nothing survives the run.
"""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from lightkube.config.kubeconfig import KubeConfig

from rehearsal.kubernetes.real.api import Api
from rehearsal.kubernetes.real.credentials import LOOPBACK, Credentials, make

# The library leaves its methods' parameters untyped.
_CONFIG: Final[Any] = KubeConfig
KUBECONFIG: Final = "kubeconfig.yaml"
_START_SECONDS: Final = 120
_KEEPER: Final = Path(__file__).with_name("keeper.py")
# What a kubeadm cluster has; nothing is routed here.
_SERVICES: Final = "10.96.0.0/12"
# Linux gives outgoing connections ports from 32768 on (ip_local_port_range), others from 49152 on (RFC 6335).
_PORTS: Final = range(20000, 32768)


class ClusterError(Exception):
    """The servers did not come up, or ended by themselves; in one sentence."""


@dataclass(frozen=True)
class Programs:
    """What a cluster is started from. `version` is kube-apiserver's, such as `v1.37.2`."""

    etcd: Path
    apiserver: Path
    version: str


class Cluster:
    """A running pair. `users` may ask it, with their groups; `api` is the first one's client."""

    def __init__(self, folder: Path, programs: Programs, users: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        self.version = programs.version
        credentials = make(folder / "credentials", users)
        ports = _free_ports(3)
        self._address = f"https://{LOOPBACK}:{ports[0]}"
        self._credentials = credentials
        (folder / KUBECONFIG).touch(mode=0o600)
        (folder / KUBECONFIG).write_text(yaml.safe_dump(self._kubeconfig(next(iter(users)))))
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_KEEPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # The terminal's interrupt is for the engine, which still needs the cluster then.
            start_new_session=True,
        )
        commands = {
            "etcd": _etcd(programs, credentials, ports),
            "kube-apiserver": _apiserver(programs, credentials, ports),
        }
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(json.dumps({"folder": str(folder), "commands": commands}) + "\n")
        self._keeper.stdin.flush()
        self.api = self.client(next(iter(users)))

    def client(self, user: str) -> Api:
        """A client that acts as one of the users."""
        return Api(_CONFIG.from_dict(self._kubeconfig(user)))

    def wait(self) -> None:
        """Wait until the server answers and has made what it makes by itself. Raises ClusterError."""
        end = time.monotonic() + _START_SECONDS
        while not self.api.is_ready():
            if self._keeper.poll() is not None:
                raise ClusterError(self._why())
            if time.monotonic() > end:
                raise ClusterError(f"kube-apiserver {self.version} did not answer in {_START_SECONDS} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the servers and remove the folder. Twice is as good as once."""
        self.api.close()
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        self._keeper.wait()
        if self._keeper.stdout is not None:
            self._keeper.stdout.close()

    def _why(self) -> str:
        assert self._keeper.stdout is not None
        events: list[dict[str, Any]] = [json.loads(line) for line in self._keeper.stdout]
        for event in events:
            if "ended" in event:
                return f"{event['ended']} ended by itself: {event['reason']}"
        return "the servers could not be started; the lines above say why"

    def _kubeconfig(self, user: str) -> dict[str, Any]:
        cluster = {"server": self._address, "certificate-authority": self._credentials.file("ca.crt")}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "rehearsal", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self._credentials.tokens[user]}}],
            "contexts": [{"name": "rehearsal", "context": {"cluster": "rehearsal", "user": user}}],
            "current-context": "rehearsal",
        }


def _etcd(programs: Programs, credentials: Credentials, ports: Sequence[int]) -> list[str]:
    client, peer = f"https://{LOOPBACK}:{ports[1]}", f"https://{LOOPBACK}:{ports[2]}"
    file = credentials.file
    return [
        str(programs.etcd),
        "--name=rehearsal",
        "--data-dir=etcd",
        # What is written is thrown away in minutes.
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=rehearsal={peer}",
        "--client-cert-auth",
        f"--trusted-ca-file={file('ca.crt')}",
        f"--cert-file={file('etcd.crt')}",
        f"--key-file={file('etcd.key')}",
        "--peer-client-cert-auth",
        f"--peer-trusted-ca-file={file('ca.crt')}",
        f"--peer-cert-file={file('etcd.crt')}",
        f"--peer-key-file={file('etcd.key')}",
        "--log-level=warn",
    ]


def _apiserver(programs: Programs, credentials: Credentials, ports: Sequence[int]) -> list[str]:
    file = credentials.file
    return [
        str(programs.apiserver),
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={ports[0]}",
        f"--tls-cert-file={file('apiserver.crt')}",
        f"--tls-private-key-file={file('apiserver.key')}",
        "--cert-dir=certificates",
        f"--etcd-servers=https://{LOOPBACK}:{ports[1]}",
        f"--etcd-cafile={file('ca.crt')}",
        f"--etcd-certfile={file('etcd-client.crt')}",
        f"--etcd-keyfile={file('etcd-client.key')}",
        f"--token-auth-file={file('tokens.csv')}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        # As clouds have it: their own agents are privileged, and admission says who else may be.
        "--allow-privileged",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={file('accounts.pub')}",
        f"--service-account-signing-key-file={file('accounts.key')}",
        f"--service-cluster-ip-range={_SERVICES}",
        # It is the only one, and nobody looks it up.
        "--endpoint-reconciler-type=none",
        "--enable-priority-and-fairness=false",
    ]


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; all are held until all are found, so that none comes twice.

    None is of the range that systems give to outgoing connections, of which there are many meanwhile: such a
    port may be gone before a server listens on it. Their order is random, as others look for ports, too.
    """
    held: list[socket.socket] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        one = socket.socket()
        try:
            one.bind((LOOPBACK, port))
        except OSError:
            one.close()
            continue
        held.append(one)
        if len(held) == count:
            break
    found = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    if len(found) < count:
        raise ClusterError(f"fewer than {count} ports from {_PORTS[0]} to {_PORTS[-1]} are free")
    return found
