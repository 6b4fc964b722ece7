"""What a program's Python has installed: every distribution, and the provider packages among them."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.engine.host.interpreter import Interpreter, Unusable
from tools.engine.host.protocol import language_pb2, plugin_pb2

# Each provider SDK says in this file which plugin serves it.
PLUGIN_FILE = "pulumi-plugin.json"
PRE_RELEASES = {"a": "alpha", "b": "beta", "rc": "rc"}

SEARCH_PATH = "import sys; print(*sys.path, sep='\\n')"
ABOUT = "import platform, sys; print(sys.executable, platform.python_version(), sep='\\n')"
DISTRIBUTIONS = """
import importlib.metadata, json
found = importlib.metadata.distributions()
print(json.dumps([[d.metadata["Name"], d.version, d.requires or []] for d in found]))
"""


def required(python: Interpreter) -> list[plugin_pb2.PackageDependency]:
    """The provider packages installed for `python`, each with the plugin version its SDK was made for.

    As a Pulumi release does, it counts what is installed, not what the program imports.
    """
    found: dict[str, plugin_pb2.PackageDependency] = {}
    for folder in _search_path(python):
        for file in sorted(folder.glob(f"*/{PLUGIN_FILE}")):
            package = _package(file)
            # The first on the search path is the one Python imports.
            if package is not None:
                found.setdefault(file.parent.name, package)
    return list(found.values())


def dependencies(python: Interpreter, transitive: bool) -> list[language_pb2.DependencyInfo]:
    """Every installed distribution; without `transitive` only those that no other one requires."""
    installed: list[tuple[str, str, list[str]]] = json.loads(_ask(python, DISTRIBUTIONS))
    required_by_others = {
        _requirement_name(entry)
        for _name, _version, entries in installed
        for entry in entries
        # What only an extra requires may be missing, so it stands for itself.
        if "extra ==" not in entry
    }
    return [
        language_pb2.DependencyInfo(name=_normal(name), version=version)
        for name, version, _entries in sorted(installed)
        if transitive or _normal(name) not in required_by_others
    ]


def about(python: Interpreter) -> tuple[str, str]:
    """The interpreter's own path and its version."""
    executable, version = _ask(python, ABOUT).splitlines()
    return executable, version


def _package(file: Path) -> plugin_pb2.PackageDependency | None:
    """The plugin a provider SDK names, or None if it says that it has none or none of a known version."""
    plugin: dict[str, Any] = json.loads(file.read_text())
    version = plugin.get("version") or _plugin_version(_installed_version(file.parent))
    if not plugin.get("resource") or version is None:
        return None
    package = plugin_pb2.PackageDependency(
        kind="resource",
        name=plugin.get("name") or file.parent.name.removeprefix("pulumi_").replace("_", "-"),
        version=version if version.startswith("v") else f"v{version}",
        server=plugin.get("server") or "",
    )
    parameterization = plugin.get("parameterization")
    if parameterization:
        package.parameterization.name = parameterization["name"]
        package.parameterization.version = parameterization["version"]
        package.parameterization.value = base64.b64decode(parameterization["value"])
    return package


def _installed_version(module: Path) -> str:
    """A distribution's version from the name of its metadata folder: `pulumi_gcp-10.2.0.dist-info`."""
    names = [folder.name for folder in module.parent.glob(f"{module.name}-*.dist-info")]
    return names[0].removesuffix(".dist-info").rpartition("-")[2] if names else ""


def _plugin_version(version: str) -> str | None:
    """A Python version in a plugin's spelling: `1.2` is `1.2.0`, `3.1.0rc4` is `3.1.0-rc.4`.

    None for any other form: a plugin's version then cannot be known from the package's.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post\d+)?", version)
    if match is None:
        return None
    numbers = match.group(1).split(".")
    numbers += ["0"] * (3 - len(numbers))
    return ".".join(numbers) + (f"-{PRE_RELEASES[match.group(2)]}.{match.group(3)}" if match.group(2) else "")


def _search_path(python: Interpreter) -> Iterator[Path]:
    """The folders `python` imports from."""
    # Asking costs a start of Python; the host's own search path is as good where both are one interpreter.
    own = Path(python.python).parent == Path(sys.prefix, "bin") and "PYTHONPATH" not in os.environ
    lines = sys.path if own else _ask(python, SEARCH_PATH).splitlines()
    return (Path(line) for line in lines if line and Path(line).is_dir())


def _ask(python: Interpreter, script: str) -> str:
    """What `script` prints on that interpreter."""
    command = [python.python, "-c", script]
    answer = subprocess.run(command, env=python.environment(), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Unusable(
            f"{python.python} does not run ({answer.stderr.strip()}); repair that Python, or name another"
        )
    return answer.stdout


def _requirement_name(requirement: str) -> str:
    """`grpcio (>=1.6); python_version > "3.9"` is `grpcio`."""
    return _normal(re.split(r"[\s;<>=!~\[(]", requirement, maxsplit=1)[0])


def _normal(name: str) -> str:
    """A distribution's name in the one spelling packaging tools agree on (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
