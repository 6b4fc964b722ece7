"""A command of the user's, made ready for the rehearsal.

`pulumi` becomes the session's engine; its stack is created where it is missing and reads a copy of its
configuration. Any other command gets the environment and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from rehearsal.packages import FOLDERS
from rehearsal.session import Session
from rehearsal.stackfile import Project, StackCopy, find_project, mapping

CONFIGURED = frozenset(
    {"up", "update", "preview", "pre", "destroy", "down", "dn", "refresh", "import", "watch"}
)
"""Subcommands that run a stack with its configuration."""
STANDALONE = frozenset({"pulumi_policy", "pulumi_esc_sdk"})
"""Python packages of Pulumi's that need no plugin."""
_WITH_VALUE = frozenset({"-C", "--cwd", "--color", "-v", "--verbose", "--tracing", "--profiling"})
"""Options of every Pulumi command that are followed by a value."""
_IMPORT = re.compile(r"^\s*(?:import|from)\s+(pulumi_\w+)", re.MULTILINE)


class Refused(Exception):
    """What the rehearsal cannot run, in one sentence."""


class Prepared:
    """A command line with its environment, and what the user should know before it runs."""

    def __init__(self, command: Sequence[str], session: Session, cwd: Path) -> None:
        self.arguments = list(command)
        self.env = dict(session.env)
        self.notes: list[str] = []
        if Path(command[0]).name != "pulumi":
            return
        self.arguments[0] = str(session.engine.pulumi)
        project = find_project(_folder(command, cwd))
        if project is None or _subcommand(command) not in CONFIGURED:
            return
        refuse_foreign_packages(project)
        if not any(argument.startswith("--config-file") for argument in command):
            self._configure(project, session)

    def _configure(self, project: Project, session: Session) -> None:
        stack = _option(self.arguments, "-s", "--stack")
        if stack is None:
            stack = _default_stack(project)
            self.arguments += ["--stack", stack]
            self.notes.append(f'no --stack is given; the rehearsal takes "{stack}"')
        copy = StackCopy(project, stack, session.folder / "stacks", session.engine.pulumi, self.env)
        copy.prepare()
        self.env = copy.env
        self.arguments += ["--config-file", str(copy.file)]
        if copy.placeholders:
            names = ", ".join(copy.placeholders)
            self.notes.append(f"placeholders stand for encrypted settings that cannot be read here: {names}")


def refuse_foreign_packages(project: Project) -> None:
    """Raise Refused when the program imports a package whose provider is not served here."""
    for file in sorted(project.folder.glob("*.py")):
        for module in _IMPORT.findall(file.read_text(encoding="utf-8", errors="replace")):
            name = module.removeprefix("pulumi_").replace("_", "-")
            if name not in FOLDERS and module not in STANDALONE:
                raise Refused(
                    f"{file.name} imports {module}, whose provider is a plugin of its own; the rehearsal "
                    f"has {', '.join(FOLDERS)}: write the resources that {module} would make, or run it "
                    "on a real account"
                )


def sdk_paths(cwd: Path) -> list[Path]:
    """Where the program's own SDKs may be: the environment of Pulumi.yaml, of habit, of the shell."""
    project = find_project(cwd)
    folder = project.folder if project else cwd
    options = mapping(mapping(project.settings.get("runtime")).get("options")) if project else {}
    named = [str(options["virtualenv"])] if "virtualenv" in options else []
    candidates = [folder / name for name in (*named, ".venv", "venv")]
    if "VIRTUAL_ENV" in os.environ:
        candidates.append(Path(os.environ["VIRTUAL_ENV"]))
    pattern = "lib/python*/site-packages"
    return [path for candidate in candidates for path in sorted(candidate.glob(pattern))]


def _folder(command: Sequence[str], cwd: Path) -> Path:
    chosen = _option(command, "-C", "--cwd")
    return (cwd / chosen).resolve() if chosen else cwd


def _subcommand(command: Sequence[str]) -> str:
    """`up` of `pulumi -C folder up`."""
    rest = list(command[1:])
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in _WITH_VALUE else 1]
    return rest[0] if rest else ""


def _default_stack(project: Project) -> str:
    known = project.stacks()
    return known[0] if len(known) == 1 else "dev"


def _option(arguments: Sequence[str], short: str, long: str) -> str | None:
    """The value of an option in any of its forms: `-s dev`, `--stack dev`, `--stack=dev`."""
    for index, argument in enumerate(arguments):
        if argument in (short, long) and index + 1 < len(arguments):
            return arguments[index + 1]
        for prefix in (f"{short}=", f"{long}="):
            if argument.startswith(prefix):
                return argument.removeprefix(prefix)
    return None
