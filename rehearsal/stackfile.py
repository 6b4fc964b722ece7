"""A rehearsed stack's configuration: a copy, because the engine writes its encryption salt into the file.

Guarantees: the project's own `Pulumi.STACK.yaml` is only read. Encrypted values are kept where their
passphrase is at hand (`PULUMI_CONFIG_PASSPHRASE` or `…_FILE`); otherwise a placeholder stands for each,
because the rehearsal has no key of the team's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

PLACEHOLDER = "rehearsal-placeholder"
_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_ENCRYPTION = ("encryptionsalt", "secretsprovider", "encryptedkey")


@dataclass(frozen=True)
class Project:
    """A Pulumi project: its folder and what `Pulumi.yaml` says."""

    folder: Path
    file: Path
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.settings.get("name", self.folder.name))

    def stack_file(self, stack: str) -> Path:
        """Where the configuration of a stack is, whether there is one or not."""
        folder = self.folder / str(self.settings.get("stackConfigDir", "."))
        return folder / f"Pulumi.{stack}{self.file.suffix}"

    def stacks(self) -> list[str]:
        """Names of the stacks that have a configuration file."""
        files = self.stack_file("*")
        found = files.parent.glob(files.name)
        return sorted(path.name.removeprefix("Pulumi.").removesuffix(self.file.suffix) for path in found)


def find_project(start: Path) -> Project | None:
    """The project that a folder belongs to, as the engine looks for it: upwards."""
    for folder in (start, *start.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            file = folder / name
            if file.is_file():
                settings: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
                return Project(folder, file, mapping(settings))
    return None


class StackCopy:
    """A stack of a rehearsal and the copy of its configuration in `folder`."""

    def __init__(
        self, project: Project, stack: str, folder: Path, pulumi: Path, env: Mapping[str, str]
    ) -> None:
        self.project = project
        self.stack = stack
        self.folder = folder / project.name
        self.file = self.folder / f"Pulumi.{stack}.yaml"
        self._pulumi = pulumi
        self.env = dict(env)
        self.placeholders: list[str] = []
        """Settings whose encrypted value could not be read."""

    def prepare(self, stack_file: Mapping[str, Any] | None = None) -> None:
        """Write the copy anew and create the stack where there is none.

        `stack_file` is what the copy is made of, in place of the project's own file.
        """
        salt = _load(self.file).get("encryptionsalt")
        original = _load(self.project.stack_file(self.stack)) if stack_file is None else stack_file
        content = {key: value for key, value in original.items() if key not in _ENCRYPTION}
        config = dict(cast("Mapping[str, Any]", content.get("config") or {}))
        secure = [key for key, value in config.items() if _is_secure(value)]
        readable = "encryptionsalt" in original and any(name in os.environ for name in _PASSPHRASES)
        if readable:
            salt = original["encryptionsalt"]
            self._take_passphrase()
        else:
            config = {key: _without_secure(value) for key, value in config.items() if key not in secure}
            self.placeholders = secure
        content["config"] = config
        if salt:
            content["encryptionsalt"] = salt
        self.folder.mkdir(parents=True, exist_ok=True)
        plain = {key: value for key, value in self.project.settings.items() if key != "stackConfigDir"}
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(plain), encoding="utf-8")
        self.file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        if self._call(["stack", "export"]).returncode:
            self._call(["stack", "init", "--no-select"], check=True)
        for key in self.placeholders:
            self._call(["config", "set", "--secret", key, PLACEHOLDER], check=True)

    def _take_passphrase(self) -> None:
        for name in _PASSPHRASES:
            self.env.pop(name, None)
            if name in os.environ:
                self.env[name] = os.environ[name]

    def _call(self, arguments: Sequence[str], *, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._pulumi, *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=check,
        )


def _load(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    return mapping(yaml.safe_load(file.read_text(encoding="utf-8")))


def mapping(content: Any) -> dict[str, Any]:
    """A YAML object; empty for anything else, which the engine itself will refuse."""
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _is_secure(value: Any) -> bool:
    return isinstance(value, dict) and list(cast("dict[str, Any]", value)) == ["secure"]


def _without_secure(value: Any) -> Any:
    """A structured setting with placeholders for the encrypted values inside."""
    if _is_secure(value):
        return PLACEHOLDER
    if isinstance(value, dict):
        return {key: _without_secure(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_without_secure(item) for item in cast("list[Any]", value)]
    return value
