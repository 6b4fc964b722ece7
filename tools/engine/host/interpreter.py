"""Which Python a program runs on: the environment its `Pulumi.yaml` names, else the one on PATH."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf import json_format

from tools.engine.errors import RELEASE

if TYPE_CHECKING:
    from pulumi.runtime.proto.language_pb2 import ProgramInfo

# Where the named tool keeps a project's environment unless told otherwise.
TOOL_FOLDERS = {"pip": None, "uv": ".venv"}
TYPE_CHECKERS = ("mypy", "pyright")


class Unusable(Exception):
    """The program's settings cannot be followed; the message is for the user."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and the environment variables that make it the program's own.

    `virtualenv` is the absolute folder of its virtual environment, None for the Python on PATH.
    """

    python: str
    virtualenv: Path | None
    type_checker: str | None

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """A copy of `base` (default: the host's own environment) with the virtual environment activated."""
        environment = dict(os.environ if base is None else base)
        if self.virtualenv is not None:
            environment["PATH"] = (
                f"{self.virtualenv / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
            )
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            environment.pop("PYTHONHOME", None)
        # Or a program's prints would appear only when it ends.
        environment["PYTHONUNBUFFERED"] = "1"
        return environment


def of_program(info: ProgramInfo) -> Interpreter:
    """The interpreter of a program. Raises Unusable if the environment it names is not there."""
    options = _options(info)
    virtualenv = virtualenv_folder(info)
    if virtualenv is None:
        return Interpreter(ambient(), None, options.get("typechecker"))
    python = virtualenv / "bin" / "python"
    if not python.exists():
        what = "is not a virtual environment" if virtualenv.exists() else "does not exist"
        raise Unusable(
            f"runtime.options.virtualenv in {info.root_directory} names {virtualenv}, which {what}; run "
            "'pulumi install' there to create and fill it, or take the option away to use the Python on PATH"
        )
    return Interpreter(str(python), virtualenv, options.get("typechecker"))


def of_plugin(info: ProgramInfo) -> Interpreter:
    """The interpreter of a plugin or policy pack: as of a program, but a `venv` beside it is the default."""
    default = Path(info.root_directory) / "venv"
    if virtualenv_folder(info) is None and (default / "bin" / "python").exists():
        return Interpreter(str(default / "bin" / "python"), default, None)
    return of_program(info)


def virtualenv_folder(info: ProgramInfo) -> Path | None:
    """The absolute folder the project names, whether or not it exists. Relative ones start at the
    project's root.
    """
    options = _options(info)
    named = options.get("virtualenv") or TOOL_FOLDERS[options.get("toolchain", "pip")]
    return Path(os.path.normpath(Path(info.root_directory, named))) if named else None


def _options(info: ProgramInfo) -> dict[str, str]:
    """`runtime.options` of the project, checked. Raises Unusable with what to write instead."""
    options = json_format.MessageToDict(info.options)
    for name, value in options.items():
        if name in {"virtualenv", "toolchain", "typechecker"} and not isinstance(value, str):
            raise Unusable(f"runtime.options.{name} in {info.root_directory} is {value!r}; write a text")
    if options.get("toolchain", "pip") not in TOOL_FOLDERS:
        raise Unusable(
            f"runtime.options.toolchain is {options['toolchain']!r}, which Palisade's stand-in for the "
            f"Python language host cannot use; write 'pip' or 'uv', or install {RELEASE}"
        )
    if options.get("typechecker") not in (None, *TYPE_CHECKERS):
        raise Unusable(
            f"runtime.options.typechecker is {options['typechecker']!r}; write {' or '.join(TYPE_CHECKERS)}"
        )
    return options


def ambient() -> str:
    """PULUMI_PYTHON_CMD, else python3, else python, as a Pulumi release looks for them."""
    named = os.environ.get("PULUMI_PYTHON_CMD")
    for command in [named] if named else ["python3", "python"]:
        found = shutil.which(command)
        if found:
            return found
    raise Unusable(f"there is no {named or 'python3'} on PATH; install Python, or correct PULUMI_PYTHON_CMD")
