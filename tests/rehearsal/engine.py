"""A stack of an inline program on the real engine, for tests of the rehearsal's core.

The engine asks a language host to run a program; the test answers, as the Automation API does, but without
its further commands. Resources are raw (`resource`), so a test can hand over what an SDK's own signature
would not let through, and no SDK is imported.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from rehearsal.session import Session

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
BUCKET = "gcp:storage/bucket:Bucket"
PET = "random:index/randomPet:RandomPet"
PROJECT = "demo-project"
_COUNT = re.compile(r"^    (?:[-+~=><]+\s*)?(\d+) (\w+)", re.MULTILINE)

Program = Callable[[], Any]


def resource(
    token: str, name: str, inputs: Mapping[str, Any] | None = None, opts: pulumi.ResourceOptions | None = None
) -> Any:
    """A resource by its type token; `output` reads what it answers."""
    return _Raw(token, name, {**dict.fromkeys(_READ), **(inputs or {})}, opts)


_READ = ("selfLink", "location")


class _Raw(pulumi.CustomResource):
    self_link: pulumi.Output[str]

    def __init__(
        self, token: str, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None
    ) -> None:
        super().__init__(token, name, dict(inputs), opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """One of the outputs in `_READ`."""
        return pulumi.get(self, name)  # pyright: ignore[reportUnknownMemberType] - the SDK leaves it untyped


class Stack:
    """A stack of its own in a session; each run takes its program."""

    def __init__(self, session: Session, name: str, config: Mapping[str, str] | None = None) -> None:
        self.session = session
        self.name = name
        self.folder = session.folder / "programs" / name
        self.folder.mkdir(parents=True)
        (self.folder / "Pulumi.yaml").write_text("name: core\nruntime: python\n")
        settings = {"gcp:project": PROJECT, "gcp:region": "europe-west4", **(config or {})}
        (self.folder / f"Pulumi.{name}.yaml").write_text(json.dumps({"config": settings}))
        self.run(["stack", "init", name])

    def run(self, command: list[str], program: Program | None = None) -> subprocess.CompletedProcess[str]:
        """A Pulumi command in the stack's folder; standard error is part of the output."""
        arguments = [str(self.session.engine.pulumi), *command, "--non-interactive", "--color=never"]
        if program is None:
            return self._call(arguments)
        server = grpc.server(ThreadPoolExecutor(4))
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            return self._call([*arguments, f"--client=127.0.0.1:{port}", "--exec-kind=auto.inline"])
        finally:
            server.stop(0).wait()

    def preview(self, program: Program, *options: str) -> subprocess.CompletedProcess[str]:
        """A preview."""
        return self.run(["preview", "--stack", self.name, *options], program)

    def up(self, program: Program, *options: str) -> subprocess.CompletedProcess[str]:
        """An update."""
        return self.run(["up", "--yes", "--skip-preview", "--stack", self.name, *options], program)

    def changes(self, program: Program) -> dict[str, int]:
        """How many resources an update created, updated, replaced, deleted; unchanged ones are left out."""
        done = self.up(program)
        assert done.returncode == 0, done.stdout
        summary = done.stdout.rpartition("Resources:")[2]
        counted = {kind: int(count) for count, kind in _COUNT.findall(summary)}
        return {kind: count for kind, count in counted.items() if kind not in ("unchanged", "changes")}

    def refresh(self) -> str:
        """Read every resource again."""
        return self._done(["refresh", "--yes", "--skip-preview", "--stack", self.name])

    def destroy(self) -> str:
        """Delete every resource."""
        return self._done(["destroy", "--yes", "--skip-preview", "--stack", self.name])

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources of the engine's state by logical name."""
        file = self.session.folder / "state" / ".pulumi" / "stacks" / "core" / f"{self.name}.json"
        latest: Any = json.loads(file.read_text())["checkpoint"]["latest"]
        return {entry["urn"].rsplit("::", 1)[-1]: entry for entry in latest.get("resources", [])}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return self.state()[f"core-{self.name}"].get("outputs", {})

    def urn(self, token: str, name: str) -> str:
        """The URN of a resource at the top of this stack."""
        return f"urn:pulumi:{self.name}::core::{token}::{name}"

    def objects(self) -> list[str]:
        """Logical names of what the record holds for this stack, in order of creation."""
        mine = [found.urn for found in self.session.record.find() if f"pulumi:{self.name}::" in found.urn]
        return [urn.rsplit("::", 1)[-1] for urn in mine]

    def _done(self, command: list[str]) -> str:
        done = self.run(command)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _call(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env=self.session.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
