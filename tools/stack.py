"""One stack of this project inside a rehearsal: the Pulumi commands that the Makefile and the tests run.

Guarantees: the stack file in `stacks/` is only read, and the policy pack is part of every preview and update.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.model import Record
from rehearsal.session import Session
from rehearsal.stackfile import StackCopy, find_project

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "policies"
# `policies.framework.pack` reads it; importing that would load the policy SDK for a name.
REPORT_VARIABLE = "PALISADE_POLICY_REPORT"


class UnknownStack(Exception):
    """A stack that has no file in `stacks/`."""


def stack_settings(stack: str) -> dict[str, Any]:
    """What the file of a stack says, such as `stacks/Pulumi.gcp-dev.yaml`, as plain data.

    Raises:
        UnknownStack: there is none; the message lists those that exist.
    """
    path = ROOT / "stacks" / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        files = path.parent.glob("Pulumi.*.yaml")
        known = sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)
        raise UnknownStack(
            f"there is no stacks/{path.name}; write STACK= and one of {', '.join(known)}, "
            "or copy one of their files"
        )
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def report_file(session_folder: Path, stack: str) -> Path:
    """Where the policy pack leaves its account of a stack's last preview or update."""
    return session_folder / f"{stack}.policies.json"


class Stack:
    """A stack in a session. Give it its settings with `configure` before anything else.

    `program` is the folder of another Pulumi project to run in place of this one.
    """

    def __init__(self, name: str, session: Session, program: Path = ROOT) -> None:
        self.name = name
        self.env: dict[str, str] = {}
        """Variables for this stack's commands, on top of the session's."""
        self._report_file = report_file(session.folder, name)
        project = find_project(program)
        assert project is not None, f"there is a Pulumi.yaml in {program}"
        self._program = project.folder
        self._pulumi = session.engine.pulumi
        self._copy = StackCopy(project, name, session.folder / "stacks", self._pulumi, session.env)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Make `settings`, in the form of a stack file, the stack's own, and create the stack if need be."""
        self._copy.prepare(settings)

    def run(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """A Pulumi command on this stack with its configuration: `run("up", "--yes")`.

        Output goes to the terminal, or with `capture` into the result, both streams in `stdout`.
        """
        return self._call(
            *arguments, "--config-file", str(self._copy.file), capture=capture, folder=self._program
        )

    def preview(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """A preview with the policy pack: the gate before every `up`."""
        return self.run("preview", "--policy-pack", str(POLICIES), *arguments, capture=capture)

    def up(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """An update with the policy pack, without a second preview."""
        options = ("--yes", "--skip-preview", "--policy-pack", str(POLICIES))
        return self.run("up", *options, *arguments, capture=capture)

    def destroy(self, *arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """Delete everything, or with `--exclude-protected` what is not protected."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, capture=capture)

    def export(self) -> dict[str, Any]:
        """The stack's state, as `pulumi stack export` prints it."""
        done = self._call("stack", "export", capture=True)
        done.check_returncode()
        return json.loads(done.stdout)

    def urns(self) -> list[str]:
        """URNs of what the stack holds, providers and the stack itself left out."""
        resources: list[dict[str, Any]] = self.export()["deployment"].get("resources") or []
        return [each["urn"] for each in resources if not each["type"].startswith("pulumi:")]

    def report(self) -> dict[str, Any]:
        """The policy pack's account of the last preview or update."""
        return json.loads(self._report_file.read_text(encoding="utf-8"))

    def recover(self, record: Record) -> list[str]:
        """Mend what a killed run left, and say what was done, a line each.

        Only for who has the session's folder to themselves: a lock that is there is then nobody's. A creation
        that the engine never heard the end of is taken over where the object exists, and forgotten where it
        does not. On a real account `pulumi cancel` and `pulumi refresh` do this, and the latter asks.
        """
        self._call("cancel", "--yes", capture=True)
        state = self.export()
        deployment: dict[str, Any] = state["deployment"]
        pending: list[dict[str, Any]] = deployment.pop("pending_operations", None) or []
        created = {existing.urn: existing.id for existing in record.find()}
        told: list[str] = []
        for resource in [each["resource"] for each in pending if each["type"] == "creating"]:
            name = resource["urn"].rpartition("::")[2]
            if resource["urn"] in created:
                deployment["resources"].append({**resource, "id": created[resource["urn"]]})
                told.append(
                    f"{name} was created by a run that died before it could note it; it is taken over"
                )
            else:
                told.append(f"{name} was never created by the run that died; it is forgotten")
        if pending:
            self._call("stack", "import", capture=True, text=json.dumps(state)).check_returncode()
            self.run("refresh", "--yes", "--skip-preview", capture=True).check_returncode()
        return told

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command like `run`, in the background and without output."""
        command = [self._pulumi, *arguments, "--config-file", str(self._copy.file), "--stack", self.name]
        silent = subprocess.DEVNULL
        return subprocess.Popen(
            [*command, "--non-interactive"], cwd=self._program, env=self._env(), stdout=silent, stderr=silent
        )

    def _env(self) -> dict[str, str]:
        return {**self._copy.env, REPORT_VARIABLE: str(self._report_file), **self.env}

    def _call(
        self, *arguments: str, capture: bool, folder: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """A command in `folder`, or in the copy's own, where one without `--config-file` finds the copy."""
        return subprocess.run(
            # On a terminal Pulumi draws its own progress.
            [self._pulumi, *arguments, "--stack", self.name, *(["--non-interactive"] if capture else [])],
            cwd=folder or self._copy.folder,
            env=self._env(),
            input=text,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.STDOUT if capture else None,
            text=True,
            check=False,
        )
