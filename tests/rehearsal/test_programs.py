"""Programs as people write them, each run by the real engine against the rehearsal.

A folder below `programs/` is one program with its `case.yaml`:

    about: what this program is here for
    config: {gcp:project: demo}     # plain configuration of the stack
    secrets: {app:token: hush}      # secret configuration
    outputs: {url: https://\\S+}     # stack output -> regular expression of its whole text
    change: {config: {…}, outputs: {…}, summary: {update: 1}}   # a second run with other configuration
    refused: words                  # the run fails and says this (a regular expression) without a traceback
    at: preview                     # when it has to be refused: preview or up (the default)
    raises: true                    # a function or component was refused, after which Pulumi's SDK may raise
    after: general/network-stack    # a program that has to be up before
    host: true                      # run by the engine's language host, not inside one process
    destroy_refused: protect        # the first destroy fails and says this …
    unlock: {app:protect: "false"}  # … until this configuration is set
    left: [gcp:storage/bucket:Bucket]   # types that stay in the record, by the program's own wish

Every accepted program is previewed and brought up, brought up again without a change, refreshed without one
and destroyed; after that the record holds nothing of it.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from rehearsal.session import Session
from tests.rehearsal.inline import pulumi

PROGRAMS = Path(__file__).parent / "programs"
NAMES = sorted(str(path.parent.relative_to(PROGRAMS)) for path in PROGRAMS.glob("*/*/case.yaml"))
_COUNTS = re.compile(
    r"^\s+(?:[+~-]+|\+-|-\+)\s*(\d+) (?:to )?(created?|updated?|replaced?|deleted?)", re.MULTILINE
)

Command = Callable[..., CompletedProcess[str]]


@dataclass(frozen=True)
class Case:
    """What `case.yaml` says."""

    about: str
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    change: Mapping[str, Any] = field(default_factory=dict[str, Any])
    refused: str = ""
    at: str = "up"
    raises: bool = False
    after: str = ""
    host: bool = False
    destroy_refused: str = ""
    unlock: Mapping[str, str] = field(default_factory=dict[str, str])
    left: tuple[str, ...] = ()


def read(name: str) -> Case:
    """Read a program's case; an unknown key is an error of the case."""
    return Case(**yaml.safe_load((PROGRAMS / name / "case.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with Session(tmp_path_factory.mktemp("cloud")) as session:
        yield session


class Stack:
    """One program, copied to a folder of its own, and its stack `dev`."""

    def __init__(self, name: str, parent: Path, cloud: Session) -> None:
        self.case = read(name)
        self.project = name.rpartition("/")[2]
        self.cloud = cloud
        self.folder = Path(shutil.copytree(PROGRAMS / name, parent / self.project))
        self.pulumi: Command = partial(pulumi, folder=self.folder, environment=cloud.env)
        self.configure(self.case.config)
        self._expect(self.pulumi(["stack", "init", "dev"]))
        for key, value in self.case.secrets.items():
            self._expect(self.pulumi(["config", "set", "--secret", key, value, "-s", "dev"]))

    def configure(self, config: Mapping[str, str]) -> None:
        """Write plain configuration into the stack's file."""
        file = self.folder / "Pulumi.dev.yaml"
        text = file.read_text("utf-8") if file.exists() else ""
        settings: dict[str, Any] = yaml.safe_load(text) or {}
        settings["config"] = {**settings.get("config", {}), **config}
        file.write_text(yaml.safe_dump(settings), "utf-8")

    def run(self, *command: str, inline: bool = True) -> CompletedProcess[str]:
        """Run a command that runs the program."""
        return self.pulumi([*command, "-s", "dev"], inline=inline and not self.case.host)

    def up(self, *options: str) -> str:
        """Bring the stack up and return what the engine printed."""
        return self._expect(self.run("up", "--yes", *options))

    def refresh(self) -> str:
        """Compare the state with the record: they must agree."""
        options = ["--yes", "--skip-preview", "--expect-no-changes"]
        return self._expect(self.run("refresh", *options, inline=False))

    def destroy(self) -> str:
        """Take the stack down for good and return what the engine printed."""
        return self._expect(self.run("destroy", "--yes", "--skip-preview", "--remove", inline=False))

    def outputs(self) -> dict[str, Any]:
        """Stack outputs, secrets masked."""
        return json.loads(self._expect(self.run("stack", "output", "--json", inline=False)))

    def recorded(self) -> list[str]:
        """Types of what the record holds of this stack."""
        mine = f"urn:pulumi:dev::{self.project}::"
        return [existing.type for existing in self.cloud.record.find() if existing.urn.startswith(mine)]

    def _expect(self, done: CompletedProcess[str]) -> str:
        assert done.returncode == 0, f"{' '.join(done.args)}\n{done.stdout}"
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_program(name: str, tmp_path: Path, cloud: Session) -> None:
    stack = Stack(name, tmp_path, cloud)
    if stack.case.after:
        below = Stack(stack.case.after, tmp_path, cloud)
        below.up("--skip-preview")
        _life(stack)
        below.destroy()
    elif stack.case.refused:
        _refusal(stack)
    else:
        _life(stack)


def _refusal(stack: Stack) -> None:
    command = ["preview"] if stack.case.at == "preview" else ["up", "--yes"]
    done = stack.run(*command)
    assert done.returncode != 0, done.stdout
    assert re.search(stack.case.refused, " ".join(done.stdout.split())), done.stdout
    assert stack.case.raises or "Traceback" not in done.stdout, done.stdout
    if stack.case.at == "up":
        assert "previewing" in done.stdout.lower(), done.stdout
    stack.destroy()
    assert stack.recorded() == []


def _life(stack: Stack) -> None:
    case = stack.case
    stack.up()
    _judge_outputs(stack, case.outputs)
    again = stack.up("--skip-preview", "--expect-no-changes")
    assert "unchanged" in again
    stack.refresh()
    if case.change:
        stack.configure(case.change.get("config", {}))
        printed = stack.up()
        _judge_outputs(stack, case.change.get("outputs", {}))
        counts = _counts(printed)
        assert counts.items() >= dict(case.change.get("summary", {})).items(), printed
    if case.destroy_refused:
        done = stack.run("destroy", "--yes", inline=False)
        assert done.returncode != 0, done.stdout
        assert case.destroy_refused in done.stdout, done.stdout
        stack.configure(case.unlock)
        stack.up("--skip-preview")
    stack.destroy()
    assert stack.recorded() == list(case.left)


def _judge_outputs(stack: Stack, wanted: Mapping[str, str]) -> None:
    outputs = stack.outputs() if wanted else {}
    for name, pattern in wanted.items():
        value = outputs.get(name)
        text = value if isinstance(value, str) else json.dumps(value)
        assert re.fullmatch(pattern, text, re.DOTALL), f"{name} is {text}, not {pattern}"


def _counts(printed: str) -> dict[str, int]:
    """What the engine's last summary counts: create, update, replace, delete."""
    last = printed.rpartition("Resources:")[2]
    return {verb.rstrip("d"): int(number) for number, verb in _COUNTS.findall(last)}
