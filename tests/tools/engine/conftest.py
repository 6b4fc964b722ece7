"""The real engine for small Pulumi projects, and one language host to be called directly."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.tools.engine.client import HostClient, start_host
from tests.tools.engine.project import STACK, MakeProject, Project
from tools.engine import Engine
from tools.engine.companions import LAUNCHERS
from tools.engine.environment import enclosed
from tools.engine.pinned import CHECKOUT


@pytest.fixture
def make_project(engine: Engine, tmp_path: Path) -> Iterator[MakeProject]:
    """Make projects that share one home and backend: `make_project(program, name=..., settings=...)`."""
    environment = {
        **engine.environment,
        **enclosed(home=tmp_path / "home", backend=tmp_path / "state", passphrase="only for tests"),
    }

    made: list[Project] = []

    def make(program: str, name: str = "small", settings: str = "", entry: str = "__main__.py") -> Project:
        project = Project(tmp_path / name, engine.pulumi, environment)
        project.write("Pulumi.yaml", f"name: {name}\n" + (textwrap.dedent(settings) or "runtime: python\n"))
        project.write(entry, program)
        made.append(project)
        project.run("stack", "init", STACK)
        return project

    yield make
    for project in made:
        project.end()


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The launcher where the engine finds it: in `.palisade/bin` of a checkout, here one made of links."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("tools", ".venv"):
        (checkout / name).symlink_to(CHECKOUT / name)
    folder = checkout / ".palisade" / "bin"
    folder.mkdir(parents=True)
    path = folder / "pulumi-language-python"
    path.write_bytes((LAUNCHERS / path.name).read_bytes())
    path.chmod(0o755)
    return path


@pytest.fixture(scope="session")
def host(launcher: Path) -> Iterator[HostClient]:
    process, port = start_host(launcher)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield HostClient(channel)
    process.communicate(b"")
    assert process.returncode == 0
